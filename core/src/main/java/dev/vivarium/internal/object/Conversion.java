package dev.vivarium.internal.object;

import org.jspecify.annotations.Nullable;

/** How a Python object becomes one Java type. */
@FunctionalInterface
public interface Conversion {

  /**
   * The value of a borrowed object; attached.
   *
   * @throws RuntimeException what {@link Surface#unconvertible} makes, if it has none
   */
  @Nullable Object convert(Home home, long object);
}
