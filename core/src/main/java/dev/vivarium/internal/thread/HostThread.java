package dev.vivarium.internal.thread;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A thread of the library's own, on which one interpreter is made, tended and ended: CPython wants
 * the main one ended where it began, and older versions want that of any. It is a daemon, with a
 * stack that the deepest C code of CPython fits in. For a while after that it is there for the next
 * interpreter, which finds the memory warm that the C library keeps for a thread.
 */
final class HostThread {

  private static final long STACK_BYTES = 16L << 20;
  private static final long IDLE_SECONDS = 10;

  private static final Executor THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          HostThread::newThread);

  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final String name;
  private volatile @Nullable Thread thread; // while it is at work
  private boolean stopping; // read and written there only
  private volatile boolean stopped;

  HostThread(String name) {
    this.name = name;
    THREADS.execute(this::work);
  }

  private static Thread newThread(Runnable work) {
    Thread made = new Thread(null, work, "python-idle", STACK_BYTES, false);
    made.setDaemon(true);
    return made;
  }

  /** Runs a task there and waits for it, through interrupts. */
  <T> T run(Callable<T> task) {
    if (Thread.currentThread() == thread) {
      return unchecked(task);
    }
    return get(submit(task));
  }

  /** Runs a task there; whether it was done in that time. */
  boolean tryRun(Callable<?> task, long timeoutNanos) {
    try {
      submit(task).get(timeoutNanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Lets the thread end after the task that it is at. */
  void stop() {
    tasks.add(() -> stopping = true);
  }

  /** As {@link #stop}, and waits for that task; false if it took longer. */
  boolean stopWithin(long timeoutNanos) {
    return tryRun(() -> stopping = true, timeoutNanos);
  }

  private <T> CompletableFuture<T> submit(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    tasks.add(() -> {
      if (stopped) {
        refuse(result);
        return;
      }
      try {
        result.complete(task.call());
      } catch (Throwable t) {
        result.completeExceptionally(t);
      }
    });
    if (stopped) {
      refuse(result);
    }
    return result;
  }

  private void refuse(CompletableFuture<?> result) {
    result.completeExceptionally(
        new IllegalStateException(name + " has ended with its interpreter"));
  }

  private void work() {
    Thread here = Thread.currentThread();
    String nameBefore = here.getName();
    here.setName(name);
    thread = here;
    while (!stopping) {
      try {
        tasks.take().run();
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt this thread, and it must go on
      }
    }
    stopped = true;
    for (Runnable late = tasks.poll(); late != null; late = tasks.poll()) {
      late.run();
    }
    thread = null;
    here.setName(nameBefore);
  }

  private static <T> T unchecked(Callable<T> task) {
    try {
      return task.call();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T get(CompletableFuture<T> result) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw rethrown(Objects.requireNonNull(e.getCause()));
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException rethrown(Throwable cause) {
    if (cause instanceof RuntimeException e) {
      return e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return new IllegalStateException(cause);
  }
}
