package dev.vivarium.cli.map;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.cli.shell.PythonResource;
import java.time.Duration;

/** An interpreter with a GIL of its own for each worker. */
final class OwnInterpreters implements Interpreters {

  private static final Duration TO_END = Duration.ofSeconds(5);

  private final Python python;
  private final FunctionReference function;
  private final ItemKind kind;

  OwnInterpreters(Python python, FunctionReference function, ItemKind kind) {
    this.python = python;
    this.function = function;
    this.kind = kind;
  }

  @Override
  public Interpreter open() {
    return python.newInterpreter();
  }

  @Override
  public PyObject load(Interpreter interpreter) {
    try (PyObject mapping = PythonResource.load(interpreter, OwnInterpreters.class, "mapping.py")) {
      return mapping.callMethod("load", function.file(), function.name(), kind.id());
    }
  }

  @Override
  public void close(Interpreter interpreter) {
    interpreter.close(TO_END, CloseOption.INTERRUPT);
  }
}
