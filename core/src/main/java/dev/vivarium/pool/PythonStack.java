package dev.vivarium.pool;

import dev.vivarium.ThreadState;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.ServiceThread;
import dev.vivarium.internal.lifecycle.ThreadStarter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The Python frames of a call that does not come back, as far as they can be had. */
final class PythonStack implements ThreadStarter.Start, Runnable {

  private static final long PATIENCE_NANOS = 50_000_000;

  private final CompletableFuture<List<StackTraceElement>> frames = new CompletableFuture<>();
  private final Deadline patience = Deadline.inNanos(PATIENCE_NANOS);
  private final @Nullable ThreadState entered;

  private PythonStack(@Nullable ThreadState entered) {
    this.entered = entered;
  }

  /**
   * Begins to look for it, on a thread of its own: who looks waits for the GIL.
   *
   * @param entered the call's, or null if it has none yet
   */
  static PythonStack of(@Nullable ThreadState entered) {
    PythonStack stack = new PythonStack(entered);
    if (entered == null) {
      stack.frames.complete(List.of());
      return stack;
    }
    try {
      ThreadStarter.start(stack);
    } catch (OutOfMemoryError e) {
      stack.notStarted(e);
    }
    return stack;
  }

  @Override
  public Thread thread() {
    return ServiceThread.named("python-pool-stack", this);
  }

  @Override
  public void notStarted(Throwable thrown) {
    frames.complete(List.of());
  }

  @Override
  public void run() {
    List<StackTraceElement> found = List.of();
    try {
      found = entered == null ? List.of() : entered.pythonStack();
    } catch (Throwable t) {
      // Its interpreter has ended meanwhile
    } finally {
      frames.complete(found);
    }
  }

  /** Those found until now, or a little later where it has begun just now. */
  List<StackTraceElement> frames() {
    try {
      return frames.get(Math.max(0, patience.nanosLeft()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
