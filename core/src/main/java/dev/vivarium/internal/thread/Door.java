package dev.vivarium.internal.thread;

import dev.vivarium.internal.capi.ArgumentParsers;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Pass;

/** What holds an interpreter's end until everyone is out, whoever ends it. */
public final class Door {

  private Door() {}

  /**
   * The last {@code atexit} function of each interpreter, whoever ends it: waits until nobody is
   * inside, and from then on lets nobody in but the ending thread itself, for what finalizers call.
   * Attached.
   */
  public static void shut(InterpreterState interpreter) {
    Gate gate = interpreter.gate();
    if (LastWords.areSaid() || gate.isShut()) {
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
}
