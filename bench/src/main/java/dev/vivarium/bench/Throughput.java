package dev.vivarium.bench;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;

/**
 * How much a thread gets done in a span of time, or two threads in the same one, where nothing else
 * disturbs them: in the best quarter of it.
 *
 * <p>The work starts some milliseconds before it counts. A thread that has been woken often shares
 * the processor of its waker at first, while the other one idles, until the scheduler sees that;
 * these milliseconds are neither Python's nor ours. And both work until the end: with a fixed
 * amount of work for each, the one that is done would wait for the other, and that time would
 * count.
 */
final class Throughput {

  private static final long LEAD = 10_000_000;
  private static final int PARTS = 4;

  /** Does its work some times, and says how often. */
  interface Work {
    int someTimes();
  }

  private final long from = System.nanoTime() + LEAD;
  private final long part;

  private Throughput(int milliseconds) {
    part = milliseconds * 1_000_000L / PARTS;
  }

  /** Nanoseconds from one time to the next, on the calling thread. */
  static double ofOne(int milliseconds, Work work) {
    double[] rates = new Throughput(milliseconds).rates(work);
    return 1 / IntStream.range(0, PARTS).mapToDouble(i -> rates[i]).max().getAsDouble();
  }

  /** Nanoseconds from one time to the next, where this thread and another do it. */
  static double ofTwo(int milliseconds, Work work, Executor thread, Work theirs) {
    Throughput span = new Throughput(milliseconds);
    CompletableFuture<double[]> other =
        CompletableFuture.supplyAsync(() -> span.rates(theirs), thread);
    double[] rates = span.rates(work);
    double[] others = other.join();
    return 1 / IntStream.range(0, PARTS).mapToDouble(i -> rates[i] + others[i]).max().getAsDouble();
  }

  /** How often a nanosecond it was done, for each part of the span. */
  private double[] rates(Work work) {
    double[] rates = new double[PARTS];
    long now = System.nanoTime();
    for (int i = -1; i < PARTS; i++) { // -1 is before it counts
      long start = now;
      long done = 0;
      do {
        done += work.someTimes();
        now = System.nanoTime();
      } while (now < from + (i + 1) * part);
      if (i >= 0) {
        rates[i] = (double) done / (now - start);
      }
    }
    return rates;
  }
}
