package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Stay;
import java.util.List;

/**
 * How a call of close has ended, and who is left.
 *
 * @param stays threads inside, callbacks and holds
 * @param pythonThreads names of running threads of Python
 */
public record Left(
    InterpreterState interpreter, Outcome outcome, List<Stay> stays, List<String> pythonThreads) {

  /** Of the time that was given. */
  public enum Outcome {
    /** The interpreter has ended, or can be. */
    NOBODY,
    /** Somebody is left, or another closer is at work; nothing has been torn down. */
    BUSY,
    /** It ends, by itself: nobody was left, but the end is not done. */
    ENDING
  }

  static Left nobody(InterpreterState interpreter) {
    return new Left(interpreter, Outcome.NOBODY, List.of(), List.of());
  }

  /** With those inside. */
  static Left busy(InterpreterState interpreter) {
    return busy(interpreter, List.of());
  }

  static Left busy(InterpreterState interpreter, List<String> running) {
    return new Left(interpreter, Outcome.BUSY, interpreter.gate().stays(), running);
  }

  static Left ending(InterpreterState interpreter) {
    return new Left(interpreter, Outcome.ENDING, List.of(), List.of());
  }

  public boolean isNobody() {
    return outcome == Outcome.NOBODY;
  }
}
