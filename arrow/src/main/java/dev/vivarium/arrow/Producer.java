package dev.vivarium.arrow;

import dev.vivarium.DetachedSupplier;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Calls into C code of a Python producer. It may take the GIL by {@code PyGILState_Ensure}, and may
 * wait for threads that do; so it is called detached, with a thread state of its interpreter for
 * that function to find.
 */
final class Producer {

  private Producer() {}

  /**
   * A call that the interpreter's end refuses.
   *
   * @throws dev.vivarium.InterpreterClosedException if it is closing or has ended
   */
  static <T extends @Nullable Object, X extends Throwable> T call(
      InterpreterView interpreter, DetachedSupplier<T, X> body) throws X {
    return interpreter.<T, X>call(in -> {
      try (ThreadState here = ThreadState.ensure(interpreter)) {
        return here.callDetached(body);
      }
    });
  }

  /** A call that a guard makes possible until the end. */
  static void run(InterpreterGuard guard, Runnable body) {
    if (Thread.currentThread().isVirtual()) {
      FutureTask<?> task = new FutureTask<>(() -> run(guard, body), null);
      Thread.ofPlatform().daemon().name("arrow-release").start(task);
      await(task);
      return;
    }
    try (ThreadState here = ThreadState.ensure(guard)) {
      here.runDetached(body::run);
    }
  }

  private static void await(FutureTask<?> task) {
    boolean interrupted = false;
    while (true) {
      try {
        task.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // there is no way to leave: the memory is not given back yet
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
