package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PyReadableFile;
import dev.vivarium.PyWritableFile;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Java's streams as Python files, and Python's files as Java channels to write to. */
@ExtendWith(PythonUnderTest.class)
final class JavaFilesTest {

  private static final String TEXT = "name;number\r\nZürich;1\r\n\"two\nlines\";2\r\n😀;3\r\n";

  private static Interpreter main() {
    return PythonUnderTest.main();
  }

  private static void define(String name, PyObject value) {
    PythonUnderTest.define(main(), name, value);
    value.close();
  }

  private static byte[] data(int size) {
    byte[] data = new byte[size];
    for (int i = 0; i < size; i++) {
      data[i] = (byte) (i * 31L % 251);
    }
    return data;
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  @DisplayName("csv, json, gzip and io read Java's streams, with few calls")
  void reading() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    byte[] data = data(1_000_000);
    define(
        "f",
        main()
            .file(
                new FilterInputStream(new ByteArrayInputStream(data)) {
                  @Override
                  public int read(byte[] into, int offset, int length) throws IOException {
                    calls.incrementAndGet();
                    return super.read(into, offset, length);
                  }
                }));
    main().exec("first = f.read(10)\nrest = f.read()\nassert f.read() == b''\nf.close()");
    main().exec("assert first + rest == bytes(i * 31 % 251 for i in range(1_000_000))");
    assertThat(calls.get()).isLessThan(40);

    define("f", main().file(stream(TEXT)));
    main()
        .exec(
            "import csv, io\nrows = list(csv.reader(io.TextIOWrapper(f, 'utf-8', newline=''), delimiter=';'))");
    assertThat(main().eval("rows").toString())
        .isEqualTo("[['name', 'number'], ['Zürich', '1'], ['two\\nlines', '2'], ['😀', '3']]");
    define("f", main().file(stream("{\"a\": [1, 2.5]}")));
    assertThat(main().eval("__import__('json').load(f)").toString()).isEqualTo("{'a': [1, 2.5]}");
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(data);
    }
    define("f", main().file(new ByteArrayInputStream(packed.toByteArray())));
    main().exec("assert __import__('gzip').open(f).read() == first + rest");
  }

  @Test
  @DisplayName("gzip and print write to Java's streams; flush and close arrive")
  void writing() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    boolean[] closed = new boolean[1];
    define(
        "f",
        main()
            .file(
                new OutputStream() {
                  @Override
                  public void write(int b) {
                    packed.write(b);
                  }

                  @Override
                  public void write(byte[] from, int offset, int length) {
                    packed.write(from, offset, length);
                  }

                  @Override
                  public void close() {
                    closed[0] = true;
                  }
                }));
    main().exec("import gzip\nwith gzip.open(f, 'wb') as z: z.write(bytes(range(256)) * 1000)");
    assertThat(closed[0]).isFalse(); // gzip does not close what it was given
    main().exec("f.close()");
    assertThat(closed[0]).isTrue();
    byte[] all = new GZIPInputStream(new ByteArrayInputStream(packed.toByteArray())).readAllBytes();
    assertThat(all).hasSize(256_000);
    assertThat(all[255_999]).isEqualTo((byte) 255);
    assertThatThrownBy(() -> main().exec("f.write(b'x')")).hasMessageContaining("closed file");

    StringWriter text = new StringWriter();
    define("t", main().file(text));
    main().exec("print('Zürich', '😀', file=t)\nt.write('\\n\\r\\n')\nt.flush()");
    assertThat(text.toString()).isEqualTo("Zürich 😀\n\n\r\n");
    ByteArrayOutputStream latin = new ByteArrayOutputStream();
    define("t", main().file(new OutputStreamWriter(latin, StandardCharsets.ISO_8859_1)));
    main().exec("import csv\ncsv.writer(t).writerow(['Zürich', 1])\nt.close()");
    assertThat(latin.toString(StandardCharsets.ISO_8859_1)).isEqualTo("Zürich,1\r\n");
  }

  @Test
  @DisplayName("csv reads a Java reader, its line ends as they are")
  void readers() {
    define("r", main().file(new StringReader(TEXT)));
    main().exec("import csv\nrows = list(csv.reader(r, delimiter=';'))");
    assertThat(main().eval("rows[2:]").toString()).isEqualTo("[['two\\nlines', '2'], ['😀', '3']]");
    String line = "x".repeat(30_000) + "😀\n";
    define("r", main().file(new StringReader(line.repeat(20))));
    main()
        .exec("lines = list(r)\nassert len(lines) == 20\nassert set(map(len, lines)) == {30_002}");
  }

  @Test
  @DisplayName("zipfile and struct seek in a Java channel, read and write it")
  void channels(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("archive.zip");
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    define("f", main().file(channel));
    main()
        .exec(
            "import zipfile\nwith zipfile.ZipFile(f, 'w') as z: z.writestr('in', b'x' * 100_000)");
    main().exec("f.seek(0)\nwith zipfile.ZipFile(f) as z: assert z.read('in') == b'x' * 100_000");
    main().exec("assert f.seek(-3, 2) == f.tell()\nf.truncate(10)\nf.close()");
    assertThat(channel.isOpen()).isFalse();
    assertThat(Files.size(file)).isEqualTo(10);
    try (FileChannel read = FileChannel.open(file)) {
      define("f", main().file(read));
      assertThat(main().eval("f.readable(), f.writable(), f.seekable()").toString())
          .isEqualTo("(True, False, True)");
      assertThatThrownBy(() -> main().exec("f.write(b'x')")).isInstanceOf(PythonException.class);
      assertThatThrownBy(() -> main().exec("f.raw.seek(-1)")).hasMessageContaining("OSError");
      main().exec("f.close()");
    }
    try (PyReadableFile python = PyReadableFile.of(main().eval("io.BytesIO(b'abc')"))) {
      define("f", main().file(python)); // there and back
      assertThat(main().eval("f.read()").toString()).isEqualTo("b'abc'");
    }
  }

  @Test
  @DisplayName("An IOException is an OSError with its cause; other exceptions come as they are")
  void failures() {
    IOException broken = new IOException("pulled the plug");
    define(
        "f",
        main()
            .file(
                new InputStream() {
                  @Override
                  public int read() throws IOException {
                    throw broken;
                  }
                }));
    main().exec("try: f.read()\nexcept OSError as e: caught = e");
    assertThat(main().eval("str(caught)").asString()).contains("pulled the plug");
    assertThatThrownBy(() -> main().exec("raise caught.__cause__")).isSameAs(broken);
    main().exec("del caught");
    define(
        "f",
        main()
            .file(
                new InputStream() {
                  private int left = 200_000;

                  @Override
                  public int read() throws IOException {
                    if (left-- == 0) {
                      throw broken;
                    }
                    return left % 10 == 0 ? '\n' : 'x';
                  }

                  @Override
                  public int read(byte[] into, int offset, int length) throws IOException {
                    int count = Math.min(length, left);
                    for (int i = 0; i < Math.max(1, count); i++) {
                      into[offset + i] = (byte) read();
                    }
                    return count;
                  }
                }));
    main()
        .exec(
            """
            import csv, io
            rows = []
            try:
                for row in csv.reader(io.TextIOWrapper(f, 'ascii')):
                    rows.append(row)
            except OSError as e:
                caught = e
            """);
    assertThat(main().eval("len(rows) > 19_000 and rows[-1] == ['x' * 9]").asBoolean()).isTrue();
    assertThatThrownBy(() -> main().exec("raise caught.__cause__")).isSameAs(broken);
    IllegalStateException bug = new IllegalStateException("a bug");
    define(
        "f",
        main()
            .file(
                new InputStream() {
                  @Override
                  public int read() {
                    throw bug;
                  }
                }));
    assertThatThrownBy(() -> main().exec("f.read()")).isSameAs(bug);
    define("t", main().file(new StringReader("abc")));
    assertThatThrownBy(() -> main().exec("t.write('x')"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("UnsupportedOperation");
  }

  @Test
  @DisplayName("While Java blocks, other threads run Python")
  void blocking() throws Exception {
    PipedInputStream in = new PipedInputStream();
    PipedOutputStream out = new PipedOutputStream(in);
    CountDownLatch begun = new CountDownLatch(1);
    PyObject file =
        main()
            .file(
                new FilterInputStream(in) {
                  @Override
                  public int read(byte[] into, int offset, int length) throws IOException {
                    begun.countDown();
                    return super.read(into, offset, length);
                  }
                });
    Future<Void> reader =
        Together.start(
            "reads", () -> assertThat(file.callMethod("read", 3).toString()).isEqualTo("b'abc'"));
    Await.latch(begun);
    assertThat(main().eval("1 + 1").asInt()).isEqualTo(2);
    out.write("abc".getBytes(StandardCharsets.UTF_8));
    out.flush();
    Await.done(reader);
    out.close();
    file.close();
  }

  @Test
  @DisplayName("Interpreters with a GIL of their own have such files too")
  void interpreters() throws IOException {
    for (Interpreter sub : List.of(PythonUnderTest.ownGil(), PythonUnderTest.sharedGil())) {
      StringWriter out = new StringWriter();
      try (sub) {
        PythonUnderTest.define(sub, "f", sub.file(stream("a\nb\n")));
        PythonUnderTest.define(sub, "w", sub.file(out));
        sub.exec("for line in f: w.write(line.decode().upper())\nw.close()");
      }
      assertThat(out.toString()).isEqualTo("A\nB\n");
    }
  }

  @Test
  @DisplayName("A Python file as a Java stream to write to, from any thread, until the end")
  void pythonFiles() throws Exception {
    main()
        .exec("import io, gzip\nto = io.BytesIO()\npacked = gzip.GzipFile(fileobj=to, mode='wb')");
    byte[] data = data(3_000_000);
    try (PyWritableFile file = PyWritableFile.of(main().eval("packed"));
        OutputStream out = file.outputStream()) {
      out.write(data, 0, 1_000_000);
      Together.elsewhere(() -> out.write(data, 1_000_000, 1_999_999));
      file.write(ByteBuffer.wrap(data, data.length - 1, 1));
      out.flush();
    }
    PythonUnderTest.define(main(), "expected", data);
    main().exec("assert gzip.decompress(to.getvalue()) == bytes(expected)");

    Interpreter sub = PythonUnderTest.ownGil();
    PyWritableFile file = PyWritableFile.of(sub.eval("__import__('io').BytesIO()"));
    sub.close();
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has ended");
    file.close();
    assertThatThrownBy(file::flush).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  @DisplayName("Python files that take text, part of it, nothing or lie are told apart")
  void badPythonFiles() throws IOException {
    main()
        .exec(
            """
            import io
            class Answers:
                def __init__(self, answer):
                    self.answer = answer
                    self.got = b''
                def write(self, data):
                    if callable(self.answer):
                        data = data[:self.answer(len(data))]
                        self.got += bytes(data)
                        return len(data)
                    return self.answer
            slow = Answers(lambda n: min(n, 3))
            """);
    try (PyWritableFile slow = PyWritableFile.of(main().eval("slow"))) {
      slow.write(ByteBuffer.wrap("abcdefgh".getBytes(StandardCharsets.UTF_8)));
      assertThat(main().eval("slow.got").toString()).isEqualTo("b'abcdefgh'");
    }
    for (String bad :
        List.of("io.StringIO()", "Answers(None)", "Answers(99)", "Answers(0)", "Answers('x')")) {
      PyWritableFile file = PyWritableFile.of(main().eval(bad));
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(4)))
          .as(bad)
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(PythonException.class);
    }
    assertThatThrownBy(() -> PyWritableFile.of(main().eval("3")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a file to write to");
  }
}
