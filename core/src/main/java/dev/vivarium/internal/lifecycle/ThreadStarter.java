package dev.vivarium.internal.lifecycle;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Starts threads for whoever has no time for it, or a lock: {@link Thread#start} waits until the
 * system has had the new thread run for the first time, half a second where the processors are
 * busy. One thread does so for all, in their order; it runs nothing of the user's.
 */
public final class ThreadStarter {

  private static final BlockingQueue<Start> STARTS = new LinkedBlockingQueue<>();
  private static volatile boolean started;

  /** A thread that is to be started, once. */
  public interface Start {

    /** The thread. */
    Thread thread();

    /** It could not be started. Waits for nothing: others are to be started. */
    void notStarted(Throwable thrown);
  }

  private ThreadStarter() {}

  /**
   * Has a thread started, soon.
   *
   * @throws OutOfMemoryError if that cannot even be asked for; nothing comes of it then
   */
  public static void start(Start start) {
    if (!started) {
      startSelf();
    }
    STARTS.add(start);
  }

  private static void startSelf() {
    synchronized (STARTS) {
      if (!started) {
        ServiceThread.named("python-thread-starter", new Starting()).start();
        started = true;
      }
    }
  }

  private static final class Starting implements Runnable {

    @Override
    public void run() {
      while (true) {
        try {
          start(STARTS.take());
        } catch (Throwable t) {
          // It has to go on whatever comes: no memory, mostly
        }
      }
    }

    private static void start(Start next) {
      try {
        next.thread().start();
      } catch (Throwable t) {
        next.notStarted(t);
      }
    }
  }
}
