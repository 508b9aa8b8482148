package dev.vivarium.internal.mirror;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Python object may be as the key of a Java map: an int is an Integer or a Long there, and
 * not equal to the other.
 */
final class Keys {

  private Keys() {}

  static List<@Nullable Object> of(Argument argument) {
    Object natural = Arguments.convert(argument.home(), argument.object(), Object.class);
    if (natural instanceof Long whole && whole == (int) (long) whole) {
      return List.of(natural, (int) (long) whole);
    }
    return Collections.singletonList(natural);
  }
}
