package dev.vivarium.script;

import dev.vivarium.PyObject;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.lang.ref.WeakReference;
import javax.script.ScriptContext;
import org.jspecify.annotations.Nullable;

/**
 * The writers and readers of contexts as Python's streams, one for each. Python holds them weakly:
 * a context may refer to its engine.
 */
final class Streams {

  private static final Writer NOWHERE = Writer.nullWriter();
  private static final Reader NOTHING = Reader.nullReader();

  private final Support support;
  private final WeakIdentityMap<Object, PyObject> made = new WeakIdentityMap<>();

  Streams(Support support) {
    this.support = support;
  }

  /** From here on the thread's Python code uses those of the context. */
  void enter(ScriptContext context) {
    support.enter(
        output(context.getWriter()), output(context.getErrorWriter()), input(context.getReader()));
  }

  /** And from here on those of before. */
  void leave() {
    support.leave();
  }

  private PyObject output(@Nullable Writer writer) {
    Writer to = writer == null ? NOWHERE : writer;
    PyObject known = made.get(to);
    return known != null ? known : made.putIfAbsent(to, support.newOutput(new WeakWriter(to)));
  }

  private PyObject input(@Nullable Reader reader) {
    Reader from = reader == null ? NOTHING : reader;
    PyObject known = made.get(from);
    return known != null ? known : made.putIfAbsent(from, support.newInput(new WeakReader(from)));
  }

  private static <T> T present(WeakReference<T> reference) throws IOException {
    T stream = reference.get();
    if (stream == null) {
      throw new IOException("this stream of the script's context is there no more");
    }
    return stream;
  }

  private static final class WeakWriter extends Writer {

    private final WeakReference<Writer> to;

    WeakWriter(Writer to) {
      this.to = new WeakReference<>(to);
    }

    @Override
    public void write(char[] text, int from, int count) throws IOException {
      Writer writer = present(to);
      synchronized (writer) { // which scripts of several engines may share
        writer.write(text, from, count);
      }
    }

    @Override
    public void flush() throws IOException {
      present(to).flush();
    }

    @Override
    public void close() {
      // It is the context's
    }
  }

  private static final class WeakReader extends Reader {

    private final WeakReference<Reader> from;

    WeakReader(Reader from) {
      this.from = new WeakReference<>(from);
    }

    @Override
    public int read(char[] into, int offset, int count) throws IOException {
      return present(from).read(into, offset, count);
    }

    @Override
    public void close() {
      // It is the context's
    }
  }
}
