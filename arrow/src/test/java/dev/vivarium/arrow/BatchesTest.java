package dev.vivarium.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Record batches and streams between Java and pyarrow or pandas. */
@ExtendWith(WithPyArrow.class)
final class BatchesTest {

  static final Schema SCHEMA =
      new Schema(
          List.of(
              Field.nullable("id", new ArrowType.Int(32, true)),
              Field.nullable("value", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
              Field.nullable("text", new ArrowType.Utf8())));

  private final RootAllocator allocator = new RootAllocator();

  @BeforeAll
  static void define() {
    PythonUnderTest.main()
        .exec(
            """
            import gc, threading, pandas, pyarrow

            def summary(table):
                table.validate(full=True)
                return (table.num_rows, sum(table['id'].to_pylist()), table['text'].to_pylist()[-1])
            """);
  }

  @AfterEach
  void nothingIsLeft() {
    PythonUnderTest.main().exec("gc.collect()");
    assertThat(allocator.getAllocatedMemory()).as(allocator::toVerboseString).isZero();
    allocator.close();
  }

  private VectorSchemaRoot root(int from, int count) {
    VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
    fill(root, from, count);
    return root;
  }

  static void fill(VectorSchemaRoot root, int from, int count) {
    IntVector id = (IntVector) root.getVector("id");
    Float8Vector value = (Float8Vector) root.getVector("value");
    VarCharVector text = (VarCharVector) root.getVector("text");
    for (int i = 0; i < count; i++) {
      id.setSafe(i, from + i);
      value.setSafe(i, (from + i) / 2.0);
      text.setSafe(i, ("text " + (from + i)).getBytes(StandardCharsets.UTF_8));
    }
    root.setRowCount(count);
  }

  private static String called(String function, Object... arguments) {
    PyObject callable = PythonUnderTest.main().eval(function);
    try (callable;
        PyObject result = callable.call(arguments)) {
      return result.repr();
    }
  }

  @Test
  @DisplayName("a root is a table, a record batch, a stream and a data frame; several times")
  void takers() {
    try (VectorSchemaRoot root = root(1, 4);
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, root)) {
      for (String taker :
          List.of(
              "pyarrow.table(x)",
              "pyarrow.table(pyarrow.record_batch(x))",
              "pyarrow.RecordBatchReader.from_stream(x).read_all()",
              "pyarrow.Table.from_pandas(pyarrow.table(x).to_pandas())",
              "pyarrow.Table.from_struct_array(pyarrow.array(x))")) {
        assertThat(called("lambda x: summary(" + taker + ")", ours))
            .as(taker)
            .isEqualTo("(4, 10, 'text 4')");
      }
      assertThat(called("lambda x: pyarrow.schema(x).names", ours))
          .isEqualTo("['id', 'value', 'text']");
      assertThat(
              called(
                  "lambda x: pandas.DataFrame.from_arrow(x)['value'].sum()"
                      + " if hasattr(pandas.DataFrame, 'from_arrow') else 5.0",
                  ours))
          .contains("5.0");
    }
  }

