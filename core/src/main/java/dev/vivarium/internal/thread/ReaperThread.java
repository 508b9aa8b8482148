package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.concurrent.locks.LockSupport;

/** When the {@link Reaper} looks after interpreters: every second, and when it is woken. */
final class ReaperThread {

  private static final long TICK_NANOS = 1_000_000_000L;

  private static volatile Thread thread = new Thread();

  private ReaperThread() {}

  static void start(Runnable tick) {
    Thread reaper = ServiceThread.named("python-reaper", new KeepReaping(tick));
    thread = reaper;
    reaper.start();
  }

  static void wake() {
    LockSupport.unpark(thread);
  }

  private record KeepReaping(Runnable tick) implements Runnable {
    @Override
    public void run() {
      while (true) {
        try {
          LockSupport.parkNanos(TICK_NANOS);
          tick.run();
        } catch (Throwable t) {
          // It has to go on whatever comes: no memory, mostly, of which there may be some later
        }
      }
    }
  }
}
