package dev.vivarium.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A thread with nothing attached enters main, calls {@code f(a, b)} and leaves. */
public class CallMain extends MainCalls {

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

  /** The Java side. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int call(Beside beside) {
    return callMain();
  }
}
