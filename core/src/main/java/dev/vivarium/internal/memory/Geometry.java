package dev.vivarium.internal.memory;

import dev.vivarium.internal.capi.BufferStruct;
import java.util.Arrays;

/** How the elements of a buffer lie in memory, as the buffer protocol describes it. */
public final class Geometry {

  private final String format;
  private final long itemSize;
  private final long[] shape;
  private final long[] strides;

  private Geometry(String format, long itemSize, long[] shape, long[] strides) {
    this.format = format;
    this.itemSize = itemSize;
    this.shape = shape;
    this.strides = strides;
  }

  /** Those of an exported buffer, by its {@code Py_buffer}. */
  static Geometry of(long view) {
    return new Geometry(
        BufferStruct.format(view),
        BufferStruct.itemSize(view),
        BufferStruct.shape(view),
        BufferStruct.strides(view));
  }

  /** Elements that lie as they say; strides are in bytes. */
  public static Geometry of(String format, long itemSize, long[] shape, long[] strides) {
    return new Geometry(format, itemSize, shape.clone(), strides.clone());
  }

  /**
   * Elements without gaps, the last index running fastest.
   *
   * @throws IllegalArgumentException if a length is negative, or all are more than memory can hold
   */
  public static Geometry contiguous(String format, long itemSize, long... shape) {
    long[] strides = new long[shape.length];
    long stride = itemSize;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] < 0) {
        throw new IllegalArgumentException("a negative length in shape " + Arrays.toString(shape));
      }
      strides[i] = stride;
      if (Math.multiplyHigh(stride, shape[i]) != 0 || stride * shape[i] < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(shape) + " of " + itemSize + " bytes each is beyond memory");
      }
      stride *= shape[i];
    }
    return new Geometry(format, itemSize, shape.clone(), strides);
  }

  /** As the {@code struct} module writes it. */
  public String format() {
    return format;
  }

  public long itemSize() {
    return itemSize;
  }

  public int dimensions() {
    return shape.length;
  }

  public long length(int dimension) {
    return shape[dimension];
  }

  public long stride(int dimension) {
    return strides[dimension];
  }

  public long[] shape() {
    return shape.clone();
  }

  public long[] strides() {
    return strides.clone();
  }

  /** How many elements there are. */
  public long count() {
    long count = 1;
    for (long length : shape) {
      count = Math.multiplyExact(count, length);
    }
    return count;
  }

  /** The bytes of the elements themselves, without what lies between them. */
  public long byteCount() {
    return Math.multiplyExact(count(), itemSize);
  }

  public boolean isEmpty() {
    return Arrays.stream(shape).anyMatch(length -> length == 0);
  }

  /** Whether there are no gaps and the last index runs fastest (C's order). */
  public boolean isContiguous() {
    long expected = itemSize;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != expected) {
        return isEmpty();
      }
      expected *= shape[i];
    }
    return true;
  }

  /** Whether there are no gaps and the first index runs fastest (Fortran's order). */
  public boolean isFortranContiguous() {
    long expected = itemSize;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] != 1 && strides[i] != expected) {
        return isEmpty();
      }
      expected *= shape[i];
    }
    return true;
  }

  /** How far in front of the first element the lowest byte lies; 0 without negative strides. */
  public long reachBack() {
    long back = 0;
    for (int i = 0; i < shape.length && !isEmpty(); i++) {
      back = Math.addExact(back, Math.max(0, Math.multiplyExact(-strides[i], shape[i] - 1)));
    }
    return back;
  }

  /** How many bytes from the first element's beginning to the end of the highest one. */
  public long reachOn() {
    if (isEmpty()) {
      return 0;
    }
    long on = itemSize;
    for (int i = 0; i < shape.length; i++) {
      on = Math.addExact(on, Math.max(0, Math.multiplyExact(strides[i], shape[i] - 1)));
    }
    return on;
  }

  @Override
  public String toString() {
    return "\"" + format + "\" " + Arrays.toString(shape) + ", strides " + Arrays.toString(strides);
  }
}
