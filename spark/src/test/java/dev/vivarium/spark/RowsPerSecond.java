package dev.vivarium.spark;

import dev.vivarium.pool.PythonFunction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;

/**
 * How many rows a second go through a Python function in one task: here, and through a Python
 * process that is sent Arrow's IPC format through a socket, which is what Spark does by itself;
 * beside the function alone. {@code .build/spark-bench.sh} runs it.
 */
final class RowsPerSecond {

  private static final int ROWS = Integer.getInteger("rows", 2_000_000);
  private static final int ROUNDS = 5;

  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("text", DataTypes.StringType)
          .add("x", DataTypes.DoubleType);

  private static final String ARROW =
      """
      import pyarrow as pa, pyarrow.compute as pc
      def f(batches):
          for b in batches:
              yield pa.RecordBatch.from_arrays(
                  [b['id'], pc.utf8_upper(b['text']), pc.multiply(b['x'], 2.0)], ['id', 'text', 'x'])
      """;

  private static final String PYTHON =
      """
      import pyarrow as pa
      def score(text):
          words = text.split(' ')
          return sum([len(w) for w in words if w != 'the']) / len(words)
      def f(batches):
          for b in batches:
              scores = [score(t) for t in b['text'].to_pylist()]
              yield pa.RecordBatch.from_arrays([b['id'], b['text'], pa.array(scores)], ['id', 'text', 'x'])
      """;

  private static final String WORKER =
      """
      import socket, sys
      import pyarrow as pa
      connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
      stream = connection.makefile('rwb', 1 << 20)
      exec(sys.argv[2])
      with pa.ipc.open_stream(stream) as reader:
          writer = None
          for batch in f(reader):
              if writer is None:
                  writer = pa.ipc.new_stream(stream, batch.schema)
              writer.write_batch(batch)
          writer.close()
      stream.flush()
      connection.shutdown(socket.SHUT_WR)
      """;

  private static final String ALONE =
      """
      import sys, time
      import pyarrow as pa
      exec(sys.argv[1])
      rows = int(sys.argv[2])
      def batch(at):
          ids = range(at, min(at + 10000, rows))
          return pa.record_batch({'id': pa.array(ids), 'x': pa.array([i / 7 for i in ids]),
              'text': pa.array([f'the word w{i % 1000} of v{i % 77}' for i in ids])}).select(['id', 'text', 'x'])
      batches = [batch(at) for at in range(0, rows, 10000)]
      for i in range(5):
          begun = time.perf_counter()
          assert sum(b.num_rows for b in f(iter(batches))) == rows
          print(time.perf_counter() - begun, flush=True)
      """;

  private RowsPerSecond() {}

  /** One way to have it done. */
  @FunctionalInterface
  private interface Way {
    Dataset<Row> of(Dataset<Row> rows);
  }

  public static void main(String[] arguments) throws Exception {
    String python = arguments[0];
    SparkSession spark =
        Sessions.builder("local[1]").config("spark.sql.adaptive.enabled", "false").getOrCreate();
    Dataset<Row> rows =
        spark
            .range(0, ROWS, 1, 1)
            .selectExpr(
                "id", "concat('the word w', id % 1000, ' of v', id % 77) text", "id / 7.0D x")
            .to(SCHEMA);
    double before = seconds("Spark's rows alone", rows);
    for (String[] each : new String[][] {{"pyarrow", ARROW}, {"Python code", PYTHON}}) {
      PythonFunction function = PythonFunction.source(each[1], "f");
      double alone = alone(python, each);
      double here = seconds(each[0] + ": here", VivariumSpark.mapInArrow(rows, function, SCHEMA));
      double worker = seconds(each[0] + ": worker process", inWorker(rows, python, each[1]));
      System.out.printf(
          "%s: %.2f times the worker process (%.2f without Spark's own part), %.2f of the function"
              + " alone (%.2f)%n",
          each[0],
          worker / here,
          (worker - before) / (here - before),
          alone / here,
          alone / (here - before));
    }
    VivariumSpark.register(
        spark,
        "score",
        PythonFunction.source(
            PYTHON.replace("import pyarrow as pa\n", "").replaceFirst("(?s)def f.*", ""), "score"),
        DataTypes.DoubleType);
    double value = seconds("a value at a time", rows.selectExpr("id", "text", "score(text) x"));
    System.out.printf("a value: %.0f ns a row%n", (value - before) / ROWS * 1e9);
    spark.stop();
  }

