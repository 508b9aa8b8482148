package dev.vivarium.bench;

import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Python's {@code csv} reads the lines of a Java stream, and of a file that Python has opened. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CsvLines extends PythonBenchmark {

  private static final int LINES = 20_000;

  private static final String ROWS =
      """
      import csv, io

      def rows(text):
          return sum(1 for row in csv.reader(text))

      def rows_of_java(file):
          with io.TextIOWrapper(file, "utf-8", newline="") as text:
              return rows(text)

      def rows_of_python(path):
          with open(path, encoding="utf-8", newline="") as text:
              return rows(text)
      """;

  private Path path;
  private ToLongFunction<Object> ofJava;
  private ToLongFunction<Object> ofPython;
  private ThreadState entered;

  /** What else reads them. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** Python's own file. */
    public double file;

    /** Before the thread detaches. */
    @TearDown(Level.Iteration)
    public void measure(CsvLines benchmark) {
      file = nanoseconds(LINES, benchmark::python);
      benchmark.entered.close();
    }
  }

  @Override
  void prepare() throws IOException {
    main.exec(ROWS);
    @SuppressWarnings("unchecked")
    ToLongFunction<Object> java = function(main, "rows_of_java", ToLongFunction.class);
    @SuppressWarnings("unchecked")
    ToLongFunction<Object> python = function(main, "rows_of_python", ToLongFunction.class);
    ofJava = java;
    ofPython = python;
    path = Files.createTempFile("vivarium-bench", ".csv");
    List<String> lines =
        IntStream.range(0, LINES)
            .mapToObj(i -> i + ",a name,\"quoted, " + i + "\",1.5,2026")
            .toList();
    Files.write(path, lines);
  }

  @Override
  void finish() {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side. */
  @Benchmark
  @OperationsPerInvocation(LINES)
  public long read(Beside beside) throws IOException {
    try (InputStream in = Files.newInputStream(path);
        PyObject file = main.file(in)) {
      return checked(ofJava.applyAsLong(file));
    }
  }

  private void python() {
    checked(ofPython.applyAsLong(path.toString()));
  }

  private static long checked(long rows) {
    if (rows != LINES) {
      throw new IllegalStateException(rows + " rows of " + LINES);
    }
    return rows;
  }
}
