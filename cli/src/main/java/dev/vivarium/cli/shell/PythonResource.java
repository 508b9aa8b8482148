package dev.vivarium.cli.shell;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.util.Objects;

/** Python code of a command, which lies beside its classes. */
public final class PythonResource {

  private PythonResource() {}

  /** The module of a file; in Python {@code _vivarium_} and the file's name. */
  public static PyObject load(Interpreter interpreter, Class<?> beside, String file) {
    return interpreter.importModule(
        "_vivarium_" + file.replace(".py", ""),
        Objects.requireNonNull(beside.getResource(file), file));
  }
}
