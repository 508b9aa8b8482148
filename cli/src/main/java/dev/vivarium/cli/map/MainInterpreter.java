package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.cli.shell.PythonResource;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The main interpreter, for functions of batches: NumPy and pyarrow load in no other. A worker that
 * takes the place of one that was given up finds the function as that one has left it.
 */
final class MainInterpreter implements Interpreters {

  private final Python python;
  private final FunctionReference function;
  private final Tables tables;
  private final PyObject batches;
  private final @Nullable TableOutput output;

  /**
   * Loads nothing yet.
   *
   * @param batches what reads them
   * @param output where tables go; null if results are lines
   */
  MainInterpreter(
      Python python,
      FunctionReference function,
      Tables tables,
      PyObject batches,
      @Nullable TableOutput output) {
    this.python = python;
    this.function = function;
    this.tables = tables;
    this.batches = batches;
    this.output = output;
  }

  @Override
  public Interpreter open() {
    return python.main();
  }

  @Override
  public PyObject load(Interpreter interpreter) {
    try (PyObject mapping = PythonResource.load(interpreter, MainInterpreter.class, "mapping.py")) {
      return tables.load(mapping, function, batches, output == null ? null : output.writer());
    }
  }

  @Override
  public void write(Item item) throws IOException {
    if (output == null) {
      Interpreters.super.write(item);
    } else {
      output.add(item);
    }
  }

  @Override
  public void close(Interpreter interpreter) {} // it ends with Python
}
