package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes back what dead threads have left: their kept thread states, and the passes of those that
 * died without releasing (BEHAVIOUR E7, E10).
 */
final class Reaper {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final long TICK_NANOS = 1_000_000_000L;

  // After its death in Java a thread still runs its native end, which may detach its thread state
  private static final long GRACE_NANOS = 200_000_000L;
  private static final int MANY = 64;

  private static volatile Thread thread = new Thread();

  private Reaper() {}

  static void start() {
    Thread reaper =
        Thread.ofPlatform().daemon().name("python-reaper").unstarted(Reaper::keepReaping);
    thread = reaper;
    reaper.start();
  }

  /** A thread has come to an interpreter; threads that come and go are looked after early. */
  static void afterJoin(InterpreterState interpreter) {
    if (interpreter.gate().knownThreads() % MANY == 0) {
      LockSupport.unpark(thread);
    }
  }

  private static void keepReaping() {
    while (true) {
      LockSupport.parkNanos(TICK_NANOS);
      Gate.tick();
      for (InterpreterState interpreter : Interpreters.living()) {
        try {
          if (!hasDead(interpreter)) {
            continue;
          }
          if (interpreter.host != null) {
            interpreter.host.tryRun(() -> reapOpen(interpreter), TICK_NANOS);
          } else {
            reapAsVisitor(interpreter);
          }
        } catch (RuntimeException | Error e) {
          LOG.log(System.Logger.Level.WARNING, "cannot reap threads of " + interpreter, e);
        }
      }
    }
  }

  /** The closer's look at a pass: a dead thread's does not keep the interpreter open. */
  static void reapIfDead(InterpreterState interpreter, Pass pass) {
    if (isReapable((Membership) pass)) {
      HostThread host = interpreter.host;
      if (host != null) {
        host.tryRun(() -> reapNow(interpreter), TICK_NANOS); // the GIL may be hogged
      }
    }
  }

  private static boolean hasDead(InterpreterState interpreter) {
    boolean dead = false;
    for (Pass pass : interpreter.gate().passes()) {
      dead |= isReapable((Membership) pass);
    }
    return dead;
  }

  private static boolean isReapable(Membership membership) {
    if (membership.thread().getState() != Thread.State.TERMINATED) {
      return false;
    }
    if (!membership.isInside()) {
      return true;
    }
    if (membership.seenDead == 0) {
      membership.seenDead = System.nanoTime() | 1;
    }
    return System.nanoTime() - membership.seenDead > GRACE_NANOS;
  }

  // An ending interpreter reaps by itself; a task that comes after must find nothing to do
  private static boolean reapOpen(InterpreterState interpreter) {
    return interpreter.gate().isOpen() && reapNow(interpreter);
  }

  // One that Python code made has no thread of ours, and may end as soon as nobody is inside
  private static void reapAsVisitor(InterpreterState interpreter) {
    Membership membership = JavaThread.current().in(interpreter);
    if (interpreter.gate().enter(membership)) {
      membership.stays++;
      try {
        reapNow(interpreter);
      } finally {
        membership.stays--;
        interpreter.gate().leave(membership);
      }
    }
  }

  /** On the interpreter's own thread. */
  private static boolean reapNow(InterpreterState interpreter) {
    List<Membership> dead = new ArrayList<>();
    List<Long> states = new ArrayList<>();
    for (Pass pass : interpreter.gate().passes()) {
      Membership membership = (Membership) pass;
      if (isReapable(membership)) {
        dead.add(membership);
        collectStates(membership, states);
      }
    }
    if (!states.isEmpty()) {
      long fresh = C.PyThreadState_New(interpreter.pointer);
      ThreadStates.hosted(interpreter, fresh, () -> dropAll(states, fresh));
    }
    for (Membership membership : dead) {
      if (membership.isInside()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "thread "
                + membership.thread().getName()
                + " died inside "
                + interpreter
                + " without closing its ThreadState; it has been released");
      }
      interpreter.gate().forget(membership);
    }
    return true;
  }

  private static void collectStates(Membership membership, List<Long> states) {
    if (membership.kept != 0) {
      states.add(membership.kept);
      membership.kept = 0;
    }
    for (Attachment a = membership.javaThread.top(); a != null; a = a.below) {
      if (a.membership == membership && a.kind == Attachment.Kind.DELETED) {
        states.add(a.tstate);
      }
    }
  }

  // Where its dead thread's bit cannot be taken back, deleting a state empties this thread's slot,
  // so the state that is attached meanwhile is one that goes with them
  private static void dropAll(List<Long> states, long fresh) {
    states.forEach(GilStateSlot::forgetDead);
    states.forEach(C::PyThreadState_Clear);
    states.forEach(C::PyThreadState_Delete);
    C.PyThreadState_Clear(fresh);
    C.PyThreadState_DeleteCurrent();
  }

  // CPython lists the newest first
  private static long oldestState(InterpreterState interpreter) {
    long oldest = 0;
    for (long state = C.PyInterpreterState_ThreadHead(interpreter.pointer);
        state != 0;
        state = C.PyThreadState_Next(state)) {
      oldest = state;
    }
    return oldest;
  }

  /**
   * On the thread that ends a sub-interpreter, attached to it, with everyone out: drops the states
   * kept there, which no slot names.
   */
  static void dropKept(InterpreterState interpreter) {
    long attached = C.PyThreadState_GetUnchecked();
    List<Long> states = new ArrayList<>();
    for (Pass pass : interpreter.gate().passes()) {
      Membership membership = (Membership) pass;
      if (membership.kept != 0) {
        states.add(membership.kept);
        membership.kept = 0;
      }
    }
    // 3.12 may end one by whatever state is newest, and wants no other left, not even the first
    if (states.remove(attached)) {
      states.add(oldestState(interpreter));
    }
    states.forEach(C::PyThreadState_Clear);
    states.forEach(C::PyThreadState_Delete);
  }
}
