package dev.vivarium.bench;

import dev.vivarium.ThreadState;
import java.util.function.IntBinaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code f(a, b)} on two ints to an int, on a thread that stays attached. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CallAttached extends PythonBenchmark {

  private IntBinaryOperator add;
  private ThreadState entered;
  private int i;

  /** What C takes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** On an attached thread. */
    public double attached;

    /** Detaches, then the C side, which wants the GIL. */
    @TearDown(Level.Iteration)
    public void measure(CallAttached benchmark) {
      benchmark.entered.close();
      attached = benchmark.twin("call_attached");
    }
  }

  @Override
  void prepare() {
    add = function(main, "f", IntBinaryOperator.class);
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side. */
  @Benchmark
  public int call(Beside beside) {
    return add.applyAsInt(i++ & 0xfffff, 7);
  }
}
