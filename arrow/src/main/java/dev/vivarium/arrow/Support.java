package dev.vivarium.arrow;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.net.URL;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code arrow.py} in an interpreter. Its methods are called attached. */
final class Support {

  private static final URL SOURCE =
      Objects.requireNonNull(Support.class.getResource("arrow.py"), "arrow.py");

  /** Puts capsules into a list of Python's. */
  @FunctionalInterface
  interface Maker {
    void into(PyObject list);
  }

  private Support() {}

  /** A maker for Python to call. It closes the list, which would else be Java's until collected. */
  static Maker maker(Consumer<PyObject> body) {
    return list -> {
      try (list) {
        body.accept(list);
      }
    };
  }

  /** An object of one of its classes. */
  static PyObject make(Interpreter in, String type, @Nullable Object... arguments) {
    try (PyObject module = in.importModule("_vivarium_arrow", SOURCE)) {
      return module.callMethod(type, arguments);
    }
  }
}
