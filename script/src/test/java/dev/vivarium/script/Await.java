package dev.vivarium.script;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what has no latch, with a limit that tells a hang from a slow machine. */
final class Await {

  private static final long LIMIT_NANOS = 120_000_000_000L;
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("it did not come to this: " + what);
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }
}
