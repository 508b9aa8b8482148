package dev.vivarium.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An interpreter with a GIL of its own is made and closed. */
public class InterpreterCycle extends PythonBenchmark {

  /** What C takes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** {@code Py_NewInterpreterFromConfig} and {@code Py_EndInterpreter}. */
    public double c;

    /** The C side. */
    @TearDown(Level.Iteration)
    public void measure(InterpreterCycle benchmark) {
      c = benchmark.twin("interpreter_cycle");
    }
  }

  private static final int CYCLES_TO_WARM_UP = 600; // JMH's short turns hold two or three each

  @Override
  void prepare() {
    for (int i = 0; i < CYCLES_TO_WARM_UP; i++) {
      python.newInterpreter().close();
    }
  }

  /** The Java side. */
  @Benchmark
  public void cycle(Beside beside) {
    python.newInterpreter().close();
  }
}
