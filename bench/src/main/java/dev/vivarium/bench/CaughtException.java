package dev.vivarium.bench;

import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A Python exception caught in Java, on a thread that stays attached. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CaughtException extends PythonBenchmark {

  private static final int BATCH = 100;
  private static final int DEEP = 200;

  private static final String G =
      """
      def g():
          raise ValueError("not today")
      """;

  private Runnable raising;
  private ThreadState entered;
  private final @Nullable Throwable[] kept = new Throwable[2]; // or the JIT would make none

  /** What C takes, and exceptions that are caught far up the stack. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The same in C. */
    public double c;

    /** Deep in Java's stack. */
    public double deep;

    /** One of Java's there. */
    public double deepInJava;

    /** Those in Java first, then the C side, which wants the GIL. */
    @TearDown(Level.Iteration)
    public void measure(CaughtException benchmark) {
      deep = at(DEEP, () -> nanoseconds(BATCH, benchmark::catchFromPython));
      deepInJava = at(DEEP, () -> nanoseconds(BATCH, benchmark::catchFromJava));
      benchmark.entered.close();
      c = benchmark.twin("call_raising");
    }
  }

  private interface Measurement {
    double nanoseconds();
  }

  private static double at(int depth, Measurement measurement) {
    return depth == 0 ? measurement.nanoseconds() : at(depth - 1, measurement);
  }

  @Override
  void prepare() {
    main.exec(G);
    raising = function(main, "g", Runnable.class);
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side. */
  @Benchmark
  public @Nullable Throwable caught(Beside beside) {
    return caught();
  }

  private @Nullable Throwable caught() {
    try {
      raising.run();
      return null;
    } catch (PythonException e) {
      return e;
    }
  }

  private void catchFromPython() {
    for (int i = 0; i < BATCH; i++) {
      kept[i % kept.length] = caught();
    }
  }

  private void catchFromJava() {
    for (int i = 0; i < BATCH; i++) {
      try {
        throw new IllegalStateException("not today");
      } catch (IllegalStateException e) {
        kept[i % kept.length] = e;
      }
    }
  }
}
