package dev.vivarium.internal.thread;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads that run Python for virtual ones, which cannot hold a thread state. A
 * virtual thread that waits for one of them frees its carrier.
 */
public final class PlatformThreads {

  // For C code that CPython's recursion limits do not reach; only what is used takes memory
  private static final long STACK_BYTES = 64L << 20;
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

  /** As {@link #call}, for a body that throws no checked exceptions but may pass some on. */
  public static <T> T callUnchecked(Supplier<T> body) {
    try {
      return call(body::get);
    } catch (Throwable t) {
      throw PlatformThreads.<RuntimeException>sneaky(t);
    }
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }

  /**
   * Runs a body on a platform thread and waits for it; interrupts go to that thread, and are those
   * of the calling one again if the body does not answer with an exception.
   */
  public static <T> T callInterruptibly(Callable<T> body) throws Throwable {
    Passing<T> passing = new Passing<>(body);
    FutureTask<T> task = new FutureTask<>(passing);
    POOL.execute(task);
    boolean interrupted = false;
    while (true) {
      try {
        T result = task.get();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return result;
      } catch (InterruptedException e) {
        interrupted = true;
        passing.interrupt();
      } catch (ExecutionException e) {
        if (interrupted && !(e.getCause() instanceof InterruptedException)) {
          Thread.currentThread().interrupt();
        }
        throw e.getCause();
      }
    }
  }

  /** A body that another thread can interrupt, and nothing that its thread does after it. */
  private static final class Passing<T> implements Callable<T> {

    private final Callable<T> body;
    private @Nullable Thread runner;
    private boolean interrupted;

    Passing(Callable<T> body) {
      this.body = body;
    }

    synchronized void interrupt() {
      interrupted = true;
      if (runner != null) {
        runner.interrupt();
      }
    }

    @Override
    public T call() throws Exception {
      begin();
      try {
        return body.call();
      } finally {
        end();
      }
    }

    private synchronized void begin() {
      runner = Thread.currentThread();
      if (interrupted) {
        runner.interrupt();
      }
    }

    private synchronized void end() {
      runner = null;
      boolean ignored = Thread.interrupted();
    }
  }

  private static Thread make(Runnable work) {
    Thread thread =
        new Thread(null, work, "python-for-virtual-" + NUMBER.incrementAndGet(), STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }
}
