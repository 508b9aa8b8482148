package dev.vivarium.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.PyCapsule;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The protocol itself, with a producer and a consumer written in Python, whose callbacks need the
 * GIL and their interpreter; and either side's end.
 */
@ExtendWith(PythonUnderTest.class)
@Timeout(60)
final class ProtocolTest {

  private static final String PRODUCER =
      """
      import ctypes, threading

      class Schema(ctypes.Structure): pass
      class Array(ctypes.Structure): pass
      class Stream(ctypes.Structure): pass

      release_schema = ctypes.CFUNCTYPE(None, ctypes.POINTER(Schema))
      release_array = ctypes.CFUNCTYPE(None, ctypes.POINTER(Array))
      release_stream = ctypes.CFUNCTYPE(None, ctypes.POINTER(Stream))
      get_schema = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Schema))
      get_next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Array))
      get_last_error = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(Stream))

      Schema._fields_ = [
          ('format', ctypes.c_char_p), ('name', ctypes.c_char_p), ('metadata', ctypes.c_void_p),
          ('flags', ctypes.c_int64), ('n_children', ctypes.c_int64),
          ('children', ctypes.POINTER(ctypes.POINTER(Schema))), ('dictionary', ctypes.c_void_p),
          ('release', release_schema), ('private_data', ctypes.c_void_p)]
      Array._fields_ = [
          ('length', ctypes.c_int64), ('null_count', ctypes.c_int64), ('offset', ctypes.c_int64),
          ('n_buffers', ctypes.c_int64), ('n_children', ctypes.c_int64),
          ('buffers', ctypes.POINTER(ctypes.c_void_p)),
          ('children', ctypes.POINTER(ctypes.POINTER(Array))), ('dictionary', ctypes.c_void_p),
          ('release', release_array), ('private_data', ctypes.c_void_p)]
      Stream._fields_ = [
          ('get_schema', get_schema), ('get_next', get_next), ('get_last_error', get_last_error),
          ('release', release_stream), ('private_data', ctypes.c_void_p)]

      new = ctypes.pythonapi.PyCapsule_New
      new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
      get = ctypes.pythonapi.PyCapsule_GetPointer
      get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]

      here = object()
      kept, released = [], []

      def keep(x):
          kept.append(x)
          return x

      def releasing(kind, type):
          def release(pointer):
              released.append((kind, globals().get('here') is here))
              pointer.contents.release = type()
          return keep(type(release))

      @keep
      @release_schema
      def child_schema_released(pointer):
          pointer.contents.release = release_schema()

      @keep
      @release_array
      def child_array_released(pointer):
          pointer.contents.release = release_array()

      def fill_schema(schema, format=b'i', name=b'n'):
          schema.format, schema.name, schema.flags = format, name, 2
          schema.release = releasing('schema', release_schema)

      def fill_rows(schema):
          child = keep(Schema())
          fill_schema(child)
          child.release = child_schema_released
          schema.format, schema.name, schema.n_children = b'+s', b'', 1
          schema.children = keep((ctypes.POINTER(Schema) * 1)(ctypes.pointer(child)))
          schema.release = releasing('schema', release_schema)

      def fill_array(array, values):
          data = keep((ctypes.c_int32 * len(values))(*values))
          array.length, array.n_buffers = len(values), 2
          array.buffers = keep((ctypes.c_void_p * 2)(None, ctypes.addressof(data)))
          array.release = releasing('array', release_array)

      def fill_batch(array, values):
          child = keep(Array())
          fill_array(child, values)
          child.release = child_array_released
          array.length, array.n_buffers, array.n_children = len(values), 1, 1
          array.buffers = keep((ctypes.c_void_p * 1)(None))
          array.children = keep((ctypes.POINTER(Array) * 1)(ctypes.pointer(child)))
          array.release = releasing('array', release_array)

      def capsule(struct, name):
          return new(ctypes.addressof(keep(struct)), keep(ctypes.create_string_buffer(name)), None)

      class Numbers:
          def __init__(self, *values):
              self.values = values
          def __arrow_c_array__(self, requested_schema=None):
              schema, array = Schema(), Array()
              fill_schema(schema)
              fill_array(array, self.values)
              return capsule(schema, b'arrow_schema'), capsule(array, b'arrow_array')

      class Batches:
          def __init__(self, *batches, fails=False):
              self.batches, self.fails = list(batches), fails
          def __arrow_c_stream__(self, requested_schema=None):
              stream = Stream()
              def schema(_, out):
                  fill_rows(out.contents)
                  return 0
              def next(_, out):
                  if self.batches:
                      out.contents.offset = 0
                      fill_batch(out.contents, self.batches.pop(0))
                      return 0
                  if self.fails:
                      return 5
                  out.contents.release = release_array()
                  return 0
              stream.get_schema = keep(get_schema(schema))
              stream.get_next = keep(get_next(next))
              stream.get_last_error = keep(get_last_error(lambda _: b'the tape has run out'))
              stream.release = releasing('stream', release_stream)
              return capsule(stream, b'arrow_array_stream')

      def consume(x):
          schema, capsule = x.__arrow_c_array__()
          array = Array.from_address(get(capsule, b'arrow_array'))
          moved = Array()
          ctypes.memmove(ctypes.byref(moved), ctypes.byref(array), ctypes.sizeof(Array))
          ctypes.c_void_p.from_address(ctypes.addressof(array) + Array.release.offset).value = None
          return moved

      def numbers(array):
          data = ctypes.cast(array.buffers[1], ctypes.POINTER(ctypes.c_int32))
          return data[array.offset:array.offset + array.length]
      """;

