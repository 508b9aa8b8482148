package dev.vivarium;

import java.io.Serial;

/**
 * An object of one interpreter was used on a thread that is attached to another (BEHAVIOUR O1).
 * Nothing of the object was touched. Enter the object's own interpreter for it, or pass a Java
 * value across.
 */
public final class WrongInterpreterException extends IllegalStateException {

  @Serial private static final long serialVersionUID = 1;

  WrongInterpreterException(String message) {
    super(message);
  }
}
