package dev.vivarium;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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

  private static final OwnSource SOURCE = new OwnSource("arrays.py");
  private static final ConcurrentHashMap<Home, PyObject> LOADED = new ConcurrentHashMap<>();

  private PythonArrays() {}

  /** Calls a function of it; attached. */
  static PyObject call(Home home, String function, @Nullable Object... arguments) {
    try (PyObject callable = loaded(home).item(function)) {
      return callable.call(arguments);
    }
  }

  private static PyObject loaded(Home home) {
    PyObject known = LOADED.get(home);
    if (known != null) {
      return known;
    }
    PyObject made = PyObject.take(home, SOURCE.run(home, Map.of()));
    PyObject first = LOADED.putIfAbsent(home, made);
    if (first != null) {
      made.close();
      return first;
    }
    home.onEnd(() -> LOADED.remove(home));
    return made;
  }
}
