package dev.vivarium.bench;

import java.util.ArrayList;
import java.util.List;

/** How evenly this machine runs: the time of one and the same loop, again and again. */
final class Noise {

  private static final int STEPS = 2_000_000;
  private static final int TIMES = 5;

  private final List<Double> milliseconds = new ArrayList<>();
  private long x = 88172645463325252L;

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
      milliseconds.add((System.nanoTime() - start) / 1e6);
    }
  }

  /** The times so far, in milliseconds. */
  Series series() {
    return Series.of(milliseconds, Double::doubleValue);
  }

  /**
   * Four chains of steps that need each other's results only at the end, so that the processor does
   * several at once, as it does in Python: who shares its units with us is then felt.
   */
  private void spin() {
    long a = x;
    long b = a + 1;
    long c = a + 2;
    long d = a + 3;
    for (int i = 0; i < STEPS; i++) {
      a = step(a);
      b = step(b);
      c = step(c);
      d = step(d);
    }
    x = a | b | c | d;
  }

  private static long step(long y) {
    y ^= y << 13;
    y ^= y >>> 7;
    return y ^ (y << 17);
  }
}
