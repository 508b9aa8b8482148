package dev.vivarium;

import org.jspecify.annotations.Nullable;

/**
 * What to do inside an interpreter, with a result.
 *
 * @param <T> the result
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface InterpreterFunction<T extends @Nullable Object, X extends Throwable> {

  /** Runs with a thread state of the interpreter attached. */
  T apply(Interpreter interpreter) throws X;
}
