package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.ArgumentParsers;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.lifecycle.Stay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The end of interpreters: newcomers are refused, those inside waited for, Python's own threads
 * joined, and only then does CPython finalize, when there is nobody left that it could hang or
 * kill.
 */
public final class Ending {

  /**
   * Who was still there when the time was up; empty for an end that came to be.
   *
   * @param stays threads inside, callbacks and holds
   * @param pythonThreads names of running threads of Python
   */
  public record Left(InterpreterState interpreter, List<Stay> stays, List<String> pythonThreads) {

    public boolean isNobody() {
      return stays.isEmpty() && pythonThreads.isEmpty();
    }
  }

  private static final long INTERRUPT_AGAIN_NANOS = 500_000_000L;

  private static final long LOOK_AGAIN_NANOS = 1_000_000L;

  // The JVM exits without an end of Python, and nobody waits for anyone any more
  private static volatile boolean lastWords;

  private Ending() {}

  /**
   * Closes an interpreter; closing main closes all others first. Concurrent closers wait for the
   * one that works.
   *
   * @param logInterval how often {@code waiting} is told whom this waits for
   * @throws IllegalStateException at once if the calling thread is inside, or has taken a hold that
   *     is open
   */
  public static Left close(
      InterpreterState interpreter,
      Deadline deadline,
      boolean interrupt,
      Duration logInterval,
      Consumer<Left> waiting) {
    List<InterpreterState> ending =
        interpreter.isMain() ? mainLast(Interpreters.living()) : List.of(interpreter);
    ending.forEach(Ending::refuseOwn);
    interpreter.requireHost();
    return ThreadStates.unattached(() -> {
      Closing closing =
          new Closing(
              deadline,
              interrupt ? Interrupts.Whom.EVERYONE : Interrupts.Whom.NOBODY,
              logInterval.toNanos(),
              waiting,
              false);
      return closing.inTurn(interpreter);
    });
  }

  /** At the end of a Python program, which ends itself after it: one of those that we made. */
  static Left closeAtExit(
      InterpreterState interpreter, Deadline deadline, Interrupts.Whom interrupted) {
    Closing closing = new Closing(deadline, interrupted, Long.MAX_VALUE / 2, left -> {}, true);
    return closing.inTurn(interpreter);
  }

