package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Memory of Python objects as Java sees it: {@link PyBuffer}. */
@ExtendWith(PythonUnderTest.class)
final class BuffersTest {

  private static Interpreter main() {
    return PythonUnderTest.main();
  }

  private static PyBuffer buffer(String expression) {
    try (PyObject object = main().eval(expression)) {
      return PyBuffer.of(object);
    }
  }

  @Test
  @DisplayName(
      "bytes, bytearray, array, memoryview and mmap are seen without copying, with their format")
  void everyKind() {
    main().exec("import array, mmap\nmapped = mmap.mmap(-1, 8192)\nmapped[:3] = b'abc'");
    try (PyBuffer bytes = buffer("b'abc'")) {
      assertThat(bytes.isReadOnly()).isTrue();
      assertThat(bytes.format()).isEqualTo("B");
      assertThat(bytes.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly('a', 'b', 'c');
      assertThatThrownBy(() -> bytes.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("read-only");
      assertThat(bytes.byteBuffer().isReadOnly()).isTrue();
    }
    main().exec("from array import array\nnumbers = array('d', [1.5, 2.5, 3.5])");
    try (PyBuffer numbers = buffer("numbers")) {
      assertThat(numbers.format()).isEqualTo("d");
      assertThat(numbers.itemSize()).isEqualTo(8);
      assertThat(numbers.shape()).containsExactly(3);
      assertThat(numbers.strides()).containsExactly(8);
      assertThat(numbers.byteSize()).isEqualTo(24);
      assertThat(numbers.byteBuffer().order()).isEqualTo(ByteOrder.nativeOrder());
      assertThat(numbers.byteBuffer().asDoubleBuffer().get(2)).isEqualTo(3.5);
      numbers.segment().setAtIndex(ValueLayout.JAVA_DOUBLE, 1, -7);
      assertThat(main().eval("numbers[1]").asDouble()).isEqualTo(-7);
      main().exec("numbers[0] = 0.25");
      assertThat(numbers.segment().getAtIndex(ValueLayout.JAVA_DOUBLE, 0)).isEqualTo(0.25);
    }
    try (PyBuffer mapped = buffer("mapped")) {
      assertThat(mapped.segment().byteSize()).isEqualTo(8192);
      mapped.segment().set(ValueLayout.JAVA_BYTE, 8191, (byte) 'z');
      assertThat(main().eval("mapped[8191]").asInt()).isEqualTo('z');
    }
    main().exec("mapped.close()"); // which it refuses while there is a view
    try (PyBuffer cast = buffer("memoryview(bytearray(range(12))).cast('h', [2, 3])")) {
      assertThat(cast.dimensions()).isEqualTo(2);
      assertThat(cast.shape()).containsExactly(2, 3);
      assertThat(cast.strides()).containsExactly(6, 2);
      assertThat(cast.isContiguous()).isTrue();
      assertThat(cast.isFortranContiguous()).isFalse();
    }
    try (PyBuffer empty = buffer("b''");
        PyBuffer scalar = buffer("memoryview(bytearray(8)).cast('d', [])")) {
      assertThat(empty.segment().byteSize()).isZero();
      assertThat(scalar.dimensions()).isZero();
      assertThat(scalar.segment().byteSize()).isEqualTo(8);
    }
  }

  @Test
  @DisplayName(
      "While Java looks, a bytearray is not resized and a mmap not closed; afterwards it is")
  void heldWhileOpen() {
    main().exec("grows = bytearray(100)");
    PyBuffer buffer = buffer("grows");
    assertThatThrownBy(() -> main().exec("grows.extend(b'x' * 100000)"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("BufferError");
    buffer.close();
    buffer.close();
    main().exec("grows.extend(b'x' * 100000)");
    assertThat(buffer.isOpen()).isFalse();
    main().exec("import mmap\nm = mmap.mmap(-1, 4096)");
    try (PyBuffer mapped = buffer("m")) {
      assertThatThrownBy(() -> main().exec("m.close()")).hasMessageContaining("BufferError");
    }
    main().exec("m.close()");
  }

  @Test
  @DisplayName("A closed buffer throws at every use, and its memory is not read")
  void closedThrows() {
    PyBuffer buffer = buffer("bytearray(b'abc')");
    MemorySegment segment = buffer.segment();
    ByteBuffer bytes = buffer.byteBuffer();
    buffer.close();
    assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> bytes.get(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(buffer::segment)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this buffer has been closed");
    assertThatThrownBy(buffer::byteBuffer).isInstanceOf(IllegalStateException.class);
    assertThat(buffer.toString()).contains("closed");
  }

  @Test
  @DisplayName("What is not contiguous, not one piece or no buffer at all is refused and explained")
  void refused() {
    try (PyBuffer strided = buffer("memoryview(bytearray(range(10)))[::2]");
        PyBuffer backwards = buffer("memoryview(bytearray(range(10)))[::-1]")) {
      assertThat(strided.shape()).containsExactly(5);
      assertThat(strided.strides()).containsExactly(2);
      assertThat(backwards.strides()).containsExactly(-1);
      for (PyBuffer buffer : List.of(strided, backwards)) {
        assertThat(buffer.isContiguous()).isFalse();
        assertThatThrownBy(buffer::segment)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("not contiguous")
            .hasMessageContaining("tobytes()");
        assertThatThrownBy(buffer::byteBuffer).hasMessageContaining("not contiguous");
      }
    }
    assertThatThrownBy(() -> buffer("'text'"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("TypeError");
    main().exec("let_go = memoryview(b'abc')\nlet_go.release()");
    assertThatThrownBy(() -> buffer("let_go"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("released memoryview");
  }

  @Test
  @DisplayName("A buffer that its owner's memoryview has released stays valid until Java lets go")
  void survivesReleaseElsewhere() {
    main().exec("owner = bytearray(b'kept')\nshown = memoryview(owner)");
    try (PyBuffer buffer = buffer("shown")) {
      main().exec("shown.release()\ndel shown, owner\nimport gc\ngc.collect()");
      assertThat(buffer.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo("kept".getBytes());
    }
  }

  @Test
  @DisplayName("Any thread reads and closes; one that is attached elsewhere does not open")
  void anyThread() throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil()) {
      PyObject object = own.eval("bytearray(b'abc')");
      PyBuffer buffer = PyBuffer.of(object);
      Together.elsewhere(() -> {
        assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 2)).isEqualTo((byte) 'c');
      });
      try (ThreadState entered = ThreadState.ensure(main().view())) {
        assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'a');
        assertThatThrownBy(() -> PyBuffer.of(object)).isInstanceOf(WrongInterpreterException.class);
        buffer.close(); // the reference is given back by another thread
      }
      Await.until(
          "the bytearray lets itself be resized",
          () -> {
            try {
              object.callMethod("append", 1).close();
              return true;
            } catch (PythonException e) {
              return false;
            }
          });
      Thread virtual =
          Thread.startVirtualThread(() -> {
            try (PyBuffer here = PyBuffer.of(object)) {
              here.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 'v');
            }
          });
      virtual.join();
      assertThat(object.item(0).asInt()).isEqualTo('v');
    }
  }

  @Test
  @DisplayName("The interpreter's end closes what Java looks at, in each kind of interpreter")
  void endCloses() {
    for (Interpreter sub : List.of(PythonUnderTest.ownGil(), PythonUnderTest.sharedGil())) {
      PyBuffer buffer = PyBuffer.of(sub.eval("bytearray(b'abc' * 1000)"));
      MemorySegment segment = buffer.segment();
      assertThat(segment.get(ValueLayout.JAVA_BYTE, 2999)).isEqualTo((byte) 'c');
      sub.close();
      assertThat(buffer.isOpen()).isFalse();
      assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(buffer::segment).isInstanceOf(InterpreterClosedException.class);
      assertThat(buffer.shape()).containsExactly(3000);
      buffer.close();
    }
  }

  @Test
  @DisplayName(
      "A thread that reads in a loop while the interpreter ends gets an exception, and no crash")
  void readingWhileItEnds() throws Exception {
    for (int round = 0; round < 5; round++) {
      Interpreter sub = PythonUnderTest.ownGil();
      PyBuffer buffer = PyBuffer.of(sub.eval("bytearray(1 << 20)"));
      MemorySegment segment = buffer.segment();
      CountDownLatch reading = new CountDownLatch(2);
      Runnable reads =
          () -> {
            reading.countDown();
            for (long sum = 0; sum >= 0; ) {
              sum += segment.get(ValueLayout.JAVA_BYTE, sum % segment.byteSize());
            }
          };
      Future<Void> one = Together.start("reads-1", reads::run);
      Future<Void> two = Together.start("reads-2", reads::run);
      Await.latch(reading);
      sub.close();
      for (Future<Void> reader : List.of(one, two)) {
        assertThatThrownBy(() -> Await.done(reader)).isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  @DisplayName("A finalizer that opens a buffer during the end is refused")
  void refusedDuringTheEnd() {
    Interpreter sub = PythonUnderTest.ownGil();
    String[] said = new String[1];
    PythonUnderTest.define(
        sub,
        "java",
        (java.util.function.Consumer<PyObject>)
            object -> {
              try (PyBuffer buffer = PyBuffer.of(object)) {
                said[0] = "opened " + buffer;
              } catch (IllegalStateException e) {
                said[0] = e.getClass().getSimpleName();
              }
            });
    // An object of the interpreter's own modules goes when those do, past all atexit functions
    sub.exec(
        """
        import sys
        class Last:
            def __init__(self, java):
                self.java = java
                self.data = memoryview(bytearray(3))
            def __del__(self):
                self.java(self.data)
        sys.last_of_all = Last(java)
        del java
        """);
    sub.close();
    assertThat(said[0]).isEqualTo("InterpreterClosedException");
  }

  @Test
  @DisplayName("Unclosed, it is given back when neither it nor a segment of it is in use")
  void collected() {
    main().exec("class Watched(bytearray): pass\nimport weakref\nwatched = Watched(b'abc')");
    main().exec("gone = weakref.ref(watched)");
    MemorySegment[] segment = {buffer("watched").segment().asSlice(1)};
    main().exec("del watched");
    for (int i = 0; i < 10; i++) {
      System.gc();
      assertThat(main().eval("gone() is not None").asBoolean()).isTrue();
      assertThat(segment[0].get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'b');
    }
    segment[0] = null;
    Await.until(
        "the bytearray is gone",
        () -> {
          System.gc();
          return main().eval("gone() is None").asBoolean();
        });
  }

  @Test
  @DisplayName("Closing is refused while a native call uses the memory, and works afterwards")
  void closeDuringANativeCall() throws Throwable {
    PyBuffer buffer = buffer("bytearray(b'abc')");
    MemorySegment segment = buffer.segment();
    NativeUse.during(
        segment,
        () ->
            assertThatThrownBy(buffer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("while a native call"));
    assertThat(buffer.isOpen()).isTrue();
    assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'a');
    buffer.close();
    assertThat(buffer.isOpen()).isFalse();
  }

  @Test
  @DisplayName("The interpreter's end waits for a native call that uses its memory")
  void endDuringANativeCall() throws Exception {
    Interpreter sub = PythonUnderTest.ownGil();
    PyBuffer buffer = PyBuffer.of(sub.eval("bytearray(b'abc')"));
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    Future<Void> user =
        Together.start(
            "uses",
            () ->
                NativeUse.during(
                    buffer.segment(),
                    () -> {
                      inside.countDown();
                      Await.latch(leave);
                      assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 1))
                          .isEqualTo((byte) 'b');
                    }));
    Await.latch(inside);
    int said = Logged.with("uses memory of it").size();
    Future<Void> closing = Together.start("closes", sub::close);
    Await.until("it is said", () -> Logged.with("uses memory of it").size() > said);
    assertThat(closing.isDone()).isFalse();
    leave.countDown();
    Await.done(user);
    Await.done(closing);
    assertThat(buffer.isOpen()).isFalse();
  }

  @Test
  @DisplayName("Exports and releases from 8 threads leave memory as it was")
  void flat() {
    // A heap that is all there from the beginning, so that what grows is not Java's
    List<String> heap = List.of("-Xms192m", "-Xmx192m", "-XX:+AlwaysPreTouch");
    ChildJvm.start(Duration.ofMinutes(20), heap, Flat.class).await().expect(0).expectOut("flat");
  }

  /** The full count is 10 million: {@code -Dvivarium.test.exports=10000000}. */
  static final class Flat implements Scenario {

    @Override
    public void run(String... arguments) throws Exception {
      long all = Long.getLong("vivarium.test.exports", 200_000);
      try (Python python = PythonUnderTest.start()) {
        Interpreter main = python.main();
        // 3.13 without a GIL counts a bytearray's exports without a lock, and loses some by itself
        boolean counts = !PythonUnderTest.version().endsWith("t");
        main.exec("import sys\nshared = " + (counts ? "bytearray(64)" : "bytes(64)"));
        main.exec("times = sys.getrefcount(shared)");
        PyObject shared = main.eval("shared");
        openAndClose(shared, 100_000);
        long before = residentBytes();
        openAndClose(shared, all);
        long grown = residentBytes() - before;
        assertThat(grown).isLessThan(48L << 20);
        shared.close();
        Await.until(
            "all references are given back",
            () -> {
              System.gc();
              return main.eval("sys.getrefcount(shared) == times").asBoolean();
            });
        if (counts) {
          main.exec("shared.append(1)"); // and no export is left
        }
        System.out.println("flat: " + grown / 1024 + " KiB after " + all);
      }
    }

    private static long residentBytes() throws IOException {
      System.gc();
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElseThrow();
    }

    // Some for any thread, which is dear, and of both kinds some left to the garbage collector
    private static void openAndClose(PyObject shared, long times) throws Exception {
      Together.run(
          8,
          thread -> {
            for (long i = 0; i < times / 8; i++) {
              PyBuffer buffer = i % 256 == 0 ? PyBuffer.of(shared) : PyBuffer.confined(shared);
              buffer.segment().get(ValueLayout.JAVA_BYTE, i % 64);
              if (i % 512 > 1) {
                buffer.close();
              }
            }
          });
    }
  }

  @Test
  @DisplayName(
      "A confined buffer is its thread's alone, and holds the interpreter open until closed")
  void confined() throws Exception {
    Interpreter sub = PythonUnderTest.ownGil();
    PyBuffer buffer = PyBuffer.confined(sub.eval("bytearray(b'abc')"));
    assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 1)).isEqualTo((byte) 'b');
    Together.elsewhere(() -> {
      assertThatThrownBy(() -> buffer.segment().get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(WrongThreadException.class);
      assertThatThrownBy(buffer::close).isInstanceOf(WrongThreadException.class);
      assertThatThrownBy(() -> sub.close(Duration.ofMillis(50)))
          .isInstanceOf(InterpreterBusyException.class);
    });
    assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 2)).isEqualTo((byte) 'c');
    buffer.close();
    buffer.close();
    // One that its thread has forgotten holds it until it is collected
    Together.elsewhere(() -> {
      assertThat(PyBuffer.confined(sub.eval("bytearray(9)")).isOpen()).isTrue();
    });
    Await.until(
        "the interpreter ends",
        () -> {
          System.gc();
          try {
            sub.close(Duration.ofMillis(50));
            return true;
          } catch (InterpreterBusyException e) {
            return false;
          }
        });
    assertThat(buffer.isOpen()).isFalse();
  }

  @Test
  @DisplayName("A segment of more than 2 GB is one segment; a ByteBuffer of it is refused")
  void beyondInt() {
    main().exec("import mmap\nlarge = mmap.mmap(-1, (1 << 31) + 4096)");
    try (PyBuffer large = buffer("large")) {
      large.segment().set(ValueLayout.JAVA_BYTE, 1L << 31, (byte) 9);
      assertThat(main().eval("large[1 << 31]").asInt()).isEqualTo(9);
      assertThatThrownBy(large::byteBuffer)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("2 GB");
    }
    main().exec("large.close()");
  }
}
