package dev.vivarium.testing;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting with a limit that tells a hang from a slow machine. */
public final class Await {

  public static final Duration LIMIT = Duration.ofMinutes(2);

  private static final long LOOK_AGAIN_NANOS = 500_000;

  private Await() {}

  /** Until something that has no latch is so. */
  public static void until(String what, BooleanSupplier condition) {
    until(() -> what, condition);
  }

  /** As {@link #until(String, BooleanSupplier)}; what it is, is asked when the time is up. */
  public static void until(Supplier<String> what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "in " + LIMIT + " it did not come to this: " + what.get() + Together.stacks());
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }

  public static void latch(CountDownLatch latch) {
    try {
      if (!latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("a latch stayed shut for " + LIMIT + Together.stacks());
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while waiting", e);
    }
  }

  public static <T> T done(Future<T> future) throws Exception {
    try {
      return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("not done in " + LIMIT + Together.stacks(), e);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        cause.addSuppressed(new Throwable("waited for here"));
        throw cause;
      }
      throw e;
    }
  }
}
