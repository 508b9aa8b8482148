package dev.vivarium.internal.thread;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells recordings how long threads wait to be attached, and counts it. To look at a clock before
 * and after would cost as much as a call; so there is a number that a thread of the library's own
 * counts up every 10 ms, for as long as somebody wants to know, and whoever attaches only reads it
 * (docs/adr/0038).
 */
public final class GilWaits {

  private static final long TICK_NANOS = 10_000_000L;
  private static final long LONG_TICKS = 3; // the first may come at once
  private static final AtomicBoolean TICKING = new AtomicBoolean();

  private static volatile long ticks; // 0 while nobody wants to know
  private static volatile boolean counted;

  private GilWaits() {}

  /**
   * From a second after this at most they are counted, until Python ends: each interpreter has its
   * {@linkplain InterpreterState#gilWaits tally}.
   */
  public static void count() {
    counted = Types.hasGil();
  }

  /** To be asked before an attachment, for {@link #tell}. */
  @NoThrow
  static long begin() {
    return ticks;
  }

  /** After it: tells that it took long, if it did. Nothing is thrown. */
  @NoThrow
  static void tell(long begun, InterpreterState interpreter) {
    long waited = ticks - begun;
    if (waited >= LONG_TICKS && begun != 0) {
      long nanos = (waited - 1) * TICK_NANOS;
      interpreter.gilWaits().add(nanos);
      Events.gilWaited(interpreter.id(), nanos);
    }
  }

  private static boolean areWanted() {
    return (counted && Interpreters.requireMain().gate().isAlive()) || Events.wantGilWaits();
  }

  /** Now and then: starts the clock if somebody has begun to record, or wants them counted. */
  static void tend() {
    if (areWanted() && TICKING.compareAndSet(false, true)) {
      boolean started = false;
      try {
        ServiceThread.named("python-gil-waits", new Ticking()).start();
        started = true;
      } finally {
        if (!started) {
          TICKING.set(false);
        }
      }
    }
  }

  private static final class Ticking implements Runnable {
    @Override
    public void run() {
      try {
        for (long tick = 1; areWanted(); tick++) {
          ticks = tick;
          LockSupport.parkNanos(TICK_NANOS);
        }
      } finally {
        ticks = 0;
        TICKING.set(false);
      }
    }
  }
}
