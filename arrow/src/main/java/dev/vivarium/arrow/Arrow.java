package dev.vivarium.arrow;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Apache Arrow's data between Java and Python, over the Arrow PyCapsule protocol, which pyarrow,
 * pandas, Polars, DuckDB and others speak. Buffers are not copied, in either direction.
 *
 * <pre>{@code
 * PyObject table = main.importModule("pyarrow").callMethod("table", Arrow.toPython(main, allocator, root));
 *
 * try (ArrowReader reader = Arrow.reader(table, allocator)) {
 *   while (reader.loadNextBatch()) { … reader.getVectorSchemaRoot() … }
 * }
 * }</pre>
 *
 * <p><b>Java's data in Python</b> stay as long as Python looks at them, whatever becomes of the
 * vectors meanwhile; they are let go by any thread, also after the interpreter's end. The allocator
 * must not be closed before: Arrow's own check throws then, and Python's memory stays valid. Python
 * must see them as what cannot be changed, and so must Java from then on.
 *
 * <p><b>Python's data in Java</b> are given back when the vectors, root or reader are closed, by
 * any thread, and until then their interpreter does not end: whoever closes that waits for it, as
 * for an {@link dev.vivarium.InterpreterGuard}. A reader with no batch loaded holds nothing open;
 * after the interpreter's end it throws an {@code IOException}.
 *
 * <p>All methods are for any thread, virtual ones too; what they are given is for one at a time.
 * The JVM needs {@code --add-opens=java.base/java.nio=ALL-UNNAMED}, which is Arrow's wish, and
 * {@code arrow-memory-unsafe} or {@code arrow-memory-netty} on the class path.
 */
public final class Arrow {

  private static final String ARRAY = "__arrow_c_array__";
  private static final String STREAM = "__arrow_c_stream__";

  private Arrow() {}

  /**
   * A record batch for Python: {@code pyarrow.record_batch(x)}, {@code pyarrow.table(x)}, {@code
   * pandas.DataFrame.from_arrow(x)}, {@code polars.DataFrame(x)}. It can be taken any number of
   * times. The root may be closed, or filled anew, at once.
   *
   * @param allocator for structures that describe the data; of the same root as the vectors'
   * @throws IllegalArgumentException if a vector is dictionary-encoded
   * @throws dev.vivarium.InterpreterClosedException if the interpreter is closing or has ended
   */
  public static PyObject toPython(
      Interpreter interpreter, BufferAllocator allocator, VectorSchemaRoot root) {
    return batch(interpreter, allocator, root, null);
  }

  /**
   * As {@link #toPython(Interpreter, BufferAllocator, VectorSchemaRoot)}.
   *
   * @param dictionaries of the vectors that are dictionary-encoded
   * @throws IllegalArgumentException if it lacks one
   */
  public static PyObject toPython(
      Interpreter interpreter,
      BufferAllocator allocator,
      VectorSchemaRoot root,
      DictionaryProvider dictionaries) {
    return batch(interpreter, allocator, root, Objects.requireNonNull(dictionaries));
  }

  private static PyObject batch(
      Interpreter interpreter,
      BufferAllocator allocator,
      VectorSchemaRoot root,
      @Nullable DictionaryProvider dictionaries) {
    return kept(
        interpreter,
        JavaData.of(allocator, root, dictionaries),
        (in, data, keep) -> {
          Support.Maker schema =
              Support.maker(list -> Capsule.addSchema(in, allocator, list, data::exportSchema));
          Support.Maker array =
              Support.maker(list -> Capsule.addArray(in, allocator, list, data::exportBatch));
          Support.Maker stream =
              Support.maker(list -> addStream(in, allocator, list, data.reader()));
          return Support.make(in, "JavaBatch", schema, array, keep, stream);
        });
  }

  /**
   * A vector for Python: {@code pyarrow.array(x)}, {@code polars.Series(x)}. It can be taken any
   * number of times. The vector may be closed, or filled anew, at once.
   *
   * @param allocator for structures that describe the data; of the same root as the vector's
   * @throws IllegalArgumentException if it is dictionary-encoded
   * @throws dev.vivarium.InterpreterClosedException if the interpreter is closing or has ended
   */
  public static PyObject toPython(
      Interpreter interpreter, BufferAllocator allocator, FieldVector vector) {
    return array(interpreter, allocator, vector, null);
  }

  /**
   * As {@link #toPython(Interpreter, BufferAllocator, FieldVector)}.
   *
   * @param dictionaries of the vector, or those inside it, that are dictionary-encoded
   * @throws IllegalArgumentException if it lacks one
   */
  public static PyObject toPython(
      Interpreter interpreter,
      BufferAllocator allocator,
      FieldVector vector,
      DictionaryProvider dictionaries) {
    return array(interpreter, allocator, vector, Objects.requireNonNull(dictionaries));
  }

