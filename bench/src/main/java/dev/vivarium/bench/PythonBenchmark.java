package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What every benchmark starts from: a JVM of its own with Python started in it and the C twin
 * loaded. JMH measures the Java side for a short slice of time, then the benchmark measures its
 * twin for as long, and so on in turn: a machine that is slower for a while is slower for both.
 *
 * <p>The twin's times go back to the parent process as auxiliary counters of JMH, in nanoseconds; 0
 * where there is no twin. JMH wants these classes public and open to subclasses.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls start() first
public abstract class PythonBenchmark {

  /** System properties by which the parent process tells a fork what to do. */
  static final String PYTHON = "vivarium.bench.python";

  static final String TWIN = "vivarium.bench.twin";
  static final String SLICE = "vivarium.bench.slice";

  /** The function that the call figures call; the twin looks it up under this name. */
  static final String F =
      """
      def f(a, b):
          return a + b
      """;

  Python python;
  Interpreter main;

  private @Nullable Twin twin;

  /** Starts Python, loads the twin and prepares the benchmark. */
  @Setup(Level.Trial)
  public void start() throws Exception {
    String named = System.getProperty(PYTHON);
    python = Python.start(options(named));
    main = python.main();
    main.exec(F);
    String library = System.getProperty(TWIN);
    twin = library == null ? null : Twin.load(Path.of(library));
    prepare();
  }

  /** Clears up after the benchmark and ends Python. */
  @TearDown(Level.Trial)
  public void end() {
    finish();
    python.close();
  }

  /** Sets up what the benchmark needs; Python runs. JMH keeps to no order of its own here. */
  void prepare() throws Exception {}

  /** Undoes {@link #prepare()}; Python still runs. */
  void finish() {}

  /** What starts the Python of that name; null for the default one. */
  static PythonOptions options(@Nullable String named) {
    return named == null ? PythonOptions.defaults() : PythonOptions.builder().python(named).build();
  }

  /** The value of a Python expression as a Java function. */
  static <T> T function(Interpreter interpreter, String expression, Class<T> type) {
    return interpreter.eval(expression).as(type);
  }

  /** The length of a slice in milliseconds. */
  static int slice() {
    return Integer.getInteger(SLICE, 20);
  }

  /** The twin, or null where it could not be compiled. */
  final @Nullable Twin twin() {
    return twin;
  }

  /** What one operation of that function of the twin takes, 0 without a twin. */
  final double twin(String function) {
    return twin == null ? 0 : twin.nanoseconds(function, slice());
  }

  /** What one of {@code operations} takes, of which each run of {@code body} does that many. */
  static double nanoseconds(int operations, Runnable body) {
    return nanoseconds(operations, slice(), body);
  }

  /** The same, measured for about so many milliseconds. */
  static double nanoseconds(int operations, int milliseconds, Runnable body) {
    long start = System.nanoTime();
    long end = start + milliseconds * 1_000_000L;
    long done = 0;
    long now;
    do {
      body.run();
      done += operations;
      now = System.nanoTime();
    } while (now < end);
    return (double) (now - start) / done;
  }
}
