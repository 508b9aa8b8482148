package dev.vivarium.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What this machine gives: the time of one and the same loop, again and again. */
final class Noise {

  private static final int STEPS = 2_000_000;
  private static final int TIMES = 5;
  private static final int MILLISECONDS = 20;

  private final List<Double> milliseconds = new ArrayList<>();
  private final List<Double> timesAsOften = new ArrayList<>();

  @SuppressWarnings("unused") // written, so that the JIT keeps the loop
  private volatile long result;

  /** Has the loop compiled before it is first measured. */
  Noise() {
    for (int i = 0; i < 5; i++) {
      spin(STEPS);
    }
  }

  /** Takes a few more measurements. */
  void listen() {
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < TIMES; i++) {
        long start = System.nanoTime();
        spin(STEPS);
        milliseconds.add((System.nanoTime() - start) / 1e6);
        timesAsOften.add(
            Throughput.ofOne(MILLISECONDS, this::someSteps)
                / Throughput.ofTwo(MILLISECONDS, this::someSteps, thread, this::someSteps));
      }
    }
  }

  /** The times so far, in milliseconds. */
  Series series() {
    return Series.of(milliseconds, Double::doubleValue);
  }

  /** How many times as much of the loop two threads do in the time in which one does it. */
  Series onTwoThreads() {
    return Series.of(timesAsOften, Double::doubleValue);
  }

  private int someSteps() {
    spin(STEPS / 100);
    return 1;
  }

  /**
   * Four chains of steps that need each other's results only at the end, so that the processor does
   * several at once, as it does in Python: who shares its units with us is then felt.
   */
  private void spin(int steps) {
    long a = 88172645463325252L;
    long b = a + 1;
    long c = a + 2;
    long d = a + 3;
    for (int i = 0; i < steps; i++) {
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
