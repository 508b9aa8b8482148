package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterFunction;
import dev.vivarium.PyObject;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A call of a Python function, in whichever interpreter does it. */
final class FunctionCall<T> implements InterpreterFunction<T, RuntimeException> {

  private final Crew crew;
  private final PythonFunction function;
  private final Class<T> result;
  private final @Nullable Object[] arguments;

  FunctionCall(Crew crew, PythonFunction function, Class<T> result, @Nullable Object... arguments) {
    this.crew = crew;
    this.function = Objects.requireNonNull(function, "function");
    this.result = Objects.requireNonNull(result, "result");
    this.arguments = arguments;
  }

  @Override
  public T apply(Interpreter interpreter) {
    Worker worker = Objects.requireNonNull(Worker.current(crew), "run by a worker");
    try (PyObject value = worker.workplace().function(function).call(arguments)) {
      return value.as(result);
    }
  }
}
