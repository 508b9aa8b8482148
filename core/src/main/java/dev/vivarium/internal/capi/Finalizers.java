package dev.vivarium.internal.capi;

import static dev.vivarium.internal.capi.CApi.C;

import java.lang.foreign.Arena;

/**
 * Finalizers of objects that live on: Python holds such an object no longer, but Java does. CPython
 * calls {@code tp_finalize} once an object; here it is called again when the object has been in
 * Python's hands again. The thread is attached, and holds a reference of its own to the object.
 */
public final class Finalizers {

  private static final int TP_FINALIZE = 80; // of PyType_Spec
  private static final int MOST_BYTES = 1 << 10; // of a type's own memory, which is some 400
  private static final int GC_BITS = 11; // of an object, without a GIL: behind thread id and lock
  private static final int LOCAL_REFERENCES = 12;
  private static final int SHARED_REFERENCES = 16;
  private static final int SHARED_SHIFT = 2;
  private static final int FINALIZED = 1 << 1;
  private static final int UNREACHABLE = 1 << 2;
  private static final long FINALIZED_WITH_GIL = 1; // of the word before an object

  private Finalizers() {}

  /**
   * Where in a type its {@code tp_finalize} lies.
   *
   * @param finalizer a function pointer that a type is made with, to be found there
   */
  public static int offset(long finalizer) {
    try (Arena arena = Arena.ofConfined()) {
      long slots = arena.allocate(32, 8).address();
      Memory.putInt(slots, TP_FINALIZE);
      Memory.putLong(slots + 8, finalizer);
      long spec = arena.allocate(32, 8).address();
      Memory.putLong(spec, Arena.global().allocateFrom("vivarium.Finalized").address());
      Memory.putInt(spec + 16, 1 << 10); // may be derived from, so that it is made as others are
      Memory.putLong(spec + 24, slots);
      long type = C.PyType_FromSpec(spec);
      if (type == 0) {
        C.PyErr_Clear();
        throw unknown();
      }
      try {
        for (int at = Types.headBytes(); at < MOST_BYTES; at += Long.BYTES) {
          if (Memory.getLong(type + at) == finalizer) {
            return at;
          }
        }
        throw unknown();
      } finally {
        C.Py_DecRef(type);
      }
    }
  }

  private static UnsupportedOperationException unknown() {
    return new UnsupportedOperationException("this CPython's objects lie as none that is known");
  }

  /**
   * Whether the finalizer has been called. While it runs, only if the collector has called it:
   * others say so when it has returned.
   */
  public static boolean isCalled(long object) {
    return C.PyObject_GC_IsFinalized(object) != 0;
  }

  /** From its finalizer: takes it from the collector that has called that. With a GIL. */
  public static void rescue(long object) {
    C.PyObject_GC_UnTrack(object);
  }

  /**
   * Has the finalizer called again, and the collector look at the object.
   *
   * @return false as long as a call of it, or the collector that has made it, is not done
   */
  public static boolean renew(long object) {
    if (!isCalled(object)) {
      return false;
    }
    if (Types.hasGil()) {
      long bits = Memory.getLong(object - Long.BYTES);
      if ((bits & FINALIZED_WITH_GIL) == 0) {
        throw unknown();
      }
      Memory.putLong(object - Long.BYTES, bits & ~FINALIZED_WITH_GIL);
      if (C.PyObject_GC_IsTracked(object) == 0) {
        C.PyObject_GC_Track(object);
      }
      return true;
    }
    int bits = Memory.getByte(object + GC_BITS);
    if ((bits & FINALIZED) == 0) {
      throw unknown();
    } else if ((bits & UNREACHABLE) != 0) {
      return false;
    }
    Memory.putByte(object + GC_BITS, (byte) (bits & ~FINALIZED));
    return true;
  }

  /** A new reference to what a weak reference names, or 0. */
  public static long strong(long weak) {
    try (Arena arena = Arena.ofConfined()) {
      long result = arena.allocate(8, 8).address();
      C.PyWeakref_GetRef(weak, result);
      return Memory.getLong(result);
    }
  }

  /** How many references there are to an object: exact if these are all known to the caller. */
  public static long references(long object) {
    return Types.hasGil()
        ? Memory.getInt(object)
        : Memory.getInt(object + LOCAL_REFERENCES)
            + (Memory.getLong(object + SHARED_REFERENCES) >> SHARED_SHIFT);
  }
}
