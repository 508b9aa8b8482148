package dev.vivarium.internal.capi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

  /** The UTF-8 text that ends with a NUL at the address. */
  public static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

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

  /** Copies into a part of a segment, which is checked. */
  public static void copyTo(MemorySegment target, long offset, long address, long count) {
    MemorySegment.copy(ALL, address, target, offset, count);
  }

  /** Copies a part of a segment, which is checked. */
  public static void copyFrom(MemorySegment source, long offset, long address, long count) {
    MemorySegment.copy(source, offset, ALL, address, count);
  }

  public static void putBytes(long address, byte[] bytes) {
    MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, address, bytes.length);
  }

  public static void putChars(long address, String text) {
    MemorySegment.copy(
        text.toCharArray(), 0, ALL, ValueLayout.JAVA_CHAR_UNALIGNED, address, text.length());
  }
}
