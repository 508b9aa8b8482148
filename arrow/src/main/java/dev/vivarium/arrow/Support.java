package dev.vivarium.arrow;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code arrow.py} in an interpreter. Its methods are called attached. */
final class Support {

  private static final String MODULE = "_vivarium_arrow";

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
    try (PyObject sys = in.importModule("sys");
        PyObject modules = sys.attr("modules")) {
      if (!modules.contains(MODULE)) {
        // Two threads may come here at once: the module that is there first stays
        modules.callMethod("setdefault", MODULE, load(in)).close();
      }
      try (PyObject module = modules.item(MODULE)) {
        return module.callMethod(type, arguments);
      }
    }
  }

  private static PyObject load(Interpreter in) {
    try (PyObject types = in.importModule("types");
        PyObject builtins = in.importModule("builtins")) {
      PyObject module = types.callMethod("ModuleType", MODULE);
      try (PyObject code = builtins.callMethod("compile", source(), "<vivarium>", "exec");
          PyObject globals = module.attr("__dict__")) {
        builtins.callMethod("exec", code, globals).close();
      }
      return module;
    }
  }

  private static String source() {
    try (InputStream stream = Support.class.getResourceAsStream("arrow.py")) {
      if (stream == null) {
        throw new FileNotFoundException("arrow.py is missing beside " + Support.class.getName());
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
