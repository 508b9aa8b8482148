package dev.vivarium.arrow;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalDayVector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.UuidVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.ViewVarBinaryVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * A vector of each type that Arrow Java has, with eleven slots, so that their bits are more than a
 * byte; the fourth is null where the type has nulls.
 */
final class Columns {

  static final int SLOTS = 11;
  private static final int NULL = 3;

  /**
   * A type.
   *
   * @param python what pyarrow calls it
   * @param values what {@code to_pylist()} gives, as an expression in {@code i}, the slot's number;
   *     null where pyarrow has no Python object for them
   * @param make a vector of it, whose dictionary goes into the provider
   */
  record Column(String name, String python, String values, Maker make) {
    @Override
    public String toString() {
      return name;
    }
  }

  @FunctionalInterface
  interface Maker {
    FieldVector make(BufferAllocator allocator, MapDictionaryProvider dictionaries);
  }

  @FunctionalInterface
  private interface Setter<V> {
    void set(V vector, int slot);
  }

  private static final List<Column> ALL = new ArrayList<>();

  private Columns() {}

  static List<Column> all() {
    return List.copyOf(ALL);
  }

  private static <V extends FieldVector> V filled(V vector, Setter<V> setter) {
    vector.allocateNew();
    for (int i = 0; i < SLOTS; i++) {
      if (i == NULL) {
        vector.setNull(i);
      } else {
        setter.set(vector, i);
      }
    }
    vector.setValueCount(SLOTS);
    return vector;
  }

  private static <V extends FieldVector> void add(
      String name,
      String python,
      String values,
      ArrowType type,
      Function<FieldVector, V> cast,
      Setter<V> setter) {
    add(
        name,
        python,
        values == null ? null : "None if i == 3 else " + values,
        (allocator, dictionaries) -> filled(cast.apply(vector(name, type, allocator)), setter));
  }

  private static void add(String name, String python, String values, Maker maker) {
    ALL.add(new Column(name, python, values, maker));
  }

  private static FieldVector vector(
      String name, ArrowType type, BufferAllocator allocator, Field... children) {
    return new Field(name, FieldType.nullable(type), List.of(children)).createVector(allocator);
  }

  private static Field child(String name, ArrowType type) {
    return new Field(name, FieldType.nullable(type), List.of());
  }

  private static ArrowType.Int integer(int bits, boolean signed) {
    return new ArrowType.Int(bits, signed);
  }

  static byte[] text(int slot) {
    return ("number " + slot + ", and more than twelve bytes").getBytes(StandardCharsets.UTF_8);
  }

  private static final String TEXT = "f'number {i}, and more than twelve bytes'";

  private static final ArrowType INT32 = integer(32, true);

