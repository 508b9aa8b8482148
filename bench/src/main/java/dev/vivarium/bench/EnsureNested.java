package dev.vivarium.bench;

import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Ensure and release on a thread that is attached to the same interpreter already. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class EnsureNested extends PythonBenchmark {

  private InterpreterView view;
  private ThreadState entered;

  /** What C takes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** {@code PyGILState_Ensure} and {@code PyGILState_Release}. */
    public double gilstate;

    /** Detaches, then the C side, which wants the GIL. */
    @TearDown(Level.Iteration)
    public void measure(EnsureNested benchmark) {
      benchmark.entered.close();
      gilstate = benchmark.twin("ensure_nested");
    }
  }

  @Override
  void prepare() {
    view = main.view();
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(view);
  }

  /** The Java side. */
  @Benchmark
  public void ensure(Beside beside) {
    ThreadState.ensure(view).close();
  }
}
