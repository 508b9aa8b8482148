package dev.vivarium.bench;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * How much a thread gets done in a span of time, or two threads in the same one.
 *
 * <p>The work starts some milliseconds before it counts. A thread that has been woken often shares
 * the processor of its waker at first, while the other one idles, until the scheduler sees that;
 * these milliseconds are neither Python's nor ours. And both work until the end: with a fixed
 * amount of work for each, the one that is done would wait for the other, and that time would
 * count.
 */
final class Throughput {

  private static final long LEAD = 10_000_000;

  /** Does its work some times, and says how often. */
  interface Work {
    int someTimes();
  }

  private final long from = System.nanoTime() + LEAD;
  private final long to;

  private Throughput(int milliseconds) {
    to = from + milliseconds * 1_000_000L;
  }

  /** Nanoseconds from one time to the next, on the calling thread. */
  static double ofOne(int milliseconds, Work work) {
    return 1 / new Throughput(milliseconds).rate(work);
  }

  /** Nanoseconds from one time to the next, where this thread and another do it. */
  static double ofTwo(int milliseconds, Work work, Executor thread, Work theirs) {
    Throughput span = new Throughput(milliseconds);
    CompletableFuture<Double> other =
        CompletableFuture.supplyAsync(() -> span.rate(theirs), thread);
    return 1 / (span.rate(work) + other.join());
  }

  /** How often a nanosecond it was done in the span. */
  private double rate(Work work) {
    rateUntil(from, work);
    return rateUntil(to, work);
  }

  private static double rateUntil(long end, Work work) {
    long start = System.nanoTime();
    long now;
    long done = 0;
    do {
      done += work.someTimes();
      now = System.nanoTime();
    } while (now < end);
    return (double) done / (now - start);
  }
}
