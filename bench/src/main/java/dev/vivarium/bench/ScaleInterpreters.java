package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.ThreadState;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntUnaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The same work once in each of two interpreters with a GIL of their own, on two threads at the
 * same time.
 */
@BenchmarkMode(Mode.SingleShotTime)
@SuppressWarnings("NullAway.Init") // see prepare()
public class ScaleInterpreters extends PythonBenchmark {

  private static final String SPIN =
      """
      def spin(n):
          x = 1
          for i in range(n):
              x = (x * 1103515245 + i) & 0x7fffffff
          return x
      """;

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private Worker first;
  private Worker second;
  private int steps = 100_000;

  private record Worker(Interpreter interpreter, IntUnaryOperator spin) {

    static Worker in(Interpreter interpreter) {
      interpreter.exec(SPIN);
      return new Worker(interpreter, function(interpreter, "spin", IntUnaryOperator.class));
    }

    int work(int steps) {
      try (ThreadState _ = ThreadState.ensure(interpreter.view())) {
        return spin.applyAsInt(steps);
      }
    }
  }

  /** What the same takes on one thread, and what a C program gets out of two. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The work of one interpreter alone. */
    public double one;

    /** The same work called from C, in one interpreter. */
    public double oneInC;

    /** The same, in two at the same time. */
    public double twoInC;

    /** One alone, and C. */
    @TearDown(Level.Iteration)
    public void measure(ScaleInterpreters benchmark) {
      one = benchmark.one();
      Twin twin = benchmark.twin();
      if (twin != null) {
        oneInC = twin.spinNanoseconds(1, benchmark.steps, SPIN);
        twoInC = twin.spinNanoseconds(2, benchmark.steps, SPIN);
      }
    }
  }

  @Override
  void prepare() {
    first = Worker.in(python.newInterpreter());
    second = Worker.in(python.newInterpreter());
    steps = (int) Math.max(1, steps * 4e6 * slice() / one());
  }

  @Override
  void finish() {
    thread.shutdown();
    first.interpreter().close();
    second.interpreter().close();
  }

  /** Both at the same time. */
  @Benchmark
  public int two(Beside beside) throws InterruptedException, ExecutionException {
    // Not both on other threads: woken together, they may start on the same core
    Future<Integer> other = thread.submit(() -> second.work(steps));
    return first.work(steps) + other.get();
  }

  private double one() {
    long start = System.nanoTime();
    first.work(steps);
    return System.nanoTime() - start;
  }
}
