package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.Complex;
import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.JavaThread;
import java.lang.foreign.Arena;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Python objects as Java values. The object is borrowed, and the thread attached. */
public final class ToJava {

  private static final int TP_BASE = 48; // Py_tp_base

  private ToJava() {}

  /**
   * The value as a type: a primitive's box for the primitive as well.
   *
   * @throws ConversionException if it is not one or would lose information
   */
  public static @Nullable Object convert(Home home, long object, Class<?> type) {
    return convert(home, object, type, false);
  }

  /** The same, of what Python code gives to Java code: see {@link ToPython#handed}. */
  public static @Nullable Object given(Home home, long object, Class<?> type) {
    return convert(home, object, type, true);
  }

  private static @Nullable Object convert(Home home, long object, Class<?> type, boolean given) {
    if (type == Object.class) {
      return natural(home, object);
    } else if (type == void.class || type == Void.class) {
      return null;
    } else if (object == Types.NONE && !type.isPrimitive()) {
      return type == Optional.class ? Optional.empty() : null;
    }
    Converters.OfPython registered = home.converters().ofPython(Types.typeOf(object), type);
    if (registered != null) {
      return registered.conversion().convert(home, object);
    }
    return switch (type.getName()) {
      case "boolean", "java.lang.Boolean" -> toBoolean(home, object);
      case "int", "java.lang.Integer" -> toInt(home, object);
      case "long", "java.lang.Long" -> toLong(home, object);
      case "short", "java.lang.Short" -> toShort(home, object);
      case "byte", "java.lang.Byte" -> toByte(home, object);
      case "double", "java.lang.Double" -> toDouble(home, object);
      case "float", "java.lang.Float" -> toFloat(home, object);
      case "char", "java.lang.Character" -> toChar(home, object);
      case "java.lang.String", "java.lang.CharSequence" -> toText(home, object);
      case "java.math.BigInteger" -> Numbers.toBigInteger(home, object);
      default -> {
        Object java = javaObject(home, object, type);
        if (java != null) {
          yield java;
        }
        Conversion own = home.converters().toJava(type);
        Conversion conversion = own != null ? own : given ? Target.given(type) : Target.of(type);
        yield conversion.convert(home, object);
      }
    };
  }

  /** The Java object that a Python one stands for, if it is of that type, or null. */
  static @Nullable Object javaObject(Home home, long object, Class<?> type) {
    Object java =
        isBuiltin(object)
            ? home.javaObjects().function(object)
            : home.javaObjects().java(object, Types.typeOf(object), type);
    return type.isInstance(java) ? java : null;
  }

  /** The value as the Java type nearest to its Python type. */
  public static @Nullable Object natural(Home home, long object) {
    return natural(home, object, 0);
  }

  private static @Nullable Object natural(Home home, long object, int depth) {
    if (object == Types.NONE) {
      return null;
    }
    long type = Types.typeOf(object);
    if (type == Types.INT) {
      return Numbers.toNatural(home, object);
    } else if (type == Types.STR) {
      return Text.toJava(home, object);
    } else if (type == Types.FLOAT) {
      return C.PyFloat_AsDouble_exact(object);
    } else if (type == Types.BOOL) {
      return object == Types.TRUE;
    } else if (type == Types.BYTES) {
      return Memory.getBytes(C.PyBytes_AsString(object), Math.toIntExact(C.PyBytes_Size(object)));
    } else if (type == Types.BYTEARRAY) {
      return Values.bytes(home, object);
    } else if (type == Types.COMPLEX) {
      return complex(home, object);
    } else if (isBuiltin(object)) {
      Object function = home.javaObjects().function(object);
      return function != null ? function : wrapped(home, object);
    }
    if (depth > ToPython.DEEPEST) {
      throw ToPython.tooDeep();
    }
    C.Py_IncRef(object); // Python code may run, and drop the object from what holds it
    try {
      if (type == Types.LIST) {
        return list(home, object, depth);
      } else if (type == Types.TUPLE) {
        return tuple(home, object, depth);
      } else if (type == Types.DICT) {
        return dict(home, object, depth);
      } else if (type == Types.SET || type == Types.FROZENSET) {
        return set(home, object, depth);
      }
      return other(home, object, type);
    } finally {
      C.Py_DecRef(object);
    }
  }

  /** The value of an instance of int, float or str: of that type, whatever class it is of. */
  public static Object plain(Home home, long object, long type) {
    if (type == Types.INT) {
      return Numbers.toNatural(home, object);
    }
    return type == Types.FLOAT
        ? (Object) C.PyFloat_AsDouble_exact(object)
        : Text.toJava(home, object);
  }

