package dev.vivarium.cli.map;

import org.jspecify.annotations.Nullable;

/** A thread's waits for Python, which another one can end; nothing else that it does is hit. */
final class Waits {

  // Under this object's lock
  private @Nullable Thread waiting;
  private boolean over;

  /** What is waited for. */
  @FunctionalInterface
  interface Wait<T> {
    T get() throws InterruptedException;
  }

  /**
   * Waits for something, as the thread whose waits these are.
   *
   * @throws InterruptedException if they have been ended, before or meanwhile
   */
  <T> T on(Wait<T> wait) throws InterruptedException {
    synchronized (this) {
      if (over) {
        throw new InterruptedException();
      }
      waiting = Thread.currentThread();
    }
    try {
      return wait.get();
    } finally {
      synchronized (this) {
        waiting = null;
        boolean ignored = Thread.interrupted(); // it was for the wait
      }
    }
  }

  /** Ends the wait that there is, and those that would follow. */
  synchronized void end() {
    over = true;
    if (waiting != null) {
      waiting.interrupt();
    }
  }
}
