package dev.vivarium;

import java.io.Serial;

/**
 * The interpreter takes nobody in: it has ended, or it is closing. Where it {@linkplain #hasEnded
 * has ended} it never comes back: drop the view, and what was taken from it. A closing that gives
 * up, past its timeout, takes newcomers in again (guide: {@code docs/guide/threads.md}).
 */
public final class InterpreterClosedException extends IllegalStateException {

  @Serial private static final long serialVersionUID = 2;

  private final boolean ended;

  /**
   * As the library makes it; in tests of code that catches it, say.
   *
   * @param ended whether it has ended, and is not merely closing
   */
  public InterpreterClosedException(String message, boolean ended) {
    super(message);
    this.ended = ended;
  }

  /** Whether the interpreter had ended; else it was closing, which may have been given up since. */
  public boolean hasEnded() {
    return ended;
  }
}
