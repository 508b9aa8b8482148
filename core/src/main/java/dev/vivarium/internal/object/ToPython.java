package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import java.lang.foreign.Arena;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Java values as Python objects of an interpreter, to which the thread is attached. */
public final class ToPython {

  // Far deeper than data is, and not too deep for a small stack
  static final int DEEPEST = 200;

  // Whose methods call none of others
  private static final Set<Class<?>> LOOKING =
      Set.of(
          StringBuilder.class,
          ArrayList.class,
          HashMap.class,
          LinkedHashMap.class,
          HashSet.class,
          LinkedHashSet.class,
          ArrayDeque.class,
          List.of().getClass(),
          List.of(1).getClass(),
          Set.of().getClass(),
          Set.of(1).getClass(),
          Map.of().getClass(),
          Map.of(1, 1).getClass());

  private ToPython() {}

  /** A new reference to an int, or 0 with an exception raised. */
  public static long integer(long value) {
    long small = Types.smallInt(value);
    return small != 0 ? small : C.PyLong_FromLongLong(value);
  }

  /**
   * A new reference to the Python object for a Java value: its counterpart, or else the Java object
   * itself by reference.
   *
   * @throws ConversionException if it contains itself
   */
  public static long convert(Home home, @Nullable Object value) {
    return convert(home, value, 0);
  }

  /**
   * A new reference to what Java code hands to a Python function that it was given: what can be
   * changed goes as the Java object that it is, so that its changes are seen, and so does what has
   * no counterpart, as a date of the year 12345: the function may ignore it.
   */
  static long handed(Home home, @Nullable Object value) {
    if (value instanceof Optional<?> optional) {
      return handed(home, optional.orElse(null));
    }
    if (value == null || home.converters().toPython(value) != null) {
      return convert(home, value);
    }
    if (canChange(value)) {
      return home.javaObjects().reference(value);
    }
    try {
      return convert(home, value);
    } catch (ConversionException e) {
      return home.javaObjects().reference(value);
    }
  }

  private static boolean canChange(Object value) {
    boolean changes =
        switch (value) {
          case String _ -> false;
          case Collection<?> _, Map<?, ?> _, CharSequence _, Buffer _ -> true;
          default -> value.getClass().isArray();
        };
    return changes && ProxyClass.targetOf(value) == null;
  }

  /** For a container that is nested too deep to follow, which one that contains itself is. */
  static RuntimeException tooDeep() {
    return new ConversionException(
        "a container is nested deeper than " + DEEPEST + ", or contains itself");
  }

  private static long convert(Home home, @Nullable Object value, int depth) {
    return home.checked(
        switch (value) {
          case null -> shared(Types.NONE);
          case Boolean b -> shared(b ? Types.TRUE : Types.FALSE);
          case Integer i -> integer(i);
          case Long l -> integer(l);
          case Short s -> integer(s);
          case Byte b -> integer(b);
          case Double d -> C.PyFloat_FromDouble(d);
          case Float f -> C.PyFloat_FromDouble(f);
          case String text -> Text.toPython(text);
          case CharSequence text -> Text.toPython(java(home, text, text::toString));
          case Character c -> Text.toPython(c.toString());
          case BigInteger big -> Numbers.toPython(big);
          case byte[] bytes -> bytes(bytes);
          default -> other(home, value, depth);
        });
  }

  private static long other(Home home, Object value, int depth) {
    ProxyTarget proxied = ProxyClass.targetOf(value);
    if (proxied != null) {
      return proxied.referenceIn(home);
    }
    long wrapped = home.surface().unwrap(home, value);
    if (wrapped != 0) {
      return wrapped;
    }
    if (depth > DEEPEST) {
      throw tooDeep();
    }
    Converters.Own own = home.converters().toPython(value);
    if (own != null) {
      return own.toPython(home, value);
    }
    return switch (value) {
      case Map<?, ?> map -> dict(home, map, depth);
      case Set<?> set -> set(home, set, depth);
      case Collection<?> collection -> list(home, collection, depth);
      case Throwable throwable -> home.toPythonException(throwable);
      default -> {
        if (value.getClass().isArray()) {
          yield array(home, value, depth);
        }
        long counterpart = Values.toPython(home, value);
        if (counterpart != 0) {
          yield counterpart;
        }
        long function = home.javaObjects().newFunction(value);
        yield function != 0 ? function : home.javaObjects().reference(value);
      }
    };
  }

  /**
   * What a method of a value gives, which may block where the value's class is somebody else's.
   * {@code java.util} does nothing but look, its synchronized collections apart.
   */
  private static <T> T java(Home home, Object value, Home.Body<T, RuntimeException> body) {
    return LOOKING.contains(value.getClass()) ? body.run() : home.detached(body);
  }

  /** A new reference to a tuple. */
  public static long tuple(Home home, @Nullable Object... items) {
    long tuple = home.checked(C.PyTuple_New(items.length));
    try {
      for (int i = 0; i < items.length; i++) {
        home.checked(C.PyTuple_SetItem(tuple, i, convert(home, items[i])));
      }
      return tuple;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(tuple);
      throw e;
    }
  }

  private static long list(Home home, Collection<?> collection, int depth) {
    // One look, whatever others do to it meanwhile
    Object[] items = java(home, collection, collection::toArray);
    long list = home.checked(C.PyList_New(items.length));
    try {
      for (int i = 0; i < items.length; i++) {
        home.checked(C.PyList_SetItem(list, i, convert(home, items[i], depth + 1)));
      }
      return list;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(list);
      throw e;
    }
  }

  private static long array(Home home, Object array, int depth) {
    int length = Array.getLength(array);
    if (length >= PrimitiveList.WORTH_IT && PrimitiveList.isOf(array)) {
      return PrimitiveList.of(home, array);
    }
    long list = home.checked(C.PyList_New(length));
    try {
      for (int i = 0; i < length; i++) {
        home.checked(C.PyList_SetItem(list, i, convert(home, Array.get(array, i), depth + 1)));
      }
      return list;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(list);
      throw e;
    }
  }

  private static long dict(Home home, Map<?, ?> map, int depth) {
    List<@Nullable Object> items = java(home, map, () -> keysAndValues(map));
    long dict = home.checked(C.PyDict_New());
    try {
      for (int i = 0; i < items.size(); i += 2) {
        long key = convert(home, items.get(i), depth + 1);
        try {
          long item = convert(home, items.get(i + 1), depth + 1);
          try {
            home.checked(C.PyDict_SetItem(dict, key, item));
          } finally {
            C.Py_DecRef(item);
          }
        } finally {
          C.Py_DecRef(key);
        }
      }
      return dict;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(dict);
      throw e;
    }
  }

  private static List<@Nullable Object> keysAndValues(Map<?, ?> map) {
    List<@Nullable Object> all = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      all.add(entry.getKey());
      all.add(entry.getValue());
    }
    return all;
  }

  private static long set(Home home, Set<?> all, int depth) {
    Object[] items = java(home, all, all::toArray);
    long set = home.checked(C.PySet_New(0));
    try {
      for (Object item : items) {
        long converted = convert(home, item, depth + 1);
        try {
          home.checked(C.PySet_Add(set, converted));
        } finally {
          C.Py_DecRef(converted);
        }
      }
      return set;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(set);
      throw e;
    }
  }

  private static long bytes(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      long copy = arena.allocate(bytes.length).address();
      Memory.putBytes(copy, bytes);
      return C.PyBytes_FromStringAndSize(copy, bytes.length);
    }
  }

  private static long shared(long object) {
    C.Py_IncRef(object);
    return object;
  }
}
