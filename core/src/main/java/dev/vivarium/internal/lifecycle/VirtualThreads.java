package dev.vivarium.internal.lifecycle;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The library's own virtual threads, on which somebody is told of something. The JDK's scheduler
 * may leave one that is started or unparked lying until it is given another (JDK-8373118, open): so
 * while there are any, it is given one now and then.
 */
public final class VirtualThreads {

  private static final AtomicInteger ALIVE = new AtomicInteger();

  private VirtualThreads() {}

  /**
   * Starts one.
   *
   * @throws OutOfMemoryError if there is no memory for it; it will not run then
   */
  public static void start(String name, Runnable body) {
    start(unstarted(name, body));
  }

  /** One for {@link #start(Thread)}. */
  public static Thread unstarted(String name, Runnable body) {
    return Thread.ofVirtual()
        .name(name)
        .unstarted(() -> {
          try {
            body.run();
          } finally {
            ALIVE.decrementAndGet();
          }
        });
  }

  /**
   * Starts it.
   *
   * @throws OutOfMemoryError if there is no memory for it; it will not run then
   */
  public static void start(Thread thread) {
    ALIVE.incrementAndGet();
    boolean started = false;
    try {
      thread.start();
      started = true;
    } finally {
      if (!started) {
        ALIVE.decrementAndGet();
      }
    }
  }

  /** Now and then: has the scheduler look at what it has. */
  public static void wakeScheduler() {
    if (ALIVE.get() > 0) {
      Thread.startVirtualThread(() -> {});
    }
  }
}