  static {
    add("int8", "int8", "-i", integer(8, true), v -> (TinyIntVector) v, (v, i) -> v.set(i, -i));
    add(
        "int16",
        "int16",
        "-1000 * i",
        integer(16, true),
        v -> (SmallIntVector) v,
        (v, i) -> v.set(i, -1000 * i));
    add(
        "int32",
        "int32",
        "-100000 * i",
        INT32,
        v -> (IntVector) v,
        (v, i) -> v.set(i, -100_000 * i));
    add(
        "int64",
        "int64",
        "-(i << 40)",
        integer(64, true),
        v -> (BigIntVector) v,
        (v, i) -> v.set(i, -((long) i << 40)));
    add(
        "uint8",
        "uint8",
        "255 - i",
        integer(8, false),
        v -> (UInt1Vector) v,
        (v, i) -> v.set(i, 255 - i));
    add(
        "uint16",
        "uint16",
        "65535 - i",
        integer(16, false),
        v -> (UInt2Vector) v,
        (v, i) -> v.set(i, 65535 - i));
    add(
        "uint32",
        "uint32",
        "2**32 - 1 - i",
        integer(32, false),
        v -> (UInt4Vector) v,
        (v, i) -> v.set(i, -1 - i));
    add(
        "uint64",
        "uint64",
        "2**64 - 1 - i",
        integer(64, false),
        v -> (UInt8Vector) v,
        (v, i) -> v.set(i, -1L - i));
    add(
        "half",
        "halffloat",
        "i / 2",
        new ArrowType.FloatingPoint(FloatingPointPrecision.HALF),
        v -> (Float2Vector) v,
        (v, i) -> v.set(i, Float.floatToFloat16(i / 2f)));
    add(
        "float",
        "float",
        "i / 2",
        new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE),
        v -> (Float4Vector) v,
        (v, i) -> v.set(i, i / 2f));
    add(
        "double",
        "double",
        "i / 3",
        new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE),
        v -> (Float8Vector) v,
        (v, i) -> v.set(i, i / 3.0));
    add(
        "bool",
        "bool",
        "i % 3 == 1",
        new ArrowType.Bool(),
        v -> (BitVector) v,
        (v, i) -> v.set(i, i % 3 == 1 ? 1 : 0));
    add(
        "utf8",
        "string",
        TEXT,
        new ArrowType.Utf8(),
        v -> (VarCharVector) v,
        (v, i) -> v.setSafe(i, text(i)));
    add(
        "large utf8",
        "large_string",
        TEXT,
        new ArrowType.LargeUtf8(),
        v -> (LargeVarCharVector) v,
        (v, i) -> v.setSafe(i, text(i)));
    add(
        "utf8 view",
        "string_view",
        TEXT + " if i % 2 else str(i)",
        new ArrowType.Utf8View(),
        v -> (ViewVarCharVector) v,
        (v, i) ->
            v.setSafe(
                i, i % 2 == 1 ? text(i) : Integer.toString(i).getBytes(StandardCharsets.UTF_8)));
    add(
        "binary",
        "binary",
        TEXT + ".encode()",
        new ArrowType.Binary(),
        v -> (VarBinaryVector) v,
        (v, i) -> v.setSafe(i, text(i)));
    add(
        "large binary",
        "large_binary",
        TEXT + ".encode()",
        new ArrowType.LargeBinary(),
        v -> (LargeVarBinaryVector) v,
        (v, i) -> v.setSafe(i, text(i)));
    add(
        "binary view",
        "binary_view",
        TEXT + ".encode()",
        new ArrowType.BinaryView(),
        v -> (ViewVarBinaryVector) v,
        (v, i) -> v.setSafe(i, text(i)));
    add(
        "fixed-size binary",
        "fixed_size_binary[3]",
        "bytes([i, 0, 255])",
        new ArrowType.FixedSizeBinary(3),
        v -> (FixedSizeBinaryVector) v,
        (v, i) -> v.set(i, new byte[] {(byte) i, 0, -1}));
    add(
        "decimal128",
        "decimal128(20, 2)",
        "decimal.Decimal(-i).scaleb(-2)",
        new ArrowType.Decimal(20, 2, 128),
        v -> (DecimalVector) v,
        (v, i) -> v.set(i, BigDecimal.valueOf(-i, 2)));
    add(
        "decimal256",
        "decimal256(50, 4)",
        "decimal.Decimal(i).scaleb(-4)",
        new ArrowType.Decimal(50, 4, 256),
        v -> (Decimal256Vector) v,
        (v, i) -> v.set(i, BigDecimal.valueOf(i, 4)));
    add(
        "date32",
        "date32[day]",
        "datetime.date(1970, 1, 1) + datetime.timedelta(i * 1000)",
        new ArrowType.Date(DateUnit.DAY),
        v -> (DateDayVector) v,
        (v, i) -> v.set(i, i * 1000));
    add(
        "date64",
        "date64[ms]",
        "datetime.date(1970, 1, 1) + datetime.timedelta(i)",
        new ArrowType.Date(DateUnit.MILLISECOND),
        v -> (DateMilliVector) v,
        (v, i) -> v.set(i, i * 86_400_000L));
    add(
        "time32 s",
        "time32[s]",
        "datetime.time(0, i)",
        new ArrowType.Time(TimeUnit.SECOND, 32),
        v -> (TimeSecVector) v,
        (v, i) -> v.set(i, i * 60));
    add(
        "time32 ms",
        "time32[ms]",
        "datetime.time(0, i)",
        new ArrowType.Time(TimeUnit.MILLISECOND, 32),
        v -> (TimeMilliVector) v,
        (v, i) -> v.set(i, i * 60_000));
    add(
        "time64 us",
        "time64[us]",
        "datetime.time(0, i, 0, i)",
        new ArrowType.Time(TimeUnit.MICROSECOND, 64),
        v -> (TimeMicroVector) v,
        (v, i) -> v.set(i, i * 60_000_001L));
    add(
        "time64 ns",
        "time64[ns]",
        "datetime.time(0, i)",
        new ArrowType.Time(TimeUnit.NANOSECOND, 64),
        v -> (TimeNanoVector) v,
        (v, i) -> v.set(i, i * 60_000_000_000L));
    for (TimeUnit unit : TimeUnit.values()) {
      String short_ =
          switch (unit) {
            case SECOND -> "s";
            case MILLISECOND -> "ms";
            case MICROSECOND -> "us";
            case NANOSECOND -> "ns";
          };
      long second =
          switch (unit) {
            case SECOND -> 1;
            case MILLISECOND -> 1_000;
            case MICROSECOND -> 1_000_000;
            case NANOSECOND -> 1_000_000_000;
          };
      String nanos = unit == TimeUnit.NANOSECOND ? "pandas.Timestamp" : "datetime.datetime";
      add(
          "timestamp " + short_,
          "timestamp[" + short_ + "]",
          nanos + "(1970, 1, 1, i)",
          new ArrowType.Timestamp(unit, null),
          v -> (TimeStampVector) v,
          (v, i) -> v.set(i, i * 3600 * second));
      add(
          "timestamp " + short_ + " with zone",
          "timestamp[" + short_ + ", tz=Europe/Vienna]",
          nanos
              + "(1970, 1, 1, i, tzinfo=datetime.timezone.utc).astimezone(zoneinfo.ZoneInfo('Europe/Vienna'))",
          new ArrowType.Timestamp(unit, "Europe/Vienna"),
          v -> (TimeStampVector) v,
          (v, i) -> v.set(i, i * 3600 * second));
      String delta = unit == TimeUnit.NANOSECOND ? "pandas.Timedelta" : "datetime.timedelta";
      add(
          "duration " + short_,
          "duration[" + short_ + "]",
          delta + "(hours=-i)",
          new ArrowType.Duration(unit),
          v -> (DurationVector) v,
          (v, i) -> v.set(i, -i * 3600 * second));
    }
    add(
        "interval of months",
        "month_interval",
        null,
        new ArrowType.Interval(IntervalUnit.YEAR_MONTH),
        v -> (IntervalYearVector) v,
        (v, i) -> v.set(i, i));
    add(
        "interval of days and milliseconds",
        "day_time_interval",
        null,
        new ArrowType.Interval(IntervalUnit.DAY_TIME),
        v -> (IntervalDayVector) v,
        (v, i) -> v.set(i, i, 100 * i));
    add(
        "interval of months, days and nanoseconds",
        "month_day_nano_interval",
        "pyarrow.MonthDayNano([i, -i, i << 40])",
        new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO),
        v -> (IntervalMonthDayNanoVector) v,
        (v, i) -> v.set(i, i, -i, (long) i << 40));
    add(
        "null",
        "null",
        "None",
        (allocator, d) -> {
          FieldVector vector = vector("null", new ArrowType.Null(), allocator);
          vector.setValueCount(SLOTS);
          return vector;
        });
    String list = "None if i == 3 else [10 * i + k for k in range(i % 4)]";
    add(
        "list",
        "list<$data$: int32>",
        list,
        (allocator, d) ->
            fill(
                (ListVector)
                    vector("list", new ArrowType.List(), allocator, child("item", INT32))));
    add(
        "large list",
        "large_list<$data$: int32>",
        list,
        (allocator, d) -> {
          LargeListVector vector =
              (LargeListVector)
                  vector("large list", new ArrowType.LargeList(), allocator, child("item", INT32));
          IntVector items = (IntVector) vector.getDataVector();
          return filled(
              vector,
              (v, i) -> {
                v.endValue(i, put(items, v.startNewValue(i), i));
              });
        });
    add(
        "list view",
        "list_view<$data$: int32>",
        list,
        (allocator, d) -> {
          ListViewVector vector =
              (ListViewVector)
                  vector("list view", new ArrowType.ListView(), allocator, child("item", INT32));
          IntVector items = (IntVector) vector.getDataVector();
          return filled(
              vector,
              (v, i) -> {
                v.endValue(i, put(items, v.startNewValue(i), i));
              });
        });
    add(
        "large list view",
        "large_list_view<$data$: int32>",
        list,
        (allocator, d) -> {
          LargeListViewVector vector =
              (LargeListViewVector)
                  vector(
                      "large list view",
                      new ArrowType.LargeListView(),
                      allocator,
                      child("item", INT32));
          IntVector items = (IntVector) vector.getDataVector();
          return filled(
              vector,
              (v, i) -> {
                v.endValue(i, put(items, v.startNewValue(i), i));
              });
        });
    add(
        "fixed-size list",
        "fixed_size_list<$data$: int32>[2]",
        "None if i == 3 else [i, i + 1]",
        (allocator, d) -> {
          FixedSizeListVector vector =
              (FixedSizeListVector)
                  vector("fixed", new ArrowType.FixedSizeList(2), allocator, child("item", INT32));
          IntVector items = (IntVector) vector.getDataVector();
          return filled(
              vector,
              (v, i) -> {
                v.setNotNull(i);
                items.setSafe(2 * i, i);
                items.setSafe(2 * i + 1, i + 1);
              });
        });
    add(
        "struct",
        "struct<a: int32, b: string>",
        "None if i == 3 else {'a': i, 'b': " + TEXT + "}",
        (allocator, d) -> struct(allocator));
    add(
        "list of structs",
        "list<$data$: struct<a: int32>>",
        "None if i == 3 else [{'a': i}] * (i % 3)",
        (allocator, d) -> {
          ListVector vector =
              (ListVector)
                  vector(
                      "structs",
                      new ArrowType.List(),
                      allocator,
                      new Field(
                          "item",
                          FieldType.nullable(new ArrowType.Struct()),
                          List.of(child("a", INT32))));
          StructVector items = (StructVector) vector.getDataVector();
          IntVector a = items.getChild("a", IntVector.class);
          return filled(
              vector,
              (v, i) -> {
                int at = v.startNewValue(i);
                for (int k = 0; k < i % 3; k++) {
                  items.setIndexDefined(at + k);
                  a.setSafe(at + k, i);
                }
                v.endValue(i, i % 3);
              });
        });
    add(
        "map",
        "map<string, int32>",
        "None if i == 3 else [(f'k{k}', i) for k in range(i % 3)]",
        (allocator, d) -> {
          Field entries =
              new Field(
                  MapVector.DATA_VECTOR_NAME,
                  FieldType.notNullable(new ArrowType.Struct()),
                  List.of(
                      new Field(
                          MapVector.KEY_NAME, FieldType.notNullable(new ArrowType.Utf8()), null),
                      child(MapVector.VALUE_NAME, INT32)));
          MapVector vector =
              (MapVector) vector("map", new ArrowType.Map(false), allocator, entries);
          StructVector items = (StructVector) vector.getDataVector();
          VarCharVector keys = items.getChild(MapVector.KEY_NAME, VarCharVector.class);
          IntVector values = items.getChild(MapVector.VALUE_NAME, IntVector.class);
          return filled(
              vector,
              (v, i) -> {
                int at = v.startNewValue(i);
                for (int k = 0; k < i % 3; k++) {
                  items.setIndexDefined(at + k);
                  keys.setSafe(at + k, ("k" + k).getBytes(StandardCharsets.UTF_8));
                  values.setSafe(at + k, i);
                }
                v.endValue(i, i % 3);
              });
        });
    add(
        "sparse union",
        "sparse_union<a: int32="
            + MinorType.INT.ordinal()
            + ", b: double="
            + MinorType.FLOAT8.ordinal()
            + ">",
        "i if i % 2 else i / 2",
        (allocator, d) -> {
          UnionVector vector =
              (UnionVector)
                  vector(
                      "sparse",
                      // Arrow Java's sparse unions number their types so
                      new ArrowType.Union(
                          UnionMode.Sparse,
                          new int[] {MinorType.INT.ordinal(), MinorType.FLOAT8.ordinal()}),
                      allocator,
                      child("a", INT32),
                      child("b", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)));
          vector.allocateNew();
          IntVector a = (IntVector) vector.getChildrenFromFields().get(0);
          Float8Vector b = (Float8Vector) vector.getChildrenFromFields().get(1);
          for (int i = 0; i < SLOTS; i++) {
            vector.setType(i, i % 2 == 1 ? MinorType.INT : MinorType.FLOAT8);
            a.setSafe(i, i);
            b.setSafe(i, i / 2.0);
          }
          vector.setValueCount(SLOTS);
          return vector;
        });
    add(
        "dense union",
        "dense_union<a: int32=0, b: double=1>",
        "i if i % 2 else i / 2",
        (allocator, d) -> {
          DenseUnionVector vector =
              (DenseUnionVector)
                  vector(
                      "dense",
                      new ArrowType.Union(UnionMode.Dense, new int[] {0, 1}),
                      allocator,
                      child("a", INT32),
                      child("b", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)));
          vector.allocateNew();
          IntVector a = (IntVector) vector.getChildrenFromFields().get(0);
          Float8Vector b = (Float8Vector) vector.getChildrenFromFields().get(1);
          for (int i = 0; i < SLOTS; i++) {
            vector.setTypeId(i, (byte) (i % 2 == 1 ? 0 : 1));
            vector.getOffsetBuffer().setInt(4L * i, i / 2);
            if (i % 2 == 1) {
              a.setSafe(i / 2, i);
            } else {
              b.setSafe(i / 2, i / 2.0);
            }
          }
          vector.setValueCount(SLOTS);
          a.setValueCount(SLOTS / 2);
          b.setValueCount(SLOTS - SLOTS / 2);
          return vector;
        });
    add(
        "dictionary",
        "dictionary<values=string, indices=int8, ordered=0>",
        "None if i == 3 else f'value {i % 2}'",
        (allocator, dictionaries) -> {
          VarCharVector values = (VarCharVector) vector("values", new ArrowType.Utf8(), allocator);
          values.allocateNew();
          values.setSafe(0, "value 0".getBytes(StandardCharsets.UTF_8));
          values.setSafe(1, "value 1".getBytes(StandardCharsets.UTF_8));
          values.setValueCount(2);
          DictionaryEncoding encoding = new DictionaryEncoding(7, false, integer(8, true));
          dictionaries.put(new Dictionary(values, encoding));
          TinyIntVector indices =
              (TinyIntVector)
                  new Field("dictionary", new FieldType(true, integer(8, true), encoding), null)
                      .createVector(allocator);
          return filled(indices, (v, i) -> v.set(i, i % 2));
        });
    add(
        "run-end encoded",
        "run_end_encoded<run_ends: int32, values: int64>",
        "None if i < 4 else i // 4 * 4",
        (allocator, d) -> {
          RunEndEncodedVector vector =
              (RunEndEncodedVector)
                  vector(
                      "runs",
                      new ArrowType.RunEndEncoded(),
                      allocator,
                      new Field("run_ends", FieldType.notNullable(INT32), null),
                      child("values", integer(64, true)));
          IntVector ends = (IntVector) vector.getRunEndsVector();
          BigIntVector values = (BigIntVector) vector.getValuesVector();
          for (int run = 0; run < 3; run++) {
            ends.setSafe(run, Math.min(SLOTS, 4 * run + 4));
            if (run == 0) {
              values.setNull(run);
            } else {
              values.setSafe(run, 4L * run);
            }
          }
          ends.setValueCount(3);
          values.setValueCount(3);
          vector.setValueCount(SLOTS);
          return vector;
        });
    add(
        "extension of fixed size binary",
        "extension<arrow.uuid>",
        "__import__('uuid').UUID(int=i << 64 | i)",
        UuidType.INSTANCE,
        v -> (UuidVector) v,
        (v, i) -> v.set(i, new UUID(i, i)));
    add(
        "extension of a list",
        "extension<ours.track<Track>>",
        list,
        (allocator, d) -> {
          Track.Vector vector =
              (Track.Vector) vector("extension", Track.TYPE, allocator, child("item", INT32));
          fill(vector.getUnderlyingVector());
          return vector;
        });
  }

  static StructVector struct(BufferAllocator allocator) {
    StructVector vector =
        (StructVector)
            vector(
                "struct",
                new ArrowType.Struct(),
                allocator,
                child("a", INT32),
                child("b", new ArrowType.Utf8()));
    IntVector a = vector.getChild("a", IntVector.class);
    VarCharVector b = vector.getChild("b", VarCharVector.class);
    return filled(
        vector,
        (v, i) -> {
          v.setIndexDefined(i);
          a.setSafe(i, i);
          b.setSafe(i, text(i));
        });
  }

  private static ListVector fill(ListVector vector) {
    IntVector items = (IntVector) vector.getDataVector();
    return filled(
        vector,
        (v, i) -> {
          v.endValue(i, put(items, v.startNewValue(i), i));
        });
  }

  /** Puts the items of a slot's list where it begins; how many they are. */
  private static int put(IntVector items, long at, int slot) {
    for (int k = 0; k < slot % 4; k++) {
      items.setSafe((int) at + k, 10 * slot + k);
    }
    return slot % 4;
  }

  /** What {@code getObject} gives for a slot, as text. */
  static String shown(FieldVector vector, int slot) {
    Object value = vector.getObject(slot);
    return switch (value) {
      case null -> "null";
      case byte[] bytes -> new String(bytes, StandardCharsets.ISO_8859_1);
      case Duration duration -> duration.toString();
      case Period period -> period.toString();
      default -> value.toString();
    };
  }
}
