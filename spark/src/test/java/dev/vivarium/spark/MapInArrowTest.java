package dev.vivarium.spark;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.Together;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Python functions over Arrow batches, and over pandas' frames. */
@ExtendWith(WithPyArrow.class)
final class MapInArrowTest {

  private static final StructType NUMBERS = new StructType().add("id", DataTypes.LongType);

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @AfterEach
  void nothingIsLeft() {
    Await.until(
        () -> "all of Arrow's memory is back: " + ArrowUtils.rootAllocator().toVerboseString(),
        () -> {
          System.gc(); // an exception has the frames that it came through
          return ArrowUtils.rootAllocator().getAllocatedMemory() == 0;
        });
  }

  private static PythonFunction function(String source) {
    return PythonFunction.source("import pyarrow as pa, pyarrow.compute as pc\n" + source, "f");
  }

  private static final PythonFunction SAME =
      function(
          """
          def f(batches):
              for batch in batches:
                  yield batch
          """);

  @Test
  void batchesGoThereAndComeBack() {
    PythonFunction doubled =
        function(
            """
            def f(batches):
                for b in batches:
                    yield pa.RecordBatch.from_arrays([pc.multiply(b['id'], 2)], ['id'])
            """);
    Dataset<Row> mapped =
        VivariumSpark.mapInArrow(spark.range(0, 100_000, 1, 3).toDF(), doubled, NUMBERS);
    assertThat(mapped.selectExpr("sum(id)", "count(*)").first().mkString(" "))
        .isEqualTo("9999900000 100000");
    assertThat(mapped.where("id = 84").count()).isOne();
  }

  @Test
  void valuesOfAllTypesAreKept() {
    Dataset<Row> rows =
        spark.sql(
            """
            select id, if(id % 3 = 0, null, concat('ä', id)) s, cast(id as decimal(38,18)) d,
              timestamp_seconds(id * 1e6) t, timestamp_ntz'2000-01-01 00:00:00' n,
              date_add(date'1969-12-31', cast(id as int)) day, id % 2 = 0 b, X'00FF' bytes,
              array(id, null) a, map(cast(id as string), id, 'x', null) m,
              named_struct('x', id, 'y', array('z', null)) st, cast(id % 100 as tinyint) tiny,
              float(id) f, double(id) / 7 g, cast(null as string) none,
              interval '1' day * id i
            from range(1000)\
            """);
    Dataset<Row> back = VivariumSpark.mapInArrow(rows, SAME, rows.schema());
    assertThat(back.orderBy("id").collectAsList()).isEqualTo(rows.orderBy("id").collectAsList());
  }

  @Test
  void emptyPartitionsAndNoRows() {
    PythonFunction counts =
        function(
            """
            def f(batches):
                yield pa.record_batch({'id': [sum(b.num_rows for b in batches)]})
            """);
    Dataset<Row> three = spark.range(0, 2, 1, 2).toDF().where("id = 1");
    assertThat(
            VivariumSpark.mapInArrow(three, counts, NUMBERS).collectAsList().stream()
                .map(row -> row.getLong(0)))
        .containsExactlyInAnyOrder(0L, 1L);
    assertThat(VivariumSpark.mapInArrow(spark.range(0).toDF(), SAME, NUMBERS).count()).isZero();
  }

  @Test
  void batchesHaveSparksSize() {
    PythonFunction sizes =
        function(
            """
            def f(batches):
                for b in batches:
                    yield pa.record_batch({'id': [b.num_rows]})
            """);
    assertThat(
            VivariumSpark.mapInArrow(spark.range(0, 25_000, 1, 1).toDF(), sizes, NUMBERS)
                .collectAsList()
                .stream()
                .map(row -> row.getLong(0)))
        .containsExactly(10_000L, 10_000L, 5_000L);
    spark.conf().set("spark.sql.execution.arrow.maxBytesPerBatch", "1000000");
    try {
      Dataset<Row> huge = spark.range(0, 5, 1, 1).selectExpr("repeat('x', 600000) s");
      assertThat(
              VivariumSpark.mapInArrow(huge, sizes, NUMBERS).collectAsList().stream()
                  .map(row -> row.getLong(0)))
          .containsExactly(2L, 2L, 1L);
    } finally {
      spark.conf().unset("spark.sql.execution.arrow.maxBytesPerBatch");
    }
  }