  private final RootAllocator allocator = new RootAllocator();

  @BeforeEach
  void define() {
    PythonUnderTest.main().exec(PRODUCER);
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(allocator.getAllocatedMemory()).as(allocator::toVerboseString).isZero();
    allocator.close();
  }

  private static String eval(Interpreter in, String expression) {
    try (PyObject value = in.eval(expression)) {
      return value.repr();
    }
  }

  private IntVector vector() {
    IntVector vector = new IntVector("n", allocator);
    for (int i = 0; i < 5; i++) {
      vector.setSafe(i, i * i);
    }
    vector.setValueCount(5);
    return vector;
  }

  @Test
  @DisplayName("a consumer in Python moves the structure out of the capsule, and releases it")
  void consumer() {
    Interpreter main = PythonUnderTest.main();
    PyObject ours;
    try (IntVector vector = vector()) {
      ours = Arrow.toPython(main, allocator, vector);
    }
    try (ours;
        PyObject moved = main.eval("consume").call(ours)) {
      ours.close();
      assertThat(allocator.getAllocatedMemory()).isPositive();
      try (PyObject numbers = main.eval("numbers").call(moved)) {
        assertThat(numbers.repr()).isEqualTo("[0, 1, 4, 9, 16]");
      }
      try (PyObject release = moved.attr("release");
          PyObject pointer = main.eval("ctypes.pointer").call(moved)) {
        release.call(pointer).close();
      }
    }
  }

  @Test
  @DisplayName("capsules that nobody takes give back what they hold")
  void unconsumed() {
    try (IntVector vector = vector();
        PyObject ours = Arrow.toPython(PythonUnderTest.main(), allocator, vector)) {
      long before = allocator.getAllocatedMemory();
      for (int i = 0; i < 10; i++) {
        ours.callMethod("__arrow_c_array__").close();
        ours.callMethod("__arrow_c_schema__").close();
      }
      assertThat(allocator.getAllocatedMemory()).isEqualTo(before);
    }
  }

  @Test
  @DisplayName("a thread that Python has never met releases, after the interpreter's end")
  void foreignThread() throws InterruptedException {
    AtomicReference<ArrowArray> moved = new AtomicReference<>();
    try (Interpreter sub = PythonUnderTest.python().newInterpreter(InterpreterOptions.isolated());
        IntVector vector = vector();
        PyObject ours = Arrow.toPython(sub, allocator, vector);
        PyObject pair = ours.callMethod("__arrow_c_array__");
        PyObject capsule = pair.item(1)) {
      ArrowArray theirs = ArrowArray.wrap(PyCapsule.pointer(capsule, "arrow_array").address());
      ArrowArray own = ArrowArray.allocateNew(allocator);
      own.save(theirs.snapshot());
      theirs.markReleased();
      moved.set(own);
    }
    assertThat(allocator.getAllocatedMemory()).isPositive();
    Thread thread =
        new Thread(() -> {
          moved.get().release();
          moved.get().close();
        });
    thread.start();
    thread.join();
  }

