package dev.vivarium.bench;

import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

  private static final int CALLS = 50;

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private InterpreterView view;
  private IntBinaryOperator first;
  private IntBinaryOperator second;

  /** What a call takes on one thread and on two, and the same from C. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The calls of one thread while the other waits: by the mean throughput of the two. */
    public double one;

    /** The calls of both at the same time, counted together. */
    public double two;

    /** The calls of one thread from C. */
    public double oneInC;

    /** The calls of two from C at the same time, counted together. */
    public double twoInC;

    /** Each alone, and C. */
    @TearDown(Level.Iteration)
    public void measure(ScaleThreads benchmark) throws InterruptedException, ExecutionException {
      double other = benchmark.thread.submit(() -> benchmark.alone(benchmark.second)).get();
      one = 2 / (1 / benchmark.alone(benchmark.first) + 1 / other);
      Twin twin = benchmark.twin();
      if (twin != null) {
        oneInC = twin.callsNanoseconds(1, slice(), F);
        twoInC = twin.callsNanoseconds(2, slice(), F);
      }
    }
  }

  @Override
  void prepare() throws Exception {
    view = main.view();
    first = madeHere();
    second = thread.submit(this::madeHere).get();
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
    for (int i = 0; i < CALLS; i++) {
      try (ThreadState _ = ThreadState.ensure(view)) {
        var _ = f.applyAsInt(i, 7);
      }
    }
    return CALLS;
  }

  /** Both at the same time. */
  @Benchmark
  public double two(Beside beside) {
    beside.two = Throughput.ofTwo(slice(), () -> work(first), thread, () -> work(second));
    return beside.two;
  }

  private double alone(IntBinaryOperator f) {
    return Throughput.ofOne(slice(), () -> work(f));
  }
}