  private static Object other(Home home, long object, long type) {
    Converters.OfPython registered = home.converters().ofPython(type, Object.class);
    if (registered != null) {
      return Objects.requireNonNull(registered.conversion().convert(home, object));
    }
    Object java = home.javaObjects().java(object, type, Object.class);
    if (java != null) {
      return java;
    } else if (home.javaObjects().isText(type)) {
      return Text.toJava(home, object);
    }
    Object value;
    if (Scalars.isOne(type)) {
      value = scalar(home, object);
    } else {
      Conversion conversion = home.values().natural(type);
      value = conversion == null ? null : conversion.convert(home, object);
    }
    return value != null ? value : wrapped(home, object);
  }

  private static @Nullable Object scalar(Home home, long object) {
    long held = Scalars.held(home, object);
    try {
      return natural(home, held);
    } finally {
      C.Py_DecRef(held);
    }
  }

  /**
   * What an object of a subclass is as one of the class that it derives from: a named tuple a list,
   * say. Null where that is nothing of Java's either.
   */
  public static @Nullable Object asBase(Home home, long object) {
    long plain = plainContainer(object);
    if (plain != 0) {
      try {
        return natural(home, plain);
      } finally {
        C.Py_DecRef(plain);
      }
    }
    long base = C.PyType_GetSlot(Types.typeOf(object), TP_BASE);
    while (base != 0) {
      Conversion conversion = home.values().natural(base);
      if (conversion != null) {
        try {
          return conversion.convert(home, object);
        } catch (ConversionException e) {
          return null;
        }
      }
      base = C.PyType_GetSlot(base, TP_BASE);
    }
    return null;
  }

  // A copy without code of the subclass; a new reference, or 0
  private static long plainContainer(long object) {
    long copy;
    if (Types.isInstance(object, Types.TUPLE)) {
      copy = C.PyTuple_GetSlice(object, 0, C.PyTuple_Size(object));
    } else if (Types.isInstance(object, Types.LIST)) {
      copy = C.PyList_GetSlice(object, 0, Long.MAX_VALUE);
    } else if (Types.isInstance(object, Types.DICT)) {
      copy = C.PyDict_Copy(object);
    } else if (Types.isInstance(object, Types.SET)) {
      copy = C.PySet_New(object);
    } else if (Types.isInstance(object, Types.FROZENSET)) {
      copy = C.PyFrozenSet_New(object);
    } else {
      return 0;
    }
    if (copy == 0) {
      C.PyErr_Clear(); // no memory: then it is not found
    }
    return copy;
  }

  static Object complex(Home home, long object) {
    if (!Types.isInstance(object, Types.COMPLEX)) {
      throw cannot(home, object, "a Complex");
    }
    return new Complex(C.PyComplex_RealAsDouble(object), C.PyComplex_ImagAsDouble(object));
  }

  /** A public wrapper of a borrowed object. */
  public static Object wrapped(Home home, long object) {
    C.Py_IncRef(object);
    return home.surface().wrap(home, object);
  }

  public static boolean toBoolean(Home home, long object) {
    if (object == Types.TRUE) {
      return true;
    } else if (object == Types.FALSE) {
      return false;
    } else if (Scalars.isOne(Types.typeOf(object))) {
      long held = Scalars.held(home, object);
      try {
        if (held == Types.TRUE || held == Types.FALSE) {
          return held == Types.TRUE;
        }
      } finally {
        C.Py_DecRef(held);
      }
    }
    throw cannot(home, object, "a boolean; isTrue() asks for its truth value");
  }

  public static int toInt(Home home, long object) {
    return (int) Numbers.toRange(home, object, Integer.MIN_VALUE, Integer.MAX_VALUE, "an int");
  }

  public static long toLong(Home home, long object) {
    return Numbers.toLong(home, object, "a long");
  }

  public static short toShort(Home home, long object) {
    return (short) Numbers.toRange(home, object, Short.MIN_VALUE, Short.MAX_VALUE, "a short");
  }

  public static byte toByte(Home home, long object) {
    return (byte) Numbers.toRange(home, object, Byte.MIN_VALUE, Byte.MAX_VALUE, "a byte");
  }

  public static double toDouble(Home home, long object) {
    return Numbers.toDouble(home, object);
  }

  public static float toFloat(Home home, long object) {
    double value = Numbers.toDouble(home, object);
    float rounded = (float) value; // to the nearest, as a literal of Java's is
    if (Float.isInfinite(rounded) && !Double.isInfinite(value)) {
      throw new ConversionException(value + " is too large for a float");
    }
    if (rounded != value && Types.isInstance(object, Types.INT)) {
      throw new ConversionException((long) value + " does not fit a float without rounding");
    }
    return rounded;
  }

  public static char toChar(Home home, long object) {
    String text = toText(home, object);
    if (text.length() != 1) {
      throw cannot(home, object, "a char");
    }
    return text.charAt(0);
  }

