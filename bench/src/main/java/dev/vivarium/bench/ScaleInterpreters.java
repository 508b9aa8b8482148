package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.ThreadState;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntSupplier;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The same work in each of two interpreters with a GIL of their own, on two threads at the same
 * time.
 */
@BenchmarkMode(Mode.SingleShotTime)
@SuppressWarnings("NullAway.Init") // see prepare()
public class ScaleInterpreters extends PythonBenchmark {

  private static final String SPIN =
      """
      def spin():
          x = 1
          for i in range(2000):
              x = (x * 1103515245 + i) & 0x7fffffff
          return x
      """;

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private Worker first;
  private Worker second;

  private record Worker(Interpreter interpreter, IntSupplier spin) {

    static Worker in(Interpreter interpreter) {
      interpreter.exec(SPIN);
      return new Worker(interpreter, function(interpreter, "spin", IntSupplier.class));
    }

    int work() {
      try (ThreadState _ = ThreadState.ensure(interpreter.view())) {
        var _ = spin.getAsInt();
      }
      return 1;
    }
  }

  /** What the work takes in one interpreter and in two, and the same from C. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** One interpreter alone. */
    public double one;

    /** Both at the same time, counted together. */
    public double two;

    /** One interpreter alone, from C. */
    public double oneInC;

    /** Two at the same time, from C. */
    public double twoInC;

    /** One alone, and C. */
    @TearDown(Level.Iteration)
    public void measure(ScaleInterpreters benchmark) {
      one = Throughput.ofOne(slice(), benchmark.first::work);
      Twin twin = benchmark.twin();
      if (twin != null) {
        oneInC = twin.spinNanoseconds(1, slice(), SPIN);
        twoInC = twin.spinNanoseconds(2, slice(), SPIN);
      }
    }
  }

  @Override
  void prepare() throws Exception {
    first = Worker.in(python.newInterpreter());
    // Made where it works, as in the twin: CPython without a GIL counts references dearly elsewhere
    second = thread.submit(() -> Worker.in(python.newInterpreter())).get();
  }

  @Override
  void finish() {
    thread.shutdown();
    first.interpreter().close();
    second.interpreter().close();
  }

  /** Both at the same time. */
  @Benchmark
  public double two(Beside beside) {
    beside.two = Throughput.ofTwo(slice(), first::work, thread, second::work);
    return beside.two;
  }
}
