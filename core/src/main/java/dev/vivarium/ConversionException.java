package dev.vivarium;

import java.io.Serial;

/** A value has no counterpart on the other side, or would lose something on the way. */
public final class ConversionException extends IllegalArgumentException {

  @Serial private static final long serialVersionUID = 1;

  /** For a {@link Converter} that cannot convert a value. */
  public ConversionException(String message) {
    super(message);
  }

  /** The same, with what went wrong. */
  public ConversionException(String message, Throwable cause) {
    super(message, cause);
  }
}