  @Test
  @DisplayName("the memory is the same on both sides, in both directions")
  void notCopied() {
    try (VectorSchemaRoot root = root(1, 100);
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, root)) {
      PyObject taken = PythonUnderTest.main().eval("pyarrow.table").call(ours);
      try (taken) {
        long address = root.getVector("value").getDataBuffer().memoryAddress();
        assertThat(called("lambda t: t['value'].chunk(0).buffers()[1].address", taken))
            .isEqualTo(Long.toString(address));
        try (VectorSchemaRoot again = Arrow.root(taken, allocator)) {
          assertThat(again.getVector("value").getDataBuffer().memoryAddress()).isEqualTo(address);
          assertThat(again.getSchema()).isEqualTo(root.getSchema());
          assertThat(again.getRowCount()).isEqualTo(100);
          assertThat(again.equals(root)).isTrue();
        }
      }
    }
  }

  @Test
  @DisplayName("what Python has does not change when the root is filled anew and closed")
  void rootGoesFirst() {
    PyObject taken;
    try (VectorSchemaRoot root = root(1, 4)) {
      try (PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, root)) {
        taken = PythonUnderTest.main().eval("pyarrow.table").call(ours);
      }
      root.clear();
      root.allocateNew();
      fill(root, 100, 7);
    }
    try (taken) {
      assertThat(allocator.getAllocatedMemory()).isPositive();
      assertThat(called("summary", taken)).isEqualTo("(4, 10, 'text 4')");
    }
  }

  /** So many batches, of one row more each; then the end, or a failure. */
  final class Counting extends ArrowReader {

    private final int batches;
    private final IOException failure;
    private int read;
    private boolean closed;

    Counting(int batches, IOException failure) {
      super(BatchesTest.this.allocator);
      this.batches = batches;
      this.failure = failure;
    }

    @Override
    public boolean loadNextBatch() throws IOException {
      prepareLoadNextBatch();
      if (read == batches) {
        if (failure != null) {
          throw failure;
        }
        return false;
      }
      read++;
      VectorSchemaRoot root = getVectorSchemaRoot();
      root.allocateNew();
      fill(root, 10 * read, read);
      return true;
    }

    @Override
    public long bytesRead() {
      return 0;
    }

    @Override
    protected void closeReadSource() {
      closed = true;
    }

    @Override
    protected Schema readSchema() {
      return SCHEMA;
    }
  }

  @Test
  @DisplayName("a reader is a stream, read as Python asks, once, and closed when it is done with")
  void reader() {
    Counting reader = new Counting(3, null);
    try (PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, reader)) {
      assertThat(called("lambda x: pyarrow.schema(x).names", ours))
          .isEqualTo("['id', 'value', 'text']");
      try (PyObject stream =
          PythonUnderTest.main().eval("pyarrow.RecordBatchReader.from_stream").call(ours)) {
        assertThat(reader.read).isZero();
        assertThat(called("lambda s: s.read_next_batch().num_rows", stream)).isEqualTo("1");
        assertThat(reader.read).isEqualTo(1);
        assertThat(called("lambda s: summary(s.read_all())", stream))
            .isEqualTo("(5, 134, 'text 32')");
      }
      assertThatThrownBy(() -> called("pyarrow.table", ours))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("taken already");
    }
    assertThat(reader.closed).isTrue();
  }

  @Test
  @DisplayName("a reader that nobody takes is closed when its Python object goes")
  void readerDropped() {
    Counting reader = new Counting(3, null);
    Arrow.toPython(PythonUnderTest.main(), allocator, reader).close();
    assertThat(reader.closed).isTrue();
    Counting half = new Counting(3, null);
    try (PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, half)) {
      assertThat(called("lambda x: x.__arrow_c_stream__() and 1", ours)).isEqualTo("1");
      assertThat(half.closed).as("its capsule was dropped").isTrue();
    }
  }

  @Test
  @DisplayName("a reader that fails midway is an exception in Python with its message")
  void readerFails() {
    Counting reader = new Counting(2, new IOException("the disk is on fire"));
    try (PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, reader)) {
      assertThatThrownBy(() -> called("pyarrow.table", ours))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("the disk is on fire");
    }
    assertThat(reader.closed).isTrue();
  }

  @Test
  @DisplayName("a table in chunks, a data frame, a batch and a generator are read by a reader")
  void pythonsReaders() throws IOException {
    for (String source :
        List.of(
            "pyarrow.table({'n': pyarrow.chunked_array([[1, 2], [3], [4, 5, 6]])})",
            "pandas.DataFrame({'n': [1, 2, 3, 4, 5, 6]})",
            "pyarrow.record_batch({'n': [1, 2, 3, 4, 5, 6]})",
            "pyarrow.record_batch({'n': [0, 1, 2, 3, 4, 5, 6, 0]}).slice(1, 6)",
            "pyarrow.RecordBatchReader.from_batches(pyarrow.schema({'n': 'int64'}),"
                + " (pyarrow.record_batch({'n': [2 * k + 1, 2 * k + 2]}) for k in range(3)))")) {
      long sum = 0;
      try (PyObject object = PythonUnderTest.main().eval(source);
          ArrowReader reader = Arrow.reader(object, allocator)) {
        while (reader.loadNextBatch()) {
          BigIntVector n = (BigIntVector) reader.getVectorSchemaRoot().getVector("n");
          for (int i = 0; i < n.getValueCount(); i++) {
            sum = 10 * sum + n.get(i);
          }
        }
        assertThat(reader.loadNextBatch()).isFalse();
        assertThat(reader.getVectorSchemaRoot().getRowCount()).isZero();
      }
      assertThat(sum).as(source).isEqualTo(123456);
    }
  }

  @Test
  @DisplayName("a producer that fails midway is an IOException with its message")
  void producerFails() throws IOException {
    PythonUnderTest.main()
        .exec(
            """
            def failing():
                yield pyarrow.record_batch({'n': [1, 2]})
                raise ValueError('no more today')
            """);
    try (PyObject object =
            PythonUnderTest.main()
                .eval(
                    "pyarrow.RecordBatchReader.from_batches(pyarrow.schema({'n': 'int64'}),"
                        + " failing())");
        ArrowReader reader = Arrow.reader(object, allocator)) {
      assertThat(reader.loadNextBatch()).isTrue();
      assertThatThrownBy(reader::loadNextBatch)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no more today");
    }
  }

  @Test
  @DisplayName("through Java and back again: a stream of Python's read in Python through Java")
  void thereAndBack() throws IOException {
    try (PyObject table =
            PythonUnderTest.main()
                .eval("pyarrow.table({'n': pyarrow.chunked_array([[1, 2], [3], [4, 5, 6]])})");
        PyObject ours =
            Arrow.toPython(PythonUnderTest.main(), allocator, Arrow.reader(table, allocator))) {
      assertThat(called("lambda x: pyarrow.table(x)['n'].to_pylist()", ours))
          .isEqualTo("[1, 2, 3, 4, 5, 6]");
    }
  }

  @Test
  @DisplayName("dictionaries go with a root, and come with a reader")
  void dictionaries() throws IOException {
    MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    FieldVector encoded =
        Columns.all().stream()
            .filter(column -> column.name().equals("dictionary"))
            .findFirst()
            .orElseThrow()
            .make()
            .make(allocator, dictionaries);
    try (dictionaries;
        encoded;
        PyObject ours =
            Arrow.toPython(
                PythonUnderTest.main(), allocator, JavaData.alone(encoded), dictionaries);
        PyObject table = PythonUnderTest.main().eval("pyarrow.table").call(ours);
        ArrowReader reader = Arrow.reader(table, allocator)) {
      assertThatThrownBy(() -> Arrow.toPython(PythonUnderTest.main(), allocator, encoded))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("give its DictionaryProvider");
      assertThatThrownBy(() -> Arrow.root(table, allocator))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dictionary-encoded");
      assertThat(reader.loadNextBatch()).isTrue();
      FieldVector column = reader.getVectorSchemaRoot().getVector(0);
      Dictionary dictionary = reader.lookup(column.getField().getDictionary().getId());
      try (FieldVector decoded =
          (FieldVector) DictionaryEncoder.decode(column, dictionary, allocator)) {
        assertThat(decoded.getObject(4)).hasToString("value 0");
        assertThat(decoded.getObject(5)).hasToString("value 1");
        assertThat(decoded.getObject(3)).isNull();
      }
    }
  }

  @Test
  @DisplayName("no rows, no columns, and more than one batch where one is wanted")
  void corners() {
    try (VectorSchemaRoot none = VectorSchemaRoot.create(SCHEMA, allocator);
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, none)) {
      assertThat(called("lambda x: pyarrow.table(x).shape", ours)).isEqualTo("(0, 3)");
    }
    try (VectorSchemaRoot bare = VectorSchemaRoot.of();
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, bare)) {
      assertThat(called("lambda x: pyarrow.table(x).shape", ours)).isEqualTo("(0, 0)");
    }
    try (PyObject object = PythonUnderTest.main().eval("pyarrow.table({'n': []})");
        VectorSchemaRoot root = Arrow.root(object, allocator)) {
      assertThat(root.getRowCount()).isZero();
      assertThat(root.getSchema().getFields()).hasSize(1);
    }
    refused(
        "pyarrow.table({'n': pyarrow.chunked_array([[1, 2], [3]])})", "more than one record batch");
    refused("pyarrow.chunked_array([[1, 2], [3]])", "pyarrow.table");
    refused("pyarrow.array([{'a': 1}, None])", "null");
    refused("[1, 2]", "no Arrow data");
    refused("pyarrow.scalar(1)", "no Arrow data");
    try (PyObject chunked = PythonUnderTest.main().eval("pyarrow.chunked_array([[1, 2], [3]])")) {
      assertThatThrownBy(() -> Arrow.vector(chunked, allocator))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("combine_chunks");
      ArrowReader reader = Arrow.reader(chunked, allocator);
      try (reader) {
        assertThatThrownBy(reader::loadNextBatch)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("pyarrow.table");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  private void refused(String expression, String message) {
    try (PyObject object = PythonUnderTest.main().eval(expression)) {
      assertThatThrownBy(() -> Arrow.root(object, allocator))
          .as(expression)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  @DisplayName("a closed or full allocator is a clear error, on both sides")
  void allocatorGone() {
    try (VectorSchemaRoot root = root(1, 4);
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, root);
        PyObject table = PythonUnderTest.main().eval("pyarrow.table").call(ours)) {
      BufferAllocator small = allocator.newChildAllocator("small", 0, 64);
      assertThatThrownBy(() -> Arrow.root(table, small)).isInstanceOf(OutOfMemoryException.class);
      small.close();
      assertThatThrownBy(() -> Arrow.root(table, small))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      assertThat(called("summary", table)).isEqualTo("(4, 10, 'text 4')");
    }
  }

  @Test
  @DisplayName("an allocator that is closed too early says so, and Python's table is as it was")
  void allocatorFirst() {
    RootAllocator early = new RootAllocator();
    PyObject table;
    try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, early)) {
      fill(root, 1, 4);
      try (PyObject ours = Arrow.toPython(PythonUnderTest.main(), early, root)) {
        table = PythonUnderTest.main().eval("pyarrow.table").call(ours);
      }
    }
    assertThatThrownBy(early::close).isInstanceOf(IllegalStateException.class);
    assertThat(called("summary", table)).isEqualTo("(4, 10, 'text 4')");
    table.close();
  }

  @Test
  @DisplayName("more rows than a vector of Java has are refused")
  void tooLong() {
    try (PyObject object = PythonUnderTest.main().eval("pyarrow.nulls(2**31)")) {
      assertThatThrownBy(() -> Arrow.vector(object, allocator))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2147483648 rows");
    }
  }

  @Test
  @Timeout(60)
  @DisplayName("any thread lets go: Java's, virtual ones, Python's")
  void threads() throws Exception {
    List<Future<?>> done = new ArrayList<>();
    try (VectorSchemaRoot root = root(1, 4);
        ExecutorService platform = Executors.newFixedThreadPool(4);
        ExecutorService others = Executors.newFixedThreadPool(2);
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 100; i++) {
        ExecutorService executor = i % 2 == 0 ? platform : virtual;
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, root);
        done.add(
            executor.submit(() -> {
              try (ours;
                  PyObject table = PythonUnderTest.main().eval("pyarrow.table").call(ours);
                  VectorSchemaRoot again = Arrow.root(table, allocator)) {
                assertThat(again.getRowCount()).isEqualTo(4);
                VectorSchemaRoot other = Arrow.root(table, allocator);
                others.submit(other::close).get();
              }
              return null;
            }));
      }
      for (Future<?> one : done) {
        one.get();
      }
      try (PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, root)) {
        called(
            """
            (lambda x: [t.start() or t.join() for t in
             [threading.Thread(target=lambda: summary(pyarrow.table(x))) for _ in range(8)]])
            """
                .strip(),
            ours);
      }
    }
  }
}
