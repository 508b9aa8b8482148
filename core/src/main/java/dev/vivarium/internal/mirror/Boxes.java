package dev.vivarium.internal.mirror;

import org.jspecify.annotations.Nullable;

/** Java's boxes, unboxed and widened as Java does it. */
final class Boxes {

  private Boxes() {}

  /** The value in a primitive type's own box, or null if it does not go without a cast. */
  static @Nullable Object unbox(Object box, Class<?> primitive) {
    return switch (primitive.getName()) {
      case "boolean" -> box instanceof Boolean ? box : null;
      case "char" -> box instanceof Character ? box : null;
      case "byte" -> box instanceof Byte ? box : null;
      case "short" ->
          box instanceof Byte b ? (Object) b.shortValue() : box instanceof Short ? box : null;
      case "int" -> isInt(box) ? (Object) toInt(box) : null;
      case "long" -> isInt(box) ? (Object) (long) toInt(box) : box instanceof Long ? box : null;
      case "float" -> toFloat(box);
      case "double" -> toDouble(box);
      default -> null;
    };
  }

  private static boolean isInt(Object box) {
    return box instanceof Integer
        || box instanceof Short
        || box instanceof Byte
        || box instanceof Character;
  }

  private static int toInt(Object box) {
    return box instanceof Character c ? c : ((Number) box).intValue();
  }

  private static @Nullable Object toFloat(Object box) {
    if (box instanceof Float) {
      return box;
    }
    return isInt(box) ? (Object) (float) toInt(box) : box instanceof Long l ? (float) l : null;
  }

  private static @Nullable Object toDouble(Object box) {
    if (box instanceof Double) {
      return box;
    }
    return isInt(box)
        ? (Object) (double) toInt(box)
        : box instanceof Long || box instanceof Float ? ((Number) box).doubleValue() : null;
  }
}
