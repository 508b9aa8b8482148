package dev.vivarium;

import org.jspecify.annotations.Nullable;

/**
 * A CPython could not be found, loaded or initialised. The message says what was tried and what to
 * do about it.
 */
public final class PythonStartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception without a cause.
   *
   * @param message what was tried, what went wrong, and what to do
   */
  public PythonStartException(String message) {
    super(message);
  }

  /**
   * Makes an exception with a cause.
   *
   * @param message what was tried, what went wrong, and what to do
   * @param cause what the system said, or null
   */
  public PythonStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