  private static PyObject array(
      Interpreter interpreter,
      BufferAllocator allocator,
      FieldVector vector,
      @Nullable DictionaryProvider dictionaries) {
    return kept(
        interpreter,
        JavaData.of(allocator, JavaData.alone(vector), dictionaries),
        (in, data, keep) -> {
          Support.Maker schema =
              Support.maker(list -> Capsule.addSchema(in, allocator, list, data::exportField));
          Support.Maker array =
              Support.maker(list -> Capsule.addArray(in, allocator, list, data::exportVector));
          return Support.make(in, "JavaArray", schema, array, keep);
        });
  }

  /** Makes the Python object of some data, which go when it goes. */
  @FunctionalInterface
  private interface Making {
    PyObject of(Interpreter in, JavaData data, PyObject keep);
  }

  private static PyObject kept(Interpreter interpreter, JavaData data, Making making) {
    boolean made = false;
    try {
      PyObject object =
          interpreter.call(in -> {
            try (PyObject keep = Capsule.onDrop(in, data::close)) {
              return making.of(in, data, keep);
            }
          });
      made = true;
      return object;
    } finally {
      if (!made) {
        data.close();
      }
    }
  }

  /**
   * A stream of record batches for Python, which reads them as it needs them: {@code
   * pyarrow.RecordBatchReader.from_stream(x)}. As a reader, it can be taken once. What the reader
   * throws ends the stream with an exception in Python that says so.
   *
   * <p>The reader is Python's from now on: it is called on threads of Python's, detached, one at a
   * time, and closed when Python has done with it.
   *
   * @param allocator for structures that describe the data; of the same root as the reader's
   * @throws dev.vivarium.InterpreterClosedException if the interpreter is closing or has ended; the
   *     reader has not been closed then
   */
  public static PyObject toPython(
      Interpreter interpreter, BufferAllocator allocator, ArrowReader reader) {
    AtomicReference<@Nullable ArrowReader> left =
        new AtomicReference<>(new JavaStream(allocator, reader));
    return interpreter.call(in -> {
      Support.Maker schema =
          Support.maker(list -> {
            ArrowReader untaken = untaken(left.get());
            Capsule.addSchema(
                in,
                allocator,
                list,
                to -> Data.exportSchema(allocator, schema(untaken), untaken, to));
          });
      Support.Maker stream =
          Support.maker(list -> addStream(in, allocator, list, untaken(left.getAndSet(null))));
      AtomicReference<Runnable> onDrop = new AtomicReference<>(() -> {});
      try (PyObject keep = Capsule.onDrop(in, () -> onDrop.get().run())) {
        PyObject object = Support.make(in, "JavaStream", schema, stream, keep);
        onDrop.set(() -> close(left.getAndSet(null))); // it has been handed over
        return object;
      }
    });
  }

  private static void addStream(
      Interpreter in, BufferAllocator allocator, PyObject list, ArrowReader reader) {
    Capsule.addStream(in, allocator, list, to -> Data.exportArrayStream(allocator, reader, to));
  }

  private static ArrowReader untaken(@Nullable ArrowReader stream) {
    if (stream == null) {
      throw new IllegalStateException(
          "this stream of Java has been taken already: a reader is read once");
    }
    return stream;
  }

