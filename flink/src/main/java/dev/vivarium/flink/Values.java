package dev.vivarium.flink;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.flink.api.common.typeinfo.BasicArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.api.java.typeutils.ObjectArrayTypeInfo;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** Flink's records as Python has them, and back. */
final class Values {

  // Their serializers know no null
  private static final Set<Class<?>> NEVER_NULL =
      Set.of(
          Boolean.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          Character.class);

  private Values() {}

  /**
   * What {@code toPython} makes the right thing of, in that interpreter.
   *
   * @param made gets what is to be closed when the whole is in Python
   */
  static @Nullable Object toPython(Interpreter in, @Nullable Object value, List<PyObject> made) {
    return switch (value) {
      case String text -> text; // as most are
      case Number number -> number;
      case Tuple tuple -> {
        @Nullable Object[] fields = new @Nullable Object[tuple.getArity()];
        for (int i = 0; i < fields.length; i++) {
          fields[i] = toPython(in, tuple.getField(i), made);
        }
        PyObject inPython = in.tuple(fields);
        made.add(inPython);
        yield inPython;
      }
      case Row row -> row(in, row, made);
      case Map<?, ?> map -> {
        Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, each) -> copy.put(toPython(in, key, made), toPython(in, each, made)));
        yield copy;
      }
      case Set<?> set -> set;
      case Collection<?> items -> {
        List<@Nullable Object> copy = new ArrayList<>(items.size());
        items.forEach(item -> copy.add(toPython(in, item, made)));
        yield copy;
      }
      case Object[] items -> toPython(in, Arrays.asList(items), made);
      case null, default -> value;
    };
  }

  // One that has no names yet gets those that Flink gives it when it is sent
  private static Object row(Interpreter in, Row row, List<PyObject> made) {
    if (row.getKind() != RowKind.INSERT) {
      throw new IllegalArgumentException(
          "a row that is no insertion, but "
              + row.getKind()
              + ": what a Python function gave for it would count once more; use a stream of"
              + " insertions alone");
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    Set<String> names = row.getFieldNames(true);
    if (names == null) {
      for (int i = 0; i < row.getArity(); i++) {
        fields.put("f" + i, toPython(in, row.getField(i), made));
      }
    } else {
      for (String name : names) {
        fields.put(name, toPython(in, row.getField(name), made));
      }
    }
    return fields;
  }

  /** To the type, from what a Python object is in Java. */
  static Conversion conversion(TypeInformation<?> type) {
    Conversion conversion = inRow(type);
    return NEVER_NULL.contains(type.getTypeClass()) || type instanceof TupleTypeInfo
        ? conversion.requiringValue("what is to be " + type.getTypeClass().getSimpleName())
        : conversion;
  }

  // A Row's fields may all be null
  private static Conversion inRow(TypeInformation<?> type) {
    return switch (type) {
      case TupleTypeInfo<?> tuple -> tuple(tuple);
      case RowTypeInfo row ->
          Conversion.row(
              row.getFieldNames(), fields(row.getArity(), at -> inRow(row.getTypeAt(at))));
      case ListTypeInfo<?> list -> Conversion.list(conversion(list.getElementTypeInfo()));
      case MapTypeInfo<?, ?> map ->
          Conversion.map(conversion(map.getKeyTypeInfo()), inRow(map.getValueTypeInfo()));
      case PrimitiveArrayTypeInfo<?> array ->
          Conversion.array(component(array), conversion(array.getComponentType()));
      case BasicArrayTypeInfo<?, ?> array ->
          Conversion.array(array.getComponentTypeClass(), inRow(array.getComponentInfo()));
      case ObjectArrayTypeInfo<?, ?> array ->
          Conversion.array(component(array), inRow(array.getComponentInfo()));
      case BasicTypeInfo<?> basic when basic.getTypeClass() == Void.class ->
          Conversion.leaf(Void.class);
      default -> Conversion.leaf(type.getTypeClass());
    };
  }

  private static Class<?> component(TypeInformation<?> array) {
    return Objects.requireNonNull(array.getTypeClass().getComponentType());
  }

  private static Conversion tuple(TupleTypeInfo<?> type) {
    String[] names = type.getFieldNames();
    Conversion[] fields = fields(type.getArity(), at -> conversion(type.getTypeAt(at)));
    Class<?> wanted = type.getTypeClass();
    return value -> {
      if (value == null || wanted.isInstance(value)) {
        return value;
      }
      @Nullable Object[] made = Conversion.fields(value, names, fields);
      Tuple tuple = Tuple.newInstance(made.length);
      for (int i = 0; i < made.length; i++) {
        tuple.setField(made[i], i);
      }
      return tuple;
    };
  }

  private static Conversion[] fields(int count, IntFunction<Conversion> field) {
    Conversion[] fields = new Conversion[count];
    for (int i = 0; i < count; i++) {
      fields[i] = field.apply(i);
    }
    return fields;
  }
}
