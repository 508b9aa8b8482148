package dev.vivarium.bench;

import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code f.call(a, b).asInt()} on a thread that stays attached: any types in, an object out. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CallBoxed extends PythonBenchmark {

  private PyObject f;
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
    public void measure(CallBoxed benchmark) {
      benchmark.entered.close();
      attached = benchmark.twin("call_attached");
    }
  }

  @Override
  void prepare() {
    f = main.eval("f");
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side. */
  @Benchmark
  public int call(Beside beside) {
    try (PyObject sum = f.call(i++ & 0xfffff, 7)) {
      return sum.asInt();
    }
  }
}
