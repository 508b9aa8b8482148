package dev.vivarium.script;

import dev.vivarium.InterpreterOptions;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.lang.ref.WeakReference;
import java.util.function.Function;
import javax.script.ScriptContext;
import org.jspecify.annotations.Nullable;

/**
 * The streams of an engine's interpreter for threads that run no script, as those that Python code
 * starts: of the engine's default context, as that is when they are used. It is held weakly, since
 * an interpreter that holds its engine would never be collected with it.
 */
final class DefaultStreams {

  private volatile WeakReference<ScriptContext> context = new WeakReference<>(null);

  void use(ScriptContext newContext) {
    context = new WeakReference<>(newContext);
  }

  InterpreterOptions in(InterpreterOptions options) {
    return options
        .stdout(writer(ScriptContext::getWriter))
        .stderr(writer(ScriptContext::getErrorWriter))
        .stdin(reader());
  }

  private Writer writer(Function<ScriptContext, @Nullable Writer> which) {
    return new Writer() {
      private @Nullable Writer target() {
        ScriptContext now = context.get();
        return now == null ? null : which.apply(now);
      }

      @Override
      public void write(char[] text, int from, int count) throws IOException {
        Writer target = target();
        if (target != null) {
          synchronized (target) {
            target.write(text, from, count);
          }
        }
      }

      @Override
      public void flush() throws IOException {
        Writer target = target();
        if (target != null) {
          target.flush();
        }
      }

      @Override
      public void close() {
        // It is the context's
      }
    };
  }

  private Reader reader() {
    return new Reader() {
      @Override
      public int read(char[] into, int from, int count) throws IOException {
        ScriptContext now = context.get();
        Reader source = now == null ? null : now.getReader();
        return source == null ? -1 : source.read(into, from, count);
      }

      @Override
      public void close() {
        // It is the context's
      }
    };
  }
}
