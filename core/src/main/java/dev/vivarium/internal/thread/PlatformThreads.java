package dev.vivarium.internal.thread;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads that run Python for virtual ones, which cannot hold a thread state. A
 * virtual thread that waits for one of them frees its carrier.
 */
public final class PlatformThreads {

  private PlatformThreads() {}

  /**
   * Sets how many there may be.
   *
   * @param atOnce while they are at work
   * @param most also where they are blocked
   */
  public static void limit(int atOnce, int most) {
    WorkerPool.limit(atOnce, most);
  }

  /** Runs a body on a platform thread and waits for it, through interrupts. */
  public static <T> T call(Callable<T> body) throws Throwable {
    FutureTask<T> task = execute(body);
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
    FutureTask<T> task = execute(passing);
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

  private static <T> FutureTask<T> execute(Callable<T> body) {
    FutureTask<T> future = new FutureTask<>(CarriedValues.carrying(body));
    WorkerPool.execute(future);
    return future;
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
}
