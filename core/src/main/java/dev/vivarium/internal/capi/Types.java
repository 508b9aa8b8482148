package dev.vivarium.internal.capi;

import static dev.vivarium.internal.capi.CApi.C;

/**
 * CPython's static objects and types, the same in every interpreter of a process, and which type an
 * object has.
 */
public final class Types {

  public static final long NONE = LibPython.address("_Py_NoneStruct");
  public static final long TRUE = LibPython.address("_Py_TrueStruct");
  public static final long FALSE = LibPython.address("_Py_FalseStruct");

  public static final long TYPE = LibPython.address("PyType_Type");
  public static final long BOOL = LibPython.address("PyBool_Type");
  public static final long INT = LibPython.address("PyLong_Type");
  public static final long FLOAT = LibPython.address("PyFloat_Type");
  public static final long COMPLEX = LibPython.address("PyComplex_Type");
  public static final long STR = LibPython.address("PyUnicode_Type");
  public static final long BYTES = LibPython.address("PyBytes_Type");
  public static final long BYTEARRAY = LibPython.address("PyByteArray_Type");
  public static final long MEMORYVIEW = LibPython.address("PyMemoryView_Type");
  public static final long LIST = LibPython.address("PyList_Type");
  public static final long TUPLE = LibPython.address("PyTuple_Type");
  public static final long DICT = LibPython.address("PyDict_Type");
  public static final long SET = LibPython.address("PySet_Type");
  public static final long FROZENSET = LibPython.address("PyFrozenSet_Type");
  public static final long GENERATOR = LibPython.address("PyGen_Type");
  public static final long FUNCTION = LibPython.address("PyCFunction_Type");
  public static final long METHOD = LibPython.address("PyCMethod_Type");

  private static final int UNPROVEN = -1;
  private static final int WITH_GIL = 8;
  private static final int FREE_THREADED = 24;

  // Where ob_type lies, taken only if known objects show it.
  private static final int TYPE_OFFSET = proveTypeOffset();

  // Where a capsule's pointer lies: right behind the type, taken only if one shows it
  private static final int CAPSULE_POINTER = proveCapsulePointer();

  // The ints that CPython never frees lie in one array, the same in every interpreter; taken only
  // if each shows it, else none are known
  private static final int LEAST_SMALL_INT = -5;
  private static final int GREATEST_SMALL_INT = 256;
  private static final long SMALL_INT_ZERO = C.PyLong_FromLongLong(0);
  private static final long SMALL_INT_BYTES = C.PyLong_FromLongLong(1) - SMALL_INT_ZERO;
  private static final boolean SMALL_INTS = proveSmallInts();

  // An int's tag: its sign in the lowest bits, from the fourth on its digits' number
  private static final long SIGN_BITS = 3;
  private static final long NOT_COMPACT = 2 << 3;

  // Whether one-digit ints lie behind the type as tag and digit, taken only if many show it
  private static final boolean COMPACT_INTS = proveCompactInts();

  private Types() {}

  /** A borrowed reference to the object's type. Needs an attached thread state. */
  public static long typeOf(long object) {
    if (TYPE_OFFSET != UNPROVEN) {
      return Memory.getLong(object + TYPE_OFFSET);
    }
    long type = C.PyObject_Type(object);
    C.Py_DecRef_quick(type); // its object keeps it
    return type;
  }

  /**
   * Whether the object is an int or float of exactly these types, whose end runs no code, so that
   * {@link CApi#Py_DecRef_quick} may be its last.
   */
  public static boolean isPlainNumber(long object) {
    long type = typeOf(object);
    return type == INT || type == FLOAT;
  }

  /**
   * The int of that value if it is one that CPython never frees and that needs no reference
   * counting, or 0.
   */
  public static long smallInt(long value) {
    return SMALL_INTS && value >= LEAST_SMALL_INT && value <= GREATEST_SMALL_INT
        ? SMALL_INT_ZERO + value * SMALL_INT_BYTES
        : 0;
  }

  /** Whether the object is one that {@link #smallInt} gives. */
  public static boolean isSmallInt(long object) {
    return SMALL_INTS
        && object >= SMALL_INT_ZERO + LEAST_SMALL_INT * SMALL_INT_BYTES
        && object <= SMALL_INT_ZERO + GREATEST_SMALL_INT * SMALL_INT_BYTES;
  }

