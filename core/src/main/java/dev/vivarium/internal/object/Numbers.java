package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.JavaThread;
import java.lang.foreign.Arena;
import java.math.BigInteger;

/** Ints and floats. What does not fit exactly is an error, never rounded or cut. */
final class Numbers {

  private static final int LESS = 0; // Py_LT
  private static final int GREATER = 4; // Py_GT

  private static final int HEX = 16;

  private Numbers() {}

  /** A new reference to an int of any size, or 0 with an exception raised. */
  static long toPython(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return ToPython.integer(value.longValue());
    }
    try (Arena arena = Arena.ofConfined()) {
      // A base that is a power of two takes linear time, and no limit on digits
      return C.PyLong_FromString(arena.allocateFrom(value.toString(HEX)).address(), 0, HEX);
    }
  }

  /** The value of an int, or of what can be used as an index. */
  static long toLong(Home home, long object, String target) {
    if (Types.isCompactInt(object)) {
      return Types.compactValue(object);
    }
    if (Types.isInstance(object, Types.INT)) {
      JavaThread thread = JavaThread.current();
      long overflow = thread.scratch(8);
      if (overflow == 0) {
        return exactLong(toBigInteger(home, object), target);
      }
      try {
        Memory.putInt(overflow, 0);
        long value = C.PyLong_AsLongLongAndOverflow_exact(object, overflow);
        if (Memory.getInt(overflow) != 0) {
          return exactLong(toBigInteger(home, object), target);
        }
        return value;
      } finally {
        thread.scratchFree(overflow);
      }
    }
    long index = index(home, object, target);
    try {
      return toLong(home, index, target);
    } finally {
      C.Py_DecRef(index);
    }
  }

  static long toRange(Home home, long object, long least, long most, String target) {
    long value = toLong(home, object, target);
    if (value < least || value > most) {
      throw doesNotFit(String.valueOf(value), target);
    }
    return value;
  }

  static BigInteger toBigInteger(Home home, long object) {
    long index = Types.isInstance(object, Types.INT) ? 0 : index(home, object, "a BigInteger");
    long digits = C.PyNumber_ToBase(index == 0 ? object : index, HEX);
    if (index != 0) {
      C.Py_DecRef(index);
    }
    home.checked(digits);
    try {
      String text = Text.toJava(home, digits); // "-0x1f"
      return text.startsWith("-")
          ? new BigInteger(text.substring(3), HEX).negate()
          : new BigInteger(text.substring(2), HEX);
    } finally {
      C.Py_DecRef(digits);
    }
  }

  /** Of a natural int: Long where it fits, else BigInteger. */
  static Number toNatural(Home home, long object) {
    if (Types.isCompactInt(object)) {
      return Types.compactValue(object);
    }
    BigInteger value;
    JavaThread thread = JavaThread.current();
    long overflow = thread.scratch(8);
    if (overflow != 0) {
      try {
        Memory.putInt(overflow, 0);
        long small = C.PyLong_AsLongLongAndOverflow_exact(object, overflow);
        if (Memory.getInt(overflow) == 0) {
          return small;
        }
      } finally {
        thread.scratchFree(overflow);
      }
    }
    value = toBigInteger(home, object);
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  static double toDouble(Home home, long object) {
    if (Types.isInstance(object, Types.FLOAT)) {
      return C.PyFloat_AsDouble_exact(object);
    }
    if (Types.isCompactInt(object)) {
      return Types.compactValue(object); // of 30 bits
    }
    if (Types.isInstance(object, Types.INT)) {
      BigInteger exact = toBigInteger(home, object);
      double value = exact.doubleValue();
      if (Double.isInfinite(value)
          || !new java.math.BigDecimal(value).toBigInteger().equals(exact)) {
        throw doesNotFit(exact.toString(), "a double without rounding");
      }
      return value;
    }
    long type = Types.typeOf(object);
    if (Types.isInstance(object, Types.COMPLEX) || Scalars.isComplex(type)) {
      throw ToJava.cannot(home, object, "a double"); // NumPy's give their real part
    }
    double value = C.PyFloat_AsDouble(object);
    if (value == -1 && C.PyErr_Occurred() != 0) {
      C.PyErr_Clear();
      throw ToJava.cannot(home, object, "a double");
    }
    if (differs(home, object, value)) { // a Decimal, a Fraction or a long double
      String name = "a " + ToJava.typeName(home, object);
      throw new ConversionException(
          Double.isInfinite(value)
              ? name + " is too large for a double"
              : name + " does not fit a double without rounding; float() rounds it");
    }
    return value;
  }

  // By what it says itself: what has no order says nothing
  private static boolean differs(Home home, long object, double value) {
    long rounded = home.checked(C.PyFloat_FromDouble(value));
    boolean differs = holds(object, rounded, LESS) || holds(object, rounded, GREATER);
    C.Py_DecRef(rounded);
    return differs;
  }

  private static boolean holds(long object, long other, int operation) {
    int holds = C.PyObject_RichCompareBool(object, other, operation);
    if (holds < 0) {
      C.PyErr_Clear();
    }
    return holds == 1;
  }

  private static long index(Home home, long object, String target) {
    long index = C.PyNumber_Index(object);
    if (index == 0) {
      C.PyErr_Clear();
      throw ToJava.cannot(home, object, target);
    }
    return index;
  }

  private static long exactLong(BigInteger value, String target) {
    if (value.bitLength() >= Long.SIZE) {
      String digits = value.toString();
      throw doesNotFit(
          digits.length() > 40 ? "an int of " + digits.length() + " digits" : digits,
          target + "; asBigInteger takes any int");
    }
    return value.longValue();
  }

  private static RuntimeException doesNotFit(String value, String target) {
    return new ConversionException(value + " does not fit " + target);
  }
}