  @Test
  void whoHasEnoughEndsTheFunction(@TempDir Path folder) {
    Path closed = folder.resolve("closed");
    PythonFunction endless =
        function(
            """
            def f(batches):
                try:
                    i = 0
                    while True:
                        yield pa.record_batch({'id': [i]})
                        i += 1
                finally:
                    open(%r, 'w').close()
            """
                .replace("%r", "'" + closed + "'"));
    assertThat(
            VivariumSpark.mapInArrow(spark.range(0, 10, 1, 1).toDF(), endless, NUMBERS)
                .limit(3)
                .count())
        .isEqualTo(3);
    assertThat(closed).exists();
  }

  @Test
  void oneFunctionAfterTheOtherInOneTask() {
    Dataset<Row> rows = spark.range(0, 50_000, 1, 4).toDF();
    for (int i = 0; i < 5; i++) {
      rows = VivariumSpark.mapInArrow(rows, SAME, NUMBERS);
    }
    VivariumSpark.register(
        spark,
        "plus",
        PythonFunction.source("def plus(a): return a + 1", "plus"),
        DataTypes.LongType);
    assertThat(rows.selectExpr("sum(plus(id))").first().getLong(0)).isEqualTo(1_250_025_000L);
  }

  @Test
  void columnsAreTakenByNameAndCastWhereNothingIsLost() {
    PythonFunction other =
        function(
            """
            def f(batches):
                for b in batches:
                    yield pa.record_batch({'s': ['x'] * b.num_rows, 'id': b['id']})
            """);
    StructType schema =
        new StructType().add("id", DataTypes.IntegerType).add("s", DataTypes.StringType);
    assertThat(
            VivariumSpark.mapInArrow(spark.range(2).toDF(), other, schema).collectAsList().stream()
                .map(Row::mkString))
        .containsExactlyInAnyOrder("0x", "1x");
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(
                    spark.range(5_000_000_000L, 5_000_000_002L).toDF(), other, schema)
                .count())
        .hasStackTraceContaining("ArrowInvalid: Integer value 500000000");
    assertThatThrownBy(() -> VivariumSpark.mapInArrow(spark.range(2).toDF(), SAME, schema).count())
        .hasStackTraceContaining(
            "the function's columns are ['id'], and not ['id', 's'], as its schema says;"
                + " lacking: ['s']");
  }

  @Test
  void whatIsNoBatchIsRefused() {
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(
                    spark.range(2).toDF(), function("def f(batches): return [1]"), NUMBERS)
                .count())
        .hasStackTraceContaining("the function gave a int, and not a pyarrow.RecordBatch");
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(
                spark.range(2).toDF(), SAME, NUMBERS.add("id", DataTypes.LongType)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the schema of the result has two columns id");
  }

  @Test
  void anExceptionFailsTheTaskWithItsTraceback() {
    PythonFunction failing =
        function(
            """
            def check(b):
                raise KeyError('no such thing')
            def f(batches):
                for b in batches:
                    check(b)
                    yield b
            """);
    assertThatThrownBy(
            () -> VivariumSpark.mapInArrow(spark.range(2).toDF(), failing, NUMBERS).count())
        .hasStackTraceContaining("f has raised an exception:")
        .hasStackTraceContaining("in check")
        .hasStackTraceContaining("KeyError: 'no such thing'");
  }

  @Test
  void whatFailsBeforeItFailsTheTaskAsEver() {
    Dataset<Row> failing =
        spark.range(0, 20_000, 1, 1).selectExpr("if(id = 15000, raise_error('before'), id) id");
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(failing.selectExpr("cast(id as bigint) id"), SAME, NUMBERS)
                .count())
        .hasStackTraceContaining("before");
  }

  @Test
  void aKilledTaskInterruptsItsFunction(@TempDir Path folder) throws Exception {
    Path begun = folder.resolve("begun");
    Path interrupted = folder.resolve("interrupted");
    PythonFunction loops =
        function(
            """
            def f(batches):
                open('%b', 'w').close()
                try:
                    while True: pass
                except KeyboardInterrupt:
                    open('%i', 'w').close()
                    raise
                yield
            """
                .replace("%b", begun.toString())
                .replace("%i", interrupted.toString()));
    Dataset<Row> mapped = VivariumSpark.mapInArrow(spark.range(0, 1, 1, 1).toDF(), loops, NUMBERS);
    Future<Void> counting =
        Together.start(
            "job",
            () -> {
              spark.sparkContext().setJobGroup("looping", "loops", false);
              mapped.count();
            });
    Await.until("it has begun", () -> Files.exists(begun));
    spark.sparkContext().cancelJobGroup("looping");
    assertThatThrownBy(() -> Await.done(counting)).hasStackTraceContaining("cancelled");
    Await.until("it is interrupted", () -> Files.exists(interrupted));
  }

  @Test
  void groupsComeWhole() {
    PythonFunction summary =
        function(
            """
            def f(table):
                keys = set(table['k'].to_pylist())
                assert len(keys) == 1, keys
                return pa.table({'k': [keys.pop()], 'n': [table.num_rows],
                                 'sum': [pc.sum(table['id']).as_py()]})
            """);
    StructType schema =
        new StructType()
            .add("k", DataTypes.StringType)
            .add("n", DataTypes.LongType)
            .add("sum", DataTypes.LongType);
    Dataset<Row> rows =
        spark
            .range(0, 60_000, 1, 4)
            .selectExpr("id", "if(id % 7 = 0, null, concat('k', id % 7)) k");
    Map<String, String> found =
        VivariumSpark.applyInArrow(rows, List.of("k"), summary, schema).collectAsList().stream()
            .collect(toMap(row -> "" + row.get(0), row -> row.get(1) + " " + row.get(2)));
    Map<String, String> wanted =
        rows
            .groupBy("k")
            .agg(
                org.apache.spark.sql.functions.count("id"),
                org.apache.spark.sql.functions.sum("id"))
            .collectAsList()
            .stream()
            .collect(toMap(row -> "" + row.get(0), row -> row.get(1) + " " + row.get(2)));
    assertThat(found).isEqualTo(wanted).hasSize(7);
  }

  @Test
  void groupsOfAnySizeBesideTheEndsOfBatches() {
    PythonFunction count =
        function(
            """
            def f(table):
                assert len(set(table['k'].to_pylist())) == 1
                return pa.table({'id': [table.num_rows]})
            """);
    spark.conf().set("spark.sql.execution.arrow.maxRecordsPerBatch", "4");
    try {
      for (int size : new int[] {1, 2, 3, 4, 5, 8, 9}) {
        Dataset<Row> rows =
            spark.range(0, size * 6L, 1, 2).selectExpr("id", "cast(id / " + size + " as int) k");
        assertThat(
                VivariumSpark.applyInArrow(rows, List.of("k"), count, NUMBERS)
                    .collectAsList()
                    .stream()
                    .map(row -> row.getLong(0)))
            .containsExactly(
                (long) size, (long) size, (long) size, (long) size, (long) size, (long) size);
      }
    } finally {
      spark.conf().unset("spark.sql.execution.arrow.maxRecordsPerBatch");
    }
  }

  @Test
  void pandasFrames() {
    PythonFunction frames =
        PythonFunction.source(
            """
            def f(frames):
                for frame in frames:
                    frame['s'] = frame['id'].astype(str) + '!'
                    yield frame
            """,
            "f");
    StructType schema = NUMBERS.add("s", DataTypes.StringType);
    assertThat(
            VivariumSpark.mapInPandas(spark.range(0, 3, 1, 1).toDF(), frames, schema)
                .collectAsList()
                .stream()
                .map(Row::mkString))
        .containsExactly("00!", "11!", "22!");
    PythonFunction mean =
        PythonFunction.source(
            """
            def f(frame):
                return frame.groupby('k', as_index=False).agg(id=('id', 'sum'))
            """,
            "f");
    assertThat(
            VivariumSpark.applyInPandas(
                    spark.range(0, 100, 1, 3).selectExpr("id", "id % 2 k"),
                    List.of("k"),
                    mean,
                    NUMBERS.add("k", DataTypes.LongType))
                .collectAsList()
                .stream()
                .map(row -> row.mkString(" ")))
        .containsExactlyInAnyOrder("2450 0", "2500 1");
  }

  @Test
  void modulesOfSparksFiles(@TempDir Path folder) throws Exception {
    Path module =
        Files.writeString(
            folder.resolve("sent_module.py"),
            "def f(batches):\n  yield from batches\ndef score(s): return len(s) / 2\n");
    spark.sparkContext().addFile(module.toString());
    assertThat(
            VivariumSpark.mapInArrow(
                    spark.range(5).toDF(), PythonFunction.attribute("sent_module", "f"), NUMBERS)
                .count())
        .isEqualTo(5);
    VivariumSpark.register(
        spark, "score", PythonFunction.attribute("sent_module", "score"), DataTypes.DoubleType);
    assertThat(spark.sql("select score('abc')").first().getDouble(0)).isEqualTo(1.5);
  }

  @Test
  void nothingRunsBeforeAJobWantsIt() {
    Dataset<Row> shuffled = spark.range(10).selectExpr("raise_error('run')").repartition(3);
    Dataset<Row> lazy = VivariumSpark.mapInArrow(shuffled.selectExpr("1L id"), SAME, NUMBERS);
    assertThat(lazy.schema()).isEqualTo(NUMBERS);
  }

  @Test
  void batchesMayBeReadOnAnotherThreadOfPythons() {
    PythonFunction ahead =
        function(
            """
            import threading, queue
            def f(batches):
                q = queue.Queue(2)
                def work():
                    for b in batches: q.put(b)
                    q.put(None)
                threading.Thread(target=work, daemon=True).start()
                while (b := q.get()) is not None: yield b
            """);
    assertThat(
            VivariumSpark.mapInArrow(spark.range(0, 200_000, 1, 1).toDF(), ahead, NUMBERS).count())
        .isEqualTo(200_000);
  }

  @Test
  void keysThatAreEqualInSqlAreOneGroup() {
    PythonFunction count = function("def f(t): return pa.table({'id': [t.num_rows]})");
    VivariumSpark.register(
        spark,
        "neg",
        PythonFunction.source("def neg(i): return 0.0 if i % 2 else -0.0", "neg"),
        DataTypes.DoubleType);
    for (String key :
        List.of(
            "neg(id)",
            "if(id % 2 = 0, 'a', 'A') collate UTF8_LCASE",
            "cast(null as int)",
            "cast('NaN' as float)")) {
      Dataset<Row> rows = spark.range(0, 10, 1, 1).selectExpr("id", key + " `the.key`");
      assertThat(
              VivariumSpark.applyInArrow(rows, List.of("The.Key"), count, NUMBERS)
                  .collectAsList()
                  .stream()
                  .map(row -> row.getLong(0)))
          .as(key)
          .containsExactly(10L);
    }
    assertThatThrownBy(
            () -> VivariumSpark.applyInArrow(spark.range(1).toDF(), List.of("k"), count, NUMBERS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no column k to group by: there are id");
  }

  @Test
  void aNullWhereThereIsNoneFailsTheTask() {
    StructType none = new StructType().add("id", DataTypes.LongType, false);
    PythonFunction nulls =
        function(
            """
            def f(batches):
                schema = pa.schema([pa.field('id', pa.int64(), False)])
                yield pa.RecordBatch.from_arrays([pa.array([1, None])], schema=schema)
            """);
    assertThatThrownBy(
            () -> VivariumSpark.mapInArrow(spark.range(1).toDF(), nulls, none).collectAsList())
        .hasStackTraceContaining("column id has nulls, where its type says that there are none");
    PythonFunction inLists =
        function(
            """
            def f(batches):
                yield pa.record_batch({'a': pa.array([[1, None], None], pa.list_(pa.int64()))})
            """);
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(
                    spark.range(1).toDF(),
                    inLists,
                    new StructType().add("a", DataTypes.createArrayType(DataTypes.LongType, false)))
                .collectAsList())
        .hasStackTraceContaining("has nulls");
  }

  @Test
  void timesWithoutAZoneAreTheSessions() {
    StructType times = new StructType().add("t", DataTypes.TimestampType);
    PythonFunction naive =
        function(
            """
            import datetime
            def f(batches):
                yield pa.record_batch({'t': [datetime.datetime(2020, 1, 1, 12)]})
            """);
    PythonFunction frame =
        PythonFunction.source(
            """
            import pandas as pd
            def f(frames):
                yield pd.DataFrame({'t': [pd.Timestamp('2020-01-01 12:00')]})
            """,
            "f");
    spark.conf().set("spark.sql.session.timeZone", "Europe/Berlin");
    try {
      Dataset<Row> one = spark.range(0, 1, 1, 1).toDF();
      for (Dataset<Row> each :
          List.of(
              VivariumSpark.mapInArrow(one, naive, times),
              VivariumSpark.mapInPandas(one, frame, times))) {
        assertThat(each.selectExpr("cast(t as string)").first().getString(0))
            .isEqualTo("2020-01-01 12:00:00");
      }
    } finally {
      spark.conf().set("spark.sql.session.timeZone", "UTC");
    }
  }

  @Test
  void aStreamIsRefused() {
    Dataset<Row> stream = spark.readStream().format("rate").load().selectExpr("value id");
    assertThatThrownBy(() -> VivariumSpark.mapInArrow(stream, SAME, NUMBERS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("foreachBatch");
  }

  @Test
  void whatIsNoIteratorIsRefusedAndAnExitIsTold() {
    Dataset<Row> one = spark.range(0, 1, 1, 1).toDF();
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(one, function("def f(batches): return next(batches)"), NUMBERS)
                .count())
        .hasStackTraceContaining("the function gave a RecordBatch, and not an iterator");
    assertThatThrownBy(() ->
            VivariumSpark.mapInArrow(
                    one, function("import sys\ndef f(batches): sys.exit(3)"), NUMBERS)
                .count())
        .hasStackTraceContaining("f has ended itself: sys.exit(3)");
  }

  @Test
  void framesStayTheFunctionsOwnAndWholeNumbersWhole() {
    PythonFunction twice =
        PythonFunction.source(
            """
            import pandas as pd
            def f(frames):
                for frame in frames:
                    d = pd.DataFrame({0: frame['id']})
                    yield d
                    yield d[[0]]
            """,
            "f");
    StructType schema = new StructType().add("0", DataTypes.LongType);
    Dataset<Row> rows =
        spark.sql("select * from values (9007199254740993L), (null) t(id)").coalesce(1);
    assertThat(
            VivariumSpark.mapInPandas(rows, twice, schema).collectAsList().stream()
                .map(row -> row.get(0)))
        .containsExactlyInAnyOrder(9007199254740993L, null, 9007199254740993L, null);
  }

  @Test
  void whatWasCancelledOnceCanBeDoneAgain(@TempDir Path folder) throws Exception {
    Path begun = folder.resolve("begun");
    Path go = folder.resolve("go");
    VivariumSpark.register(
        spark,
        "waits",
        PythonFunction.source(
            """
            import os
            def waits(i):
                open('%b', 'w').close()
                while not os.path.exists('%g'): pass
                return i % 3
            """
                .replace("%b", begun.toString())
                .replace("%g", go.toString()),
            "waits"),
        DataTypes.LongType);
    Dataset<Row> groups =
        VivariumSpark.applyInArrow(
            spark.range(0, 100, 1, 2).selectExpr("waits(id) k", "id"),
            List.of("k"),
            function("def f(t): return pa.table({'id': [t.num_rows]})"),
            NUMBERS);
    Future<Void> counting =
        Together.start(
            "job",
            () -> {
              spark.sparkContext().setJobGroup("waiting", "waits", false);
              groups.count();
            });
    Await.until("it has begun", () -> Files.exists(begun));
    spark.sparkContext().cancelJobGroup("waiting");
    assertThatThrownBy(() -> Await.done(counting)).hasStackTraceContaining("cancelled");
    Await.until("its tasks are gone", () -> running() == 0);
    Files.createFile(go);
    assertThat(groups.count()).isEqualTo(3);
  }

  private static int running() {
    return spark.sparkContext().statusTracker().getExecutorInfos()[0].numRunningTasks();
  }

  @Test
  void aKilledTaskIsGoneThoughItsFunctionDoesNotLetGo(@TempDir Path folder) throws Exception {
    Path begun = folder.resolve("begun");
    PythonFunction sleeps =
        function(
            """
            import time
            def f(table):
                open('%b', 'w').close()
                time.sleep(20)
                return table
            """
                .replace("%b", begun.toString()));
    Dataset<Row> groups =
        VivariumSpark.applyInArrow(
            spark.range(0, 100, 1, 1).toDF(), List.of("id"), sleeps, NUMBERS);
    Future<Void> counting =
        Together.start(
            "job",
            () -> {
              spark.sparkContext().setJobGroup("sleeping", "sleeps", false);
              groups.count();
            });
    Await.until("it has begun", () -> Files.exists(begun));
    spark.sparkContext().cancelJobGroup("sleeping");
    assertThatThrownBy(() -> Await.done(counting)).hasStackTraceContaining("cancelled");
    Await.until("its tasks are gone", () -> running() == 0);
    assertThat(VivariumSpark.mapInArrow(spark.range(5).toDF(), SAME, NUMBERS).count()).isEqualTo(5);
  }
}
