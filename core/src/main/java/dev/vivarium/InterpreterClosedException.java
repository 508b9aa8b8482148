package dev.vivarium;

import java.io.Serial;

/**
 * The interpreter has ended, or is closing and takes nobody in any more. It will not come back:
 * drop the view, and what was taken from it.
 */
public final class InterpreterClosedException extends IllegalStateException {

  @Serial private static final long serialVersionUID = 1;

  InterpreterClosedException(String message) {
    super(message);
  }
}
