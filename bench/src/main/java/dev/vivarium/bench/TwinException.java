package dev.vivarium.bench;

import org.jspecify.annotations.Nullable;

/** The C side cannot be had here. The message is one line that says why. */
final class TwinException extends Exception {

  private static final long serialVersionUID = 1L;

  TwinException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
