package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.ArgumentParsers;
import dev.vivarium.internal.lifecycle.Closer;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.lifecycle.Stay;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The end of interpreters: newcomers are refused, those inside waited for, Python's own threads
 * joined ({@link Closing}), and only then does CPython finalize, when there is nobody left that it
 * could hang or kill.
 */
public final class Ending {

  /**
   * How a call of close has ended.
   *
   * @param stays threads inside, callbacks and holds
   * @param pythonThreads names of running threads of Python
   */
  public record Left(
      InterpreterState interpreter, Outcome outcome, List<Stay> stays, List<String> pythonThreads) {

    /** Of the time that was given. */
    public enum Outcome {
      /** The interpreter has ended, or can be. */
      NOBODY,
      /** Somebody is left, or another closer is at work; nothing has been torn down. */
      BUSY,
      /** It ends, by itself: nobody was left, but the end is not done. */
      ENDING
    }

    static Left nobody(InterpreterState interpreter) {
      return new Left(interpreter, Outcome.NOBODY, List.of(), List.of());
    }

    /** With those inside. */
    static Left busy(InterpreterState interpreter) {
      return busy(interpreter, List.of());
    }

    static Left busy(InterpreterState interpreter, List<String> running) {
      return new Left(interpreter, Outcome.BUSY, interpreter.gate().stays(), running);
    }

    static Left ending(InterpreterState interpreter) {
      return new Left(interpreter, Outcome.ENDING, List.of(), List.of());
    }

    public boolean isNobody() {
      return outcome == Outcome.NOBODY;
    }
  }

