package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.events.Begun;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.Closer;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.Pass;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * CPython's part of an end: {@code Py_EndInterpreter} and {@code Py_FinalizeEx}, which nobody comes
 * back from. Whoever calls has seen to it that nobody is inside.
 */
final class Finalization {

  private static final int TRIES = 100;
  private static final long TRY_AGAIN_NANOS = 50_000_000L;

  private Finalization() {}

  /**
   * Ends an interpreter; gives whether it has ended. A task of its own thread, which waits where
   * another one made it: so it does nothing else in one that ends, where CPython would stop it.
   */
  static final class End implements OwnThread.Body<Boolean>, Runnable {

    private final InterpreterState interpreter;
    private final Closer closer;
    private OwnThread.@Nullable Task<?> task;
    private boolean committed;

    /**
     * @param closer who has claimed it, and may have stopped waiting
     */
    End(InterpreterState interpreter, Closer closer) {
      this.interpreter = interpreter;
      this.closer = closer;
    }

    @Override
    public Boolean run(OwnThread.Task<Boolean> begun) {
      task = begun;
      try {
        endOnMainThread();
      } finally {
        if (!interpreter.gate().isAlive()) {
          stopHere(interpreter.own); // main's, which has not ended it itself
        } else if (committed) {
          interpreter.gate().giveUp(closer); // it has failed, and goes on
        }
      }
      return !interpreter.gate().isAlive();
    }

    private void endOnMainThread() {
      OwnThread mainThread = interpreter.mainThread;
      if (mainThread == null || mainThread == interpreter.own) {
        ThreadStates.withAttached(interpreter, interpreter.mainState, this);
        return;
      }
      OwnThread.Task<Boolean> ending = mainThread.submit(new OnMainThread());
      while (!isDone(ending)) {
        // What has begun is waited for to its end
      }
      ending.outcome();
    }

    private static boolean isDone(OwnThread.Task<?> ending) {
      try {
        return ending.await(Deadline.NONE);
      } catch (Throwable t) {
        return false; // no memory, mostly
      }
    }

    private final class OnMainThread implements OwnThread.Body<Boolean> {
      @Override
      public Boolean run(OwnThread.Task<Boolean> begun) {
        ThreadStates.withAttached(interpreter, interpreter.mainState, End.this);
        return true;
      }
    }

    /** With the GIL, which may have come after everyone has stopped waiting. */
    @Override
    public void run() {
      committed = task != null && task.commit();
      if (committed) {
        endHere(interpreter);
      }
    }
  }

  /**
   * On main's own thread: ends an interpreter that Python code has made, as that would; gives
   * whether it has ended, since none does while Python code runs in it.
   */
  static final class Destruction implements OwnThread.Body<Boolean>, Runnable {

    private final InterpreterState main;
    private final InterpreterState made;
    private OwnThread.@Nullable Task<?> task;

    Destruction(InterpreterState main, InterpreterState made) {
      this.main = main;
      this.made = made;
    }

    @Override
    public Boolean run(OwnThread.Task<Boolean> begun) {
      task = begun;
      ThreadStates.withAttached(main, main.first, this);
      return !made.gate().isAlive();
    }

    @Override
    public void run() {
      if (made.gate().isAlive() && task != null && task.commit()) {
        main.companion().destroy(made.id());
      }
    }
  }

  private static void endHere(InterpreterState interpreter) {
    Begun ending = Events.beginEnding();
    endAtOnce(interpreter);
    Events.ended(ending, interpreter.id());
  }

  private static void endAtOnce(InterpreterState interpreter) {
    if (!interpreter.isMain()) {
      Reaper.dropKept(interpreter);
      C.Py_EndInterpreter(interpreter.mainState);
      recordEnd(interpreter);
      forget(interpreter);
      return;
    }
    int status = C.Py_FinalizeEx();
    recordEnd(interpreter);
    forget(interpreter);
    if (status != 0) {
      System.getLogger("dev.vivarium")
          .log(System.Logger.Level.WARNING, "Python could not flush its output at the end");
    }
  }

  // At once: its memory is free, and an open gate would let somebody read it, or its own thread,
  // which has its states, be given something else to do
  @NoThrow
  private static void recordEnd(InterpreterState interpreter) {
    interpreter.gate().end();
    stopHere(interpreter.own);
    stopHere(interpreter.mainThread);
  }

  @NoThrow
  private static void stopHere(@Nullable OwnThread thread) {
    if (thread != null) {
      thread.stopHere();
    }
  }

  // Again where there is no memory: closers have been told, and nobody else would do it
  private static void forget(InterpreterState interpreter) {
    for (int tries = 1; ; tries++) {
      try {
        if (interpreter.isMain()) { // those that Python code made went with it
          for (InterpreterState one : Interpreters.living()) {
            ended(one);
          }
        } else {
          ended(interpreter);
        }
        return;
      } catch (Throwable e) { // no memory, mostly
        if (tries == TRIES) {
          throw e;
        }
        LockSupport.parkNanos(TRY_AGAIN_NANOS);
      }
    }
  }

  static void ended(InterpreterState interpreter) {
    recordEnd(interpreter);
    interpreter.gate().forgetEveryone();
    Interpreters.forget(interpreter);
    interpreter.companion().ended();
    if (!interpreter.isOurs()) {
      ThreadStates.forgetEnder(interpreter);
    }
  }

  /**
   * When a Python program that ends waits no more: ends one of those that we made though guards
   * keep it. One with threads inside is left to CPython, whose end of main copes with it from 3.13
   * on.
   */
  static void endGuarded(InterpreterState interpreter, Duration limit) {
    Closer closer = new Closer() {};
    if (interpreter.gate().claim(closer, Deadline.inNanos(0), new OwnThread.Nothing())) {
      ThreadStates.tryOnOwnThread(interpreter, Deadline.in(limit), new IfFree(interpreter));
      interpreter.gate().giveUp(closer);
    }
  }

  private record IfFree(InterpreterState interpreter) implements Runnable {
    @Override
    public void run() {
      if (interpreter.gate().isAlive()
          && !anyoneElseInside(interpreter)
          && !ThreadStates.hasStatesOfOthers(interpreter)) {
        endHere(interpreter);
      }
    }
  }

  private static boolean anyoneElseInside(InterpreterState interpreter) {
    for (Pass pass : interpreter.gate().passes()) {
      if (pass.isInside() && pass.thread() != Thread.currentThread()) {
        return true;
      }
    }
    return false;
  }
}