  @Test
  @DisplayName("a producer's release runs in its interpreter, whichever thread closes the vector")
  void producersRelease() throws InterruptedException {
    try (Interpreter sub = PythonUnderTest.python().newInterpreter(InterpreterOptions.shared())) {
      for (Interpreter in : List.of(PythonUnderTest.main(), sub)) {
        in.exec(PRODUCER);
        IntVector vector;
        try (PyObject numbers = in.eval("Numbers(1, 2, 3)")) {
          vector = (IntVector) Arrow.vector(numbers, allocator);
        }
        assertThat(vector.get(2)).isEqualTo(3);
        assertThat(eval(in, "released")).isEqualTo("[('schema', True)]");
        for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
          builder.start(vector::close).join();
        }
        assertThat(eval(in, "released")).isEqualTo("[('schema', True), ('array', True)]");
      }
    }
  }

  @Test
  @DisplayName("a stream of Python's; its end, its failure and its release")
  void stream() throws IOException {
    Interpreter main = PythonUnderTest.main();
    try (PyObject batches = main.eval("Batches([1, 2], [3], fails=True)");
        ArrowReader reader = Arrow.reader(batches, allocator)) {
      assertThat(reader.loadNextBatch()).isTrue();
      assertThat(reader.getVectorSchemaRoot().getVector("n").getObject(1)).isEqualTo(2);
      assertThat(reader.loadNextBatch()).isTrue();
      assertThat(eval(main, "released")).isEqualTo("[('schema', True), ('array', True)]");
      assertThatThrownBy(reader::loadNextBatch)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the tape has run out");
    }
    assertThat(eval(main, "released[2:]")).isEqualTo("[('array', True), ('stream', True)]");
    try (PyObject batches = main.eval("Batches([7, 8])");
        VectorSchemaRoot root = Arrow.root(batches, allocator)) {
      assertThat(root.contentToTSVString()).isEqualTo("n\n7\n8\n");
    }
  }

  @Test
  @DisplayName("an interpreter does not end while Java has its data, and says what holds it")
  void dataHoldTheirInterpreter() {
    Interpreter sub = PythonUnderTest.python().newInterpreter(InterpreterOptions.shared());
    sub.exec(PRODUCER);
    IntVector vector;
    try (PyObject numbers = sub.eval("Numbers(1, 2, 3)")) {
      vector = (IntVector) Arrow.vector(numbers, allocator);
    }
    AtomicReference<Throwable> refused = new AtomicReference<>();
    Thread closer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                sub.close(Duration.ofMillis(200));
              } catch (InterpreterBusyException e) {
                refused.set(e);
              }
            });
    join(closer);
    assertThat(refused.get()).isInstanceOf(InterpreterBusyException.class);
    assertThat(vector.get(2)).isEqualTo(3);
    vector.close();
    sub.close();
    assertThat(sub.isAlive()).isFalse();
  }

  @Test
  @DisplayName("after its interpreter's end a reader fails clearly, and closes")
  void readerOutlives() throws IOException {
    Interpreter sub = PythonUnderTest.python().newInterpreter(InterpreterOptions.shared());
    sub.exec(PRODUCER);
    PyObject batches = sub.eval("Batches([1, 2], [3])");
    ArrowReader reader = Arrow.reader(batches, allocator);
    assertThat(reader.getVectorSchemaRoot().getRowCount()).isZero();
    sub.close();
    assertThatThrownBy(reader::loadNextBatch)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has ended");
    reader.close();
    assertThatThrownBy(() -> Arrow.reader(batches, allocator))
        .isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @DisplayName(
      "Java's data that an interpreter had are let go at its end; some cannot be given then")
  void interpreterEnds() {
    Schema schema = new Schema(List.of(Field.nullable("n", new ArrowType.Int(32, true))));
    try (IntVector vector = vector();
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
      for (InterpreterOptions options :
          List.of(InterpreterOptions.shared(), InterpreterOptions.isolated())) {
        long before = allocator.getAllocatedMemory();
        Interpreter sub = PythonUnderTest.python().newInterpreter(options);
        try (PyObject main = sub.importModule("__main__")) {
          main.setAttr("kept", Arrow.toPython(sub, allocator, vector));
          main.setAttr("batch", Arrow.toPython(sub, allocator, root));
        }
        sub.exec("capsules = kept.__arrow_c_array__(), batch.__arrow_c_stream__()");
        sub.exec("import sys; sys.cycle = [capsules]; sys.cycle.append(sys.cycle)");
        assertThat(allocator.getAllocatedMemory()).isGreaterThan(before);
        sub.close();
        assertThat(allocator.getAllocatedMemory()).isEqualTo(before);
        assertThatThrownBy(() -> Arrow.toPython(sub, allocator, vector))
            .isInstanceOf(InterpreterClosedException.class);
        assertThat(allocator.getAllocatedMemory()).isEqualTo(before);
      }
    }
  }

  @Test
  @DisplayName("what is in a capsule is taken once, and another capsule is refused")
  void wrongCapsules() {
    Interpreter main = PythonUnderTest.main();
    main.exec(
        """
        class Again:
            def __init__(self, numbers):
                self.pair = numbers.__arrow_c_array__()
            def __arrow_c_array__(self, requested_schema=None):
                return self.pair

        class Wrong:
            def __arrow_c_array__(self, requested_schema=None):
                return 1, 2
        """);
    try (PyObject again = main.eval("Again(Numbers(1, 2, 3))");
        IntVector first = (IntVector) Arrow.vector(again, allocator)) {
      assertThat(first.get(0)).isEqualTo(1);
      assertThatThrownBy(() -> Arrow.vector(again, allocator))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("taken already");
    }
    try (PyObject wrong = main.eval("Wrong()")) {
      assertThatThrownBy(() -> Arrow.vector(wrong, allocator))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no capsule");
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
