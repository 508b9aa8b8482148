package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Python's main thread, for what wants to run there: signal handlers run on no other, and some
 * libraries look for it. It is none of Java's main thread.
 */
public final class MainThread {

  /**
   * As much as programs may use that expect the 8 MiB of a process's first thread, several times
   * over; what is not used costs no memory.
   */
  static final long STACK_BYTES = 64L << 20;

  private MainThread() {}

  /** It has ended, and main with it, before what was to run there has begun. */
  public static final class EndedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private EndedException(Throwable cause) {
      super("Python's main thread has ended", cause);
    }
  }

  /** Whether it is the calling thread. */
  public static boolean isCurrent(InterpreterState main) {
    return require(main).isCurrent();
  }

  /**
   * Runs a body there, one after the other, and waits for it through interrupts, detached
   * meanwhile.
   *
   * @throws EndedException if it has ended with its interpreter
   * @throws Throwable what the body throws
   */
  public static <T extends @Nullable Object> T call(InterpreterState main, Callable<T> body)
      throws Throwable {
    OwnThread thread = require(main);
    Guest<T> guest = new Guest<>(CarriedValues.carrying(body));
    OwnThread.Task<T> task = ThreadStates.unattached(() -> done(thread, guest));
    Throwable failure = task.failure();
    if (failure != null) {
      throw guest.begun ? failure : new EndedException(failure);
    }
    return task.outcome();
  }

  private static <T extends @Nullable Object> OwnThread.Task<T> done(
      OwnThread thread, Guest<T> guest) {
    OwnThread.Task<T> task = thread.submit(guest);
    boolean ignored = task.await(Deadline.NONE);
    return task;
  }

  private static OwnThread require(InterpreterState main) {
    return Objects.requireNonNull(main.mainThread, "a main that is ours");
  }

  /** The caller's class loader goes with what it has run there. */
  private static final class Guest<T extends @Nullable Object> implements OwnThread.Body<T> {

    private final Callable<T> body;
    private volatile boolean begun;
    private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

    Guest(Callable<T> body) {
      this.body = body;
    }

    @Override
    public T run(OwnThread.Task<T> task) throws Exception {
      begun = true;
      Thread here = Thread.currentThread();
      ClassLoader before = here.getContextClassLoader();
      here.setContextClassLoader(loader);
      try {
        return body.call();
      } finally {
        here.setContextClassLoader(before);
      }
    }
  }
}