  /**
   * When a Python program that ends waits no more: ends one of those that we made though guards
   * keep it. One with threads inside is left to CPython, whose end of main copes with it from 3.13
   * on.
   */
  static void endGuarded(InterpreterState interpreter, Duration limit) {
    HostThread host = interpreter.host;
    if (host == null || !interpreter.gate().isAlive() || !interpreter.closers.tryLock()) {
      return;
    }
    try {
      host.tryRun(
          () -> {
            ThreadStates.hosted(
                interpreter,
                interpreter.first,
                () -> {
                  if (!anyoneElseInside(interpreter)
                      && !ThreadStates.hasStatesOfOthers(interpreter)) {
                    endHere(interpreter);
                  }
                });
            return true;
          },
          limit.toNanos());
    } finally {
      interpreter.closers.unlock();
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

  private static List<InterpreterState> mainLast(List<InterpreterState> living) {
    List<InterpreterState> subsFirst = new ArrayList<>(living);
    subsFirst.sort((a, b) -> Boolean.compare(a.isMain(), b.isMain()));
    return subsFirst;
  }

  // BEHAVIOUR G5
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
   * One call of close.
   *
   * @param forGood whether newcomers are refused also when this one gives up
   */
  private record Closing(
      Deadline deadline,
      Interrupts.Whom interrupted,
      long logNanos,
      Consumer<Left> waiting,
      boolean forGood) {

    Left inTurn(InterpreterState interpreter) {
      if (!takeTurn(interpreter)) {
        return new Left(interpreter, interpreter.gate().stays(), List.of());
      }
      try {
        return interpreter.gate().isAlive() ? close(interpreter) : nobody(interpreter);
      } finally {
        interpreter.closers.unlock();
      }
    }

    private boolean takeTurn(InterpreterState interpreter) {
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return interpreter.closers.tryLock(deadline.nanosLeft(), TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    // Everyone is waited for before anything is torn down, so that a deadline leaves all as it was
    private Left close(InterpreterState interpreter) {
      interpreter.gate().beginClosing(); // if main: so that no interpreter is made from now on
      List<InterpreterState> all =
          interpreter.isMain() ? mainLast(Interpreters.living()) : List.of(interpreter);
      List<InterpreterState> locked = new ArrayList<>();
      boolean ending = false;
      try {
        for (InterpreterState one : all) {
          if (one != interpreter) {
            if (!takeTurn(one)) {
              return new Left(one, one.gate().stays(), List.of());
            }
            locked.add(one);
          }
          Left left = one.gate().isAlive() ? empty(one) : nobody(one);
          if (!left.isNobody()) {
            return left;
          }
        }
        ending = true;
        all.stream().filter(i -> i.gate().isAlive()).forEach(Ending::end);
        return nobody(interpreter);
      } finally {
        if (!ending && !forGood) {
          all.forEach(i -> i.gate().reopen());
        }
        locked.forEach(i -> i.closers.unlock());
      }
    }

    /** Refuses newcomers and waits until nobody is inside. */
    private Left empty(InterpreterState interpreter) {
      interpreter.gate().beginClosing();
      long[] next = {System.nanoTime() + logNanos, System.nanoTime()};
      while (true) {
        boolean empty =
            interpreter
                .gate()
                .awaitEmpty(
                    deadline,
                    pass -> Reaper.reapIfDead(interpreter, pass),
                    () -> lookAround(interpreter, next));
        if (!empty) {
          return new Left(interpreter, interpreter.gate().stays(), List.of());
        }
        if (!interpreter.ours) {
          return nobody(interpreter); // its end comes with main's
        }
        List<String> running = joinThreads(interpreter);
        if (!running.isEmpty()) {
          return new Left(interpreter, List.of(), running);
        }
        if (interpreter.gate().stays().isEmpty()) {
          return nobody(interpreter);
        }
      }
    }

    private void lookAround(InterpreterState interpreter, long[] next) {
      long now = System.nanoTime();
      if (now - next[0] > 0) {
        next[0] = now + logNanos;
        waiting.accept(new Left(interpreter, interpreter.gate().stays(), List.of()));
      }
      HostThread host = interpreter.host;
      if (interrupted != Interrupts.Whom.NOBODY && host != null && now - next[1] > 0) {
        next[1] = now + INTERRUPT_AGAIN_NANOS;
        host.tryRun(
            () -> {
              if (!interpreter.gate().isOpen()) { // else this closer has given up meanwhile
                ThreadStates.hosted(
                    interpreter,
                    interpreter.first,
                    () -> Interrupts.raiseInAll(interpreter, interrupted));
              }
              return true;
            },
            INTERRUPT_AGAIN_NANOS);
      }
    }

    private List<String> joinThreads(InterpreterState interpreter) {
      while (true) {
        boolean last = deadline.nanosLeft() <= logNanos;
        Deadline step = last ? deadline : Deadline.in(Duration.ofNanos(logNanos));
        List<String> running = new ArrayList<>();
        interpreter
            .requireHost()
            .run(() -> {
              ThreadStates.hosted(
                  interpreter,
                  interpreter.first,
                  () -> running.addAll(joinThreadsHere(interpreter, step)));
              return true;
            });
        if (running.isEmpty() || last) {
          return running;
        }
        waiting.accept(new Left(interpreter, interpreter.gate().stays(), running));
      }
    }

    // Main's end copes with daemon threads. Up to 3.13 a sub-interpreter's copes with no thread,
    // not
    // even one that threading does not know of
    private List<String> joinThreadsHere(InterpreterState interpreter, Deadline step) {
      boolean interrupt = interrupted != Interrupts.Whom.NOBODY;
      if (interpreter.isMain()) {
        return interpreter.companion().joinThreads(step, false, interrupt);
      }
      while (ThreadStates.hasStatesOfOthers(interpreter)) {
        List<String> running = interpreter.companion().joinThreads(step, true, interrupt);
        if (!running.isEmpty()) {
          return running;
        }
        if (step.hasPassed()) {
          return List.of("started by Python code, not by threading");
        }
        ThreadStates.unattached(() -> {
          LockSupport.parkNanos(LOOK_AGAIN_NANOS);
          return true;
        });
      }
      return List.of();
    }

    private static Left nobody(InterpreterState interpreter) {
      return new Left(interpreter, List.of(), List.of());
    }
  }

  private static void end(InterpreterState interpreter) {
    HostThread host = interpreter.host;
    if (host == null || !interpreter.ours) {
      return; // Python's own end of main ends it, and its door waits
    }
    host.run(() -> {
      ThreadStates.hosted(interpreter, interpreter.first, () -> endHere(interpreter));
      return true;
    });
    host.stop();
  }

  private static void endHere(InterpreterState interpreter) {
    if (!interpreter.isMain()) {
      Reaper.dropKept(interpreter);
      C.Py_EndInterpreter(interpreter.first);
      ended(interpreter);
      return;
    }
    int status = C.Py_FinalizeEx();
    if (status != 0) {
      System.getLogger("dev.vivarium")
          .log(System.Logger.Level.WARNING, "Python could not flush its output at the end");
    }
    Interpreters.living().forEach(Ending::ended); // those that Python code made went with it
  }

  static void ended(InterpreterState interpreter) {
    interpreter.gate().end();
    Interpreters.forget(interpreter);
    interpreter.companion().ended();
    ThreadStates.forgetEnder(interpreter);
  }

  /**
   * The last {@code atexit} function of each interpreter, whoever ends it: waits until nobody is
   * inside, and from then on lets nobody in but the ending thread itself, for what finalizers call.
   * Attached.
   */
  public static void door(InterpreterState interpreter) {
    if (lastWords) {
      return;
    }
    interpreter.gate().beginClosing();
    if (interpreter.isMain() && !interpreter.ours) {
      HostedEnd.await(interpreter);
    } else if (!interpreter.gate().stays().isEmpty() && !HostedEnd.isGivenUp()) {
      awaitEmptyLogging(interpreter);
    }
    interpreter.gate().shut();
    if (!interpreter.ours) {
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

  private static void awaitEmptyLogging(InterpreterState interpreter) {
    Interpreters.Setup setup = Interpreters.requireSetup();
    long[] next = {System.nanoTime() + setup.logInterval().toNanos()};
    ThreadStates.unattached(() ->
        interpreter
            .gate()
            .awaitEmpty(
                Deadline.NONE,
                pass -> Reaper.reapIfDead(interpreter, pass),
                () -> {
                  if (System.nanoTime() - next[0] > 0) {
                    next[0] = System.nanoTime() + setup.logInterval().toNanos();
                    setup
                        .waiting()
                        .accept(new Left(interpreter, interpreter.gate().stays(), List.of()));
                  }
                }));
  }

  /**
   * The last resort at the JVM's exit, when not everyone lets go: {@code atexit} and flushing
   * without an end, if the GIL can be had in that time.
   */
  public static boolean lastWords(InterpreterState interpreter, Duration timeout) {
    if (!interpreter.gate().isAlive()) {
      return true;
    }
    lastWords = true;
    HostThread host = interpreter.host;
    return host != null
        && host.tryRun(
            () -> {
              ThreadStates.hosted(
                  interpreter, interpreter.first, () -> interpreter.companion().lastWords());
              return true;
            },
            timeout.toNanos());
  }
}
