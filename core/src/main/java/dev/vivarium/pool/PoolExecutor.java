package dev.vivarium.pool;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.thread.ThreadStates;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A pool as an {@code ExecutorService}: its tasks run inside one of the interpreters. */
final class PoolExecutor extends AbstractExecutorService {

  private final InterpreterPool pool;
  private final Crew crew;

  PoolExecutor(InterpreterPool pool, Crew crew) {
    this.pool = pool;
    this.crew = crew;
  }

  @Override
  public void execute(Runnable task) {
    Objects.requireNonNull(task, "task");
    CompletableFuture<?> call =
        pool.<@Nullable Object, RuntimeException>submit(in -> {
          run(task);
          return null;
        });
    // One that has not had its turn, and never will, is nobody's to wait for
    CompletableFuture<?> ignored =
        call.whenComplete((nothing, thrown) -> {
          if (thrown != null && task instanceof Future<?> future) {
            future.cancel(false);
          }
        });
  }

  // As with any executor, an exception that a task does not keep itself is told
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) {
      Thread here = Thread.currentThread();
      here.getUncaughtExceptionHandler().uncaughtException(here, t);
      throw t;
    }
  }

  @Override
  public void shutdown() {
    StackRoom.require();
    crew.beginClosing();
  }

  @Override
  public List<Runnable> shutdownNow() {
    StackRoom.require();
    crew.beginClosing();
    crew.interrupt();
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return crew.isClosed();
  }

  @Override
  public boolean isTerminated() {
    return crew.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    Deadline deadline = Deadline.inNanos(unit.toNanos(timeout));
    Boolean empty =
        ThreadStates.<@Nullable Boolean>unattached(() -> {
          try {
            return crew.awaitEmpty(deadline);
          } catch (InterruptedException e) {
            return null;
          }
        });
    if (empty == null) {
      throw new InterruptedException("interrupted while it waited for the end of " + crew);
    }
    return empty;
  }

  @Override
  public void close() {
    pool.close();
  }
}
