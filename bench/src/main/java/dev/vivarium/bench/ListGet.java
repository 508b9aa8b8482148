package dev.vivarium.bench;

import dev.vivarium.ThreadState;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A thread with nothing attached enters main, gets an item of a Python list's view and leaves. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class ListGet extends MainCalls {

  private List<?> list;

  /** What a call takes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** As {@code call.main}. */
    public double main;

    /** The call. */
    @TearDown(Level.Iteration)
    public void measure(ListGet benchmark) {
      main = nanoseconds(BATCH, benchmark::callMain);
    }
  }

  @Override
  void prepare() {
    super.prepare();
    list = main.eval("list(range(1024))").as(List.class);
  }

  /** The view. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long get(Beside beside) {
    long sum = 0;
    for (int k = 0; k < BATCH; k++) {
      try (ThreadState _ = ThreadState.ensure(view)) {
        sum |= (Long) Objects.requireNonNull(list.get(i++ & 1023));
      }
    }
    return sum;
  }
}
