package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.ServiceThread;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Threads of the library's own that have nothing to do, kept for a while: the next interpreter
 * finds the memory warm that the C library keeps for a thread. They are daemons, with a stack that
 * the deepest C code of CPython fits in.
 *
 * <p>No {@link java.util.concurrent.ThreadPoolExecutor}: where the heap is full, a thread of that
 * one may take a task and die of it before the task has begun, and whoever waits for it waits for
 * ever. Here what begins a task allocates nothing.
 */
final class IdleThreads {

  private static final long STACK_BYTES = 16L << 20;
  private static final long KEPT_MILLIS = 10_000;

  private static final List<Worker> IDLE = new ArrayList<>(); // its own lock

  private IdleThreads() {}

  /** Has work done by one that is idle, or a new one; what is thrown here leaves nothing begun. */
  static void run(Runnable work) {
    synchronized (IDLE) {
      if (!IDLE.isEmpty()) {
        IDLE.notifyAll(); // they wait for the lock: from here on nothing is thrown
        Worker idle = IDLE.removeLast();
        idle.work = work;
        return;
      }
    }
    new Worker(work).start();
  }

  private static final class Worker extends Thread {

    private @Nullable Runnable work;

    Worker(Runnable work) {
      super(null, null, "python-idle", STACK_BYTES, false);
      this.work = work;
      setDaemon(true);
      ServiceThread.letGo(this);
    }

    @Override
    public void run() {
      while (work != null) {
        try {
          work.run();
        } catch (Throwable t) {
          // Nothing that it does may end it half-way; it tells whom it concerns
        }
        awaitNext(); // with no work in any variable: an idle thread holds nothing of an interpreter
      }
    }

    private void awaitNext() {
      synchronized (IDLE) {
        work = null;
        try {
          IDLE.add(this);
          long until = System.nanoTime() + KEPT_MILLIS * 1_000_000;
          for (long left = KEPT_MILLIS; work == null && left > 0; ) {
            IDLE.wait(left);
            left = (until - System.nanoTime()) / 1_000_000;
          }
        } catch (InterruptedException | OutOfMemoryError e) {
          // Nobody has a reason to interrupt it, and without memory it is not kept
        }
        IDLE.remove(this);
      }
    }
  }
}
