package dev.vivarium.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Functions of SQL. */
final class ScalarFunctionTest {

  private static Cluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = Cluster.shared();
  }

  private static List<String> query(String source, DataType result, String sql) throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    StreamTableEnvironment tables = StreamTableEnvironment.create(job);
    tables.createTemporaryView(
        "texts",
        tables.fromValues(
            DataTypes.ROW(
                DataTypes.FIELD("id", DataTypes.BIGINT()),
                DataTypes.FIELD("text", DataTypes.STRING())),
            Row.of(1L, "one"),
            Row.of(2L, "three"),
            Row.of(3L, null)));
    tables.createTemporarySystemFunction(
        "f", VivariumFlink.scalar(PythonFunction.source(source, "f"), result));
    return cluster
        .outputs(job, tables.toDataStream(tables.sqlQuery(sql)).map(Row::toString))
        .stream()
        .sorted()
        .toList();
  }

  @Test
  @DisplayName("a function of SQL gives what SQL's own gives")
  void asSql() throws Exception {
    assertThat(
            query(
                "def f(text): return text and len(text) + 0.5",
                DataTypes.DOUBLE(),
                "select id, f(text) from texts"))
        .isEqualTo(
            query(
                "def f(): pass",
                DataTypes.DOUBLE(),
                "select id, char_length(text) + cast(0.5 as double) from texts"))
        .containsExactly("+I[1, 3.5]", "+I[2, 5.5]", "+I[3, null]");
  }

  @Test
  @DisplayName("values go there and back as their types say")
  void values() throws Exception {
    assertThat(
            query(
                "def f(*all): return [type(each).__name__ for each in all]",
                DataTypes.ARRAY(DataTypes.STRING()),
                "select f(id, text, cast(1.5 as decimal(5, 2)), date '2024-02-29', true, array[1, 2],"
                    + " map['a', 1], row(1, 'x'), timestamp '2024-02-29 01:02:03',"
                    + " cast(2.5 as float), x'00ff') from texts where id = 1"))
        .containsExactly(
            "+I[[int, str, Decimal, date, bool, list, dict, dict, datetime, float, bytes]]");
    assertThat(
            query(
                "def f(n): return {'n': n, 'parts': [n, None], 'by': {'x': n / 2}, 'd': None}",
                DataTypes.ROW(
                    DataTypes.FIELD("n", DataTypes.INT()),
                    DataTypes.FIELD("parts", DataTypes.ARRAY(DataTypes.SMALLINT())),
                    DataTypes.FIELD("by", DataTypes.MAP(DataTypes.STRING(), DataTypes.FLOAT())),
                    DataTypes.FIELD("d", DataTypes.DATE())),
                "select t.r.n, t.r.parts[1], t.r.`by`['x'], t.r.d is null"
                    + " from (select f(id) r from texts where id = 2) t"))
        .containsExactly("+I[2, 2, 1.0, true]");
    assertThat(
            query(
                """
                import datetime
                def f(d): return datetime.datetime(d.year, 1, 2, 3, 4, 5)
                """,
                DataTypes.TIMESTAMP(3),
                "select f(date '2024-02-29')"))
        .containsExactly("+I[2024-01-02T03:04:05]");
  }

  @Test
  @DisplayName("a decimal is not rounded, nor made null where it does not fit")
  void decimals() throws Exception {
    String source = "from decimal import Decimal\ndef f(text): return Decimal(text)";
    assertThat(query(source, DataTypes.DECIMAL(5, 2), "select f('123.400'), f('-0.5') from texts"))
        .contains("+I[123.40, -0.50]");
    for (String wrong : List.of("1000", "0.125")) {
      assertThatThrownBy(() ->
              query(
                  source,
                  DataTypes.DECIMAL(5, 2),
                  "select f('" + wrong + "' || substring(text from 100)) from texts"))
          .rootCause()
          .hasMessageContaining("is not DECIMAL(5, 2)");
    }
    assertThatThrownBy(() ->
            query("def f(id): return 1e300 * id", DataTypes.FLOAT(), "select f(id) from texts"))
        .rootCause()
        .hasMessageContaining("Float");
  }

  @Test
  @DisplayName("a class has eval, and keeps what it has")
  void classes() throws Exception {
    assertThat(
            query(
                """
                class f:
                    def __init__(self): self.more = 1
                    def eval(self, id): return id + self.more
                """,
                DataTypes.BIGINT(),
                "select f(id) from texts"))
        .containsExactly("+I[2]", "+I[3]", "+I[4]");
  }

  @Test
  @DisplayName("what is raised, and what is not of the type, fails the job with words")
  void failures() {
    assertThatThrownBy(() ->
            query("def f(id): return 1 // (id - 2)", DataTypes.BIGINT(), "select f(id) from texts"))
        .rootCause()
        .hasMessageContaining("Traceback")
        .hasMessageContaining("ZeroDivisionError");
    assertThatThrownBy(
            () -> query("def f(id): return 'x'", DataTypes.INT(), "select f(id) from texts"))
        .rootCause()
        .hasMessageContaining("f is declared to give INT: x (String) is not Integer");
    assertThatThrownBy(() ->
            query("def f(id): return None", DataTypes.INT().notNull(), "select f(id) from texts"))
        .rootCause()
        .hasMessageContaining("None");
    assertThatThrownBy(() ->
            VivariumFlink.scalar(
                PythonFunction.source("f = str", "f"), DataTypes.MULTISET(DataTypes.STRING())))
        .hasMessageContaining("a Python function cannot give MULTISET<STRING> here");
  }
}
