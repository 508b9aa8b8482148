package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Converters;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PythonMemory;
import dev.vivarium.internal.object.Scalars;
import dev.vivarium.internal.object.Target;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.Values;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Python objects as arguments of Java methods, and how well one fits a parameter. Lower is better;
 * as in Java, a method that fits without boxing wins over one that needs it.
 */
final class Arguments {

  static final int NO = Integer.MAX_VALUE;

  /** Ranks of one phase lie below the next phase's. */
  static final int PHASE = 100;

  private static final int EXACT = 0;
  private static final int WIDER = 10;
  private static final int CONVERTED = 50;
  private static final int ARRAY = CONVERTED + 10; // rather a collection, where there is a choice
  private static final int OBJECT = CONVERTED + 30;
  private static final int BOXED = PHASE;
  private static final int BOXED_WIDER = PHASE + 10;
  private static final int NARROWED = 2 * PHASE;

  /** What a text names comes after all that Java itself would do, variable parameters too. */
  private static final int OF_TEXT = 10 * PHASE;

  /** A bool as the number that it is to Python, after all that Java would do too. */
  private static final int OF_BOOL = 5 * PHASE;

  // What Python's own iterables and mappings can be seen as
  private static final Set<Class<?>> CONTAINERS =
      Set.of(
          Iterable.class,
          SequencedCollection.class,
          Collection.class,
          List.class,
          Set.class,
          Map.class,
          Iterator.class);

  // Py_TPFLAGS_LONG_SUBCLASS, Py_TPFLAGS_UNICODE_SUBCLASS
  private static final long IS_INT = 1L << 24;
  private static final long IS_STR = 1L << 28;

  private static final long BASE_EXCEPTION = LibPython.pointer("PyExc_BaseException");

  private Arguments() {}

  private static long pointer(long arguments, int index) {
    return Memory.getLong(arguments + 8L * index);
  }

  // Of method handles

  static int intAt(Home home, long arguments, int index) {
    long object = pointer(arguments, index);
    return Types.isCompactInt(object)
        ? (int) Types.compactValue(object)
        : (int) converted(home, object, int.class);
  }

  static long longAt(Home home, long arguments, int index) {
    long object = pointer(arguments, index);
    return Types.isCompactInt(object)
        ? Types.compactValue(object)
        : (long) converted(home, object, long.class);
  }

  static double doubleAt(Home home, long arguments, int index) {
    long object = pointer(arguments, index);
    return Types.typeOf(object) == Types.FLOAT
        ? C.PyFloat_AsDouble_exact(object)
        : (double) converted(home, object, double.class);
  }

  static boolean booleanAt(Home home, long arguments, int index) {
    return (boolean) converted(home, pointer(arguments, index), boolean.class);
  }

  static @Nullable Object at(Home home, long arguments, int index, Class<?> to) {
    return convert(home, pointer(arguments, index), to);
  }

  static @Nullable Object at(Home home, long arguments, int index, Declared to) {
    return to.convert(home, pointer(arguments, index));
  }

  private static Object converted(Home home, long object, Class<?> primitive) {
    Object value = convert(home, object, primitive);
    if (value == null) {
      throw new Mismatch("None cannot be used as " + primitive);
    }
    return value;
  }

  /**
   * The object as that type.
   *
   * @throws Mismatch if it is none, or would lose something
   */
  static @Nullable Object convert(Home home, long object, Class<?> to) {
    if (to == Argument.class) {
      return new Argument(home, object);
    }
    long type = Types.typeOf(object);
    if (type == Types.STR && to == String.class) {
      return ToJava.toText(home, object);
    }
    if (!isPlain(type) && home.converters().ofPython(type, to) == null) {
      Object java = Mirror.of(home).java(object, type, to);
      if (java != null) {
        return fitting(java, to);
      }
      if (to.isArray() && (type == Types.LIST || type == Types.TUPLE)) {
        return array(home, object, to.getComponentType());
      }
      Object seen = container(home, object, to);
      if (seen != null) {
        return seen;
      }
      Class<?> natural = container(type);
      if (natural != null && to.isAssignableFrom(natural)) {
        return ToJava.natural(home, object);
      }
      if (isOfExceptions(to) && Types.isInstance(object, BASE_EXCEPTION)) {
        C.Py_IncRef(object);
        return home.surface().throwable(home, object);
      }
      if (Scalars.isOne(type)) {
        return held(home, object, held -> convert(home, held, to));
      }
      long counted = countedAs(type);
      if (counted != type && to.isAssignableFrom(boxOf(counted))) {
        return ToJava.plain(home, object, counted);
      }
    }
    try {
      return ToJava.given(home, object, to);
    } catch (ConversionException e) {
      if (isOfItems(to) && isOnlyIterable(home, object, type)) {
        return items(home, object);
      }
      throw new Mismatch(String.valueOf(e.getMessage()));
    }
  }

