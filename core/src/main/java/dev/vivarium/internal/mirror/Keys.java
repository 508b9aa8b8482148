package dev.vivarium.internal.mirror;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a Python object may be as the key of a Java map: an int is an Integer or a Long there, and
 * not equal to the other.
 */
final class Keys {

  /** One of them; none is null but None itself. */
  record Key(@Nullable Object value) {}

  private Keys() {}

  static Stream<Key> of(Argument argument) {
    Object natural = Arguments.convert(argument.home(), argument.object(), Object.class);
    if (natural instanceof Long whole && whole == (int) (long) whole) {
      return Stream.of(new Key(natural), new Key((int) (long) whole));
    }
    return Stream.of(new Key(natural));
  }
}
