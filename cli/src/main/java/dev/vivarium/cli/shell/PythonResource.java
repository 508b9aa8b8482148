package dev.vivarium.cli.shell;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Python code of a command, which lies beside its classes. */
public final class PythonResource {

  private PythonResource() {}

  /**
   * Runs it in a module of its own, which {@code sys.modules} does not have, and gives that. Called
   * by a thread inside the interpreter.
   */
  public static PyObject load(Interpreter interpreter, Class<?> beside, String file) {
    try (PyObject types = interpreter.importModule("types");
        PyObject builtins = interpreter.importModule("builtins")) {
      PyObject module = types.callMethod("ModuleType", "_vivarium_" + file.replace(".py", ""));
      try (PyObject code =
              builtins.callMethod("compile", source(beside, file), "<vivarium>", "exec");
          PyObject globals = module.attr("__dict__")) {
        builtins.callMethod("exec", code, globals).close();
      }
      return module;
    }
  }

  private static String source(Class<?> beside, String file) {
    try (InputStream stream = beside.getResourceAsStream(file)) {
      if (stream == null) {
        throw new FileNotFoundException(file + " is missing beside " + beside.getName());
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
