package dev.vivarium.bench;

import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PooledInterpreter;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What a pool takes for a call with nothing in it, and for a checkout. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class PoolCalls extends PythonBenchmark {

  private static final int BATCH = 100;

  private InterpreterPool pool;
  private ExecutorService thread;

  /** The other ways to it. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** A call from a virtual thread, and from a platform one. */
    public double virtual;

    public double platform;

    /** An executor with one platform thread, called from a virtual thread, and a platform one. */
    public double executorFromVirtual;

    public double executor;

    /** These. */
    @TearDown(Level.Iteration)
    public void measure(PoolCalls benchmark) {
      virtual = onVirtualThread(benchmark::calls);
      platform = nanoseconds(BATCH, benchmark::calls);
      executorFromVirtual = onVirtualThread(benchmark::tasks);
      executor = nanoseconds(BATCH, benchmark::tasks);
    }

    private static double onVirtualThread(Runnable body) {
      double[] measured = new double[1];
      Thread thread = Thread.startVirtualThread(() -> measured[0] = nanoseconds(BATCH, body));
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return measured[0];
    }
  }

  @Override
  void prepare() throws InterruptedException {
    pool = InterpreterPool.open(python, PoolOptions.isolated(1));
    thread = Executors.newSingleThreadExecutor();
  }

  @Override
  void finish() {
    thread.close();
    pool.close();
  }

  /** The checkouts. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long checkOut(Beside beside) throws InterruptedException {
    long ids = 0;
    for (int k = 0; k < BATCH; k++) {
      try (PooledInterpreter mine = pool.checkOut()) {
        ids += mine.interpreter().id();
      }
    }
    return ids;
  }

  private void calls() {
    try {
      for (int k = 0; k < BATCH; k++) {
        pool.run(_ -> {});
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void tasks() {
    try {
      for (int k = 0; k < BATCH; k++) {
        thread.submit(() -> {}).get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
