package dev.vivarium.internal.bridge;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What C gets from a native callback that could not be called, as its type's carrier. */
final class ErrorValue {

  private ErrorValue() {}

  /**
   * The value as the layout's carrier.
   *
   * @throws IllegalArgumentException if it does not fit
   */
  static Object of(ValueLayout layout, @Nullable Object value) {
    Class<?> carrier = layout.carrier();
    if (carrier == MemorySegment.class) {
      return pointer(layout, value);
    } else if (carrier == boolean.class && value instanceof Boolean) {
      return value;
    } else if (carrier == char.class && value instanceof Character) {
      return value;
    } else if (value instanceof Number number && carrier != boolean.class) {
      return number(layout, carrier, number);
    }
    throw unfit(layout, value);
  }

  private static Object pointer(ValueLayout layout, @Nullable Object value) {
    if (value == null) {
      return MemorySegment.NULL;
    } else if (value instanceof MemorySegment segment && !layout.equals(NativeFunction.PY_OBJECT)) {
      return segment;
    }
    throw unfit(layout, value);
  }

  private static Object number(ValueLayout layout, Class<?> carrier, Number number) {
    if (carrier == double.class) {
      return number.doubleValue();
    } else if (carrier == float.class) {
      return number.floatValue();
    }
    try {
      BigDecimal exact = new BigDecimal(number.toString());
      return switch (carrier.getName()) {
        case "byte" -> exact.byteValueExact();
        case "short" -> exact.shortValueExact();
        case "int" -> exact.intValueExact();
        case "long" -> exact.longValueExact();
        default -> throw unfit(layout, number);
      };
    } catch (ArithmeticException | NumberFormatException e) {
      throw unfit(layout, number);
    }
  }

  private static IllegalArgumentException unfit(ValueLayout layout, @Nullable Object value) {
    return new IllegalArgumentException(
        "the error value "
            + value
            + " is none that "
            + layout
            + " can take: null or a MemorySegment for a pointer (null alone for PyObject *), a"
            + " number that fits for a number");
  }
}
