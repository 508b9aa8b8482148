package dev.vivarium.internal.bridge;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Texts and numbers' boxes: values whose own methods are known not to block. */
public final class Plain {

  private static final Set<Class<?>> CLASSES =
      Set.of(
          String.class,
          Integer.class,
          Long.class,
          Double.class,
          Boolean.class,
          Character.class,
          Float.class,
          Short.class,
          Byte.class);

  private Plain() {}

  static boolean is(Class<?> type) {
    return CLASSES.contains(type);
  }

  /** Whether a variable of that type may hold some. */
  public static boolean mayBe(Class<?> type) {
    return CLASSES.stream().anyMatch(type::isAssignableFrom);
  }

  /** Whether it is one, or null. */
  public static boolean is(@Nullable Object value) {
    return value == null
        || value instanceof String
        || value instanceof Long
        || value instanceof Integer
        || value instanceof Double
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof Float
        || value instanceof Short
        || value instanceof Byte;
  }
}
