package dev.vivarium.internal.memory;

/** {@code DLDataType}: code, bits and lanes in one word, as on a little-endian machine. */
final class DlType {

  private static final int SIGNED = 0;
  private static final int UNSIGNED = 1;
  private static final int FLOAT = 2;
  private static final int COMPLEX = 5;
  private static final int BOOLEAN = 6;
  private static final int ONE_LANE = 1 << 16;

  private DlType() {}

  static int of(Geometry geometry) {
    int code =
        switch (Formats.withoutOwnOrder(geometry.format())) {
          case "?" -> BOOLEAN;
          case "b", "h", "i", "l", "q" -> SIGNED;
          case "B", "H", "I", "L", "Q" -> UNSIGNED;
          case "e", "f", "d" -> FLOAT;
          case "Zf", "Zd" -> COMPLEX;
          default ->
              throw new IllegalArgumentException(
                  "DLPack has no type for elements of format \"" + geometry.format() + "\"");
        };
    return code | (int) (8 * geometry.itemSize()) << 8 | ONE_LANE;
  }

  static long bytes(int type) {
    return (type >>> 8 & 0xffL) / 8;
  }

  static String format(int type) {
    int bits = type >>> 8 & 0xff;
    String format =
        switch (type & 0xff) {
          case BOOLEAN -> bits == 8 ? "?" : "";
          case SIGNED -> integer(bits, "b", "h", "i", "q");
          case UNSIGNED -> integer(bits, "B", "H", "I", "Q");
          case FLOAT -> bits == 64 ? "d" : bits == 32 ? "f" : bits == 16 ? "e" : "";
          case COMPLEX -> bits == 128 ? "Zd" : bits == 64 ? "Zf" : "";
          default -> "";
        };
    if (format.isEmpty() || (type & 0xffff0000) != ONE_LANE) {
      throw new IllegalArgumentException(
          "an array whose elements Java has no type for (DLPack type code "
              + (type & 0xff)
              + ", "
              + bits
              + " bits, "
              + (type >>> 16)
              + " lanes)");
    }
    return format;
  }

  private static String integer(int bits, String one, String two, String four, String eight) {
    return switch (bits) {
      case 8 -> one;
      case 16 -> two;
      case 32 -> four;
      case 64 -> eight;
      default -> "";
    };
  }
}