  /** The pointer of a capsule that is known to be one of that name. */
  public static long capsulePointer(long capsule, long name) {
    return CAPSULE_POINTER != UNPROVEN
        ? Memory.getLong(capsule + CAPSULE_POINTER)
        : C.PyCapsule_GetPointer(capsule, name);
  }

  /** {@code sizeof(PyObject)}: where what a type adds begins. */
  public static int headBytes() {
    if (TYPE_OFFSET == UNPROVEN) {
      throw new UnsupportedOperationException("this CPython's objects lie as none that is known");
    }
    return TYPE_OFFSET + Long.BYTES;
  }

  /** The same, or 0 where objects lie as none that is known. */
  static long headOrZero() {
    return TYPE_OFFSET == UNPROVEN ? 0 : headBytes();
  }

  /** Whether this CPython has a GIL, so that what is attached keeps others out. */
  public static boolean hasGil() {
    return TYPE_OFFSET == WITH_GIL;
  }

  /** Whether the object is an instance of a type or of one derived from it. */
  public static boolean isInstance(long object, long type) {
    long actual = typeOf(object);
    return actual == type || C.PyType_IsSubtype(actual, type) != 0;
  }

  /**
   * Whether the object is exactly an int of one digit, whose value {@link #compactValue} reads
   * where it lies. False also where this CPython has not shown that it lies there.
   */
  public static boolean isCompactInt(long object) {
    return COMPACT_INTS
        && Memory.getLong(object + TYPE_OFFSET) == INT
        && Memory.getLong(object + TYPE_OFFSET + Long.BYTES) < NOT_COMPACT;
  }

  /** The value of an int for which {@link #isCompactInt} holds. */
  public static long compactValue(long object) {
    long tag = Memory.getLong(object + TYPE_OFFSET + Long.BYTES);
    return (1 - (tag & SIGN_BITS)) * Memory.getInt(object + TYPE_OFFSET + 2 * Long.BYTES);
  }

  /** Asks ints whose values are known: zero, of both signs, of one digit and of two. */
  private static boolean proveCompactInts() {
    if (TYPE_OFFSET == UNPROVEN) {
      return false;
    }
    int tag = TYPE_OFFSET + Long.BYTES;
    boolean shown = true;
    for (long value :
        new long[] {0, 1, -1, 7, -7, 123_456, -123_456, (1 << 30) - 1, 1 - (1 << 30)}) {
      long object = C.PyLong_FromLongLong(value);
      shown &= Memory.getLong(object + tag) < NOT_COMPACT && compactValue(object) == value;
      C.Py_DecRef_quick(object);
    }
    for (long value : new long[] {1L << 30, -(1L << 30), Long.MAX_VALUE, Long.MIN_VALUE}) {
      long object = C.PyLong_FromLongLong(value);
      shown &= Memory.getLong(object + tag) >= NOT_COMPACT;
      C.Py_DecRef_quick(object);
    }
    return shown;
  }

  private static boolean proveSmallInts() {
    boolean shown = SMALL_INT_BYTES > 0;
    for (long value = LEAST_SMALL_INT; value <= GREATEST_SMALL_INT; value++) {
      long object = C.PyLong_FromLongLong(value);
      shown &= object == SMALL_INT_ZERO + value * SMALL_INT_BYTES;
      C.Py_DecRef_quick(object);
    }
    return shown;
  }

  private static int proveTypeOffset() {
    long[][] known = {{TRUE, BOOL}, {FALSE, BOOL}, {INT, LibPython.address("PyType_Type")}};
    for (int offset : new int[] {WITH_GIL, FREE_THREADED}) {
      boolean shown = true;
      for (long[] pair : known) {
        shown &= Memory.getLong(pair[0] + offset) == pair[1];
      }
      if (shown) {
        return offset;
      }
    }
    return UNPROVEN;
  }

  private static int proveCapsulePointer() {
    if (TYPE_OFFSET == UNPROVEN) {
      return UNPROVEN;
    }
    int offset = TYPE_OFFSET + Long.BYTES;
    boolean shown = true;
    for (long pointer : new long[] {0x5ca1ab1e, 0x1}) {
      long capsule = C.PyCapsule_New(pointer, 0, 0);
      shown &= capsule != 0 && Memory.getLong(capsule + offset) == pointer;
      if (capsule != 0) {
        C.Py_DecRef(capsule);
      }
    }
    return shown ? offset : UNPROVEN;
  }
}
