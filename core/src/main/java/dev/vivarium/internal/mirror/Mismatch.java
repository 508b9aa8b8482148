package dev.vivarium.internal.mirror;

import java.io.Serial;

/** Arguments that do not fit: a TypeError for the Python code that called. */
final class Mismatch extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  /** Whether it is about the call's arguments, so that an error is to say what there is. */
  final boolean ofArguments;

  Mismatch(String message) {
    this(message, true);
  }

  private Mismatch(String message, boolean ofArguments) {
    super(message, null, false, false);
    this.ofArguments = ofArguments;
  }

  /** What keeps the call from being made, whatever its arguments. */
  static Mismatch whole(String message) {
    return new Mismatch(message, false);
  }
}
