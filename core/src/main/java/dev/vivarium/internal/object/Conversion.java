package dev.vivarium.internal.object;

import dev.vivarium.ConversionException;
import org.jspecify.annotations.Nullable;

/** How a Python object becomes one Java type. */
@FunctionalInterface
public interface Conversion {

  /**
   * The value of a borrowed object; attached.
   *
   * @throws ConversionException if it has none
   */
  @Nullable Object convert(Home home, long object);

  /**
   * An exception with the place where it happened added, if it says that a value does not convert.
   */
  static RuntimeException at(String place, RuntimeException thrown) {
    return thrown instanceof ConversionException inner
        ? new ConversionException(place + ": " + inner.getMessage(), inner)
        : thrown;
  }
}
