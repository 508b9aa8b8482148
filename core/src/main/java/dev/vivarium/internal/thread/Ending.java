package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The end of interpreters: newcomers are refused, those inside waited for, Python's own threads
 * joined ({@link Closing}), and only then does CPython finalize, when there is nobody left that it
 * could hang or kill.
 */
public final class Ending {

  private Ending() {}

  /**
   * Closes an interpreter; closing main closes all others first. Concurrent closers wait for the
   * one that works. Also on a virtual thread.
   *
   * @param logInterval how often {@code waiting} is told whom this waits for
   * @throws IllegalStateException at once if the calling thread is inside, or has taken a hold that
   *     is open, or waits for another closer that waits for this one
   */
  public static Left close(
      InterpreterState interpreter,
      Deadline deadline,
      boolean interrupt,
      Duration logInterval,
      Consumer<Left> waiting) {
    if (interpreter.isMain()) {
      for (InterpreterState one : Interpreters.living()) {
        refuseOwn(one);
      }
    } else {
      refuseOwn(interpreter);
    }
    interpreter.requireOwnThread();
    Interrupts.Whom whom = interrupt ? Interrupts.Whom.EVERYONE : Interrupts.Whom.NOBODY;
    Closing closing = new Closing(deadline, whom, logInterval, waiting, false);
    return ThreadStates.unattached(new Close(closing, interpreter));
  }

  private record Close(Closing closing, InterpreterState interpreter) implements Supplier<Left> {
    @Override
    public Left get() {
      return closing.close(interpreter);
    }
  }

  /**
   * Ends one that nobody knows of, where it is one. The reaper asks, again and again: a try may
   * fail, or come while another closes it.
   */
  static void endIfAbandoned(InterpreterState interpreter) {
    OwnThread.Task<?> tried = interpreter.abandonedEnd;
    if (interpreter.abandoned
        && interpreter.gate().isAlive()
        && (tried == null || tried.await(Deadline.inNanos(0)))) {
      interpreter.abandonedEnd = tryEnd(interpreter);
    }
  }

  // On its own thread, which waits for nobody there: another closer would wait for that thread
  private static OwnThread.Task<?> tryEnd(InterpreterState made) {
    return made.requireOwnThread().submit(new Abandoned(made));
  }

  private record Abandoned(InterpreterState made) implements OwnThread.Body<Left> {
    @Override
    public Left run(OwnThread.Task<Left> task) {
      return closeAtExit(made, Deadline.inNanos(0), Interrupts.Whom.NOBODY);
    }
  }

  /** At the end of a Python program, which ends itself after it: one of those that we made. */
  static Left closeAtExit(
      InterpreterState interpreter, Deadline deadline, Interrupts.Whom interrupted) {
    return new Closing(deadline, interrupted, Duration.ofDays(1), new Silence(), true)
        .close(interpreter);
  }

  private static final class Silence implements Consumer<Left> {
    @Override
    public void accept(Left left) {
      // Who waits there has a log of its own
    }
  }

  // Promise G5
  private static void refuseOwn(InterpreterState interpreter) {
    if (!interpreter.gate().isAlive()) {
      return;
    }
    if (ThreadStates.isInside(interpreter)) {
      throw new IllegalStateException(
          "this thread is attached to "
              + interpreter
              + " and would wait for itself: close its ThreadState first, or close the interpreter"
              + " from another thread");
    }
    if (interpreter.gate().isHeldByCaller()) {
      throw new IllegalStateException(
          "this thread has taken a guard on "
              + interpreter
              + " that is open, and would wait for itself: close the guard first");
    }
  }
}
