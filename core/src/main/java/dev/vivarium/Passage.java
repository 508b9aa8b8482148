package dev.vivarium;

import dev.vivarium.internal.object.Home;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * How a Java exception has come through Python: as a Python exception that holds it. So it must not
 * hold that one in turn: neither garbage collector would ever free the two.
 */
final class Passage {

  final Throwable carried;
  private final Home home;
  private final WeakReference<PyObject> python;

  Passage(Throwable carried, Home home, PyObject python) {
    this.carried = carried;
    this.home = home;
    this.python = new WeakReference<>(python);
  }

  /** The Python exception, if Java still knows it. */
  @Nullable PyObject known() {
    return python.get();
  }

  /** The Python exception, or another one that holds the same Java exception. */
  PyObject python() {
    PyObject known = known();
    return known != null ? known : Interpreter.of(home).toPython(carried);
  }
}