  // Whatever Python code raises is one of them to Java
  private static boolean isOfExceptions(Class<?> to) {
    return to == Throwable.class || to == Exception.class || to == RuntimeException.class;
  }

  private static boolean isOfItems(Class<?> to) {
    return to == Collection.class || to == List.class;
  }

  // What gives items and has no more of a collection: the values of a dict
  private static boolean isOnlyIterable(Home home, long object, long type) {
    return !isPlain(type)
        && type != Types.BYTES
        && C.PyObject_HasAttr(object, home.name("__iter__")) != 0
        && C.PyObject_HasAttr(object, home.name("__contains__")) == 0;
  }

  private static <T extends @Nullable Object> T held(Home home, long scalar, LongFunction<T> body) {
    long held = Scalars.held(home, scalar);
    try {
      return body.apply(held);
    } finally {
      C.Py_DecRef(held);
    }
  }

  // Of an iterator, which gives them once, or of what can be gone through
  private static @Nullable Object items(Home home, long iterator) {
    long list = home.checked(C.PySequence_List(iterator));
    try {
      return ToJava.natural(home, list);
    } finally {
      C.Py_DecRef(list);
    }
  }

  private static @Nullable Object container(Home home, long object, Class<?> to) {
    if (!CONTAINERS.contains(to) || home.converters().toJava(to) != null) {
      return null;
    }
    try {
      return PythonContainers.of(home, object, to, Target.ELEMENT, Target.ELEMENT);
    } catch (ConversionException e) {
      throw new Mismatch(String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Class<?> container(long type) {
    if (type == Types.LIST) {
      return ArrayList.class;
    } else if (type == Types.TUPLE) {
      return List.class;
    } else if (type == Types.DICT) {
      return LinkedHashMap.class;
    }
    return type == Types.SET || type == Types.FROZENSET ? LinkedHashSet.class : null;
  }

  /** What counts for an object of that type: int, float or str, if it derives from one of them. */
  private static long countedAs(long type) {
    long flags = C.PyType_GetFlags(type);
    if ((flags & IS_INT) != 0) {
      return Types.INT;
    } else if ((flags & IS_STR) != 0) {
      return Types.STR;
    }
    return C.PyType_IsSubtype(type, Types.FLOAT) != 0 ? Types.FLOAT : type;
  }

  private static Class<?> boxOf(long plain) {
    return plain == Types.INT ? Long.class : plain == Types.FLOAT ? Double.class : String.class;
  }

  private static boolean isPlain(long type) {
    return type == Types.INT || type == Types.STR || type == Types.FLOAT || type == Types.BOOL;
  }

  static Object fitting(Object java, Class<?> to) {
    if (to.isPrimitive()) {
      Object unboxed = Boxes.unbox(java, to);
      if (unboxed != null) {
        return unboxed;
      }
    } else if (to.isInstance(java)) {
      return java;
    }
    throw new Mismatch(
        "a " + java.getClass().getTypeName() + " cannot be used as a " + to.getTypeName());
  }

  private static Object array(Home home, long sequence, Class<?> component) {
    // A copy, since its items may be taken out while they are converted
    long copy = home.checked(C.PySequence_List(sequence));
    try {
      int length = Math.toIntExact(C.PyList_Size(copy));
      Object array = Array.newInstance(component, length);
      for (int i = 0; i < length; i++) {
        Array.set(array, i, convert(home, C.PyList_GetItem(copy, i), component));
      }
      return array;
    } finally {
      C.Py_DecRef(copy);
    }
  }

  /** How well the object fits the type, or {@link #NO}. */
  static int rank(Home home, long object, Class<?> to) {
    if (to == Argument.class) {
      return EXACT;
    }
    if (object == Types.NONE) {
      return to.isPrimitive() ? NO : EXACT;
    }
    long type = Types.typeOf(object);
    if (isPlain(type)) {
      return ofPlain(home, object, type, to);
    }
    Converters.OfPython registered = home.converters().ofPython(type, to);
    if (registered != null) {
      return ofRegistered(registered.java(), to);
    }
    Object java = Mirror.of(home).java(object, type, to);
    if (java != null) {
      return ofJava(java, to);
    } else if (to == home.surface().wrapper()) {
      return EXACT;
    } else if (Scalars.isOne(type)) {
      return held(home, object, held -> rank(home, held, to));
    }
    long counted = countedAs(type);
    return counted != type ? ofPlain(home, object, counted, to) : ofOther(home, object, type, to);
  }

  private static int ofPlain(Home home, long object, long type, Class<?> to) {
    if (type == Types.INT) {
      return ofInt(home, object, to);
    } else if (type == Types.BOOL) {
      int rank = to == boolean.class ? EXACT : boxed(Boolean.class, to);
      return rank == NO ? asNumber(home, object, to) : rank;
    } else if (type == Types.STR) {
      return ofText(home, object, to);
    }
    return switch (to.getName()) {
      case "double" -> EXACT;
      case "float" -> tried(home, object, to, NARROWED);
      case "java.lang.Float" -> tried(home, object, to, NARROWED + 1);
      default -> boxed(Double.class, to);
    };
  }

  private static int asNumber(Home home, long bool, Class<?> to) {
    if (!to.isPrimitive() && !Number.class.isAssignableFrom(to)) {
      return NO;
    }
    int rank = ofInt(home, bool, to);
    return rank == NO || tried(home, bool, to, rank) == NO ? NO : OF_BOOL + rank;
  }

  private static int boxed(Class<?> box, Class<?> to) {
    return to == box ? BOXED : to.isAssignableFrom(box) ? BOXED_WIDER : NO;
  }

  private static int ofInt(Home home, long object, Class<?> to) {
    return switch (to.getName()) {
      case "int" -> tried(home, object, to, EXACT);
      case "long" -> tried(home, object, to, WIDER);
      case "float" -> tried(home, object, to, isLong(home, object) ? WIDER + 1 : NARROWED);
      case "double" -> tried(home, object, to, isLong(home, object) ? WIDER + 2 : NARROWED);
      case "java.lang.Integer" -> tried(home, object, to, BOXED);
      case "java.lang.Long" -> tried(home, object, to, BOXED + 1);
      case "java.math.BigInteger" -> BOXED + 2;
      case "java.lang.Float", "java.lang.Double" -> tried(home, object, to, BOXED + 3);
      case "short" -> tried(home, object, to, NARROWED);
      case "byte" -> tried(home, object, to, NARROWED + 1);
      case "java.lang.Short" -> tried(home, object, to, NARROWED + 2);
      case "java.lang.Byte" -> tried(home, object, to, NARROWED + 3);
      default -> to.isAssignableFrom(Long.class) ? BOXED_WIDER : NO;
    };
  }

  private static boolean isLong(Home home, long object) {
    return tried(home, object, long.class, EXACT) == EXACT;
  }

  private static int ofText(Home home, long object, Class<?> to) {
    if (to == String.class) {
      return EXACT;
    } else if (to.isAssignableFrom(String.class)) {
      return WIDER;
    } else if (to == char.class || to == Character.class) {
      return tried(home, object, to, NARROWED);
    }
    return Values.isOfText(to) ? tried(home, object, to, OF_TEXT) : NO;
  }

  private static int ofJava(Object java, Class<?> to) {
    if (to.isPrimitive()) {
      return Boxes.unbox(java, to) == null ? NO : BOXED;
    }
    return to == java.getClass() ? EXACT : to.isInstance(java) ? WIDER : NO;
  }

  private static int ofRegistered(Class<?> given, Class<?> to) {
    return to == given ? EXACT : to.isPrimitive() ? BOXED : to == Object.class ? OBJECT : WIDER;
  }

  private static int ofOther(Home home, long object, long type, Class<?> to) {
    if (type == Types.BYTES || type == Types.BYTEARRAY) {
      return to == byte[].class ? EXACT : to.isAssignableFrom(byte[].class) ? CONVERTED : NO;
    } else if (to.isArray() && (type == Types.LIST || type == Types.TUPLE)) {
      int rank = tried(home, object, to, ARRAY);
      return rank == NO ? NO : rank + Components.rank(home, object, to.getComponentType());
    }
    if (to.isArray() && PythonMemory.isOf(home, object, to.getComponentType())) {
      return ARRAY;
    }
    Class<?> natural = container(type);
    if (natural != null && to.isAssignableFrom(natural)) {
      return to == Object.class ? OBJECT : CONVERTED;
    }
    if (to == Object.class) {
      return OBJECT;
    }
    if (isOfExceptions(to) && Types.isInstance(object, BASE_EXCEPTION)) {
      return CONVERTED;
    } else if (PythonContainers.takes(home, object, to)) {
      return CONVERTED + 1; // not tried, which might take what it gives once
    } else if (CONTAINERS.contains(to)) {
      return tried(home, object, to, CONVERTED + 1);
    }
    if (to == Flow.Publisher.class && Target.isAsyncIterable(home, object)) {
      return CONVERTED;
    } else if (FunctionType.methodOf(to) != null) {
      return C.PyCallable_Check(object) != 0 ? CONVERTED : NO;
    }
    return converting(home, object, to);
  }

  // Value types, which conversions of their own make of Python objects
  private static int converting(Home home, long object, Class<?> to) {
    if (to == CompletableFuture.class) { // trying would await it
      return C.PyObject_HasAttr(object, home.name("__await__")) != 0 ? CONVERTED : NO;
    }
    return to.isPrimitive() || !to.isInterface() || to == Path.class
        ? tried(home, object, to, NARROWED - 1)
        : NO;
  }

  static int tried(Home home, long object, Class<?> to, int rank) {
    try {
      Object ignored = convert(home, object, to);
      return rank;
    } catch (Mismatch e) {
      return NO;
    }
  }
}
