package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.BufferStruct;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Arrays of numbers, of any number of dimensions, from what exports its numbers as memory: an
 * {@code array.array}, a {@code memoryview}, a NumPy array. Where each element of the one is one of
 * the other they are copied as memory; all else is converted item by item.
 */
final class ExportedArray {

  // A class written in Python may give other items than its memory: numpy.ma.MaskedArray does
  private static final long IMMUTABLE = 1L << 8;
  private static final long HEAP_TYPE = 1L << 9;

  private static final char OWN_ORDER =
      ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? '<' : '>';

  private final Class<?> type;
  private final Class<?> element; // a primitive
  private final boolean boxed;
  private final int dimensions;

  private ExportedArray(Class<?> type, Class<?> component, int dimensions) {
    this.type = type;
    this.element = MethodType.methodType(component).unwrap().returnType();
    this.boxed = element != component;
    this.dimensions = dimensions;
  }

  /** For an array type; null if its elements are no numbers. */
  static @Nullable ExportedArray of(Class<?> type) {
    int dimensions = 0;
    Class<?> component = type;
    while (component.isArray()) {
      component = component.getComponentType();
      dimensions++;
    }
    Class<?> element = MethodType.methodType(component).unwrap().returnType();
    return element.isPrimitive() && element != char.class && element != void.class
        ? new ExportedArray(type, component, dimensions)
        : null;
  }

  /** A copy of what a borrowed object exports, or null if that is not what this array holds. */
  @Nullable Object copy(Home home, long object) {
    long flags = C.PyType_GetFlags(Types.typeOf(object));
    if ((flags & (HEAP_TYPE | IMMUTABLE)) == HEAP_TYPE || C.PyObject_CheckBuffer(object) == 0) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      long view = arena.allocate(BufferStruct.BYTES, 8).address();
      if (C.PyObject_GetBuffer(object, view, BufferStruct.FULL_RO) != 0) {
        C.PyErr_Clear(); // NumPy's dates, say; their items have more to say
        return null;
      }
      try {
        return copy(view);
      } finally {
        C.PyBuffer_Release(view);
      }
    }
  }

  private @Nullable Object copy(long view) {
    char code = code(BufferStruct.format(view));
    int bytes = (int) BufferStruct.itemSize(view);
    if (BufferStruct.dimensions(view) != dimensions
        || BufferStruct.isIndirect(view)
        || !isHeldBy(code, bytes)) {
      return null;
    }
    Elements elements = new Elements(code, bytes, element, boxed);
    long[] shape = BufferStruct.shape(view);
    return copy(elements, BufferStruct.address(view), type, shape, BufferStruct.strides(view), 0);
  }

  private static Object copy(
      Elements elements, long first, Class<?> type, long[] shape, long[] strides, int dimension) {
    if (shape[dimension] > Integer.MAX_VALUE) {
      throw new ConversionException(
          shape[dimension] + " elements are more than a Java array can have: take a part of them");
    }
    int length = (int) shape[dimension];
    Object array = Array.newInstance(type.getComponentType(), length);
    if (dimension == shape.length - 1) {
      elements.copy(first, strides[dimension], array, length);
      return array;
    }
    Object[] rows = (Object[]) array;
    for (int i = 0; i < length; i++) {
      long row = first + i * strides[dimension];
      rows[i] = copy(elements, row, type.getComponentType(), shape, strides, dimension + 1);
    }
    return rows;
  }

  private static char code(String format) {
    return switch (format.length()) {
      case 1 -> format.charAt(0);
      case 2 ->
          "@=".indexOf(format.charAt(0)) >= 0 || format.charAt(0) == OWN_ORDER
              ? format.charAt(1)
              : 0;
      default -> 0;
    };
  }

  // Each value of the one, whatever it is
  private boolean isHeldBy(char code, int bytes) {
    if (code == '?') {
      return element == boolean.class;
    } else if (code == 'f' || code == 'd') {
      return element == double.class || (element == float.class && code == 'f');
    }
    boolean signed = "bhilqn".indexOf(code) >= 0;
    if (!signed && "BHILQN".indexOf(code) < 0) {
      return false;
    }
    int bits = signed ? 8 * bytes - 1 : 8 * bytes;
    return switch (element.getName()) {
      case "byte" -> bits <= 7;
      case "short" -> bits <= 15;
      case "int" -> bits <= 31;
      case "long" -> bits <= 63;
      case "float" -> bits <= 24;
      case "double" -> bits <= 53;
      default -> false;
    };
  }

  /** Elements of one kind on both sides. */
  private record Elements(char code, int bytes, Class<?> element, boolean boxed) {

    void copy(long first, long stride, Object array, int length) {
      // An element of this size that holds each of the others has the same bits
      if (!boxed
          && stride == bytes
          && element != boolean.class
          && bytes == Memory.elementBytes(array)) {
        Memory.copyTo(array, first);
        return;
      }
      switch (array) {
        case double[] a -> {
          for (int i = 0; i < length; i++) {
            a[i] = real(first + i * stride);
          }
        }
        case float[] a -> {
          for (int i = 0; i < length; i++) {
            a[i] = (float) real(first + i * stride);
          }
        }
        case long[] a -> {
          for (int i = 0; i < length; i++) {
            a[i] = integer(first + i * stride);
          }
        }
        case int[] a -> {
          for (int i = 0; i < length; i++) {
            a[i] = (int) integer(first + i * stride);
          }
        }
        case short[] a -> {
          for (int i = 0; i < length; i++) {
            a[i] = (short) integer(first + i * stride);
          }
        }
        default -> {
          for (int i = 0; i < length; i++) {
            Array.set(array, i, box(first + i * stride));
          }
        }
      }
    }

    private Object box(long at) {
      return switch (element.getName()) {
        case "boolean" -> Memory.getByte(at) != 0;
        case "byte" -> (byte) integer(at);
        case "short" -> (short) integer(at);
        case "int" -> (int) integer(at);
        case "long" -> integer(at);
        case "float" -> (float) real(at);
        default -> real(at);
      };
    }

    private double real(long at) {
      return switch (code) {
        case 'd' -> Double.longBitsToDouble(Memory.getLong(at));
        case 'f' -> Float.intBitsToFloat(Memory.getInt(at));
        default -> integer(at);
      };
    }

    private long integer(long at) {
      boolean unsigned = Character.isUpperCase(code);
      return switch (bytes) {
        case 1 -> unsigned ? Memory.getByte(at) & 0xFF : Memory.getByte(at);
        case 2 -> unsigned ? Memory.getShort(at) & 0xFFFF : Memory.getShort(at);
        case 4 -> unsigned ? Memory.getInt(at) & 0xFFFF_FFFFL : Memory.getInt(at);
        default -> Memory.getLong(at);
      };
    }
  }
}
