package dev.vivarium.bench;

import dev.vivarium.ThreadState;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code call.main} through an interface with several methods, over the module that has f. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class ProxyCall extends MainCalls {

  /** What the module is asked for; of more than one method, so that it is no function. */
  public interface Adder {
    /** Adds. */
    int f(int a, int b);

    /** Is not called. */
    String other();
  }

  private Adder proxy;

  /** What a functional interface takes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** As {@code call.main}. */
    public double main;

    /** The functional interface. */
    @TearDown(Level.Iteration)
    public void measure(ProxyCall benchmark) {
      main = nanoseconds(BATCH, benchmark::callMain);
    }
  }

  @Override
  void prepare() {
    super.prepare();
    proxy = main.importModule("__main__").as(Adder.class);
  }

  /** The proxy. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int call(Beside beside) {
    int sum = 0;
    for (int k = 0; k < BATCH; k++) {
      try (ThreadState _ = ThreadState.ensure(view)) {
        sum |= proxy.f(i++ & 0xfffff, 7);
      }
    }
    return sum;
  }
}
