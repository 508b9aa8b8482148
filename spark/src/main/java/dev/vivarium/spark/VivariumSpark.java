package dev.vivarium.spark;

import dev.vivarium.pool.PythonFunction;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Python functions in Apache Spark's executors, without Python processes beside them: each executor
 * has CPython in its own JVM, and Arrow batches go there and come back without a copy (guide:
 * {@code docs/guide/spark.md}).
 *
 * <pre>{@code
 * PythonFunction longer = PythonFunction.source(
 *     """
 *     import pyarrow.compute as pc
 *     def longer(batches):
 *         for batch in batches:
 *             yield batch.filter(pc.greater(pc.utf8_length(batch["text"]), 10))
 *     """,
 *     "longer");
 * Dataset<Row> filtered = VivariumSpark.mapInArrow(texts, longer, texts.schema());
 *
 * VivariumSpark.register(spark, "score", PythonFunction.attribute("scoring", "score"), DataTypes.DoubleType);
 * spark.sql("select score(text) from texts");
 * }</pre>
 *
 * <p>A function is made anew in each task, by what it is made of: modules are found on the
 * executor's {@code sys.path}, to which Spark's files ({@code --files}, {@link
 * org.apache.spark.SparkContext#addFile}) belong. What it raises fails the task, with the Python
 * traceback in Spark's message. A task that is killed interrupts its function ({@code
 * KeyboardInterrupt}).
 *
 * <p>All methods are for the driver's threads, and for classic sessions: a Spark Connect client has
 * no executors of its own.
 */
public final class VivariumSpark {

  private VivariumSpark() {}

  /**
   * Has a Python function map the batches of each partition: it is called with an iterator of
   * {@code pyarrow.RecordBatch}, and gives an iterator of those, as PySpark's {@code mapInArrow}
   * wants it. A batch has {@code spark.sql.execution.arrow.maxRecordsPerBatch} rows at most. Lazy,
   * as Spark is.
   *
   * @param schema of what comes out: the function's columns are taken by name, and cast where
   *     nothing is lost by that
   * @throws IllegalArgumentException if a type of either schema has no Arrow type, two columns of
   *     the result have one name, or the rows are a stream's
   */
  public static Dataset<Row> mapInArrow(
      Dataset<Row> rows, PythonFunction function, StructType schema) {
    return Mapping.of(rows, function, Shape.BATCHES, List.of(), schema);
  }

  /** As {@link #mapInArrow}, with pandas data frames in place of record batches. */
  public static Dataset<Row> mapInPandas(
      Dataset<Row> rows, PythonFunction function, StructType schema) {
    return Mapping.of(rows, function, Shape.FRAMES, List.of(), schema);
  }

  /**
   * Has a Python function map each group of rows that have the same keys: it is called with a
   * {@code pyarrow.Table} of the whole group, and gives one. Rows are shuffled and sorted by the
   * keys first; a group must fit in memory.
   *
   * @param keys names of the columns to group by
   * @param schema as for {@link #mapInArrow}
   * @throws IllegalArgumentException as {@link #mapInArrow}; if there are no keys, or no columns of
   *     such names
   */
  public static Dataset<Row> applyInArrow(
      Dataset<Row> rows, List<String> keys, PythonFunction function, StructType schema) {
    return Mapping.of(grouped(rows, keys), function, Shape.GROUPS, keys, schema);
  }

  /** As {@link #applyInArrow}, with a pandas data frame in place of the table. */
  public static Dataset<Row> applyInPandas(
      Dataset<Row> rows, List<String> keys, PythonFunction function, StructType schema) {
    return Mapping.of(grouped(rows, keys), function, Shape.GROUPED_FRAMES, keys, schema);
  }

  private static Dataset<Row> grouped(Dataset<Row> rows, List<String> keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no keys: name the columns to group by");
    }
    Column[] columns =
        keys.stream()
            .map(key -> functions.col(quoted(rows.schema().fieldNames()[place(rows, key)])))
            .toArray(Column[]::new);
    return rows.repartition(columns).sortWithinPartitions(columns);
  }

  private static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** Of a column, by its name as Spark finds it. */
  static int place(Dataset<Row> rows, String name) {
    String[] names = rows.schema().fieldNames();
    boolean exact =
        Mapping.classic(rows.sparkSession()).sessionState().conf().caseSensitiveAnalysis();
    for (int i = 0; i < names.length; i++) {
      if (exact ? names[i].equals(name) : names[i].equalsIgnoreCase(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "there is no column " + name + " to group by: there are " + String.join(", ", names));
  }

  /**
   * Makes a Python function of values known to SQL and the DataFrame API in this session: {@code
   * select score(text) from texts}, {@code functions.callUDF("score", col("text"))}. It is called
   * with the values of one row, up to ten; {@code NULL} is {@code None}, an array a {@code list}, a
   * map or struct a {@code dict}. Spark takes it for deterministic, as its own.
   *
   * @param result the type of what it returns; a value that is not of it fails the task
   */
  public static void register(
      SparkSession session, String name, PythonFunction function, DataType result) {
    Objects.requireNonNull(name, "name");
    SqlFunction.register(Mapping.classic(session), name, new ScalarFunction(function, result));
  }

  /** What a Python function is called with, and gives. */
  enum Shape {
    BATCHES("map_batches"),
    FRAMES("map_frames"),
    GROUPS("map_groups"),
    GROUPED_FRAMES("map_grouped_frames");

    /** Of {@code spark.py}. */
    final String support;

    Shape(String support) {
      this.support = support;
    }

    boolean isGrouped() {
      return this == GROUPS || this == GROUPED_FRAMES;
    }
  }
}
