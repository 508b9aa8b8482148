package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.util.function.IntBinaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A thread with nothing attached enters an interpreter that has a GIL of its own, calls {@code f(a,
 * b)} and leaves.
 */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CallSub extends PythonBenchmark {

  private static final int BATCH = 1000;

  private Interpreter sub;
  private InterpreterView subView;
  private InterpreterView mainView;
  private IntBinaryOperator addInSub;
  private IntBinaryOperator addInMain;
  private int i;

  /** What the same takes elsewhere. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** In the main interpreter, from Java. */
    public double main;

    /** In an interpreter with a GIL of its own, from C, with a kept thread state. */
    public double kept;

    /** The main interpreter, and C. */
    @TearDown(Level.Iteration)
    public void measure(CallSub benchmark) {
      main = nanoseconds(BATCH, benchmark::callMain);
      kept = benchmark.twin("call_sub");
    }
  }

  @Override
  void prepare() {
    mainView = main.view();
    addInMain = function(main, "f", IntBinaryOperator.class);
    sub = python.newInterpreter();
    sub.exec(F);
    subView = sub.view();
    addInSub = function(sub, "f", IntBinaryOperator.class);
  }

  @Override
  void finish() {
    sub.close();
  }

  /** The Java side. */
  @Benchmark
  public int call(Beside beside) {
    try (ThreadState _ = ThreadState.ensure(subView)) {
      return addInSub.applyAsInt(i++ & 0xfffff, 7);
    }
  }

  private void callMain() {
    int sum = 0;
    for (int k = 0; k < BATCH; k++) {
      try (ThreadState _ = ThreadState.ensure(mainView)) {
        sum |= addInMain.applyAsInt(k, 7);
      }
    }
    if (sum < 0) {
      throw new IllegalStateException("f(a, b) returned something negative");
    }
  }
}
