package dev.vivarium.internal.object;

import dev.vivarium.ConversionException;
import java.util.Objects;

/** Python source text on its way to the compiler, which takes UTF-8 that ends at a NUL. */
public final class Source {

  private Source() {}

  /**
   * Checks that nothing of it would be lost.
   *
   * @throws ConversionException if it holds a NUL or a lone surrogate
   */
  public static void check(String text) {
    Objects.requireNonNull(text, "source");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new ConversionException("the source has a NUL character at offset " + i);
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new ConversionException(
            "the source has a lone surrogate at offset " + i + ": write it as an escape");
      }
    }
  }
}
