package dev.vivarium.internal.mirror;

import dev.vivarium.Complex;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
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
    Home home = argument.home();
    return of(home, argument.object(), Arguments.convert(home, argument.object(), Object.class));
  }

  /**
   * The same, of an object and what Java has for it: one of a subclass is equal to its base too.
   */
  static List<@Nullable Object> of(Home home, long object, @Nullable Object natural) {
    List<@Nullable Object> all = of(natural);
    if (home.surface().wrapper().isInstance(natural)) {
      Object base = ToJava.asBase(home, object);
      if (base != null) {
        all.addAll(of(base));
      }
    }
    return all;
  }

  static List<@Nullable Object> of(@Nullable Object natural) {
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
      case BigInteger big -> addExact(all, new BigDecimal(big));
      case BigDecimal exact -> addExact(all, exact);
      case Complex c when c.imaginary() == 0 -> addReal(all, c.real());
      case String text when text.length() == 1 -> all.add(text.charAt(0));
      case Character c -> all.add(c.toString());
      case null, default -> {}
    }
    return all;
  }

  /** Whether there is nothing else that it may be. */
  static boolean isAlone(List<@Nullable Object> keys) {
    return keys.size() == 1 && !(keys.getFirst() instanceof byte[]);
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

  private static void addExact(List<@Nullable Object> all, BigDecimal value) {
    all.add(value);
    if (value.doubleValue() == (float) value.doubleValue()) {
      addIfExact(all, value, (float) value.doubleValue());
    }
    addIfExact(all, value, value.doubleValue());
    if (value.signum() == 0 || value.stripTrailingZeros().scale() <= 0) {
      BigInteger whole = value.toBigInteger();
      all.add(whole);
      if (whole.bitLength() < Long.SIZE) {
        addWhole(all, whole.longValue());
      }
    }
  }

  private static void addIfExact(List<@Nullable Object> all, BigDecimal value, Number rounded) {
    if (Double.isFinite(rounded.doubleValue())
        && new BigDecimal(rounded.doubleValue()).compareTo(value) == 0) {
      all.add(rounded);
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
    return same(map.keySet(), keys.getFirst());
  }

  // Of what Java's equals tells apart though the values are the same: bytes, and decimals with more
  // zeros at the end. There it is looked at each, and what is found is in a list of its own
  private static List<@Nullable Object> same(Collection<?> all, @Nullable Object given) {
    Object sought = given instanceof Boolean b ? (Object) (b ? 1L : 0L) : given;
    Predicate<@Nullable Object> is;
    if (sought instanceof byte[] bytes) {
      is = other -> other instanceof byte[] b && Arrays.equals(b, bytes);
    } else if (sought instanceof Number number && (all instanceof List || isDecimal(all))) {
      BigDecimal value = exact(number);
      is = other -> value != null && other instanceof BigDecimal d && d.compareTo(value) == 0;
    } else {
      return List.of();
    }
    for (Object one : all) {
      if (is.test(one)) {
        List<@Nullable Object> found = new ArrayList<>(1);
        found.add(one);
        return found;
      }
    }
    return List.of();
  }

  private static boolean isDecimal(Collection<?> all) {
    Iterator<?> first = all.iterator();
    return first.hasNext() && first.next() instanceof BigDecimal;
  }

  private static @Nullable BigDecimal exact(Number number) {
    return switch (number) {
      case BigDecimal d -> d;
      case BigInteger i -> new BigDecimal(i);
      case Double d -> Double.isFinite(d) ? new BigDecimal(d) : null;
      case Float f -> Float.isFinite(f) ? new BigDecimal(f) : null;
      default -> BigDecimal.valueOf(number.longValue());
    };
  }

  /** The key under which a map has or is to have it: a new one is of the type of its others. */
  static @Nullable Object in(Map<?, ?> map, List<@Nullable Object> keys) {
    if (isAlone(keys)) {
      return keys.getFirst();
    }
    List<@Nullable Object> found = found(map, keys);
    return found.isEmpty() ? like(map.keySet(), keys) : found.getFirst();
  }

  private static @Nullable Object like(Collection<?> others, List<@Nullable Object> keys) {
    Iterator<?> first = others.iterator();
    Object other = first.hasNext() ? first.next() : null;
    if (other instanceof BigDecimal && keys.getFirst() instanceof Number number) {
      BigDecimal value = exact(number);
      return value == null ? number : value;
    }
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
    return !same(all, keys.getFirst()).isEmpty();
  }

  /** Takes one of them out of a collection, which may have none. */
  static boolean remove(Collection<?> all, List<@Nullable Object> keys) {
    for (Object key : comparable(all, keys)) {
      if (can(() -> all.remove(key))) {
        return true;
      }
    }
    for (Object one : same(all, keys.getFirst())) {
      return all.remove(one);
    }
    return false;
  }

  /** The element that a collection has or is to have: a new one is of the type of its others. */
  static @Nullable Object in(Collection<?> all, List<@Nullable Object> keys) {
    for (Object key : comparable(all, keys)) {
      if (keys.size() > 1 && can(() -> all.contains(key))) {
        return key;
      }
    }
    for (Object one : same(all, keys.getFirst())) {
      return one;
    }
    return keys.size() == 1 ? keys.getFirst() : like(all, keys);
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
