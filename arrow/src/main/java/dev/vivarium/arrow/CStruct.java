package dev.vivarium.arrow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.apache.arrow.c.ArrowArray;

/** What Arrow's own classes for its C structures do not tell. */
final class CStruct {

  /** Where {@code private_data} of an {@code ArrowArray} lies, behind {@code release}. */
  static final long ARRAY_PRIVATE_DATA = 72;

  static final long ARRAY_RELEASE = 64;
  static final long ARRAY_BYTES = 80;

  private CStruct() {}

  /** The fields of an {@code ArrowArray} at an address. */
  static ArrowArray.Snapshot array(long address) {
    return ArrowArray.wrap(address).snapshot();
  }

  /** A pointer out of an array of them. */
  static long pointer(long array, long index) {
    return MemorySegment.ofAddress(array)
        .reinterpret((index + 1) * ADDRESS.byteSize())
        .getAtIndex(JAVA_LONG, index);
  }

  static MemorySegment memory(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }
}
