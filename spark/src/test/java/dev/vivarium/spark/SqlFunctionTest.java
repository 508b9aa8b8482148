package dev.vivarium.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.Together;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python functions of values in SQL. */
final class SqlFunctionTest {

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static void define(String name, String source, DataType result) {
    VivariumSpark.register(spark, name, PythonFunction.source(source, name), result);
  }

  private static List<?> column(String sql) {
    return spark.sql(sql).collectAsList().stream().map(row -> row.get(0)).toList();
  }

  @Test
  void isCalledOnceARow() {
    define("twice", "def twice(n): return None if n is None else 2 * n", DataTypes.LongType);
    assertThat(spark.range(0, 10_000, 1, 4).selectExpr("sum(twice(id))").first().getLong(0))
        .isEqualTo(99_990_000);
    assertThat(column("select twice(x) from values (1L), (null), (3L) t(x) order by x nulls first"))
        .asList()
        .containsExactly(null, 2L, 6L);
  }

  @Test
  void constantsAreWorkedOutInTheDriver() {
    define("shout", "def shout(s): return s.upper() + '!'", DataTypes.StringType);
    assertThat(column("select shout('hej ä')")).asList().containsExactly("HEJ Ä!");
  }

  @Test
  void takesAndGivesValuesOfAllKinds() {
    define("same", "def same(x): return x", DataTypes.StringType);
    for (String[] each :
        new String[][] {
          {"string", "'ä\\0b'"},
          {"bigint", "-5L"},
          {"int", "7"},
          {"smallint", "7S"},
          {"tinyint", "-7Y"},
          {"double", "1.5D"},
          {"float", "float(1.5)"},
          {"boolean", "true"},
          {"binary", "X'00FF'"},
          {"decimal(20,3)", "cast(12345.678 as decimal(20,3))"},
          {"date", "date'1969-12-31'"},
          {"timestamp", "timestamp'2026-03-29 01:30:00.123456'"},
          {"timestamp_ntz", "timestamp_ntz'0001-01-01 00:00:00'"},
          {"array<int>", "array(1, null, 3)"},
          {"map<string,bigint>", "map('a', 1L, 'b', null)"},
          {"struct<n:int,s:array<string>>", "named_struct('n', 1, 's', array('x'))"},
        }) {
      VivariumSpark.register(
          spark,
          "same",
          PythonFunction.source("def same(x): return x", "same"),
          DataType.fromDDL(each[0]));
      Row row =
          spark
              .sql("select v, same(v) from (select " + each[1] + " v from range(1) where id >= 0)")
              .first();
      assertThat(row.get(1)).as(each[0]).isEqualTo(row.get(0));
    }
  }

  @Test
  void aTypeThatThereIsNoValueOfIsRefusedWhenItIsRegistered() {
    assertThatThrownBy(() -> define("f", "def f(): pass", DataTypes.CalendarIntervalType))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a Python function cannot give interval here");
  }

  @Test
  void anotherTypeThanDeclaredFailsTheTask() {
    define("wrong", "def wrong(n): return 'one'", DataTypes.IntegerType);
    assertThatThrownBy(() -> column("select wrong(id) from range(3)"))
        .hasStackTraceContaining("wrong is declared to give int: ")
        .hasStackTraceContaining("str");
  }

  @Test
  void anExceptionFailsTheTaskWithItsTraceback() {
    define(
        "half",
        """
        def check(n):
            if n == 77:
                raise ValueError(f'not {n}')
        def half(n):
            check(n)
            return n / 2
        """,
        DataTypes.DoubleType);
    assertThatThrownBy(() -> column("select half(id) from range(100)"))
        .hasStackTraceContaining("half has raised an exception:")
        .hasStackTraceContaining("in check")
        .hasStackTraceContaining("ValueError: not 77");
    assertThat(column("select half(id) from range(3)")).asList().containsExactly(0.0, 0.5, 1.0);
  }

  @Test
  void anExitIsToldAlsoWhileItIsLoaded() {
    define("gone", "import sys\nsys.exit(3)\ndef gone(n): return n", DataTypes.LongType);
    assertThatThrownBy(() -> column("select gone(id) from range(3)"))
        .hasStackTraceContaining("gone has ended itself: sys.exit(3)");
  }

  @Test
  void severalInOneTaskShareAnInterpreter() {
    define("id1", "import _thread\ndef id1(a, b): return a + b", DataTypes.LongType);
    define("id2", "def id2(a): return a", DataTypes.LongType);
    assertThat(
            spark
                .range(0, 1000, 1, 8)
                .selectExpr("id1(id2(id), id2(1L)) x")
                .selectExpr("sum(id2(x))")
                .first()
                .getLong(0))
        .isEqualTo(500_500);
  }

  @Test
  void tooManyArgumentsAreRefused() {
    define("f", "def f(*a): return len(a)", DataTypes.IntegerType);
    assertThat(column("select f(1,2,3,4,5,6,7,8,9,id) from range(1)")).asList().containsExactly(10);
    assertThatThrownBy(() -> column("select f(1,2,3,4,5,6,7,8,9,10,11)"))
        .hasStackTraceContaining("give it a struct(…) or array(…) of them");
    assertThat(column("select f()")).asList().containsExactly(0);
  }