  public static String toText(Home home, long object) {
    if (!Types.isInstance(object, Types.STR)) {
      throw cannot(home, object, "a String; str() gives its text");
    }
    return Text.toJava(home, object);
  }

  public static BigInteger toBigInteger(Home home, long object) {
    return Numbers.toBigInteger(home, object);
  }

  /** As the type that it is by nature, or by that of its wrapper. */
  static Object instance(Home home, long object, Class<?> type) {
    Object value = natural(home, object);
    if (type.isInstance(value)) {
      return value;
    }
    Object wrapper = wrapped(home, object);
    if (type.isInstance(wrapper)) {
      return wrapper;
    }
    throw cannot(home, object, "a " + type.getTypeName());
  }

  static RuntimeException cannot(Home home, long object, String target) {
    return new ConversionException(
        "a Python " + typeName(home, object) + " cannot be used as " + target);
  }

  /** Whether the object is a built-in function, as those made for Java functions are. */
  public static boolean isBuiltin(long object) {
    long type = Types.typeOf(object);
    return type == Types.FUNCTION || type == Types.METHOD;
  }

  /** The name of an object's type, as Python messages give it. */
  public static String typeName(Home home, long object) {
    return nameOf(home, Types.typeOf(object));
  }

  /** The name of a type, likewise. */
  public static String nameOf(Home home, long type) {
    long name = C.PyObject_GetAttr(type, home.name("__name__"));
    if (name == 0) {
      C.PyErr_Clear();
      return "object";
    }
    try {
      return Types.isInstance(name, Types.STR) ? Text.toJava(home, name) : "object";
    } finally {
      C.Py_DecRef(name);
    }
  }

  // Without a GIL others may change a container while its borrowed items are looked at. CPython
  // copies it under its own lock, and nobody else has the copy
  private static List<@Nullable Object> list(Home home, long list, int depth) {
    if (Types.hasGil()) {
      return listAlone(home, list, depth);
    }
    long copy = home.checked(C.PySequence_List(list));
    try {
      return listAlone(home, copy, depth);
    } finally {
      C.Py_DecRef(copy);
    }
  }

  private static List<@Nullable Object> listAlone(Home home, long list, int depth) {
    List<@Nullable Object> items = new ArrayList<>();
    for (long i = 0; i < C.PyList_Size(list); i++) {
      items.add(natural(home, C.PyList_GetItem(list, i), depth + 1));
    }
    return items;
  }

  private static List<@Nullable Object> tuple(Home home, long tuple, int depth) {
    List<@Nullable Object> items = new ArrayList<>();
    for (long i = 0; i < C.PyTuple_Size(tuple); i++) {
      items.add(natural(home, C.PyTuple_GetItem(tuple, i), depth + 1));
    }
    return Collections.unmodifiableList(items);
  }

  private static Map<@Nullable Object, @Nullable Object> dict(Home home, long dict, int depth) {
    if (Types.hasGil()) {
      return dictAlone(home, dict, depth);
    }
    long copy = home.checked(C.PyDict_Copy(dict));
    try {
      return dictAlone(home, copy, depth);
    } finally {
      C.Py_DecRef(copy);
    }
  }

  private static Map<@Nullable Object, @Nullable Object> dictAlone(
      Home home, long dict, int depth) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    JavaThread thread = JavaThread.current();
    long scratch = thread.scratch(24);
    try (Arena arena = Arena.ofConfined()) {
      long position = scratch != 0 ? scratch : arena.allocate(24, 8).address();
      Memory.putLong(position, 0);
      while (C.PyDict_Next(dict, position, position + 8, position + 16) != 0) {
        long key = Memory.getLong(position + 8);
        long value = Memory.getLong(position + 16);
        long keyType = Types.typeOf(key);
        if (keyType == Types.STR || keyType == Types.INT) {
          map.put(natural(home, key, depth + 1), natural(home, value, depth + 1));
        } else {
          putHeld(home, map, key, value, depth);
        }
      }
    } finally {
      if (scratch != 0) {
        thread.scratchFree(scratch);
      }
    }
    return map;
  }

  // A key's conversion may run Python code, which may take the value out of the dict
  private static void putHeld(
      Home home, Map<@Nullable Object, @Nullable Object> map, long key, long value, int depth) {
    C.Py_IncRef(value);
    try {
      Object converted = natural(home, key, depth + 1);
      map.put(converted, natural(home, value, depth + 1));
    } finally {
      C.Py_DecRef(value);
    }
  }

  private static Set<@Nullable Object> set(Home home, long set, int depth) {
    Set<@Nullable Object> items = new LinkedHashSet<>();
    long copy = home.checked(C.PySequence_List(set));
    try {
      items.addAll(listAlone(home, copy, depth));
    } finally {
      C.Py_DecRef(copy);
    }
    return items;
  }
}