  private static double seconds(String what, Dataset<Row> rows) {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      long begun = System.nanoTime();
      rows.write().format("noop").mode("overwrite").save();
      times.add((System.nanoTime() - begun) / 1e9);
    }
    return told(what, times);
  }

  private static double told(String what, List<Double> times) {
    double least = Collections.min(times);
    System.out.printf(
        "%-32s %5.2f s, %,11.0f rows a second; all: %s%n",
        what,
        least,
        ROWS / least,
        Arrays.toString(times.stream().mapToLong(t -> Math.round(t * 1000)).toArray()));
    return least;
  }

  private static double alone(String python, String[] function) throws IOException {
    Process process =
        new ProcessBuilder(python, "-c", ALONE, function[1], Integer.toString(ROWS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var reader = process.inputReader()) {
      return told(
          function[0] + ": the function alone", reader.lines().map(Double::valueOf).toList());
    }
  }

  private static Dataset<Row> inWorker(Dataset<Row> rows, String python, String source) {
    var session = Mapping.classic(rows.sparkSession());
    Mapping mapping =
        new Mapping(
            PythonFunction.source(source, "f"),
            VivariumSpark.Shape.BATCHES,
            SCHEMA,
            List.of(),
            SCHEMA,
            "UTC",
            10_000,
            Long.MAX_VALUE);
    var query = ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution();
    var mapped =
        query
            .toRdd()
            .toJavaRDD()
            .mapPartitions(part -> worker(part, mapping, python, source))
            .rdd();
    return session.internalCreateDataFrame(mapped, SCHEMA, false);
  }

  private static Iterator<InternalRow> worker(
      Iterator<InternalRow> rows, Mapping mapping, String python, String source)
      throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      Process process =
          new ProcessBuilder(python, "-c", WORKER, Integer.toString(server.getLocalPort()), source)
              .inheritIO()
              .start();
      Socket socket = server.accept();
      Thread writing = Thread.ofPlatform().start(() -> write(rows, mapping, socket));
      ArrowStreamReader reader =
          new ArrowStreamReader(socket.getInputStream(), ArrowUtils.rootAllocator());
      TaskCompletionListener ended =
          task -> {
            try {
              reader.close();
              socket.close();
              writing.join();
              process.destroy();
            } catch (IOException | InterruptedException e) {
              throw new IllegalStateException(e);
            }
          };
      TaskContext.get().addTaskCompletionListener(ended);
      return new Read(reader);
    }
  }

  private static void write(Iterator<InternalRow> rows, Mapping mapping, Socket socket) {
    Batches batches = new Batches(rows, mapping);
    try (VectorSchemaRoot sent =
        VectorSchemaRoot.create(mapping.arrowSchema(SCHEMA), ArrowUtils.rootAllocator())) {
      // Not to be closed: the socket would be, too
      ArrowStreamWriter writer =
          new ArrowStreamWriter(sent, null, Channels.newChannel(socket.getOutputStream()));
      writer.start();
      for (Batches.Batch batch = batches.next(); batch != null; batch = batches.next()) {
        try (VectorSchemaRoot root = batch.root()) {
          var loader = new org.apache.arrow.vector.VectorLoader(sent);
          try (var unloaded = new org.apache.arrow.vector.VectorUnloader(root).getRecordBatch()) {
            loader.load(unloaded);
          }
          writer.writeBatch();
        }
      }
      writer.end();
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows of a stream. */
  private static final class Read implements Iterator<InternalRow> {

    private final ArrowStreamReader reader;
    private Iterator<InternalRow> rows = Collections.emptyIterator();

    Read(ArrowStreamReader reader) {
      this.reader = reader;
    }

    @Override
    public boolean hasNext() {
      try {
        while (!rows.hasNext()) {
          if (!reader.loadNextBatch()) {
            return false;
          }
          VectorSchemaRoot root = reader.getVectorSchemaRoot();
          ColumnVector[] columns =
              root.getFieldVectors().stream()
                  .map(ArrowColumnVector::new)
                  .toArray(ColumnVector[]::new);
          rows = new ColumnarBatch(columns, root.getRowCount()).rowIterator();
        }
        return true;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public InternalRow next() {
      return rows.next();
    }
  }
}
