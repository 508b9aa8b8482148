package dev.vivarium.pool;

import dev.vivarium.ThreadState;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The Python frames of a call that does not come back, as far as they can be had. */
final class PythonStack {

  private static final long PATIENCE_MILLIS = 50;

  private final CompletableFuture<List<StackTraceElement>> frames = new CompletableFuture<>();

  private PythonStack() {}

  /**
   * Begins to look for it, on a thread of its own: who looks waits for the GIL.
   *
   * @param entered the call's, or null if it has none yet
   */
  static PythonStack of(@Nullable ThreadState entered) {
    PythonStack stack = new PythonStack();
    if (entered == null) {
      stack.frames.complete(List.of());
      return stack;
    }
    try {
      Thread.ofPlatform().daemon().name("python-pool-stack").start(() -> stack.find(entered));
    } catch (OutOfMemoryError e) {
      stack.frames.complete(List.of());
    }
    return stack;
  }

  private void find(ThreadState entered) {
    try {
      frames.complete(entered.pythonStack());
    } catch (Throwable t) {
      frames.complete(List.of()); // its interpreter has ended meanwhile
    }
  }

  /** Those found until now, and a little later. */
  List<StackTraceElement> frames() {
    try {
      return frames.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
