package dev.vivarium;

import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Attachment;
import org.jspecify.annotations.Nullable;

/** Python's {@code with} statement around a Java body. */
final class WithStatement {

  private final PyObject manager;
  private final Home home;

  WithStatement(PyObject manager) {
    this.manager = manager;
    this.home = manager.home();
  }

  // Attached throughout: what __enter__ sets for the thread is there in the body
  <T extends @Nullable Object, X extends Throwable> @Nullable T run(ContextFunction<T, X> body)
      throws X {
    Attachment entered = Entry.enter(home);
    try (PyObject type = manager.type();
        PyObject enter = type.attr("__enter__");
        PyObject exit = type.attr("__exit__")) {
      T result;
      try (PyObject value = enter.call(manager)) {
        result = body.apply(value);
      } catch (Throwable thrown) {
        if (isSwallowed(exit, thrown)) {
          return null;
        }
        throw thrown;
      }
      exit.call(manager, null, null, null).close();
      return result;
    } finally {
      Entry.leave(entered);
    }
  }

  private boolean isSwallowed(PyObject exit, Throwable thrown) {
    try (PyObject exception = PyObject.take(home, home.toPythonException(thrown));
        PyObject type = exception.type();
        PyObject traceback = exception.attr("__traceback__");
        PyObject answer = exit.call(manager, type, exception, traceback)) {
      return answer.isTrue();
    } catch (Throwable another) {
      if (!another.equals(thrown)) {
        another.addSuppressed(thrown);
      }
      throw another;
    }
  }
}
