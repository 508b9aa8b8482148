package dev.vivarium.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.pool.PythonFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors that are JVMs of their own, as on a cluster. */
final class LocalClusterTest {

  private static final long ROWS = Long.getLong("vivarium.test.spark.rows", 200_000);

  private static final String TEXTS =
      "select id, concat_ws(' ', 'the', concat('w', id % 1000), 'of', concat('v', id % 77), 'ä') text"
          + " from range(0, "
          + ROWS
          + ", 1, 8)";

  private static SparkSession spark;

  /** A SPARK_HOME, which surefire has named, out of what is on the class path. */
  @BeforeAll
  static void start() throws IOException {
    Path home = Path.of(System.getenv("SPARK_HOME"));
    Path jars = Files.createDirectories(home.resolve("jars"));
    Files.writeString(home.resolve("RELEASE"), "");
    String[] all = System.getProperty("java.class.path").split(":");
    for (String each : all) {
      Path link = jars.resolve(Path.of(each).getFileName());
      if (each.endsWith(".jar") && !Files.exists(link)) {
        Files.createSymbolicLink(link, Path.of(each));
      }
    }
    String classes =
        String.join(":", Stream.of(all).filter(each -> !each.endsWith(".jar")).toList());
    Path scoring =
        Files.writeString(home.resolve("scoring.py"), "def size(text): return len(text)\n");
    spark =
        Sessions.builder("local-cluster[2,1,1024]")
            .config("spark.executor.extraClassPath", classes)
            .config("spark.files", scoring.toString())
            .config("spark.sql.extensions", VivariumExtensions.class.getName())
            .config("spark.vivarium.functions.py_size", "scoring:size -> bigint")
            .config("spark.task.maxFailures", "4")
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  private static long executors() {
    return spark.sparkContext().statusTracker().getExecutorInfos().length - 1; // and the driver
  }

  @Test
  void aScoreOfTextsIsWhatSqlMakesOfIt() {
    VivariumSpark.register(
        spark,
        "score",
        PythonFunction.source(
            """
            def score(text):
                words = text.split(' ')
                return sum(len(w) for w in words) / len(words)
            """,
            "score"),
        DataTypes.DoubleType);
    Dataset<Row> texts = spark.sql(TEXTS);
    Row found = texts.selectExpr("sum(score(text))", "count(*)").first();
    Row wanted = texts.selectExpr("sum(length(replace(text, ' ', '')) / 5.0D)", "count(*)").first();
    assertThat(found.getDouble(0)).isCloseTo(wanted.getDouble(0), within());
    assertThat(found.getLong(1)).isEqualTo(ROWS);
  }

  private static org.assertj.core.data.Percentage within() {
    return org.assertj.core.data.Percentage.withPercentage(1e-9);
  }

  @Test
  void aFunctionOfTheSettingsIsInTheExecutors() {
    assertThat(spark.sql(TEXTS).selectExpr("sum(py_size(text)) = sum(length(text))").first())
        .isEqualTo(RowFactory.create(true));
  }

  @Test
  void anExecutorThatDiesIsSparksToReplace(@TempDir Path folder) {
    Path killed = folder.resolve("killed");
    VivariumSpark.register(
        spark,
        "dies_once",
        PythonFunction.source(
            """
            import os
            def dies_once(id, total):
                if id == total // 2:
                    try:
                        os.close(os.open('%k', os.O_CREAT | os.O_EXCL))
                    except FileExistsError:
                        return id
                    os.kill(os.getpid(), 9)
                return id
            """
                .replace("%k", killed.toString()),
            "dies_once"),
        DataTypes.LongType);
    assertThat(spark.sql(TEXTS).selectExpr("sum(dies_once(id, " + ROWS + "L))").first().getLong(0))
        .isEqualTo(ROWS * (ROWS - 1) / 2);
    assertThat(killed).exists();
  }

  @Test
  void manyJobsLeaveNothingBehind() {
    VivariumSpark.register(
        spark,
        "what_there_is",
        PythonFunction.source(
            """
            import os
            def name(thread):
                try:
                    return open(f'/proc/self/task/{thread}/comm').read().strip()
                except OSError:  # it has ended
                    return ''
            def what_there_is(id):
                names = [name(thread) for thread in os.listdir('/proc/self/task')]
                pools = sum(name.startswith('python-') for name in names)
                # Spark's own pool (block-manager-storage-async-…) takes a thread more for nearly
                # every job until it has 100, which is no leak of anybody's
                sparks = sum(name.startswith('block-manager-s') for name in names)
                return f'{len(names) - sparks} {pools}'
            """,
            "what_there_is"),
        DataTypes.StringType);
    Dataset<Row> all = spark.range(0, 8, 1, 8).selectExpr("what_there_is(id) there");
    for (int i = 0; i < 10; i++) {
      all.count();
      all.collectAsList();
    }
    List<long[]> before = most(all);
    for (int i = 0; i < 100; i++) {
      all.collectAsList();
    }
    List<long[]> after = most(all);
    // The JVM's come and go; ours are as many as there were
    assertThat(after.getFirst()[1])
        .as("Python's threads")
        .isLessThanOrEqualTo(before.getFirst()[1]);
    assertThat(after.getFirst()[0]).as("threads").isLessThan(before.getFirst()[0] + 20);
  }

  // The most in any executor of threads, and of Python's
  private static List<long[]> most(Dataset<Row> all) {
    long[] most = new long[2];
    for (Row row : all.collectAsList()) {
      String[] parts = row.getString(0).split(" ");
      most[0] = Math.max(most[0], Long.parseLong(parts[0]));
      most[1] = Math.max(most[1], Long.parseLong(parts[1]));
    }
    assertThat(most[1]).as("there are some").isPositive();
    return List.of(most);
  }

  @Test
  void wordsAreCountedOverArrowAsSqlCountsThem() {
    VivariumSpark.register(
        spark,
        "has_pyarrow",
        PythonFunction.source(
            "from importlib.util import find_spec\ndef f(id): return find_spec('pyarrow') is not None",
            "f"),
        DataTypes.BooleanType);
    org.assertj.core.api.Assumptions.assumeThat(
            spark.range(1).selectExpr("has_pyarrow(id)").first().getBoolean(0))
        .as("this Python has no pyarrow: the root that ./verify prepares has one")
        .isTrue();
    PythonFunction words =
        PythonFunction.source(
            """
            import pyarrow as pa, pyarrow.compute as pc
            def words(batches):
                for b in batches:
                    counts = pc.value_counts(pc.list_flatten(pc.split_pattern(b['text'], ' ')))
                    yield pa.RecordBatch.from_arrays(counts.flatten(), ['word', 'n'])
            """,
            "words");
    StructType schema =
        new StructType().add("word", DataTypes.StringType).add("n", DataTypes.LongType);
    Dataset<Row> texts = spark.sql(TEXTS);
    List<Row> found =
        VivariumSpark.mapInArrow(texts.select("text"), words, schema)
            .groupBy("word")
            .sum("n")
            .orderBy("word")
            .collectAsList();
    List<Row> wanted =
        texts
            .selectExpr("explode(split(text, ' ')) word")
            .groupBy("word")
            .count()
            .orderBy("word")
            .collectAsList();
    assertThat(found).isEqualTo(wanted).hasSize(1080);
    assertThat(executors()).isPositive();
  }
}
