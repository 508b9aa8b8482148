package dev.vivarium.bench;

import java.util.function.IntBinaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code f(a, b)} in the body of a call that an interrupt of its thread ends. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CallInterruptibly extends PythonBenchmark {

  private static final int BATCH = 1000;

  private IntBinaryOperator add;
  private int i;

  /** What a call takes that an interrupt does not reach. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The same body in such a call. */
    public double plain;

    /** The plain calls. */
    @TearDown(Level.Iteration)
    public void measure(CallInterruptibly benchmark) {
      plain = nanoseconds(BATCH, benchmark::plainCalls);
    }
  }

  @Override
  void prepare() {
    add = function(main, "f", IntBinaryOperator.class);
  }

  /** The interruptible calls. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int call(Beside beside) throws InterruptedException {
    int sum = 0;
    for (int k = 0; k < BATCH; k++) {
      sum |= main.<Integer, RuntimeException>callInterruptibly(_ -> next());
    }
    return sum;
  }

  private void plainCalls() {
    int sum = 0;
    for (int k = 0; k < BATCH; k++) {
      sum |= main.<Integer, RuntimeException>call(_ -> next());
    }
    if (sum < 0) {
      throw new IllegalStateException("f(a, b) returned something negative");
    }
  }

  private int next() {
    return add.applyAsInt(i++ & 0xfffff, 7);
  }
}