  // The JVM exits without an end of Python, and nobody waits for anyone any more
  private static volatile boolean lastWords;

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
      Interpreters.living().forEach(Ending::refuseOwn);
    } else {
      refuseOwn(interpreter);
    }
    interpreter.requireOwnThread();
    Interrupts.Whom whom = interrupt ? Interrupts.Whom.EVERYONE : Interrupts.Whom.NOBODY;
    return ThreadStates.unattached(
        () -> new Closing(deadline, whom, logInterval, waiting, false).close(interpreter));
  }

  /**
   * Ends one that nobody knows of, on its own thread, which waits for nobody there: another closer
   * would wait for that thread.
   */
  static OwnThread.Task<?> tryEndAbandoned(InterpreterState made) {
    Deadline atOnce = Deadline.inNanos(0);
    return made.requireOwnThread()
        .submit(task ->
            new Closing(atOnce, Interrupts.Whom.NOBODY, Duration.ofDays(1), left -> {}, true)
                .close(made));
  }

  /** At the end of a Python program, which ends itself after it: one of those that we made. */
  static Left closeAtExit(
      InterpreterState interpreter, Deadline deadline, Interrupts.Whom interrupted) {
    return new Closing(deadline, interrupted, Duration.ofDays(1), left -> {}, true)
        .close(interpreter);
  }

  /**
   * When a Python program that ends waits no more: ends one of those that we made though guards
   * keep it. One with threads inside is left to CPython, whose end of main copes with it from 3.13
   * on.
   */
  static void endGuarded(InterpreterState interpreter, Duration limit) {
    Closer closer = new Closer() {};
    if (interpreter.gate().claim(closer, Deadline.inNanos(0), () -> {})) {
      interpreter.tryOnOwnThread(
          Deadline.in(limit),
          () -> {
            if (interpreter.gate().isAlive()
                && !anyoneElseInside(interpreter)
                && !ThreadStates.hasStatesOfOthers(interpreter)) {
              endHere(interpreter);
            }
          });
      interpreter.gate().giveUp(closer);
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

  /**
   * On the interpreter's own thread: ends it.
   *
   * @param closer who has claimed it, and may have stopped waiting
   * @param commit asked once the GIL is there; false if nobody wants the end any more
   */
  static boolean end(InterpreterState interpreter, Closing closer, BooleanSupplier commit) {
    boolean[] committed = {false};
    try {
      ThreadStates.withAttached(
          interpreter,
          interpreter.first,
          () -> {
            committed[0] = commit.getAsBoolean();
            if (committed[0]) {
              endHere(interpreter);
            }
          });
    } finally {
      if (committed[0] && interpreter.gate().isAlive()) {
        interpreter.gate().giveUp(closer); // it has failed, and goes on
      }
    }
    if (interpreter.gate().isAlive()) {
      return false;
    }
    OwnThread own = interpreter.own;
    if (own != null) {
      own.stop();
    }
    return true;
  }

  /**
   * On main's own thread: ends an interpreter that Python code has made, as that would.
   *
   * @return false if Python code runs in it
   */
  static boolean destroy(InterpreterState main, InterpreterState made, BooleanSupplier commit) {
    ThreadStates.withAttached(
        main,
        main.first,
        () -> {
          if (made.gate().isAlive() && commit.getAsBoolean()) {
            main.companion().destroy(made.id());
          }
        });
    return !made.gate().isAlive();
  }

  private static void endHere(InterpreterState interpreter) {
    if (!interpreter.isMain()) {
      Reaper.dropKept(interpreter);
      C.Py_EndInterpreter(interpreter.first);
      ended(interpreter);
      return;
    }
    int status = C.Py_FinalizeEx();
    Interpreters.living().forEach(Ending::ended); // those that Python code made went with it
    if (status != 0) {
      System.getLogger("dev.vivarium")
          .log(System.Logger.Level.WARNING, "Python could not flush its output at the end");
    }
  }

  static void ended(InterpreterState interpreter) {
    interpreter.gate().end();
    Interpreters.forget(interpreter);
    interpreter.companion().ended();
    if (!interpreter.isOurs()) {
      ThreadStates.forgetEnder(interpreter);
    }
  }

  /**
   * The last {@code atexit} function of each interpreter, whoever ends it: waits until nobody is
   * inside, and from then on lets nobody in but the ending thread itself, for what finalizers call.
   * Attached.
   */
  public static void door(InterpreterState interpreter) {
    Gate gate = interpreter.gate();
    if (lastWords || gate.isShut()) {
      return;
    }
    gate.refuseForGood();
    letEveryoneOut(interpreter);
    if (interpreter.isMain() && interpreter.isOurs()) {
      leaveDaemons(interpreter);
    }
    gate.shut();
    if (!gate.stays().isEmpty()) {
      letEveryoneOut(interpreter); // who has called Java since the last look
    }
    if (interpreter.isMain()) {
      forgetKept(interpreter);
    }
    if (!interpreter.isOurs()) {
      if (!interpreter.isMain()) {
        Reaper.dropKept(interpreter);
      }
      ThreadStates.letEnderStay(interpreter);
    }
    interpreter.companion().ending();
    if (interpreter.isMain()) {
      ArgumentParsers.forget();
    }
  }

  // Before the gate is shut, since being refused is what they would report
  private static void leaveDaemons(InterpreterState main) {
    try {
      if (ThreadStates.hasStatesOfOthers(main)) {
        main.companion().leaveDaemons();
      }
    } catch (Throwable t) {
      Reaper.warn(
          "what daemon threads print may end the process", t); // the end goes on all the same
    }
  }

  private static void letEveryoneOut(InterpreterState interpreter) {
    if (HostedEnd.isGivenUp()) {
      return;
    }
    if (interpreter.isMain() && !interpreter.isOurs()) {
      HostedEnd.await(interpreter); // out of all the others, too
    } else if (!interpreter.gate().stays().isEmpty()) {
      awaitEmptyLogging(interpreter);
    }
  }

  // Main's states end with it: from now on no thread may read the one that it has kept
  private static void forgetKept(InterpreterState main) {
    for (Pass pass : main.gate().passes()) {
      ((Membership) pass).kept = 0;
    }
  }

  private static void awaitEmptyLogging(InterpreterState interpreter) {
    Interpreters.Setup setup = Interpreters.requireSetup();
    Deadline[] nextLog = {Deadline.in(setup.logInterval())};
    Runnable look =
        () -> {
          if (nextLog[0].hasPassed()) {
            nextLog[0] = Deadline.in(setup.logInterval());
            setup.waiting().accept(Left.busy(interpreter));
          }
        };
    ThreadStates.unattached(() ->
        interpreter
            .gate()
            .awaitEmpty(
                Deadline.NONE, pass -> Reaper.reapIfDead(interpreter, pass, Deadline.NONE), look));
  }

  /**
   * The last resort at the JVM's exit, when not everyone lets go: {@code atexit} and flushing
   * without an end, if the GIL can be had in that time.
   *
   * @param threads until when Python's own threads are waited for
   */
  static void lastWords(InterpreterState interpreter, Deadline threads, Duration timeout) {
    Set<Long> exiting = ExitingThreads.idents(interpreter);
    // Somebody else's may end at any moment, but not under a thread that exits
    if (!interpreter.gate().isAlive() || (interpreter.own == null && exiting.isEmpty())) {
      return;
    }
    lastWords = true;
    OwnThread own = interpreter.own;
    OwnThread speaking = own != null ? own : OwnThread.start("python-last-words");
    speaking.tryRun(
        () -> {
          if (interpreter.gate().isAlive()) { // else an end that took too long is done now
            ThreadStates.withAttached(
                interpreter,
                own != null ? interpreter.first : C.PyThreadState_New(interpreter.pointer),
                () -> interpreter.companion().lastWords(threads, exiting));
          }
          return true;
        },
        timeout.toNanos());
  }
}
