package dev.vivarium.internal.mirror;

import java.io.Serial;

/** Arguments that do not fit: a TypeError for the Python code that called. */
final class Mismatch extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  Mismatch(String message) {
    super(message, null, false, false);
  }
}
