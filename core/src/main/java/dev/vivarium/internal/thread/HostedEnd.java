package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Stay;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a Python program that has started this JVM. Python itself ends it, on its own main
 * thread; we hold it at its last {@code atexit} function until JVM threads have let go, for a
 * limited time.
 *
 * <p>Daemon threads do not delay an exit, in Java as in Python: {@code KeyboardInterrupt} is raised
 * at once in the Python code that they run. Other threads are waited for.
 */
final class HostedEnd {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  private static volatile Duration timeout = Duration.ofSeconds(10);
  private static volatile Runnable afterwards = () -> {};
  private static volatile boolean givenUp;

  private HostedEnd() {}

  /**
   * @param limit how long the end of Python waits for JVM threads
   * @param last run when nothing is left of Python
   */
  static void prepare(Duration limit, Runnable last) {
    timeout = limit;
    afterwards = last;
  }

  /** Whether nobody is waited for any more, since the time is up. */
  static boolean isGivenUp() {
    return givenUp;
  }

  /** At main's door, attached, on the thread that finalizes Python. */
  static void await(InterpreterState main) {
    List<InterpreterState> all = Interpreters.living();
    all.forEach(one -> one.gate().refuseForGood());
    boolean empty =
        letOut(main, all, Deadline.in(timeout), Interrupts.Whom.DAEMONS)
            || letOut(main, all, Deadline.in(AFTER_INTERRUPT), Interrupts.Whom.EVERYONE);
    if (!empty) {
      givenUp = true;
      all.forEach(one -> one.gate().releaseOthers());
      LOG.log(
          System.Logger.Level.WARNING,
          "Python ends although these are inside, and stop where they are: "
              + all.stream()
                  .flatMap(one -> one.gate().stays().stream().map(stay -> told(stay, one)))
                  .toList());
      ThreadStates.unattached(() -> {
        all.stream()
            .filter(one -> one.isOurs())
            .forEach(one -> Finalization.endGuarded(one, AFTER_INTERRUPT));
        return true;
      });
    }
    OwnThread tender = main.own;
    if (tender != null) {
      ThreadStates.unattached(() -> tender.stopWithin(AFTER_INTERRUPT.toNanos()));
    }
  }

  /** Whether nobody is left, when the time is up or a signal's handler has had enough. */
  private static boolean letOut(
      InterpreterState main,
      List<InterpreterState> all,
      Deadline deadline,
      Interrupts.Whom interrupted) {
    for (InterpreterState one : all) {
      if (one.isOurs() && !close(one, deadline, interrupted)) {
        return false;
      }
    }
    while (true) {
      InterpreterState busy = busy(all);
      if (busy == null) {
        return true;
      }
      if (deadline.hasPassed()) {
        return false;
      }
      Interrupts.raiseInAll(main, interrupted, () -> true);
      Gate gate = busy.gate();
      ThreadStates.unattached(() ->
          gate.awaitEmpty(
              deadline.atMost(STEP), pass -> Reaper.reapIfDead(busy, pass, deadline), () -> {}));
      if (wantsOut()) {
        return false;
      }
    }
  }

  /** False if a signal's handler has had enough; when the time is up, the others have their try. */
  private static boolean close(
      InterpreterState ours, Deadline deadline, Interrupts.Whom interrupted) {
    while (true) {
      Left left =
          ThreadStates.unattached(
              () -> Ending.closeAtExit(ours, deadline.atMost(STEP), interrupted));
      if (left.isNobody() || deadline.hasPassed()) {
        return true;
      }
      if (wantsOut()) {
        return false;
      }
    }
  }

  // Who presses Ctrl-C again has no more patience
  private static boolean wantsOut() {
    if (C.PyErr_CheckSignals() == 0) {
      return false;
    }
    C.PyErr_Clear();
    return true;
  }

  private static String told(Stay stay, InterpreterState interpreter) {
    return stay.thread().getName() + " in " + interpreter + ", since " + stay.since();
  }

  private static @Nullable InterpreterState busy(List<InterpreterState> all) {
    return all.stream().filter(one -> !one.gate().stays().isEmpty()).findFirst().orElse(null);
  }

  /** When nothing is left of Python, on the thread that has finalized it. */
  static void afterwards() {
    Interpreters.living().forEach(Finalization::ended);
    afterwards.run();
  }
}