  private static Schema schema(ArrowReader reader) {
    try {
      return reader.getVectorSchemaRoot().getSchema();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void close(@Nullable ArrowReader reader) {
    if (reader != null) {
      try {
        reader.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * The record batches of a Python object, read as they are needed: of a table, a data frame, a
   * record batch reader, anything with {@code __arrow_c_stream__}, or of one record batch. The
   * batches are loaded into one root, as with every {@code ArrowReader}.
   *
   * <p>What the producer fails with is thrown as an {@code IOException} with its message, and the
   * reader can be closed as ever.
   *
   * @param allocator that the vectors' memory is counted in
   * @throws IllegalArgumentException if the object has no record batches; on reading, if a batch
   *     has more rows than a vector of Java can have
   * @throws dev.vivarium.PythonException what its methods raise
   * @throws dev.vivarium.InterpreterClosedException if its interpreter is closing or has ended
   */
  public static ArrowReader reader(PyObject object, BufferAllocator allocator) {
    InterpreterView interpreter = object.view();
    return interpreter.call(in -> {
      if (object.hasAttr(STREAM)) {
        return new PythonReader(PythonStream.of(object, allocator), allocator);
      }
      try (CDataDictionaryProvider dictionaries = new CDataDictionaryProvider();
          VectorSchemaRoot root = root(object, allocator, dictionaries);
          JavaData data = JavaData.of(allocator, root, dictionaries)) {
        return data.reader();
      }
    });
  }

  /**
   * One record batch of a Python object: of a {@code pyarrow.RecordBatch}, or of a table or data
   * frame that has its rows in one piece. Close it.
   *
   * @param allocator that the vectors' memory is counted in
   * @throws IllegalArgumentException if the object has none, or more than one, or some columns are
   *     dictionary-encoded; or if it has more rows than a vector of Java can have
   * @throws UncheckedIOException what the producer of a stream fails with
   * @throws dev.vivarium.PythonException what the object's methods raise
   * @throws dev.vivarium.InterpreterClosedException if its interpreter is closing or has ended
   */
  public static VectorSchemaRoot root(PyObject object, BufferAllocator allocator) {
    return withoutDictionaries(dictionaries -> root(object, allocator, dictionaries));
  }

  /**
   * As {@link #root(PyObject, BufferAllocator)}, with columns that are dictionary-encoded.
   *
   * @param dictionaries gets the dictionaries; close it too
   */
  public static VectorSchemaRoot root(
      PyObject object, BufferAllocator allocator, CDataDictionaryProvider dictionaries) {
    InterpreterView interpreter = object.view();
    return interpreter.call(in -> {
      if (object.hasAttr(ARRAY)) {
        try (PythonArray array = PythonArray.of(object)) {
          Field row = array.field(allocator, dictionaries);
          return filled(
              VectorSchemaRoot.create(Rows.schema(row), allocator),
              root ->
                  Rows.load(
                      array.struct(), interpreter.guard(), row, allocator, root, dictionaries));
        }
      }
      if (!object.hasAttr(STREAM)) {
        throw noProtocol(object);
      }
      try (PythonStream stream = PythonStream.of(object, allocator)) {
        Field row = stream.row(allocator, dictionaries);
        return Arrow.<VectorSchemaRoot, IOException>filled(
            VectorSchemaRoot.create(Rows.schema(row), allocator),
            root -> loadOnly(stream, row, allocator, root, dictionaries));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  private static void loadOnly(
      PythonStream stream,
      Field row,
      BufferAllocator allocator,
      VectorSchemaRoot root,
      CDataDictionaryProvider dictionaries)
      throws IOException {
    try (ArrowArray next = ArrowArray.allocateNew(allocator)) {
      InterpreterGuard guard = stream.next(next);
      if (guard == null) {
        return; // no batch, so no rows
      }
      Rows.load(next, guard, row, allocator, root, dictionaries);
      InterpreterGuard more = stream.next(next);
      if (more != null) {
        stream.drop(next, more);
        throw new IllegalArgumentException(
            "this has more than one record batch: read them with Arrow.reader(…), or make one in"
                + " Python, with table.combine_chunks()");
      }
    }
  }

  /** Fills what it is given. */
  @FunctionalInterface
  private interface Filling<T, X extends Exception> {
    void of(T vectors) throws X;
  }

  private static <T extends AutoCloseable, X extends Exception> T filled(
      T vectors, Filling<T, X> filling) throws X {
    try {
      filling.of(vectors);
      return vectors;
    } catch (Throwable e) {
      closeQuietly(vectors, e);
      throw e;
    }
  }

  private static void closeQuietly(AutoCloseable vectors, Throwable failure) {
    try {
      vectors.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * A vector of a Python object that has {@code __arrow_c_array__}: a {@code pyarrow.Array}, a
   * {@code polars.Series} in one piece; of structs, of a record batch. Close it.
   *
   * @param allocator that the vector's memory is counted in
   * @throws IllegalArgumentException if the object has none, or it is dictionary-encoded; or if it
   *     has more slots than a vector of Java can have
   * @throws dev.vivarium.PythonException what the object's methods raise
   * @throws dev.vivarium.InterpreterClosedException if its interpreter is closing or has ended
   */
  public static FieldVector vector(PyObject object, BufferAllocator allocator) {
    return withoutDictionaries(dictionaries -> vector(object, allocator, dictionaries));
  }

  /**
   * As {@link #vector(PyObject, BufferAllocator)}, also dictionary-encoded.
   *
   * @param dictionaries gets the dictionaries; close it too
   */
  public static FieldVector vector(
      PyObject object, BufferAllocator allocator, CDataDictionaryProvider dictionaries) {
    InterpreterView interpreter = object.view();
    return interpreter.call(in -> {
      if (!object.hasAttr(ARRAY)) {
        throw noProtocol(object);
      }
      try (PythonArray array = PythonArray.of(object)) {
        Field field = array.field(allocator, dictionaries);
        return filled(
            field.createVector(allocator),
            vector ->
                Rows.load(array.struct(), interpreter.guard(), vector, allocator, dictionaries));
      }
    });
  }

  private static IllegalArgumentException noProtocol(PyObject object) {
    try (PyObject type = object.type()) {
      return new IllegalArgumentException(
          object.hasAttr(STREAM)
              ? type
                  + " is a stream of arrays, not one: make one in Python, with x.combine_chunks(),"
                  + " or read its record batches with Arrow.reader(…)"
              : type
                  + " has no Arrow data (no __arrow_c_array__ or __arrow_c_stream__): make some of it"
                  + " in Python, with pyarrow.array(x) or pyarrow.table(x)");
    }
  }

  private static <T extends AutoCloseable> T withoutDictionaries(
      Function<CDataDictionaryProvider, T> taking) {
    try (CDataDictionaryProvider dictionaries = new CDataDictionaryProvider()) {
      T taken = taking.apply(dictionaries);
      if (dictionaries.getDictionaryIds().isEmpty()) {
        return taken;
      }
      IllegalArgumentException refusal =
          new IllegalArgumentException(
              "some of this is dictionary-encoded: give a CDataDictionaryProvider for the"
                  + " dictionaries, or use Arrow.reader(…), which has one");
      closeQuietly(taken, refusal);
      throw refusal;
    }
  }
}
