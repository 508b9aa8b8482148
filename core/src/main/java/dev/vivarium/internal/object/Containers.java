package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Types;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Python containers: which kind an object is, and copies of them with each item as some type. */
public final class Containers {

  private Containers() {}

  /** Whether it has items in an order by number: no text, no bytes, no mapping. */
  public static boolean isSequence(Home home, long object) {
    if (Types.isInstance(object, Types.LIST) || Types.isInstance(object, Types.TUPLE)) {
      return true;
    }
    return !isText(object)
        && C.PySequence_Check(object) != 0
        && has(home, object, "__len__")
        && !has(home, object, "keys");
  }

  /** Whether it is a set, or what says that it is one by having {@code isdisjoint}. */
  public static boolean isSet(Home home, long object) {
    return Types.isInstance(object, Types.SET)
        || Types.isInstance(object, Types.FROZENSET)
        || has(home, object, "isdisjoint");
  }

  /** Whether it is a dict, or what has {@code keys} and items. */
  public static boolean isMapping(Home home, long object) {
    return Types.isInstance(object, Types.DICT)
        || (has(home, object, "keys") && has(home, object, "__getitem__"));
  }

  /** Whether it is text or bytes, whose parts nobody means by a collection. */
  public static boolean isText(long object) {
    return Types.isInstance(object, Types.STR)
        || Types.isInstance(object, Types.BYTES)
        || Types.isInstance(object, Types.BYTEARRAY);
  }

  private static boolean has(Home home, long object, String attribute) {
    return C.PyObject_HasAttr(Types.typeOf(object), home.name(attribute)) != 0;
  }

  /** What is done with one item. */
  private interface Each {
    void item(int index, long borrowed);
  }

  // Over a copy, which nobody else has: conversions may run Python code
  private static void each(Home home, long object, Each action) {
    long items = home.checked(C.PySequence_Tuple(object));
    try {
      each(home, object, items, action);
    } finally {
      C.Py_DecRef(items);
    }
  }

  private static void each(Home home, long object, long tuple, Each action) {
    int length = Math.toIntExact(C.PyTuple_Size(tuple));
    for (int i = 0; i < length; i++) {
      try {
        action.item(i, C.PyTuple_GetItem(tuple, i));
      } catch (RuntimeException e) {
        throw Conversion.at("item " + i + " of the " + ToJava.typeName(home, object), e);
      }
    }
  }

  /** To an array with components as that type. */
  static Conversion array(Class<?> component, Conversion items) {
    ExportedArray exported = ExportedArray.of(component.arrayType());
    return (home, object) -> {
      if (!isSequence(home, object)) {
        throw ToJava.cannot(home, object, "a " + component.getTypeName() + "[]");
      }
      Object copy = exported == null ? null : exported.copy(home, object);
      return copy != null ? copy : array(home, object, component, items);
    };
  }

  private static Object array(Home home, long object, Class<?> component, Conversion items) {
    long tuple = home.checked(C.PySequence_Tuple(object)); // its length is that of what is read
    try {
      Object array = Array.newInstance(component, Math.toIntExact(C.PyTuple_Size(tuple)));
      Each put =
          switch (array) {
            case int[] ints -> (i, item) -> ints[i] = ToJava.toInt(home, item);
            case long[] longs -> (i, item) -> longs[i] = ToJava.toLong(home, item);
            case double[] doubles -> (i, item) -> doubles[i] = ToJava.toDouble(home, item);
            default -> (i, item) -> Array.set(array, i, items.convert(home, item));
          };
      each(home, object, tuple, put);
      return array;
    } finally {
      C.Py_DecRef(tuple);
    }
  }

  /** To a list of its own. */
  static Conversion list(Conversion items) {
    return (home, object) -> {
      if (!isSequence(home, object)) {
        throw ToJava.cannot(home, object, "a List");
      }
      return listOf(home, object, items);
    };
  }

  /** The items of what can be iterated over as a list that nobody changes. */
  public static List<@Nullable Object> listOf(Home home, long object, Conversion items) {
    List<@Nullable Object> list = new ArrayList<>();
    each(home, object, (i, item) -> list.add(items.convert(home, item)));
    return Collections.unmodifiableList(list);
  }

  /** To a set of its own, in the order in which Python gives it. */
  static Conversion set(Conversion items) {
    return (home, object) -> {
      if (!isSet(home, object)) {
        throw ToJava.cannot(home, object, "a Set");
      }
      Set<@Nullable Object> set = new LinkedHashSet<>();
      each(
          home,
          object,
          (i, item) -> {
            if (!set.add(items.convert(home, item))) {
              throw new ConversionException("equals another one in Java");
            }
          });
      return Collections.unmodifiableSet(set);
    };
  }

  /** To a map of its own. */
  static Conversion map(Conversion keys, Conversion values) {
    return (home, object) -> {
      if (!isMapping(home, object)) {
        throw ToJava.cannot(home, object, "a Map");
      }
      Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
      each(
          home,
          object,
          (i, key) -> {
            Object converted = keys.convert(home, key);
            long value = home.checked(C.PyObject_GetItem(object, key));
            try {
              map.put(converted, values.convert(home, value));
            } catch (RuntimeException e) {
              throw Conversion.at("the value of " + converted, e);
            } finally {
              C.Py_DecRef(value);
            }
          });
      return Collections.unmodifiableMap(map);
    };
  }
}
