package dev.vivarium.script;

import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.lang.ref.WeakReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import javax.script.ScriptContext;
import org.jspecify.annotations.Nullable;

/**
 * The writers and readers of contexts as Python's streams, one for each. Python holds them weakly:
 * a context may refer to its engine. Java's part is done detached, since it may block.
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
    return known != null
        ? known
        : made.putIfAbsent(
            to, support.newOutput(put(support.interpreter().view(), new WeakReference<>(to))));
  }

  private PyObject input(@Nullable Reader reader) {
    Reader from = reader == null ? NOTHING : reader;
    PyObject known = made.get(from);
    return known != null
        ? known
        : made.putIfAbsent(
            from, support.newInput(take(support.interpreter().view(), new WeakReference<>(from))));
  }

  private static Function<String, @Nullable Object> put(
      InterpreterView view, WeakReference<Writer> to) {
    return text -> detached(view, () -> write(to.get(), text));
  }

  private static IntFunction<@Nullable Object> take(
      InterpreterView view, WeakReference<Reader> from) {
    return most -> detached(view, () -> read(from.get(), most));
  }

  private static <T extends @Nullable Object> T detached(InterpreterView view, Supplier<T> body) {
    try (ThreadState here = ThreadState.ensure(view)) {
      return here.detached(body::get);
    }
  }

  private static @Nullable Object write(@Nullable Writer writer, String text) {
    if (writer == null) {
      return new IOException("the writer of the script's context is there no more");
    }
    try {
      synchronized (writer) {
        writer.write(text);
        writer.flush();
      }
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private static @Nullable Object read(@Nullable Reader reader, int most) {
    if (reader == null) {
      return new IOException("the reader of the script's context is there no more");
    }
    try {
      char[] text = new char[most + 1];
      int count = reader.read(text, 0, most);
      if (count < 0) {
        return null;
      }
      if (count > 0 && Character.isHighSurrogate(text[count - 1])) {
        int low = reader.read(); // so that no character comes in two halves
        if (low >= 0) {
          text[count++] = (char) low;
        }
      }
      return new String(text, 0, count);
    } catch (IOException e) {
      return e;
    }
  }
}
