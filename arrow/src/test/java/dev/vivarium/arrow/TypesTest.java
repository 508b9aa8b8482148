package dev.vivarium.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each Arrow type of Java to pyarrow and back: type and values as seen there, and here again. */
@ExtendWith(WithPyArrow.class)
final class TypesTest {

  private final RootAllocator allocator = new RootAllocator();

  @BeforeAll
  static void define() {
    PythonUnderTest.main()
        .exec(
            """
            import datetime, decimal, pandas, pyarrow, zoneinfo

            def seen(data, make):
                array = make(data)
                array.validate(full=True)
                return array
            """);
    PythonUnderTest.main().exec(Track.FOR_PYARROW);
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(allocator.getAllocatedMemory()).as(allocator::toVerboseString).isZero();
    allocator.close();
  }

  static List<Columns.Column> columns() {
    return Columns.all();
  }

  @ParameterizedTest
  @MethodSource("columns")
  void roundTrip(Columns.Column column) {
    assumeThat(column.values())
        .as("pyarrow has no array class for this type: only tables can have such a column")
        .isNotNull();
    PythonUnderTest.main()
        .run(in -> {
          try (MapDictionaryProvider dictionaries = new MapDictionaryProvider();
              FieldVector vector = column.make().make(allocator, dictionaries);
              PyObject ours = Arrow.toPython(in, allocator, vector, dictionaries);
              PyObject seen = in.eval("seen").call(ours, in.eval("pyarrow.array"))) {
            try (PyObject type = seen.attr("type")) {
              assertThat(type.toString()).isEqualTo(column.python());
            }
            try (PyObject wanted =
                    in.eval("[" + column.values() + " for i in range(" + Columns.SLOTS + ")]");
                PyObject values = seen.callMethod("to_pylist")) {
              assertThat(values.repr()).isEqualTo(wanted.repr());
            }
            back(seen, vector, dictionaries, 0);
            for (int start : new int[] {1, 5, 8}) {
              try (PyObject slice = seen.callMethod("slice", start, Columns.SLOTS - start - 1)) {
                back(slice, vector, dictionaries, start);
              }
            }
          } finally {
            in.exec("import gc; gc.collect()");
          }
        });
  }

  private void back(
      PyObject seen, FieldVector vector, MapDictionaryProvider dictionaries, int start) {
    try (CDataDictionaryProvider provider = new CDataDictionaryProvider();
        FieldVector again = Arrow.vector(seen, allocator, provider)) {
      ArrowType type = vector.getField().getType();
      assertThat(again.getField().getType()).isEqualTo(type);
      int count = start == 0 ? Columns.SLOTS : Columns.SLOTS - start - 1;
      assertThat(again.getValueCount()).isEqualTo(count);
      List<String> wanted = new ArrayList<>();
      List<String> values = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        wanted.add(Columns.shown(vector, start + i));
        values.add(Columns.shown(again, i));
      }
      assertThat(values).isEqualTo(wanted);
      if (vector.getField().getDictionary() != null) {
        FieldVector one = dictionaries.lookup(7).getVector();
        FieldVector other = provider.lookup(again.getField().getDictionary().getId()).getVector();
        assertThat(Columns.shown(other, 1)).isEqualTo(Columns.shown(one, 1));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("columns")
  void asColumn(Columns.Column column) {
    PythonUnderTest.main()
        .run(in -> {
          try (MapDictionaryProvider dictionaries = new MapDictionaryProvider();
              FieldVector vector = column.make().make(allocator, dictionaries);
              PyObject ours = Arrow.toPython(in, allocator, JavaData.alone(vector), dictionaries);
              PyObject table = in.eval("seen").call(ours, in.eval("pyarrow.table"));
              PyObject part = table.callMethod("slice", 1, 9);
              CDataDictionaryProvider provider = new CDataDictionaryProvider();
              VectorSchemaRoot root = Arrow.root(part, allocator, provider);
              PyObject type = table.attr("schema").attr("types").item(0)) {
            assertThat(type.toString()).isEqualTo(column.python());
            assertThat(root.getRowCount()).isEqualTo(9);
            for (int i = 0; i < 9; i++) {
              assertThat(Columns.shown(root.getVector(0), i))
                  .isEqualTo(Columns.shown(vector, i + 1));
            }
          } finally {
            in.exec("import gc; gc.collect()");
          }
        });
  }
}
