package dev.vivarium;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.Owned;
import dev.vivarium.internal.object.PerInterpreter;
import org.jspecify.annotations.Nullable;

/** What {@link NDArray} needs of Python code: {@code arrays.py}, loaded when it is first used. */
final class PythonArrays {

  /**
   * Puts a capsule for {@code __dlpack__} into a list, since a result would be held by Java too.
   */
  @FunctionalInterface
  interface Capsule {
    void make(boolean versioned, PyObject list);
  }

  private static final PerInterpreter<Owned> SOURCE =
      PerInterpreter.owned(new OwnSource(PythonArrays.class, "arrays.py")::run);

  private PythonArrays() {}

  /** Calls a function of it; attached. */
  static PyObject call(Home home, String function, @Nullable Object... arguments) {
    return PyObject.ofCall(home, SOURCE.in(home).item(function), arguments);
  }
}
