package dev.vivarium.pool;

import java.io.Serial;
import java.time.Duration;
import java.util.List;

/**
 * A call of a pool was not done by its deadline (guide: {@code docs/guide/deadlines.md}). The
 * caller is back; {@link #reached} says what became of the call.
 */
public final class DeadlineException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  /** How far a call had come at its deadline. */
  public enum Reached {
    /** It waited for an interpreter, and has not begun. */
    WAITING,
    /**
     * It was interrupted, and has let go: the cause is what came out of it, a {@code
     * KeyboardInterrupt} mostly. Its interpreter goes on.
     */
    INTERRUPTED,
    /**
     * It was interrupted and went on. Its thread and its interpreter are given up: another one
     * takes their place, and they end when the call does.
     */
    GIVEN_UP
  }

  /** What became of it. */
  private final Reached reached;

  /** Where it was, if it was given up. */
  @SuppressWarnings("serial") // an immutable list of the JDK's
  private final List<StackTraceElement> pythonStack;

  DeadlineException(
      Duration limit, Reached reached, String what, List<StackTraceElement> pythonStack) {
    super(message(limit, what, pythonStack));
    this.reached = reached;
    this.pythonStack = pythonStack;
  }

  DeadlineException(Duration limit, Reached reached, String what, Throwable cause) {
    super(message(limit, what, List.of()), cause);
    this.reached = reached;
    this.pythonStack = List.of();
  }

  private static String message(Duration limit, String what, List<StackTraceElement> pythonStack) {
    StringBuilder text = new StringBuilder("not done within ");
    text.append(Times.text(limit)).append(": ").append(what);
    pythonStack.forEach(frame -> text.append("\n  at ").append(frame));
    return text.toString();
  }

  /** What became of the call. */
  public Reached reached() {
    return reached;
  }

  /**
   * The Python frames of a call that was given up, the innermost first. Empty where they cannot be
   * had: the code does not let go of the GIL, or is in Java only.
   */
  public List<StackTraceElement> pythonStack() {
    return pythonStack;
  }
}
