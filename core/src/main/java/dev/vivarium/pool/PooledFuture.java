package dev.vivarium.pool;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call's result, which a virtual thread waits for. Cancelling it withdraws the call at once, as
 * that thread may come too late for it, and interrupts the thread.
 */
final class PooledFuture<T extends @Nullable Object> extends CompletableFuture<T> {

  private @Nullable Runnable withdrawal;
  private @Nullable Thread waiting;
  private @Nullable Callable<? extends @Nullable Object> outcome;

  void begin(Runnable withdraws, Thread thread, Callable<? extends @Nullable Object> waitsFor) {
    withdrawal = withdraws;
    waiting = thread;
    outcome = waitsFor;
  }

  /** On the virtual thread. */
  @SuppressWarnings("unchecked") // what the call's body returns
  void await() {
    try {
      complete((T) Objects.requireNonNull(outcome).call());
    } catch (Throwable t) {
      fail(t);
    }
  }

  // Whoever waits for it is told, if not before there is memory for that
  private void fail(Throwable thrown) {
    while (!isDone()) {
      try {
        completeExceptionally(thrown);
      } catch (OutOfMemoryError e) {
        Thread.onSpinWait();
      }
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled && withdrawal != null && waiting != null) {
      try {
        withdrawal.run();
      } finally {
        waiting.interrupt();
      }
    }
    return cancelled;
  }

  @Override
  public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>(); // what follows has no call of its own
  }
}
