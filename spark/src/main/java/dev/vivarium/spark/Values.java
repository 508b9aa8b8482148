package dev.vivarium.spark;

import dev.vivarium.PyObject;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Values of Spark's types in Java, which Scala's collections are not, and in Python. */
final class Values {

  private Values() {}

  /** What toPython makes the right thing of. */
  static @Nullable Object toJava(@Nullable Object value) {
    return switch (value) {
      case Timestamp timestamp -> // whose calendar had another one before 1582
          DateTimeUtils.microsToInstant(DateTimeUtils.fromJavaTimestamp(timestamp))
              .atOffset(ZoneOffset.UTC);
      case Instant instant -> instant.atOffset(ZoneOffset.UTC);
      case Date date -> DateTimeUtils.daysToLocalDate(DateTimeUtils.fromJavaDate(date));
      case Row row -> ofRow(row);
      case scala.collection.Map<?, ?> map -> {
        Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
        CollectionConverters.asJava(map)
            .forEach((key, each) -> copy.put(toJava(key), toJava(each)));
        yield copy;
      }
      case scala.collection.Iterable<?> items -> {
        List<@Nullable Object> copy = new ArrayList<>();
        CollectionConverters.asJava(items).forEach(item -> copy.add(toJava(item)));
        yield copy;
      }
      case null, default -> value;
    };
  }

  private static Map<String, @Nullable Object> ofRow(Row row) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    String[] names = row.schema().fieldNames();
    for (int i = 0; i < names.length; i++) {
      fields.put(names[i], toJava(row.get(i)));
    }
    return fields;
  }

  /**
   * @throws IllegalArgumentException if Python has no values of the type, or none are known here
   */
  static void requireKnown(DataType type) {
    switch (type) {
      case ArrayType array -> requireKnown(array.elementType());
      case MapType map -> {
        requireKnown(map.keyType());
        requireKnown(map.valueType());
      }
      case StructType struct -> {
        for (StructField field : struct.fields()) {
          requireKnown(field.dataType());
        }
      }
      default -> {
        if (javaType(type) == null) {
          throw new IllegalArgumentException(
              "a Python function cannot give " + type.catalogString() + " here");
        }
      }
    }
  }

  private static @Nullable Class<?> javaType(DataType type) {
    return switch (type) {
      case StringType string -> String.class;
      case LongType number -> Long.class;
      case IntegerType number -> Integer.class;
      case ShortType number -> Short.class;
      case ByteType number -> Byte.class;
      case DoubleType number -> Double.class;
      case FloatType number -> Float.class;
      case BooleanType truth -> Boolean.class;
      case BinaryType bytes -> byte[].class;
      case DecimalType number -> BigDecimal.class;
      case DateType date -> LocalDate.class;
      case TimestampType timestamp -> Instant.class;
      case TimestampNTZType timestamp -> LocalDateTime.class;
      default -> null;
    };
  }

  /**
   * What Spark takes for a value of the type.
   *
   * @throws dev.vivarium.ConversionException if it is none
   * @throws IllegalArgumentException likewise
   */
  static @Nullable Object toSpark(PyObject value, DataType type) {
    if (value.isNone()) {
      return null;
    }
    return switch (type) {
      case ArrayType array -> {
        require(
            !isText(value) && !isMapping(value) && value.hasAttr("__iter__"), value, "an array");
        List<@Nullable Object> items = new ArrayList<>();
        for (PyObject item : value) {
          try (item) {
            items.add(toSpark(item, array.elementType(), array.containsNull(), "an item"));
          }
        }
        yield items;
      }
      case MapType map -> {
        require(isMapping(value), value, "a map");
        Map<@Nullable Object, @Nullable Object> entries = new LinkedHashMap<>();
        for (PyObject key : value) {
          try (key;
              PyObject item = value.item(key)) {
            entries.put(
                toSpark(key, map.keyType(), false, "a key"),
                toSpark(item, map.valueType(), map.valueContainsNull(), "a map's value"));
          }
        }
        yield entries;
      }
      case StructType struct -> toRow(value, struct);
      default -> value.as(java.util.Objects.requireNonNull(javaType(type)));
    };
  }

  private static @Nullable Object toSpark(
      PyObject value, DataType type, boolean nullable, String what) {
    if (!nullable && value.isNone()) {
      throw new IllegalArgumentException(what + " is None, where the type says that none is null");
    }
    return toSpark(value, type);
  }

  // A mapping has its fields by name, another sequence by place
  private static Row toRow(PyObject value, StructType struct) {
    StructField[] fields = struct.fields();
    @Nullable Object[] row = new @Nullable Object[fields.length];
    boolean byName = isMapping(value);
    require(!isText(value) && (byName || value.hasAttr("__len__")), value, "a struct");
    require(byName || length(value) == fields.length, value, "a struct of " + fields.length);
    for (int i = 0; i < fields.length; i++) {
      String name = fields[i].name();
      try (PyObject item = value.item(byName ? name : i)) {
        row[i] = toSpark(item, fields[i].dataType(), fields[i].nullable(), "field " + name);
      }
    }
    return RowFactory.create(row);
  }

  private static void require(boolean is, PyObject value, String what) {
    if (!is) {
      throw new IllegalArgumentException(value.repr() + " is not " + what);
    }
  }

  private static boolean isText(PyObject value) {
    return value.hasAttr("isalnum"); // str, bytes, bytearray
  }

  private static boolean isMapping(PyObject value) {
    return value.hasAttr("keys");
  }

  private static int length(PyObject value) {
    try (PyObject length = value.callMethod("__len__")) {
      return length.asInt();
    }
  }
}
