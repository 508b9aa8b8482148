package dev.vivarium.bench;

import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntBinaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The same calls on one thread, then on two at the same time, into one interpreter: each enters,
 * calls and leaves. Each thread calls a function that it has made itself, as in the twin: CPython
 * without a GIL counts references dearly where another thread has made an object.
 */
@BenchmarkMode(Mode.SingleShotTime)
@SuppressWarnings("NullAway.Init") // see prepare()
public class ScaleThreads extends PythonBenchmark {

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private InterpreterView view;
  private IntBinaryOperator first;
  private IntBinaryOperator second;
  private int calls = 10_000;

  /** What the same takes on one thread, and what a C program gets out of two. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The calls of one thread while the other waits: the mean of the two. */
    public double one;

    /** The same from C. */
    public double oneInC;

    /** The same from C on each of two threads. */
    public double twoInC;

    /** Each alone, and C. */
    @TearDown(Level.Iteration)
    public void measure(ScaleThreads benchmark) throws InterruptedException, ExecutionException {
      double other = benchmark.thread.submit(() -> benchmark.alone(benchmark.second)).get();
      one = (benchmark.alone(benchmark.first) + other) / 2;
      Twin twin = benchmark.twin();
      if (twin != null) {
        oneInC = twin.callsNanoseconds(1, benchmark.calls, F);
        twoInC = twin.callsNanoseconds(2, benchmark.calls, F);
      }
    }
  }

  @Override
  void prepare() throws Exception {
    view = main.view();
    first = madeHere();
    second = thread.submit(this::madeHere).get();
    for (int i = 0; i < 10; i++) {
      alone(first); // else the length of a turn comes from code that is not compiled yet
    }
    calls = (int) Math.max(1, calls * 4e6 * slice() / alone(first));
  }

  private IntBinaryOperator madeHere() {
    main.exec(F);
    return function(main, "f", IntBinaryOperator.class);
  }

  @Override
  void finish() {
    thread.shutdown();
  }

  private int work(IntBinaryOperator f) {
    int sum = 0;
    for (int i = 0; i < calls; i++) {
      try (ThreadState _ = ThreadState.ensure(view)) {
        sum |= f.applyAsInt(i & 0xfffff, 7);
      }
    }
    return sum;
  }

  /** Both at the same time. */
  @Benchmark
  public int two(Beside beside) throws InterruptedException, ExecutionException {
    // Not both on other threads: woken together, they may start on the same core
    Future<Integer> other = thread.submit(() -> work(second));
    return work(first) + other.get();
  }

  private double alone(IntBinaryOperator f) {
    long start = System.nanoTime();
    work(f);
    return System.nanoTime() - start;
  }
}
