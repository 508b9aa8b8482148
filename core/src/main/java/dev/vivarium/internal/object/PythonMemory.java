package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.BufferStruct;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Python's buffers as arrays of primitives, and Java's changes to those. */
public final class PythonMemory {

  private PythonMemory() {}

  /** Whether the object is a buffer of items that are Java's of that primitive type, to the bit. */
  public static boolean isOf(Home home, long object, Class<?> component) {
    if (!component.isPrimitive() || C.PyObject_CheckBuffer(object) == 0) {
      return false;
    }
    try (Call call = Call.of(home)) {
      long answer =
          home.checked(
              call.addBorrowed(object)
                  .add((Object) component.getName())
                  .callFunction(home.values().function("is_of")));
      C.Py_DecRef(answer);
      return answer == Types.TRUE;
    }
  }

  /** Whether items can be assigned: of a list, or of memory that may be written to. */
  public static boolean isWritable(Home home, long object) {
    if (C.PyObject_CheckBuffer(object) == 0) {
      return C.PyObject_HasAttr(Types.typeOf(object), home.name("__setitem__")) != 0;
    }
    try (Call call = Call.of(home)) {
      long answer =
          home.checked(
              call.addBorrowed(object).callFunction(home.values().function("is_writable")));
      C.Py_DecRef(answer);
      return answer == Types.TRUE;
    }
  }

  /**
   * Writes those items that have changed to a buffer of such items; false if it is none.
   *
   * @param size of an item, in bytes
   */
  public static boolean write(
      Home home, long object, Class<?> component, byte[] now, byte[] before, int size) {
    if (!isOf(home, object, component)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      long view = arena.allocate(BufferStruct.BYTES, 8).address();
      if (C.PyObject_GetBuffer(object, view, BufferStruct.WRITABLE) != 0) {
        C.PyErr_Clear(); // one whose items do not lie side by side
        eachRun(now, before, size, (from, to) -> writeRun(home, object, now, from, to, size));
        return true;
      }
      try {
        if (BufferStruct.length(view) < now.length) {
          throw new IllegalStateException(
              "the buffer has become shorter while Java wrote to what was made of it");
        }
        long address = BufferStruct.address(view);
        MemorySegment source = MemorySegment.ofArray(now);
        eachRun(
            now,
            before,
            size,
            (from, to) -> Memory.copyFrom(source, from, address + from, to - from));
        return true;
      } finally {
        C.PyBuffer_Release(view);
      }
    }
  }

  private static void writeRun(Home home, long object, byte[] now, int from, int to, int size) {
    try (Call call = Call.of(home)) {
      long none =
          home.checked(
              call.addBorrowed(object)
                  .add(from / size)
                  .add((Object) Arrays.copyOfRange(now, from, to))
                  .callFunction(home.values().function("write_back")));
      C.Py_DecRef(none);
    }
  }

  /** What is done with bytes from one to before another. */
  public interface Run {
    void of(int from, int to);
  }

  /** Finds the items that have changed, as many at a time as lie side by side. */
  public static void eachRun(byte[] now, byte[] before, int size, Run action) {
    int from = 0;
    while (from < now.length) {
      int differs = Arrays.mismatch(now, from, now.length, before, from, now.length);
      if (differs < 0) {
        return;
      }
      from += differs - differs % size;
      int to = from + size;
      while (to < now.length && differs(now, before, to, size)) {
        to += size;
      }
      action.of(from, to);
      from = to;
    }
  }

  private static boolean differs(byte[] now, byte[] before, int at, int size) {
    for (int i = at; i < at + size; i++) {
      if (now[i] != before[i]) {
        return true;
      }
    }
    return false;
  }

  /** An array of primitives as memory; booleans as bytes, in a copy. */
  public static MemorySegment segment(Object array) {
    return switch (array) {
      case byte[] b -> MemorySegment.ofArray(b);
      case char[] c -> MemorySegment.ofArray(c);
      case short[] s -> MemorySegment.ofArray(s);
      case int[] i -> MemorySegment.ofArray(i);
      case long[] l -> MemorySegment.ofArray(l);
      case float[] f -> MemorySegment.ofArray(f);
      case double[] d -> MemorySegment.ofArray(d);
      case boolean[] b -> MemorySegment.ofArray(bytes(b));
      default -> throw new ConversionException("not an array of primitives");
    };
  }

  private static byte[] bytes(boolean[] booleans) {
    byte[] bytes = new byte[booleans.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (booleans[i] ? 1 : 0);
    }
    return bytes;
  }
}
