package dev.vivarium.internal.capi;

/** {@code Py_buffer}, the same in every CPython with 64-bit pointers. */
public final class BufferStruct {

  public static final long BYTES = 80;

  /** Flags of a request. */
  public static final int SIMPLE = 0;

  public static final int WRITABLE = 0x1;

  public static final int FORMAT = 0x4;
  public static final int ND = 0x8;
  public static final int STRIDES = 0x10 | ND;
  public static final int C_CONTIGUOUS = 0x20 | STRIDES;
  public static final int F_CONTIGUOUS = 0x40 | STRIDES;
  public static final int ANY_CONTIGUOUS = 0x80 | STRIDES;

  /** Everything that there is to know, writable or not. */
  public static final int FULL_RO = 0x100 | STRIDES | FORMAT;

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

  public static long address(long view) {
    return Memory.getLong(view);
  }

  public static long length(long view) {
    return Memory.getLong(view + LENGTH);
  }

  public static boolean isReadOnly(long view) {
    return Memory.getInt(view + READ_ONLY) != 0;
  }

  public static boolean isIndirect(long view) {
    long suboffsets = Memory.getLong(view + SUBOFFSETS);
    int dimensions = Memory.getInt(view + DIMENSIONS);
    for (int i = 0; suboffsets != 0 && i < dimensions; i++) {
      if (Memory.getLong(suboffsets + 8L * i) >= 0) {
        return true;
      }
    }
    return false;
  }

  public static long itemSize(long view) {
    return Memory.getLong(view + ITEM_SIZE);
  }

  public static int dimensions(long view) {
    return Memory.getInt(view + DIMENSIONS);
  }

  /** As the {@code struct} module writes it; bytes where nothing is said. */
  public static String format(long view) {
    long format = Memory.getLong(view + FORMAT_TEXT);
    return format == 0 ? "B" : Memory.getString(format);
  }

  /** The lengths of its dimensions. */
  public static long[] shape(long view) {
    return longs(view, SHAPE);
  }

  /** In bytes. */
  public static long[] strides(long view) {
    return longs(view, STRIDE);
  }

  private static long[] longs(long view, long member) {
    long address = Memory.getLong(view + member);
    long[] values = new long[dimensions(view)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Memory.getLong(address + 8L * i);
    }
    return values;
  }

  /** A failed request: nobody has to release it. */
  public static void clear(long view) {
    Memory.putLong(view + OBJECT, 0);
  }

  /** Fills in a request; pointers that were not asked for are 0. */
  @SuppressWarnings("TooManyParameters") // as many as the structure has
  public static void fill(
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
