package dev.vivarium.internal.thread;

import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells recordings how long threads wait to be attached. To look at a clock before and after would
 * cost as much as a call; so there is a number that a thread of the library's own counts up every
 * 10 ms, for as long as somebody records such waits, and whoever attaches only reads it
 * (docs/adr/0038).
 */
final class GilWaits {

  private static final long TICK_NANOS = 10_000_000L;
  private static final long LONG_TICKS = 3; // the first may come at once
  private static final AtomicBoolean TICKING = new AtomicBoolean();

  private static volatile long ticks; // 0 while nobody wants to know

  private GilWaits() {}

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
      Events.gilWaited(interpreter.id(), (waited - 1) * TICK_NANOS);
    }
  }

  /** Now and then: starts to count if somebody has begun to record. */
  static void tend() {
    if (Events.wantGilWaits() && TICKING.compareAndSet(false, true)) {
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
        for (long tick = 1; Events.wantGilWaits(); tick++) {
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
