package dev.vivarium.internal.mirror;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a Python object may be as a key or element of a Java collection: all that Python's {@code
 * ==} takes for the same. To Java an Integer, a Long and a Double of one value are not equal, nor
 * are a Character and a String of one character.
 */
final class Keys {

  private static final long EXACT_IN_DOUBLE = 1L << 53;
  private static final long EXACT_IN_FLOAT = 1L << 24;

  private Keys() {}

  /** All that it may be, what it is mostly first. */
  static List<@Nullable Object> of(Argument argument) {
    Object natural = Arguments.convert(argument.home(), argument.object(), Object.class);
    List<@Nullable Object> all = new ArrayList<>(4);
    all.add(natural);
    switch (natural) {
      case Long whole -> addWhole(all, whole);
      case Integer whole -> addWhole(all, whole);
      case Short whole -> addWhole(all, whole);
      case Byte whole -> addWhole(all, whole);
      case Boolean b -> addWhole(all, b ? 1 : 0);
      case Double d -> addReal(all, d);
      case Float f -> addReal(all, f);
      case String text when text.length() == 1 -> all.add(text.charAt(0));
      case Character c -> all.add(c.toString());
      case null, default -> {}
    }
    return all;
  }

  private static void addWhole(List<@Nullable Object> all, long value) {
    all.add(value);
    if (value == (int) value) {
      all.add((int) value);
      if (value == (short) value) {
        all.add((short) value);
      }
      if (value == (byte) value) {
        all.add((byte) value);
      }
    }
    all.add(BigInteger.valueOf(value));
    if (Math.abs(value) <= EXACT_IN_DOUBLE) {
      all.add((double) value);
    }
    if (Math.abs(value) <= EXACT_IN_FLOAT) {
      all.add((float) value);
    }
    if (value == 0 || value == 1) {
      all.add(value == 1);
    }
  }

  private static void addReal(List<@Nullable Object> all, double value) {
    all.add(value);
    if ((float) value == value) {
      all.add((float) value);
    }
    if (value == 0) {
      all.add(-value);
    }
    if (value == (long) value && Math.abs(value) <= EXACT_IN_DOUBLE) {
      addWhole(all, (long) value);
    }
  }

  /** The key that a map has, in a list of its own; an empty one if it has none of them. */
  static List<@Nullable Object> found(Map<?, ?> map, List<@Nullable Object> keys) {
    for (Object key : comparable(map, keys)) {
      if (can(() -> map.containsKey(key))) {
        List<@Nullable Object> found = new ArrayList<>(1);
        found.add(key);
        return found;
      }
    }
    return List.of();
  }

  /** The key under which a map has or is to have it: a new one is of the type of its others. */
  static @Nullable Object in(Map<?, ?> map, List<@Nullable Object> keys) {
    if (keys.size() == 1) {
      return keys.getFirst();
    }
    List<@Nullable Object> found = found(map, keys);
    return found.isEmpty() ? like(map.keySet(), keys) : found.getFirst();
  }

  private static @Nullable Object like(Collection<?> others, List<@Nullable Object> keys) {
    Iterator<?> first = others.iterator();
    Object other = first.hasNext() ? first.next() : null;
    for (Object key : keys) {
      if (other != null && key != null && key.getClass() == other.getClass()) {
        return key;
      }
    }
    return keys.getFirst();
  }

  /** Whether a collection has one of them. */
  static boolean isIn(Collection<?> all, List<@Nullable Object> keys) {
    for (Object key : comparable(all, keys)) {
      if (can(() -> all.contains(key))) {
        return true;
      }
    }
    return false;
  }

  /** Takes one of them out of a collection, which may have none. */
  static boolean remove(Collection<?> all, List<@Nullable Object> keys) {
    for (Object key : comparable(all, keys)) {
      if (can(() -> all.remove(key))) {
        return true;
      }
    }
    return false;
  }

  // What has an order compares a key with those that it has, and throws where their types differ
  private static List<@Nullable Object> comparable(Object collection, List<@Nullable Object> keys) {
    Collection<?> ordered =
        switch (collection) {
          case SortedMap<?, ?> map when map.comparator() == null -> map.keySet();
          case SortedSet<?> set when set.comparator() == null -> set;
          default -> List.of();
        };
    if (keys.size() == 1 || ordered.isEmpty()) {
      return keys;
    }
    List<@Nullable Object> one = new ArrayList<>(1);
    one.add(like(ordered, keys));
    return one;
  }

  private static boolean can(BooleanSupplier holds) {
    try {
      return holds.getAsBoolean();
    } catch (ClassCastException | NullPointerException e) {
      return false; // it could not hold such a thing, which Python says with False
    }
  }
}
