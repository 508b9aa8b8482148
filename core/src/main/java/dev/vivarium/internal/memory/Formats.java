package dev.vivarium.internal.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/** Formats of the {@code struct} module for what Java has in memory. */
public final class Formats {

  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private Formats() {}

  /** That of one element. */
  public static String of(ValueLayout element) {
    String code =
        switch (element.carrier().getName()) {
          case "byte" -> "b";
          case "boolean" -> "?";
          case "short" -> "h";
          case "char" -> "H";
          case "int" -> "i";
          case "long" -> "q";
          case "float" -> "f";
          case "double" -> "d";
          default -> "P";
        };
    return inOrder(code, element.byteSize(), element.order());
  }

  private static String inOrder(String code, long bytes, ByteOrder order) {
    if (bytes == 1 || order == ByteOrder.nativeOrder()) {
      return code;
    }
    return (order == ByteOrder.BIG_ENDIAN ? ">" : "<") + code;
  }

  /** That of what is left of a buffer. */
  public static Geometry of(Buffer buffer) {
    String code =
        switch (buffer) {
          case ByteBuffer b -> "B";
          case ShortBuffer b -> inOrder("h", 2, b.order());
          case CharBuffer b -> inOrder("H", 2, b.order());
          case IntBuffer b -> inOrder("i", 4, b.order());
          case LongBuffer b -> inOrder("q", 8, b.order());
          case FloatBuffer b -> inOrder("f", 4, b.order());
          case DoubleBuffer b -> inOrder("d", 8, b.order());
        };
    return Geometry.contiguous(code, width(buffer), buffer.remaining());
  }

  private static long width(Buffer buffer) {
    return switch (buffer) {
      case ByteBuffer b -> 1;
      case ShortBuffer b -> 2;
      case CharBuffer b -> 2;
      case IntBuffer b -> 4;
      case LongBuffer b -> 8;
      case FloatBuffer b -> 4;
      case DoubleBuffer b -> 8;
    };
  }

  /**
   * Elements that fill a segment.
   *
   * @param shape empty for one dimension as long as there is memory for
   * @throws IllegalArgumentException if they do not fill it exactly
   */
  public static Geometry of(MemorySegment memory, ValueLayout element, long... shape) {
    long size = element.byteSize();
    if (shape.length == 0 && memory.byteSize() % size != 0) {
      throw new IllegalArgumentException(
          memory.byteSize() + " bytes are no whole number of elements of " + size + " bytes");
    }
    Geometry geometry =
        shape.length == 0
            ? Geometry.contiguous(of(element), size, memory.byteSize() / size)
            : Geometry.contiguous(of(element), size, shape);
    if (geometry.byteCount() != memory.byteSize()) {
      throw new IllegalArgumentException(
          geometry
              + " takes "
              + geometry.byteCount()
              + " bytes, and there are "
              + memory.byteSize());
    }
    return geometry;
  }

  /** The byte order that a format says, for what is larger than a byte. */
  public static ByteOrder order(String format) {
    return switch (format.isEmpty() ? '@' : format.charAt(0)) {
      case '>', '!' -> ByteOrder.BIG_ENDIAN;
      case '<' -> ByteOrder.LITTLE_ENDIAN;
      default -> ByteOrder.nativeOrder();
    };
  }

  /** The format without a sign that says this machine's own byte order. */
  public static String withoutOwnOrder(String format) {
    if (format.length() < 2) {
      return format;
    }
    return switch (format.charAt(0)) {
      case '@', '=', '^' -> format.substring(1);
      case '<' -> LITTLE ? format.substring(1) : format;
      case '>', '!' -> LITTLE ? format : format.substring(1);
      default -> format;
    };
  }
}
