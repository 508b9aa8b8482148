package dev.vivarium.bench;

import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import dev.vivarium.arrow.Arrow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A record batch of a million rows and eight columns from Java to pyarrow and back. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class ArrowTrips extends PythonBenchmark {

  private static final int ROWS = 1_000_000;
  private static final int COLUMNS = 8;

  private static final String THROUGH_BYTES =
      """
      import pyarrow

      def table(data):
          return pyarrow.ipc.open_stream(data).read_all()

      def data(table):
          sink = pyarrow.BufferOutputStream()
          with pyarrow.ipc.new_stream(sink, table.schema) as writer:
              writer.write_table(table)
          return sink.getvalue()
      """;

  private BufferAllocator allocator;
  private VectorSchemaRoot root;
  private PyObject table;
  private PyObject ofBytes;
  private PyObject toBytes;
  private ThreadState entered;

  /** The other way. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The same trip through the bytes of Arrow's IPC format. */
    public double ipc;

    /** Before the thread detaches. */
    @TearDown(Level.Iteration)
    public void measure(ArrowTrips benchmark) {
      ipc = nanoseconds(1, benchmark::throughBytes);
      benchmark.entered.close();
    }
  }

  @Override
  void prepare() {
    main.exec(THROUGH_BYTES);
    table = main.eval("pyarrow.table");
    ofBytes = main.eval("table");
    toBytes = main.eval("data");
    allocator = new RootAllocator();
    List<Field> fields =
        IntStream.range(0, COLUMNS)
            .mapToObj(i ->
                Field.nullable("c" + i, new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)))
            .toList();
    root = VectorSchemaRoot.create(new Schema(fields), allocator);
    for (int column = 0; column < COLUMNS; column++) {
      Float8Vector vector = (Float8Vector) root.getVector(column);
      vector.allocateNew(ROWS);
      for (int i = 0; i < ROWS; i++) {
        vector.set(i, i + column);
      }
    }
    root.setRowCount(ROWS);
  }

  @Override
  void finish() {
    root.close();
    allocator.close();
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** Without copying. */
  @Benchmark
  public double trip(Beside beside) {
    try (PyObject ours = Arrow.toPython(main, allocator, root);
        PyObject seen = table.call(ours);
        VectorSchemaRoot back = Arrow.root(seen, allocator)) {
      return last(back);
    }
  }

  private void throughBytes() {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream(ROWS * (COLUMNS * 9 + 1));
      try (ArrowStreamWriter writer = new ArrowStreamWriter(root, null, out)) {
        writer.writeBatch();
      }
      byte[] back;
      // copy(…) makes Python's memory in one pass, where bytes would be the same
      try (PyObject bytes = main.copy(MemorySegment.ofArray(out.toByteArray()));
          PyObject seen = ofBytes.call(bytes);
          PyObject written = toBytes.call(seen);
          PyBuffer buffer = PyBuffer.confined(written)) {
        back = buffer.segment().toArray(ValueLayout.JAVA_BYTE);
      }
      try (ArrowStreamReader reader =
          new ArrowStreamReader(new ByteArrayInputStream(back), allocator)) {
        reader.loadNextBatch();
        last(reader.getVectorSchemaRoot());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double last(VectorSchemaRoot root) {
    double value = ((Float8Vector) root.getVector(COLUMNS - 1)).get(ROWS - 1);
    if (value != ROWS + COLUMNS - 2) {
      throw new IllegalStateException("the last value is " + value);
    }
    return value;
  }
}
