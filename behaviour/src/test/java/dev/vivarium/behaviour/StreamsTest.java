package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class StreamsTest {

  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** Prints in all ways there are, at all times there are; no line is ended that need not be. */
  private static final String TALK =
      """
      import atexit, sys
      print('a line')
      print('half a line', end='; ')
      sys.stdout.write('written; ')
      sys.stdout.flush()
      sys.stdout.buffer.write('bytes \\u2192; '.encode())
      sys.stderr.write('error; ')
      class Last:
          def __del__(self, print=print, sys=sys):
              print('deleted', end='.')
              print('deleted', end='.', file=sys.stderr)
      atexit.register(lambda: print('atexit', end='; '))
      last = Last()
      """;

  /** What a C extension's mistake comes to. */
  private static final String LEAK =
      """
      import sys
      try:
          import ctypes
          ctypes.pythonapi.Py_IncRef(ctypes.py_object(sys.stdout))
      except ImportError:
          pass
      """;

  private static final String TALKED =
      "a line\nhalf a line; written; bytes \u2192; atexit; deleted.";

  /** What arrives, call by call. */
  private static final class Calls extends Writer {
    private final List<String> calls = new ArrayList<>();

    @Override
    public synchronized void write(char[] text, int from, int count) {
      calls.add(new String(text, from, count));
    }

    @Override
    public void flush() {
      // Nothing is kept
    }

    @Override
    public void close() {
      calls.add("closed");
    }
  }

  /** Waits in each call until it is let go on. */
  private static final class Waiting extends Writer {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @Override
    public void write(char[] text, int from, int count) throws IOException {
      reached.countDown();
      try {
        if (!go.await(60, TimeUnit.SECONDS)) {
          throw new IOException("nobody has let it go on");
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void flush() {
      // Nothing is kept
    }

    @Override
    public void close() {
      // Nothing is open
    }
  }

  private static Interpreter with(InterpreterOptions options) {
    return PythonUnderTest.python().newInterpreter(options);
  }

  @Test
  @Tag("S3")
  @DisplayName(
      "Python text output goes where it is told to, to Java per interpreter, and nothing is lost at"
          + " the end")
  void toJavaPerInterpreter() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    StringWriter other = new StringWriter();
    try (Interpreter own = with(InterpreterOptions.isolated().stdout(out).stderr(err));
        Interpreter shared = with(InterpreterOptions.shared().stdout(other).stderr(other))) {
      own.exec(TALK);
      assertThat(out.toString()).isEqualTo("a line\nhalf a line; written; ");
      shared.exec(
          "import sys; print('here'); print('there', file=sys.stderr); print('end', end='')");
      own.exec("sys.stdout.flush()");
      assertThat(out.toString()).isEqualTo("a line\nhalf a line; written; bytes \u2192; ");
    }
    assertThat(out.toString()).isEqualTo(TALKED);
    assertThat(err.toString()).isEqualTo("error; deleted.");
    assertThat(other.toString()).isEqualTo("here\nthere\nend");
  }

  @Test
  @Tag("S3")
  @DisplayName("… a line is one call, whatever it is put together from, and so is a large text")
  void callsAreFew() {
    Calls calls = new Calls();
    try (Interpreter sub = with(InterpreterOptions.isolated().stdout(calls))) {
      sub.exec(
          """
          import sys
          print(*range(100), sep=', ')
          sys.stdout.writelines(['a', 'b', 'c\\n'])
          sys.stdout.write('x' * 1_000_000)
          sys.stdout.flush()
          sys.stdout.flush()
          sys.stdout.reconfigure(line_buffering=False)
          for i in range(1000): print('row')
          sys.stdout.close()
          """);
    }
    assertThat(calls.calls.subList(0, 3))
        .containsExactly(
            String.join(", ", IntStream.range(0, 100).mapToObj(Integer::toString).toList()) + "\n",
            "abc\n",
            "x".repeat(1_000_000));
    assertThat(calls.calls.subList(3, calls.calls.size())).hasSizeLessThan(4);
    assertThat(String.join("", calls.calls.subList(3, calls.calls.size())))
        .isEqualTo("row\n".repeat(1000));
  }

  @Test
  @Tag("S3")
  @DisplayName("… all of Unicode comes through; what is no text comes with backslashes")
  void unicode() {
    StringBuilder all = new StringBuilder();
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
        all.appendCodePoint(point);
      }
    }
    StringWriter out = new StringWriter();
    StringReader in = new StringReader(all + "\uD83D\uDE00\uDC80");
    try (Interpreter sub = with(InterpreterOptions.isolated().stdout(out).stdin(in))) {
      sub.exec(
          """
          import sys
          everything = ''.join(chr(i) for i in range(0x110000) if not 0xD800 <= i <= 0xDFFF)
          sys.stdout.write(everything)
          sys.stdout.write('\\udc80')
          sys.stdout.flush()
          for byte in '\\u2192'.encode():
              sys.stdout.buffer.raw.write(bytes([byte]))
          sys.stdout.buffer.write(b'\\xff\\xe2\\x86')
          sys.stdin.reconfigure(newline='')
          read = sys.stdin.read()
          assert read == everything + '\\U0001f600\\udc80', ascii(read[-5:])
          """);
    }
    String written = out.toString(); // compared by hand, since a message would be a million long
    assertThat(written.startsWith(all.toString())).isTrue();
    assertThat(written.substring(all.length())).isEqualTo("\\udc80\u2192\\xff\\xe2\\x86");
  }

  @Test
  @Tag("S3")
  @DisplayName("… input() and sys.stdin read from Java, line by line as it comes")
  void input() {
    StringWriter out = new StringWriter();
    // Gives a line at a time, as a terminal does
    Reader in =
        new Reader() {
          private final List<String> lines =
              new ArrayList<>(List.of("Ada\n", "one\r\n", "two\n", "\u00fcber\n", "rest"));

          @Override
          public int read(char[] into, int from, int count) {
            if (lines.isEmpty()) {
              return -1;
            }
            String line = lines.removeFirst();
            line.getChars(0, line.length(), into, from);
            return line.length();
          }

          @Override
          public void close() {
            throw new AssertionError("nobody may close it");
          }
        };
    try (Interpreter sub = with(InterpreterOptions.shared().stdout(out).stdin(in))) {
      sub.exec(
          """
          import sys
          assert input('name? ') == 'Ada'
          assert sys.stdin.readline() == 'one\\n'
          assert next(sys.stdin) == 'two\\n'
          assert sys.stdin.read() == '\\u00fcberrest'.replace('r', 'r\\n', 1)
          assert sys.stdin.read() == ''
          try:
              input()
              raise AssertionError
          except EOFError:
              sys.stdin.close()
          """);
    }
    assertThat(out.toString()).isEqualTo("name? ");
  }

  @Test
  @Tag("S3")
  @DisplayName("… tracebacks, warnings and logging go to the Java stderr")
  void errors() {
    StringWriter err = new StringWriter();
    try (Interpreter sub = with(InterpreterOptions.isolated().stderr(err))) {
      sub.exec(
          """
          import logging, sys, threading, warnings
          logging.warning('logged')
          warnings.warn('warned')
          def fail():
              1 / 0
          thread = threading.Thread(target=fail)
          thread.start()
          thread.join()
          class Failing:
              def __del__(self):
                  raise ValueError('unraisable')
          Failing()
          try:
              fail()
          except ZeroDivisionError:
              sys.excepthook(*sys.exc_info())
          """);
    }
    assertThat(err.toString())
        .contains("WARNING:root:logged", "UserWarning: warned", "unraisable", "Traceback")
        .contains("Exception in thread Thread-")
        .containsPattern("(?s)ZeroDivisionError.*ZeroDivisionError");
  }

  @Test
  @Tag("S3")
  @DisplayName("… a writer or reader that fails is an OSError in Python, whose cause Java finds")
  void failures() {
    IOException full = new IOException("no room");
    Writer failing =
        new Writer() {
          @Override
          public void write(char[] text, int from, int count) throws IOException {
            throw full;
          }

          @Override
          public void flush() {
            // Nothing is kept
          }

          @Override
          public void close() {
            // Nothing is open
          }
        };
    Reader closed = new StringReader("text");
    try {
      closed.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    try (Interpreter sub = with(InterpreterOptions.isolated().stdout(failing).stdin(closed))) {
      assertThatThrownBy(() -> sub.exec("print('lost')"))
          .isInstanceOf(PythonException.class)
          .hasMessage("OSError: java.io.IOException: no room")
          .hasCauseReference(full);
      assertThatThrownBy(() -> sub.exec("input()"))
          .isInstanceOf(PythonException.class)
          .hasMessage("OSError: java.io.IOException: Stream closed");
      sub.exec(
          """
          import sys
          try:
              sys.stdout.fileno()
              raise AssertionError
          except OSError:  # io.UnsupportedOperation
              pass
          assert not sys.stdout.isatty() and sys.stdout.encoding == 'utf-8'
          assert (sys.stdout.name, sys.stdout.mode) == ('<stdout>', 'w')
          """);
      assertThat(sub.eval("6 * 7").asInt()).isEqualTo(42);
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("… threads of Java's and Python's print at once, and no line is torn")
  void threads() throws Exception {
    Calls calls = new Calls();
    try (Interpreter sub = with(InterpreterOptions.isolated().stdout(calls))) {
      sub.exec(
          """
          import threading
          def rows(name):
              for i in range(500):
                  print(f'{name} {i}\\n', end='')
          threads = [threading.Thread(target=rows, args=(f'python{i}',)) for i in range(3)]
          for thread in threads: thread.start()
          """);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String name = "java" + i;
        threads.add(Thread.ofPlatform().start(() -> sub.eval("rows").call(name)));
        threads.add(Thread.startVirtualThread(() -> sub.eval("rows").call("virtual " + name)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      sub.exec("for thread in threads: thread.join()");
    }
    List<String> lines = String.join("", calls.calls).lines().toList();
    assertThat(lines).hasSize(9 * 500).doesNotHaveDuplicates();
    assertThat(lines).allMatch(line -> line.matches("(python|java|virtual java)\\d \\d+"));
  }

  @Test
  @Tag("S3")
  @DisplayName("… a writer that blocks delays no other thread")
  void blocking() throws Exception {
    Waiting waiting = new Waiting();
    try (Interpreter sub = with(InterpreterOptions.isolated().stdout(waiting))) {
      Thread printing = Thread.ofPlatform().start(() -> sub.exec("print('wait')"));
      assertThat(waiting.reached.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(sub.eval("6 * 7").asInt()).isEqualTo(42);
      waiting.go.countDown();
      printing.join();
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("… after an interpreter's end nothing keeps its streams")
  void nothingIsKept() {
    List<WeakReference<StringWriter>> writers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      writers.add(used(i % 2 == 0 ? InterpreterOptions.isolated() : InterpreterOptions.shared()));
    }
    Await.until(
        "the writers are collected",
        () -> {
          System.gc();
          return writers.stream().allMatch(writer -> writer.get() == null);
        });
  }

  private static WeakReference<StringWriter> used(InterpreterOptions options) {
    StringWriter out = new StringWriter();
    try (Interpreter sub = with(options.stdout(out).stderr(out))) {
      sub.exec(LEAK + "print('x'); kept = sys.stdout; kept.itself = kept");
      sub.exec("import logging; logging.error('y')");
    }
    return new WeakReference<>(out);
  }

  /** Main and two others talk to Java, and end as the argument says. */
  static final class TalksToJava implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Path folder = Path.of(arguments[1]);
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options()
                  .stdout(Files.newBufferedWriter(folder.resolve("main.out")))
                  .stderr(Files.newBufferedWriter(folder.resolve("main.err")))
                  .stdin(new StringReader("from Java\n"))
                  .build());
      talk(
          python,
          InterpreterOptions.isolated()
              .stdout(Files.newBufferedWriter(folder.resolve("own.out")))
              .stderr(Files.newBufferedWriter(folder.resolve("own.err"))));
      assertThat(python.main().eval("input()").asString()).isEqualTo("from Java");
      end(python, arguments[0]);
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("to System.out and System.err as they are then, where no writer is named")
  void systemStreams() {
    ChildJvm.Ended ended = ChildJvm.run(LIMIT, TalksToSystem.class).expect(0).expectOut("done");
    assertThat(ended.err()).contains("error 3");
  }

  /** Main and others talk to what stands in the place of System.out. */
  static final class TalksToSystem implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start(PythonUnderTest.options().systemStreams(true).build());
      PrintStream before = System.out;
      ByteArrayOutputStream put = new ByteArrayOutputStream();
      StringWriter named = new StringWriter();
      try (Interpreter sub = python.newInterpreter();
          Interpreter other = python.newInterpreter(InterpreterOptions.isolated().stdout(named))) {
        System.setOut(new PrintStream(put, true, StandardCharsets.UTF_8));
        python.main().exec("print('main \u2192', flush=True)");
        sub.exec("print('sub', end='')"); // arrives when it ends
        other.exec("print('other')");
        other.exec("import sys; print('error', 3, file=sys.stderr)");
        python.main().exec("import sys; sys.stdout.close()");
      } finally {
        System.out.flush();
        System.setOut(before);
      }
      assertThat(put.toString(StandardCharsets.UTF_8)).isEqualTo("main \u2192\nsub");
      assertThat(named).hasToString("other\n");
      System.out.println("done");
      python.close();
    }
  }

  /** The same with the process's own streams, from one interpreter. */
  static final class Talks implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      switch (arguments[1]) {
        case "main" -> python.main().exec(TALK);
        case "sub" -> python.newInterpreter().exec(TALK);
        default -> python.newInterpreter(InterpreterOptions.shared()).exec(LEAK + TALK);
      }
      end(python, arguments[0]);
    }
  }

  /** Threads that do not let go are inside when Java exits. */
  static final class TalksWhileBusy implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options().exitTimeout(Duration.ofMillis(500)).build());
      Interpreter one = python.newInterpreter();
      one.exec(
          """
          import sys, time
          def stay():
              while True:
                  try:
                      time.sleep(1)
                  except BaseException:
                      pass
          print('from one; ', end='')
          """);
      CountDownLatch inside = new CountDownLatch(1);
      PythonUnderTest.define(one, "inside", (Runnable) inside::countDown);
      Thread.ofPlatform().daemon().start(() -> one.exec("inside(); stay()"));
      python.main().exec("print('from main; ', end='')");
      try {
        inside.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      System.exit(3);
    }
  }

  private static void talk(Python python, InterpreterOptions options) {
    python.main().exec(TALK);
    python.newInterpreter(options).exec(TALK);
  }

  private static void end(Python python, String how) {
    switch (how) {
      case "close" -> python.close();
      case "exit" -> System.exit(0);
      default -> {
        // main returns
      }
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("… main's and others' too, whether Python is closed, main returns or Java exits")
  void theEndsOfTheProcess() throws Exception {
    for (String how : List.of("close", "return", "exit")) {
      Path folder = Files.createTempDirectory("vivarium-streams-");
      ChildJvm.Ended ended =
          ChildJvm.run(LIMIT, TalksToJava.class, how, folder.toString()).expect(0);
      assertThat(ended.out()).as(how).isEmpty();
      for (String name : List.of("main", "own")) {
        Path out = folder.resolve(name + ".out");
        Path err = folder.resolve(name + ".err");
        assertThat(Files.readString(out)).as(how + " " + name).isEqualTo(TALKED);
        assertThat(Files.readString(err)).as(how + " " + name).isEqualTo("error; deleted.");
        Files.delete(out);
        Files.delete(err);
      }
      Files.delete(folder);
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("… or to the process's own streams, in the same ways")
  void ownStreams() {
    for (String how : List.of("close", "return", "exit")) {
      for (String which : List.of("main", "sub")) {
        ChildJvm.Ended ended = ChildJvm.run(LIMIT, Talks.class, how, which).expect(0);
        assertThat(ended.out()).as(how + " " + which).isEqualTo(TALKED);
        assertThat(ended.err()).as(how + " " + which).contains("error; deleted.");
      }
      ChildJvm.run(LIMIT, Talks.class, how, "leaking")
          .expect(0)
          .expectOut("bytes \u2192; atexit; ");
    }
  }

  @Test
  @Tag("S3")
  @DisplayName("… also where a thread that does not let go keeps Python from ending with Java")
  void busyAtExit() {
    ChildJvm.run(LIMIT, TalksWhileBusy.class)
        .expect(3)
        .expectOut("from one; ")
        .expectOut("from main; ");
  }
}
