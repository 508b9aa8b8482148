package dev.vivarium.internal.memory;

import dev.vivarium.internal.capi.Memory;

/** {@code Py_buffer}, the same in every CPython with 64-bit pointers. */
final class BufferStruct {

  static final long BYTES = 80;

  /** Flags of a request. */
  static final int SIMPLE = 0;

  static final int WRITABLE = 0x1;

  static final int FORMAT = 0x4;
  static final int ND = 0x8;
  static final int STRIDES = 0x10 | ND;
  static final int C_CONTIGUOUS = 0x20 | STRIDES;
  static final int F_CONTIGUOUS = 0x40 | STRIDES;
  static final int ANY_CONTIGUOUS = 0x80 | STRIDES;

  /** Everything that there is to know, writable or not. */
  static final int FULL_RO = 0x100 | STRIDES | FORMAT;

  private static final long OBJECT = 8;
  private static final long LENGTH = 16;
  private static final long ITEM_SIZE = 24;
  private static final long READ_ONLY = 32;
  private static final long DIMENSIONS = 36;
  private static final long FORMAT_TEXT = 40;
  private static final long SHAPE = 48;
  private static final long STRIDE = 56;
  private static final long SUBOFFSETS = 64;
  private static final long INTERNAL = 72;

  private BufferStruct() {}

  static long address(long view) {
    return Memory.getLong(view);
  }

  static long length(long view) {
    return Memory.getLong(view + LENGTH);
  }

  static boolean isReadOnly(long view) {
    return Memory.getInt(view + READ_ONLY) != 0;
  }

  static boolean isIndirect(long view) {
    long suboffsets = Memory.getLong(view + SUBOFFSETS);
    int dimensions = Memory.getInt(view + DIMENSIONS);
    for (int i = 0; suboffsets != 0 && i < dimensions; i++) {
      if (Memory.getLong(suboffsets + 8L * i) >= 0) {
        return true;
      }
    }
    return false;
  }

  static Geometry geometry(long view) {
    int dimensions = Memory.getInt(view + DIMENSIONS);
    long format = Memory.getLong(view + FORMAT_TEXT);
    return Geometry.of(
        format == 0 ? "B" : Memory.getString(format),
        Memory.getLong(view + ITEM_SIZE),
        longs(Memory.getLong(view + SHAPE), dimensions),
        longs(Memory.getLong(view + STRIDE), dimensions));
  }

  private static long[] longs(long address, int count) {
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = Memory.getLong(address + 8L * i);
    }
    return values;
  }

  /** A failed request: nobody has to release it. */
  static void clear(long view) {
    Memory.putLong(view + OBJECT, 0);
  }

  /** Fills in a request; pointers that were not asked for are 0. */
  @SuppressWarnings("TooManyParameters") // as many as the structure has
  static void fill(
      long view,
      long object,
      long address,
      long length,
      long itemSize,
      boolean readOnly,
      int dimensions,
      long format,
      long shape,
      long strides) {
    Memory.putLong(view, address);
    Memory.putLong(view + OBJECT, object);
    Memory.putLong(view + LENGTH, length);
    Memory.putLong(view + ITEM_SIZE, itemSize);
    Memory.putInt(view + READ_ONLY, readOnly ? 1 : 0);
    Memory.putInt(view + DIMENSIONS, dimensions);
    Memory.putLong(view + FORMAT_TEXT, format);
    Memory.putLong(view + SHAPE, shape);
    Memory.putLong(view + STRIDE, strides);
    Memory.putLong(view + SUBOFFSETS, 0);
    Memory.putLong(view + INTERNAL, 0);
  }
}
