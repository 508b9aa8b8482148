package dev.vivarium.internal.thread;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The platform threads that run Python for virtual ones, which cannot hold a thread state. A
 * virtual thread that waits for one of them frees its carrier.
 */
public final class PlatformThreads {

  private static final long STACK_BYTES = 16L << 20;
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(
          1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), PlatformThreads::make);

  static {
    POOL.allowCoreThreadTimeOut(true);
  }

  private PlatformThreads() {}

  /** Sets how many there may be. */
  public static void limit(int threads) {
    POOL.setMaximumPoolSize(Math.max(threads, POOL.getCorePoolSize()));
    POOL.setCorePoolSize(threads);
    POOL.setMaximumPoolSize(threads);
  }

  /** Runs a body on a platform thread and waits for it, through interrupts. */
  public static <T> T call(Callable<T> body) throws Throwable {
    FutureTask<T> task = new FutureTask<>(body);
    POOL.execute(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw e.getCause();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Thread make(Runnable work) {
    Thread thread =
        new Thread(null, work, "python-for-virtual-" + NUMBER.incrementAndGet(), STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }
}
