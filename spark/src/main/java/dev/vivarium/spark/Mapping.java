package dev.vivarium.spark;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.spark.VivariumSpark.Shape;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;

/**
 * A Python function and what its tasks need to know: goes from the driver to the executors.
 *
 * @param keys places of the columns that rows are grouped by; none where they are not
 * @param zone what Arrow says of timestamps, as the session has it
 */
record Mapping(
    PythonFunction function,
    Shape shape,
    StructType input,
    List<Integer> keys,
    StructType output,
    String zone,
    int maxRecords,
    long maxBytes)
    implements Serializable {

  static Dataset<Row> of(
      Dataset<Row> rows,
      PythonFunction function,
      Shape shape,
      List<String> keys,
      StructType output) {
    Objects.requireNonNull(function, "function");
    Objects.requireNonNull(output, "schema");
    if (!(rows instanceof org.apache.spark.sql.classic.Dataset<Row> dataset)) {
      throw connect();
    }
    if (rows.isStreaming()) {
      throw new IllegalArgumentException(
          "a stream's rows: use writeStream().foreachBatch(…), and VivariumSpark on each batch");
    }
    org.apache.spark.sql.classic.SparkSession session = classic(rows.sparkSession());
    SQLConf conf = session.sessionState().conf();
    StructType input = rows.schema();
    int records = conf.arrowMaxRecordsPerBatch();
    Mapping mapping =
        new Mapping(
            function,
            shape,
            input,
            keys.stream().map(key -> VivariumSpark.place(rows, key)).toList(),
            output,
            conf.sessionLocalTimeZone(),
            records > 0 ? records : Integer.MAX_VALUE,
            conf.arrowMaxBytesPerBatch() > 0 ? conf.arrowMaxBytesPerBatch() : Long.MAX_VALUE);
    mapping.check();
    return session.internalCreateDataFrame(
        new MappedRows(session, dataset.queryExecution().analyzed(), mapping), output, false);
  }

  static org.apache.spark.sql.classic.SparkSession classic(SparkSession session) {
    if (session instanceof org.apache.spark.sql.classic.SparkSession classic) {
      return classic;
    }
    throw connect();
  }

  private static IllegalArgumentException connect() {
    return new IllegalArgumentException(
        "this is a session of Spark Connect, whose executors are another program's: call"
            + " VivariumSpark in the program that has the SparkContext");
  }

  /** Before the job runs: a type that Arrow has not is refused where the schema was given. */
  private void check() {
    List<String> names = List.of(output.fieldNames());
    for (String name : names) {
      if (names.indexOf(name) != names.lastIndexOf(name)) {
        throw new IllegalArgumentException(
            "the schema of the result has two columns " + name + ", and they are taken by name");
      }
    }
    schemaOf("the rows' schema", input);
    schemaOf("the schema of the result", output);
  }

  private void schemaOf(String what, StructType type) {
    try {
      arrowSchema(type);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          what + " " + type.catalogString() + " cannot go through Arrow: " + e.getMessage(), e);
    }
  }

  /** As Spark's own Python support has it. */
  Schema arrowSchema(StructType type) {
    return ArrowUtils.toArrowSchema(type, zone, true, false);
  }
}
