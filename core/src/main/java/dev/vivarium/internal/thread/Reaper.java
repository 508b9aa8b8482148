package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.lifecycle.VirtualThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes back what has been left: kept thread states of dead threads, the passes of those that died
 * without releasing (promises E7, E10), interpreters that could not be set up.
 */
final class Reaper {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final long REAPING_NANOS = 1_000_000_000L;

  private Reaper() {}

  /**
   * Looks after all that live.
   *
   * @param endAbandoned ends one that could not be set up, if it is one and can be ended now
   */
  static void tendAll(Consumer<InterpreterState> endAbandoned) {
    Gate.tick();
    for (InterpreterState interpreter : Interpreters.living()) {
      tend(interpreter, endAbandoned);
    }
    JavaThread.forgetDead();
    WorkerPool.warnIfStarved();
    GilWaits.tend();
    VirtualThreads.wakeScheduler();
  }

  private static void tend(InterpreterState interpreter, Consumer<InterpreterState> endAbandoned) {
    try {
      endAbandoned.accept(interpreter);
      reapIn(interpreter);
    } catch (Throwable t) {
      warn("cannot reap threads of " + interpreter, t);
    }
  }

  private static void reapIn(InterpreterState interpreter) {
    if (!hasDead(interpreter)) {
      return;
    }
    if (interpreter.own != null) {
      interpreter.own.tryRun(new Reaping(interpreter, true), REAPING_NANOS);
    } else {
      reapAsVisitor(interpreter);
    }
  }

  /** Logs, unless that fails as well, which is no reason to stop what goes on here. */
  static void warn(String message, @Nullable Throwable thrown) {
    try {
      LOG.log(System.Logger.Level.WARNING, message, thrown);
    } catch (Throwable t) {
      // There is nobody to tell
    }
  }

  /** The closer's look at a pass: a dead thread's does not keep the interpreter open. */
  static void reapIfDead(InterpreterState interpreter, Pass pass, Deadline deadline) {
    if (isDead(pass)) {
      OwnThread own = interpreter.own;
      if (own != null) {
        long most = Math.min(REAPING_NANOS, deadline.nanosLeft()); // the GIL may be hogged
        own.tryRun(new Reaping(interpreter, false), most);
      }
    }
  }

  private static boolean hasDead(InterpreterState interpreter) {
    boolean dead = false;
    for (Pass pass : interpreter.gate().passes()) {
      dead |= isDead(pass);
    }
    return dead;
  }

  // A Thread that has ended says nothing: native code may go on with the OS thread that it was,
  // whose gilstate slot names a state kept here
  private static boolean isDead(Pass pass) {
    return ((Membership) pass).javaThread.isDead();
  }

  /**
   * On the interpreter's own thread.
   *
   * @param ifOpen an ending interpreter reaps by itself; a task that comes after must find nothing
   *     to do
   */
  private record Reaping(InterpreterState interpreter, boolean ifOpen)
      implements OwnThread.Body<Boolean> {
    @Override
    public Boolean run(OwnThread.Task<Boolean> task) {
      return !(ifOpen && !interpreter.gate().isOpen()) && reapNow(interpreter);
    }
  }

  // One that Python code made has no thread of ours, and may end as soon as nobody is inside
  private static void reapAsVisitor(InterpreterState interpreter) {
    Membership membership = JavaThread.current().in(interpreter);
    if (Attaching.admit(membership, null)) {
      try {
        reapNow(interpreter);
      } finally {
        Attaching.dismiss(membership);
      }
    }
  }

  /** On the interpreter's own thread. */
  private static boolean reapNow(InterpreterState interpreter) {
    List<Membership> dead = new ArrayList<>();
    boolean states = false;
    for (Pass pass : interpreter.gate().passes()) {
      Membership membership = (Membership) pass;
      if (isDead(pass)) {
        dead.add(membership);
        states |= membership.kept != 0 || nextDeleted(membership, null) != null;
      }
    }
    if (states && !drop(interpreter, dead)) {
      return true; // no memory: the next time
    }
    for (Membership membership : dead) {
      if (membership.isInside()) {
        warn(
            "thread "
                + membership.thread().getName()
                + " died inside "
                + interpreter
                + " without closing its ThreadState; it has been released",
            null);
      }
      interpreter.gate().forget(membership);
    }
    return true;
  }

  // What its thread would have deleted on its way out
  private static @Nullable Attachment nextDeleted(
      Membership membership, @Nullable Attachment after) {
    Attachment a = after == null ? membership.javaThread.top() : after.below;
    while (a != null && !isToDelete(a, membership)) {
      a = a.below;
    }
    return a;
  }

  private static boolean isToDelete(Attachment a, Membership membership) {
    return a.membership == membership && a.kind == Attachment.Kind.DELETED && !a.reaped;
  }

  // Where a dead thread's bit cannot be taken back, deleting its state empties this thread's slot,
  // so the state that is attached meanwhile is one that goes with them
  private static boolean drop(InterpreterState interpreter, List<Membership> dead) {
    Dropping dropping = new Dropping(dead);
    long fresh = C.PyThreadState_New(interpreter.pointer);
    if (fresh == 0) {
      return false;
    }
    dropping.fresh = fresh;
    try {
      ThreadStates.withAttached(interpreter, fresh, dropping);
    } finally {
      if (!dropping.attached) {
        Attaching.dropNew(fresh, 0);
      }
    }
    return true;
  }

  private static final class Dropping implements Runnable {

    private final List<Membership> dead;
    private long fresh;
    private boolean attached;

    Dropping(List<Membership> dead) {
      this.dead = dead;
    }

    @Override
    public void run() {
      attached = true;
      try {
        for (Membership one : dead) {
          dropStates(one);
        }
      } finally {
        deleteCurrent(fresh);
      }
    }
  }

  @NoThrow
  private static void deleteCurrent(long attached) {
    C.PyThreadState_Clear(attached);
    C.PyThreadState_DeleteCurrent();
  }

  private static void dropStates(Membership dead) {
    for (Attachment a = nextDeleted(dead, null); a != null; a = nextDeleted(dead, a)) {
      Proven.slot().forgetDead(a.tstate);
      deleteReaped(a);
    }
    if (dead.kept != 0) {
      Proven.slot().forgetDead(dead.kept);
      deleteKept(dead);
    }
  }

  // Once, though this is tried again after an error
  @NoThrow
  private static void deleteReaped(Attachment attachment) {
    attachment.reaped = true;
    delete(attachment.tstate);
  }

  @NoThrow
  private static void deleteKept(Membership membership) {
    long kept = membership.kept;
    membership.kept = 0; // first: a state is never named that is not there
    delete(kept);
  }

  @NoThrow
  private static void delete(long state) {
    C.PyThreadState_Clear(state);
    C.PyThreadState_Delete(state);
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
    List<Membership> keeping = new ArrayList<>();
    for (Pass pass : interpreter.gate().passes()) {
      if (((Membership) pass).kept != 0) {
        keeping.add((Membership) pass);
      }
    }
    for (Membership membership : keeping) {
      if (membership.kept == attached) {
        // 3.12 may end one by whatever state is newest, and wants no other left, not even the first
        membership.kept = 0;
        delete(oldestState(interpreter));
      } else {
        deleteKept(membership);
      }
    }
  }
}
