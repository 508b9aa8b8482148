package dev.vivarium.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What this machine gives: the time of one and the same loop, again and again. */
final class Noise {

  private static final int STEPS = 2_000_000;
  private static final int TIMES = 5;

  private final List<Double> milliseconds = new ArrayList<>();
  private final List<Double> timesAsOften = new ArrayList<>();

  @SuppressWarnings("unused") // written, so that the JIT keeps the loop
  private volatile long result;

  /** Has the loop compiled before it is first measured. */
  Noise() {
    for (int i = 0; i < 5; i++) {
      spin();
    }
  }

  /** Takes a few more measurements. */
  void listen() {
    for (int i = 0; i < TIMES; i++) {
      long start = System.nanoTime();
      spin();
      long alone = System.nanoTime() - start;
      milliseconds.add(alone / 1e6);
      start = System.nanoTime();
      CompletableFuture<Void> other = CompletableFuture.runAsync(this::spin);
      spin();
      other.join();
      timesAsOften.add(2.0 * alone / (System.nanoTime() - start));
    }
  }

  /** The times so far, in milliseconds. */
  Series series() {
    return Series.of(milliseconds, Double::doubleValue);
  }

  /** How often the loop was done by two threads in the time in which one does it once. */
  Series onTwoThreads() {
    return Series.of(timesAsOften, Double::doubleValue);
  }

  /**
   * Four chains of steps that need each other's results only at the end, so that the processor does
   * several at once, as it does in Python: who shares its units with us is then felt.
   */
  private void spin() {
    long a = 88172645463325252L;
    long b = a + 1;
    long c = a + 2;
    long d = a + 3;
    for (int i = 0; i < STEPS; i++) {
      a = step(a);
      b = step(b);
      c = step(c);
      d = step(d);
    }
    result = a | b | c | d;
  }

  private static long step(long y) {
    y ^= y << 13;
    y ^= y >>> 7;
    return y ^ (y << 17);
  }
}
