package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PyReadableFile;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class ReadableFilesTest {

  private static final int SIZE = 3_000_000; // more than one read may give
  private static final String FILES =
      """
      import gzip, io, tempfile, zipfile
      data = bytes(i * 7 %% 251 for i in range(%d))
      packed = gzip.compress(data, 1)
      archive = io.BytesIO()
      with zipfile.ZipFile(archive, 'w') as z:
          z.writestr('inside', data)
      class OnlyRead:
          def __init__(self):
              self.inner = io.BytesIO(data)
          def read(self, n):
              return self.inner.read(min(n, 100_000))
      class Raw(io.RawIOBase):
          def __init__(self):
              self.inner = io.BytesIO(data)
          def readable(self):
              return True
          def readinto(self, b):
              return self.inner.readinto(memoryview(b)[:70_000])
      def on_disk():
          file = tempfile.TemporaryFile()
          file.write(data)
          file.seek(0)
          return file
      """
          .formatted(SIZE);

  private static byte[] data() {
    byte[] data = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) {
      data[i] = (byte) (i * 7L % 251);
    }
    return data;
  }

  private static PyReadableFile file(Interpreter one, String expression) {
    return PyReadableFile.of(one.eval(expression));
  }

  @Test
  @Tag("C3")
  @DisplayName(
      "A Java object that reads from a Python file object: any thread may read; it keeps no"
          + " interpreter alive; after the end, reads fail with an IOException")
  void anyThreadUntilTheEnd() throws Exception {
    byte[] data = data();
    Interpreter sub = PythonUnderTest.ownGil();
    // No gzip here: used in an own-GIL interpreter of 3.12.1 before main has, it ends the process
    sub.exec("import io\ndata = bytes(i * 7 % 251 for i in range(" + SIZE + "))");
    PyReadableFile file = file(sub, "io.BytesIO(data)");
    Callable<Void> reads =
        () -> {
          byte[] part = new byte[5000];
          for (int at = 0; at < SIZE - part.length; at += 100_003) {
            assertThat(file.readAt(at, MemorySegment.ofArray(part))).isEqualTo(part.length);
            assertThat(part).isEqualTo(Arrays.copyOfRange(data, at, at + part.length));
          }
          return null;
        };
    Together.run(4, i -> reads.call());
    Thread[] virtual = new Thread[8];
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    for (int i = 0; i < virtual.length; i++) {
      virtual[i] =
          Thread.startVirtualThread(() -> {
            Throwable thrown = catchThrowable(reads::call);
            if (thrown != null) {
              failures.add(thrown);
            }
          });
    }
    for (Thread thread : virtual) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    try (ThreadState main = ThreadState.ensure(PythonUnderTest.main().view())) {
      reads.call(); // attached to another interpreter
      assertThat(PythonUnderTest.main().eval("1").asInt()).isEqualTo(1);
    }
    sub.close();
    assertThat(file.isOpen()).isTrue();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(ClosedChannelException.class)
          .hasMessageContaining("has ended");
    }
    assertThatThrownBy(() -> file.inputStream().read()).isInstanceOf(IOException.class);
    assertThatThrownBy(file::size).isInstanceOf(IOException.class);
    file.close();
    assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  @Tag("C3")
  @DisplayName("… whatever the file is, its bytes come through, in order and by position")
  void everyKind() throws Exception {
    byte[] data = data();
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      for (Interpreter one : List.of(PythonUnderTest.main(), sub)) {
        one.exec(FILES);
        for (String expression :
            List.of(
                "io.BytesIO(data)",
                "on_disk()",
                "gzip.GzipFile(fileobj=io.BytesIO(packed))",
                "zipfile.ZipFile(archive).open('inside')",
                "Raw()",
                "OnlyRead()")) {
          try (PyReadableFile file = file(one, expression)) {
            assertThat(file.inputStream().readAllBytes()).as(expression).isEqualTo(data);
            assertThat(file.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(file.read(ByteBuffer.allocate(0))).isZero();
          }
        }
        for (String seekable : List.of("io.BytesIO(data)", "on_disk()")) {
          try (PyReadableFile file = file(one, seekable);
              Arena arena = Arena.ofConfined()) {
            assertThat(file.size()).isEqualTo(SIZE);
            assertThat(file.position(10).position()).isEqualTo(10);
            ByteBuffer direct = ByteBuffer.allocateDirect(4);
            assertThat(file.read(1000, direct)).isEqualTo(4);
            assertThat(direct.get(0)).isEqualTo(data[1000]);
            MemorySegment all = arena.allocate(SIZE + 5);
            assertThat(file.readAt(0, all)).isEqualTo(SIZE);
            assertThat(all.asSlice(0, SIZE).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(data);
            assertThat(file.readAt(SIZE, all)).isZero();
            assertThat(file.read(SIZE + 1, ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(file.position()).as("its own position").isEqualTo(10);
          }
        }
        try (PyReadableFile file = file(one, "OnlyRead()")) {
          assertThatThrownBy(() -> file.read(5, ByteBuffer.allocate(1)))
              .isInstanceOf(IOException.class);
          assertThatThrownBy(file::size).isInstanceOf(IOException.class);
        }
      }
    }
  }

  @Test
  @Tag("C3")
  @DisplayName("… and a file that misbehaves is an IOException that says how")
  void misbehaving() throws Exception {
    Interpreter main = PythonUnderTest.main();
    main.exec(
        """
        import io
        class File:
            def __init__(self, read=None, readinto=None):
                if read: self.read = read
                if readinto: self.readinto = readinto
        kept = []
        def keeps(buffer):
            kept.append(memoryview(buffer))
            buffer[:1] = b'x'
            return 1
        def fails(n): raise OSError(5, 'on fire')
        """);
    String[][] cases = {
      {"io.StringIO('text')", "binary mode"},
      {"File(read=lambda n: None)", "non-blocking"},
      {"File(readinto=lambda b: None)", "non-blocking"},
      {"File(read=lambda n: 5)", "not bytes"},
      {"File(read=lambda n: bytes(n + 1))", "returned 9 bytes"},
      {"File(readinto=lambda b: len(b) + 1)", "returned 9"},
      {"File(readinto=lambda b: -1)", "returned -1"},
      {"File(readinto=lambda b: 'text')", "returned 'text'"},
      {"File(read=fails)", "on fire"},
    };
    for (String[] one : cases) {
      try (PyReadableFile file = file(main, one[0])) {
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(8)))
            .as(one[0])
            .isInstanceOf(IOException.class)
            .hasMessageContaining(one[1])
            .hasCauseInstanceOf(PythonException.class);
      }
    }
    try (PyReadableFile file = file(main, "File(readinto=keeps)")) {
      ByteBuffer one = ByteBuffer.allocate(8);
      assertThat(file.read(one)).isEqualTo(1);
      main.exec("kept[0][:] = b'y' * 8"); // its memory is Python's, and not ours
      assertThat(one.array()).startsWith((byte) 'x', (byte) 0);
    }
    IOException thrown = new IOException("of Java's");
    PyObject type = main.eval("File");
    PyReadableFile throwing =
        PyReadableFile.of(
            type.callKw(
                Map.of(
                    "read",
                    (LongFunction<Object>)
                        n -> {
                          throw sneaky(thrown);
                        })));
    assertThatThrownBy(() -> throwing.read(ByteBuffer.allocate(8))).isSameAs(thrown);
    assertThatThrownBy(() -> file(main, "5")).isInstanceOf(IllegalArgumentException.class);
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }
}
