package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.lifecycle.Stay;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Threads that have called {@link System#exit}. They stay there until the process is gone, so those
 * that were inside Python never leave it: their frames keep what they have open, no interpreter
 * under them can be finalized, and nobody is to wait for them.
 */
public final class ExitingThreads {

  private static final long INTERRUPT_NANOS = 50_000_000L;

  private static volatile boolean processEnds;

  private ExitingThreads() {}

  /** Whether the process ends, and with it all interpreters, whatever comes. */
  static boolean processEnds() {
    return processEnds;
  }

  /** By a thread that exits, while it does: lets go of the GIL that it may hold, for good. */
  public static void letGo() {
    processEnds = true;
    if (C.PyThreadState_GetUnchecked() == 0) {
      return;
    }
    C.PyEval_SaveThread();
    JavaThread known = JavaThread.known();
    if (known != null) {
      DeathKey.detach(known, 0);
    }
  }

  /** Whether there are some inside, and nobody else is. What they hold does not count either. */
  public static boolean areAllThatStay() {
    List<Stay> stays = stays().toList();
    Set<Thread> exiting = exiting(stays.stream());
    return !exiting.isEmpty() && stays.stream().allMatch(stay -> exiting.contains(stay.thread()));
  }

  /** Whether somebody closes an interpreter that some are inside of, and waits in vain. */
  public static boolean areWaitedFor() {
    return Interpreters.living().stream()
        .map(InterpreterState::gate)
        .anyMatch(gate -> !gate.isOpen() && !exiting(gate.stays().stream()).isEmpty());
  }

  /**
   * Beside some that are inside, raises {@code KeyboardInterrupt} in everyone else: a closer that
   * waits for those comes to no other interpreter.
   */
  public static void interruptOthers() {
    if (exiting(stays()).isEmpty()) {
      return;
    }
    for (InterpreterState one : Interpreters.living()) {
      OwnThread own = one.own;
      if (own != null && !one.gate().stays().isEmpty()) {
        own.tryRun(
            task -> {
              if (one.gate().isAlive()) {
                ThreadStates.withAttached(
                    one,
                    one.first,
                    () -> Interrupts.raiseInAll(one, Interrupts.Whom.EVERYONE, () -> true));
              }
              return true;
            },
            INTERRUPT_NANOS);
      }
    }
  }

  /** What Python calls those that are inside an interpreter ({@code threading.get_ident()}). */
  static Set<Long> idents(InterpreterState interpreter) {
    Set<Long> idents = new HashSet<>();
    for (Pass pass : interpreter.gate().passes()) {
      if (pass.isInside() && isExiting(pass.thread())) {
        idents.add(((Membership) pass).javaThread.ident);
      }
    }
    return idents;
  }

  private static Stream<Stay> stays() {
    return Interpreters.living().stream().flatMap(one -> one.gate().stays().stream());
  }

  private static Set<Thread> exiting(Stream<Stay> stays) {
    return stays
        .filter(stay -> stay.kind() != Stay.Kind.HELD)
        .map(Stay::thread)
        .filter(ExitingThreads::isExiting)
        .collect(Collectors.toSet());
  }

  // One waits there for the shutdown hooks, others for that one's monitor
  private static boolean isExiting(Thread thread) {
    Thread.State state = thread.getState();
    return (state == Thread.State.WAITING || state == Thread.State.BLOCKED)
        && Stream.of(thread.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals("java.lang.Shutdown"));
  }
}
