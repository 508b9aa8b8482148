package dev.vivarium;

import java.io.Serial;

/**
 * An object of one interpreter was used on a thread that is attached to another (guide: {@code
 * docs/guide/threads.md}). Nothing of the object was touched. Enter the object's own interpreter
 * for it, or pass a Java value across.
 */
public final class WrongInterpreterException extends IllegalStateException {

  @Serial private static final long serialVersionUID = 1;

  /** As the library makes it; in tests of code that catches it, say. */
  public WrongInterpreterException(String message) {
    super(message);
  }
}
