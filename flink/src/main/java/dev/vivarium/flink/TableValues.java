package dev.vivarium.flink;

import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.table.types.CollectionDataType;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.FieldsDataType;
import org.apache.flink.table.types.KeyValueDataType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/** Values of a table's types, out of Python's. */
final class TableValues {

  private TableValues() {}

  /**
   * To the type, of the class that Flink takes for it.
   *
   * @throws IllegalArgumentException if there is none for it here
   */
  static Conversion conversion(DataType type) {
    Conversion conversion =
        switch (type) {
          case CollectionDataType array when is(type, LogicalTypeRoot.ARRAY) -> array(array);
          case KeyValueDataType map when map.getConversionClass() == Map.class ->
              Conversion.map(conversion(map.getKeyDataType()), conversion(map.getValueDataType()));
          case FieldsDataType row when row.getConversionClass() == Row.class -> row(row);
          case CollectionDataType other -> throw unknown(type);
          case KeyValueDataType other -> throw unknown(type);
          case FieldsDataType other -> throw unknown(type);
          default ->
              type.getLogicalType() instanceof DecimalType decimal
                  ? decimal(decimal)
                  : Conversion.leaf(boxed(type.getConversionClass()));
        };
    return type.getLogicalType().isNullable()
        ? conversion
        : conversion.requiringValue("what is to be " + type);
  }

  // Flink would round, and make what does not fit null
  private static Conversion decimal(DecimalType type) {
    Conversion any = Conversion.leaf(BigDecimal.class);
    return value -> {
      BigDecimal number = (BigDecimal) any.of(value);
      if (number == null) {
        return null;
      }
      BigDecimal places = number.stripTrailingZeros();
      if (places.scale() > type.getScale()
          || places.precision() - places.scale() > type.getPrecision() - type.getScale()) {
        throw Conversion.refused(number, type.toString());
      }
      return number.setScale(type.getScale());
    };
  }

  private static boolean is(DataType type, LogicalTypeRoot root) {
    return type.getLogicalType().is(root);
  }

  private static IllegalArgumentException unknown(DataType type) {
    return new IllegalArgumentException("a Python function cannot give " + type + " here");
  }

  private static Conversion array(CollectionDataType type) {
    Conversion item = conversion(type.getElementDataType());
    Class<?> wanted = type.getConversionClass();
    return wanted == List.class
        ? Conversion.list(item)
        : Conversion.array(
            Objects.requireNonNull(wanted.getComponentType(), "an array's class"), item);
  }

  private static Conversion row(FieldsDataType type) {
    String[] names = ((RowType) type.getLogicalType()).getFieldNames().toArray(String[]::new);
    Conversion[] fields =
        type.getChildren().stream().map(TableValues::conversion).toArray(Conversion[]::new);
    return Conversion.row(names, fields);
  }

  private static Class<?> boxed(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }
}
