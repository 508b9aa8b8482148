package dev.vivarium.arrow;

import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** How many bits a slot takes in each buffer of a type. */
final class Slots {

  private static final long[] NONE = {};

  private Slots() {}

  /**
   * Of those buffers in which the n-th slot lies at n times that; {@code TypeLayout} has errors.
   */
  static long[] bits(ArrowType type) {
    return switch (type) {
      case ArrowType.Null ignored -> NONE;
      case ArrowType.RunEndEncoded ignored -> NONE;
      case ArrowType.Union union ->
          union.getMode() == UnionMode.Dense ? new long[] {8, 32} : new long[] {8};
      case ArrowType.Struct ignored -> valid();
      case ArrowType.FixedSizeList ignored -> valid();
      case ArrowType.Bool ignored -> valid(1);
      case ArrowType.Int number -> valid(number.getBitWidth());
      case ArrowType.FloatingPoint number ->
          switch (number.getPrecision()) {
            case HALF -> valid(16);
            case SINGLE -> valid(32);
            case DOUBLE -> valid(64);
          };
      case ArrowType.Decimal decimal -> valid(decimal.getBitWidth());
      case ArrowType.Date date ->
          switch (date.getUnit()) {
            case DAY -> valid(32);
            case MILLISECOND -> valid(64);
          };
      case ArrowType.Time time -> valid(time.getBitWidth());
      case ArrowType.Timestamp ignored -> valid(64);
      case ArrowType.Duration ignored -> valid(64);
      case ArrowType.Interval interval ->
          switch (interval.getUnit()) {
            case YEAR_MONTH -> valid(32);
            case DAY_TIME -> valid(64);
            case MONTH_DAY_NANO -> valid(128);
          };
      case ArrowType.FixedSizeBinary binary -> valid(8L * binary.getByteWidth());
      case ArrowType.Utf8 ignored -> valid(32);
      case ArrowType.Binary ignored -> valid(32);
      case ArrowType.List ignored -> valid(32);
      case ArrowType.Map ignored -> valid(32);
      case ArrowType.LargeUtf8 ignored -> valid(64);
      case ArrowType.LargeBinary ignored -> valid(64);
      case ArrowType.LargeList ignored -> valid(64);
      case ArrowType.Utf8View ignored -> valid(128);
      case ArrowType.BinaryView ignored -> valid(128);
      case ArrowType.ListView ignored -> valid(32, 32);
      case ArrowType.LargeListView ignored -> valid(64, 64);
      default -> throw new IllegalArgumentException("Arrow's type " + type + " is not known here");
    };
  }

  /** A field's type, or what an extension type is stored as. */
  static ArrowType type(Field field) {
    ArrowType type = field.getType();
    while (type instanceof ArrowType.ExtensionType extension) {
      type = extension.storageType();
    }
    return type;
  }

  /** Whether the first buffer says which slots are null. */
  static boolean hasValidity(ArrowType type) {
    return switch (type) {
      case ArrowType.Null ignored -> false;
      case ArrowType.RunEndEncoded ignored -> false;
      case ArrowType.Union ignored -> false;
      default -> true;
    };
  }

  private static long[] valid(long... more) {
    long[] all = new long[more.length + 1];
    all[0] = 1;
    System.arraycopy(more, 0, all, 1, more.length);
    return all;
  }
}