  @Test
  void decimalsKeepWhatTheyHave() {
    define("cents", "def cents(d): return d / 100", DataTypes.createDecimalType(38, 4));
    assertThat(column("select cents(cast(id as decimal(20,0))) from range(1, 2)"))
        .asList()
        .containsExactly(new BigDecimal("0.0100"));
  }

  @Test
  void oldDaysStayWhatTheyAre() {
    for (String[] each :
        new String[][] {
          {"timestamp", "timestamp'1500-01-01 00:00:00'"},
          {"timestamp", "timestamp'0001-01-02 00:00:00'"},
          {"date", "date'1582-10-04'"},
          {"date", "date'0001-01-01'"},
        }) {
      VivariumSpark.register(
          spark,
          "same",
          PythonFunction.source("def same(x): return x", "same"),
          DataType.fromDDL(each[0]));
      Row row =
          spark
              .sql(
                  "select cast(v as string), cast(same(v) as string) from (select "
                      + each[1]
                      + " v from range(1) where id >= 0)")
              .first();
      assertThat(row.get(1)).as(each[1]).isEqualTo(row.get(0));
    }
  }

  @Test
  void twoCallsOfTheSameAreTheSameToSql() {
    define("up", "def up(s): return s.upper()", DataTypes.StringType);
    assertThat(
            column(
                "select concat(up(s), count(*)) from values ('a'), ('b'), ('A') t(s)"
                    + " group by up(s) order by up(s)"))
        .asList()
        .containsExactly("A2", "B1");
  }

  @Test
  void inTheDriverItIsMadeOnce() {
    define(
        "nth",
        """
        import itertools
        count = itertools.count(1)
        def nth(x): return next(count)
        """,
        DataTypes.LongType);
    Row row =
        spark
            .createDataFrame(
                List.of(
                    org.apache.spark.sql.RowFactory.create(1L),
                    org.apache.spark.sql.RowFactory.create(2L),
                    org.apache.spark.sql.RowFactory.create(3L)),
                new org.apache.spark.sql.types.StructType().add("x", DataTypes.LongType))
            .selectExpr("nth(x) n")
            .selectExpr("max(n)")
            .first();
    assertThat(row.getLong(0)).isGreaterThanOrEqualTo(3);
  }

  @Test
  void whatIsNotOfTheTypeIsRefused() {
    for (String[] each :
        new String[][] {
          {"array<string>", "'abc'", "'abc' is not an array"},
          {"array<bigint>", "5", "5 is not an array"},
          {"struct<a:string,b:string>", "'ab'", "'ab' is not a struct"},
          {"struct<a:int,b:int>", "(1, 2, 3)", "(1, 2, 3) is not a struct of 2"},
          {"struct<a:int,b:int>", "{'a': 1}", "KeyError: 'b'"},
          {"map<string,bigint>", "[1]", "[1] is not a map"},
          {"map<string,bigint>", "{None: 1}", "a key is None"},
        }) {
      define("f", "def f(x): return " + each[1], DataType.fromDDL(each[0]));
      assertThatThrownBy(() -> column("select f(id) from range(1) where id >= 0"))
          .as(each[1])
          .hasStackTraceContaining("f is declared to give ")
          .hasStackTraceContaining(each[2]);
    }
    define(
        "nn",
        "def nn(x): return [1, None, 3]",
        DataTypes.createArrayType(DataTypes.LongType, false));
    assertThatThrownBy(() -> column("select nn(id) from range(1) where id >= 0"))
        .hasStackTraceContaining("an item is None, where the type says that none is null");
  }

  @Test
  void oneThatHangsWhileItIsLoadedIsKilledAndOthersGoOn(@TempDir Path folder) throws Exception {
    Path begun = folder.resolve("begun");
    define(
        "hangs",
        "open('%b', 'w').close()\nwhile True: pass\ndef hangs(x): return x"
            .replace("%b", begun.toString()),
        DataTypes.LongType);
    Future<Void> job =
        Together.start(
            "job",
            () -> {
              spark.sparkContext().setJobGroup("hanging", "hangs", false);
              spark.sql("select hangs(id) from range(0, 1, 1, 1)").collectAsList();
            });
    Await.until("it has begun", () -> Files.exists(begun));
    for (int i = 0; i < 20; i++) {
      define("other" + i, "def other" + i + "(x): return x", DataTypes.LongType);
      assertThat(column("select other" + i + "(id) from range(0, 1, 1, 1)"))
          .asList()
          .containsExactly(0L);
    }
    spark.sparkContext().cancelJobGroup("hanging");
    assertThatThrownBy(() -> Await.done(job)).hasStackTraceContaining("cancelled");
    Await.until(
        "its task is gone",
        () -> spark.sparkContext().statusTracker().getExecutorInfos()[0].numRunningTasks() == 0);
  }
}
