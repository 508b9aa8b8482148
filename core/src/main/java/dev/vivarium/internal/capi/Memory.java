package dev.vivarium.internal.capi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;

/** Native memory by address. The caller knows that what it names is there. */
public final class Memory {

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}

  public static long getLong(long address) {
    return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
  }

  public static void putLong(long address, long value) {
    ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
  }

  public static int getInt(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  public static void putInt(long address, int value) {
    ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
  }

  public static short getShort(long address) {
    return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  public static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  public static void putByte(long address, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, value);
  }

  /** The UTF-8 text that ends with a NUL at the address. */
  public static String getString(long address) {
    return ALL.getString(address);
  }

  public static String getUtf8(long address, int bytes) {
    return new String(getBytes(address, bytes), StandardCharsets.UTF_8);
  }

  public static byte[] getBytes(long address, int count) {
    byte[] copy = new byte[count];
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, copy, 0, count);
    return copy;
  }

  /** Fills an array of numbers with as many as lie there without gaps. */
  public static void copyTo(Object numbers, long address) {
    MemorySegment.copy(ALL, element(numbers), address, numbers, 0, Array.getLength(numbers));
  }

  /** Copies an array of numbers to an address. */
  public static void copyFrom(Object numbers, long address) {
    MemorySegment.copy(numbers, 0, ALL, element(numbers), address, Array.getLength(numbers));
  }

  /** How many bytes one of an array of numbers has. */
  public static long elementBytes(Object numbers) {
    return element(numbers).byteSize();
  }

  @SuppressWarnings("IfChainToSwitch") // which takes longer to link, at the start of each process
  private static ValueLayout element(Object numbers) {
    if (numbers instanceof byte[]) {
      return ValueLayout.JAVA_BYTE;
    } else if (numbers instanceof char[]) {
      return ValueLayout.JAVA_CHAR_UNALIGNED;
    } else if (numbers instanceof int[]) {
      return ValueLayout.JAVA_INT_UNALIGNED;
    } else if (numbers instanceof long[]) {
      return ValueLayout.JAVA_LONG_UNALIGNED;
    } else if (numbers instanceof double[]) {
      return ValueLayout.JAVA_DOUBLE_UNALIGNED;
    } else if (numbers instanceof float[]) {
      return ValueLayout.JAVA_FLOAT_UNALIGNED;
    } else if (numbers instanceof short[]) {
      return ValueLayout.JAVA_SHORT_UNALIGNED;
    }
    throw new IllegalArgumentException("no array of numbers: " + numbers.getClass());
  }

  /** Copies into a part of a segment, which is checked. */
  public static void copyTo(MemorySegment target, long offset, long address, long count) {
    MemorySegment.copy(ALL, address, target, offset, count);
  }

  /** Copies a part of a segment, which is checked. */
  public static void copyFrom(MemorySegment source, long offset, long address, long count) {
    MemorySegment.copy(source, offset, ALL, address, count);
  }

  public static void putBytes(long address, byte[] bytes) {
    putBytes(address, bytes, bytes.length);
  }

  /** The first so many of an array. */
  public static void putBytes(long address, byte[] bytes, int count) {
    MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, address, count);
  }

  public static void getBytes(long address, byte[] into, int count) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, into, 0, count);
  }

  /**
   * The chars of a text in a byte each and a NUL, with a question mark for each that has no place
   * in one, or for a pair of surrogates.
   */
  public static void putLatin1(long address, String text) {
    ALL.setString(address, text, StandardCharsets.ISO_8859_1);
  }

  public static void putChars(long address, String text) {
    copyFrom(text.toCharArray(), address);
  }
}
