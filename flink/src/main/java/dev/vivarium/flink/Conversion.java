package dev.vivarium.flink;

import dev.vivarium.PyObject;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.types.RowUtils;
import org.jspecify.annotations.Nullable;

/**
 * Makes a value of a type of Flink's out of what a Python object is in Java: a {@code Long}, a
 * {@code List}, a {@code Map}, or the {@link PyObject} itself where Java has nothing for it. In the
 * interpreter whose object it was.
 */
@FunctionalInterface
interface Conversion {

  /**
   * Converts one.
   *
   * @throws IllegalArgumentException if it is none of that type, or something would be lost
   * @throws dev.vivarium.ConversionException likewise
   */
  @Nullable Object of(@Nullable Object value);

  /** The same, where there may be no null. */
  default Conversion requiringValue(String what) {
    return value -> required(of(value), what);
  }

  /** It, where there may be no null. */
  static Object required(@Nullable Object value, String what) {
    if (value == null) {
      throw new IllegalArgumentException(what + " is None, which it may not be");
    }
    return value;
  }

  /** To a class whose objects have no parts that Flink knows of. */
  static Conversion leaf(Class<?> wanted) {
    return value -> value == null || wanted.isInstance(value) ? value : leaf(value, wanted);
  }

  private static Object leaf(Object value, Class<?> wanted) {
    if (value instanceof PyObject object) {
      try (object) {
        return object.as(wanted);
      }
    }
    Object made =
        switch (value) {
          case Long number when wanted == Integer.class && (int) (long) number == number ->
              number.intValue();
          case Double number
              when wanted == Float.class
                  && (Float.isFinite(number.floatValue()) || !Double.isFinite(number)) ->
              number.floatValue();
          case Float number when wanted == Double.class -> number.doubleValue();
          case BigDecimal number -> null;
          case Double number -> null;
          case Float number -> null;
          case BigInteger number -> whole(number, wanted);
          case Number number -> whole(BigInteger.valueOf(number.longValue()), wanted);
          case String text when wanted == Character.class && text.length() == 1 -> text.charAt(0);
          case OffsetDateTime time when wanted == Instant.class -> time.toInstant();
          case OffsetDateTime time when wanted == java.util.Date.class ->
              java.util.Date.from(time.toInstant());
          case ZonedDateTime time when wanted == Instant.class -> time.toInstant();
          case ZonedDateTime time when wanted == OffsetDateTime.class -> time.toOffsetDateTime();
          case ZonedDateTime time when wanted == java.util.Date.class ->
              java.util.Date.from(time.toInstant());
          case LocalDateTime time when wanted == Timestamp.class -> Timestamp.valueOf(time);
          case LocalDate date when wanted == Date.class -> Date.valueOf(date);
          case LocalTime time
              when wanted == Time.class && time.equals(time.truncatedTo(ChronoUnit.SECONDS)) ->
              Time.valueOf(time);
          default -> null;
        };
    if (made == null) {
      throw refused(value, wanted.getSimpleName());
    }
    return made;
  }

  private static @Nullable Object whole(BigInteger number, Class<?> wanted) {
    if (wanted == BigInteger.class) {
      return number;
    } else if (wanted == BigDecimal.class) {
      return new BigDecimal(number);
    } else if (wanted == Double.class) {
      double nearest = number.doubleValue();
      return Double.isFinite(nearest) && new BigDecimal(nearest).toBigInteger().equals(number)
          ? nearest
          : null;
    } else if (wanted == Float.class) {
      float nearest = number.floatValue();
      return Float.isFinite(nearest) && new BigDecimal(nearest).toBigInteger().equals(number)
          ? nearest
          : null;
    }
    if (number.bitLength() >= Long.SIZE) {
      return null;
    }
    long is = number.longValue();
    if (wanted == Long.class) {
      return is;
    } else if (wanted == Integer.class && (int) is == is) {
      return (int) is;
    } else if (wanted == Short.class && (short) is == is) {
      return (short) is;
    } else if (wanted == Byte.class && (byte) is == is) {
      return (byte) is;
    }
    return null;
  }

