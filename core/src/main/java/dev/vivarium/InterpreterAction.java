package dev.vivarium;

/**
 * What to do inside an interpreter.
 *
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface InterpreterAction<X extends Throwable> {

  /** Runs with a thread state of the interpreter attached. */
  void run(Interpreter interpreter) throws X;
}
