package dev.vivarium.bench;

import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.util.function.IntBinaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A thread with nothing attached enters main, calls {@code f(a, b)} and leaves. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CallMain extends PythonBenchmark {

  private static final int BATCH = 1000; // the twin loops too

  private InterpreterView view;
  private IntBinaryOperator add;
  private int i;

  /** What C takes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** With a thread state that is kept between calls. */
    public double kept;

    /** With {@code PyGILState_Ensure} on a thread that has no state. */
    public double fresh;

    /** The C side. */
    @TearDown(Level.Iteration)
    public void measure(CallMain benchmark) {
      kept = benchmark.twin("call_main");
      fresh = benchmark.twin("call_gilstate");
    }
  }

  @Override
  void prepare() {
    view = main.view();
    add = function(main, "f", IntBinaryOperator.class);
  }

  /** The Java side. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int call(Beside beside) {
    int sum = 0;
    for (int k = 0; k < BATCH; k++) {
      try (ThreadState _ = ThreadState.ensure(view)) {
        sum |= add.applyAsInt(i++ & 0xfffff, 7);
      }
    }
    return sum;
  }
}