  /** To a list of such items. */
  static Conversion list(Conversion item) {
    return value -> {
      if (value == null) {
        return null;
      }
      List<@Nullable Object> made = new ArrayList<>();
      for (Object each : items(value, "a list")) {
        made.add(item.of(each));
      }
      return made;
    };
  }

  /** To a map of such keys and values. */
  static Conversion map(Conversion key, Conversion item) {
    return value -> {
      if (value == null) {
        return null;
      } else if (!(mapping(value) instanceof Map<?, ?> entries)) {
        throw refused(value, "a map");
      } else {
        Map<@Nullable Object, @Nullable Object> made = new LinkedHashMap<>();
        entries.forEach((name, each) -> made.put(key.of(name), item.of(each)));
        return made;
      }
    };
  }

  /**
   * To an array of such items.
   *
   * @param component of the array's class, {@code int.class} say
   */
  static Conversion array(Class<?> component, Conversion item) {
    Class<?> array = component.arrayType();
    return value -> {
      if (value == null || array.isInstance(value)) {
        return value;
      }
      List<?> items = items(value, "an array");
      Object made = Array.newInstance(component, items.size());
      for (int i = 0; i < items.size(); i++) {
        Array.set(made, i, item.of(items.get(i)));
      }
      return made;
    };
  }

  /**
   * As a map, if it is one: objects of classes that derive from dict, for instance, come as such.
   */
  private static Object mapping(Object value) {
    return value instanceof PyObject object && object.hasAttr("keys")
        ? object.as(Map.class)
        : value;
  }

  /** What is like a list, with its items in order. */
  static List<?> items(Object value, String wanted) {
    if (value instanceof List<?> list) {
      return list;
    } else if (value instanceof Iterable<?> some && !(mapping(value) instanceof Map)) {
      List<@Nullable Object> items = new ArrayList<>();
      some.forEach(items::add);
      return items;
    }
    throw refused(value, wanted);
  }

  /**
   * The fields of a record, by their places: of a dict by its names, of a list or tuple in order.
   *
   * @throws IllegalArgumentException if it has not just these
   */
  static @Nullable Object[] fields(Object value, String[] names, Conversion[] fields) {
    @Nullable Object[] made = new @Nullable Object[names.length];
    if (mapping(value) instanceof Map<?, ?> map) {
      if (map.size() != names.length) {
        throw refused(value, "a dict of " + String.join(", ", names));
      }
      for (int i = 0; i < names.length; i++) {
        if (!map.containsKey(names[i])) {
          throw refused(value, "a dict with " + names[i]);
        }
        made[i] = fields[i].of(map.get(names[i]));
      }
      return made;
    }
    List<?> items = items(value, "a dict or tuple of " + names.length);
    if (items.size() != names.length) {
      throw refused(value, "a tuple of " + names.length);
    }
    for (int i = 0; i < names.length; i++) {
      made[i] = fields[i].of(items.get(i));
    }
    return made;
  }

  /** To a row of such fields, which are to be had by place and by name. */
  static Conversion row(String[] names, Conversion[] fields) {
    LinkedHashMap<String, Integer> places = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      places.put(names[i], i);
    }
    return value ->
        value == null || value instanceof Row
            ? value
            : RowUtils.createRowWithNamedPositions(
                RowKind.INSERT, fields(value, names, fields), places);
  }

  /** That a value is not of a type. */
  static IllegalArgumentException refused(Object value, String wanted) {
    String text = String.valueOf(value);
    return new IllegalArgumentException(
        (text.length() > 200 ? text.substring(0, 200) + "…" : text)
            + " ("
            + value.getClass().getSimpleName()
            + ") is not "
            + wanted);
  }
}
