package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.thread.Attachment.Kind;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ensure and release: {@code PyThreadState_Ensure} and {@code PyThreadState_Release} of PEP 788 on
 * every CPython, with thread states that are kept between calls.
 *
 * <p>What is attached is asked of CPython each time, not remembered: C code between two of our
 * calls may have used {@code PyGILState_*} or detached.
 *
 * <p>Each of these looks at the stack first, and makes what it needs, and then changes CPython's
 * attachment and our record of it in steps that cannot fail ({@link Attaching}): whatever is
 * thrown, either nothing has changed or all of it has.
 */
public final class ThreadStates {

  private ThreadStates() {}

  /**
   * Attaches a thread state of the interpreter, or uses the one that is attached. Undone by {@link
   * #release}, or {@link #endBody}, with the {@link Attachment#depth} that it has now. The thread's
   * stack has room for Python code then, and for what undoes it at the same place.
   *
   * @param hold one that is open on the interpreter, or null
   * @return null if the interpreter refuses newcomers
   * @throws StackOverflowError if the thread's stack has no room for it
   */
  public static @Nullable Attachment ensure(InterpreterState interpreter, @Nullable Hold hold) {
    JavaThread thread = JavaThread.current();
    long room = StackLimit.requireRoom(thread); // to leave again, too, if only by a store
    Attachment top = thread.top();
    if (top != null && top.membership.interpreter == interpreter && Attaching.isAttached(top)) {
      Proven.limit().deepen(top.tstate, room);
      top.depth++;
      return top;
    }
    return enter(thread, interpreter, hold, room);
  }

  private static @Nullable Attachment enter(
      JavaThread thread, InterpreterState interpreter, @Nullable Hold hold, long room) {
    Membership membership = thread.in(interpreter);
    if (!Attaching.admit(membership, hold)) {
      return null;
    }
    long begun = GilWaits.begin();
    Attachment entered = null;
    boolean introduced = false;
    try {
      long attached = thread.attached(); // main lives on for whoever is let in anywhere
      Attachment top = thread.top();
      entered =
          attached == 0 || (top != null && top.tstate == attached)
              ? Attaching.attach(thread, membership, attached, room)
              : enterFromFound(thread, membership, attached, room);
      GilWaits.tell(begun, interpreter);
      if (entered != null && !membership.introduced) {
        Attaching.introduce(entered);
      }
      introduced = true;
      return entered;
    } finally {
      if (entered == null) {
        Attaching.dismiss(membership);
      } else if (!introduced) {
        Attaching.leave(entered);
      }
    }
  }

  // C code, or Python's own thread, has a state attached that we do not know of
  private static @Nullable Attachment enterFromFound(
      JavaThread thread, Membership membership, long attached, long room) {
    InterpreterState found = Interpreters.of(C.PyThreadState_GetInterpreter(attached));
    if (found == membership.interpreter) {
      return Attaching.find(thread, membership, attached, room);
    }
    Membership there = thread.in(found);
    if (!Attaching.admit(there, null)) {
      return null;
    }
    Attachment below = null;
    Attachment entered = null;
    try {
      below = Attaching.find(thread, there, attached, room);
      Attaching.introduce(below);
      below.implied = true;
      entered = Attaching.attach(thread, membership, attached, room);
      return entered;
    } finally {
      if (below == null) {
        Attaching.dismiss(there);
      } else if (entered == null) {
        Attaching.pop(below);
      }
    }
  }

  /**
   * Undoes an {@link #ensure}.
   *
   * @throws IllegalStateException if that was on another thread, or something ensured after it is
   *     still there
   * @throws StackOverflowError if the stack has no room left, further down than where it was
   *     ensured; nothing has changed then, either
   */
  public static void release(Attachment attachment, int depth) {
    checkRelease(attachment, depth);
    if (depth == 1) {
      StackLimit.requireRoomToLeave(attachment.thread);
    }
    leave(attachment, depth);
  }

  @NoThrow
  private static void leave(Attachment attachment, int depth) {
    if (depth > 1) {
      attachment.depth = depth - 1;
    } else {
      Attaching.leave(attachment);
    }
  }

  private static void checkRelease(Attachment attachment, int depth) {
    JavaThread thread = attachment.thread;
    if (!thread.isCurrent()) {
      throw new IllegalStateException(
          "a thread state is released on the thread that ensured it: "
              + thread.thread.getName()
              + ", not "
              + Thread.currentThread().getName());
    }
    if (thread.top() != attachment || attachment.depth != depth || depth <= attachment.floor) {
      throw new IllegalStateException(
          "released out of order: close the thread states that were ensured after this one first");
    }
    if (!Attaching.isAttached(attachment)) {
      throw new IllegalStateException(
          "released while its thread state is detached: close it after callDetached(…), or the C code"
              + " that detached it, has come back");
    }
  }

  /**
   * Undoes an {@link #ensure} at the end of a body that ran in between, at the same place: there
   * ensure has found the room on the stack that this takes, which {@link #release} looks for again.
   * What the body has left open is released first.
   *
   * @return whether there was any
   */
  @NoThrow
  public static boolean endBody(Attachment entered, int depth) {
    JavaThread thread = entered.thread;
    boolean forgotten = false;
    if (thread.top() != entered || entered.depth != depth) {
      forgotten = Attaching.unwindTo(entered) || entered.depth > depth;
      entered.depth = depth;
    }
    leave(entered, depth);
    return forgotten;
  }

  /** Whether the calling thread has a thread state of the interpreter attached, by whoever. */
  public static boolean isAttachedTo(InterpreterState interpreter) {
    JavaThread thread = JavaThread.known();
    if (thread != null) {
      return isAttachedTo(interpreter, thread);
    }
    long attached = C.PyThreadState_GetUnchecked();
    return attached != 0 && C.PyThreadState_GetInterpreter(attached) == interpreter.pointer;
  }

  private static boolean isAttachedTo(InterpreterState interpreter, JavaThread calling) {
    Attachment top = calling.top();
    if (top != null && Attaching.isAttached(top)) {
      return top.membership.interpreter == interpreter;
    }
    long attached = C.PyThreadState_GetUnchecked();
    return attached != 0 && C.PyThreadState_GetInterpreter(attached) == interpreter.pointer;
  }

  /**
   * As {@link #isAttachedTo(InterpreterState)}, where the calling thread is at hand, and before an
   * operation on an object of the interpreter.
   *
   * @throws StackOverflowError if the thread is attached to it, and its stack has no room
   */
  public static boolean isReadyIn(InterpreterState interpreter, JavaThread calling) {
    Attachment top = calling.top();
    Attachment ours = top != null && Attaching.isAttached(top) ? top : null;
    long attached = ours != null ? ours.tstate : C.PyThreadState_GetUnchecked();
    if (attached == 0) {
      return false;
    }
    boolean there =
        ours != null
            ? ours.membership.interpreter == interpreter
            : C.PyThreadState_GetInterpreter(attached) == interpreter.pointer;
    if (there) {
      Proven.limit().deepen(attached, StackLimit.requireRoom(calling));
    }
    return there;
  }

  /** Whether the calling thread is too far down its stack to enter Python. */
  public static boolean isBelowFloor() {
    JavaThread thread = JavaThread.known();
    return thread != null && StackLimit.isBelowFloor(thread);
  }

  /** The interpreter of the calling thread's attached thread state, or null if there is none. */
  public static @Nullable InterpreterState attachedInterpreter() {
    JavaThread thread = JavaThread.known();
    Attachment top = thread == null ? null : thread.top();
    if (top != null && Attaching.isAttached(top)) {
      return top.membership.interpreter;
    }
    long attached = C.PyThreadState_GetUnchecked();
    return attached == 0 ? null : Interpreters.of(C.PyThreadState_GetInterpreter(attached));
  }

  /** Whether the calling thread is attached to the interpreter, or has suspended being so. */
  public static boolean isInside(InterpreterState interpreter) {
    JavaThread thread = JavaThread.known();
    return (thread != null && thread.isInside(interpreter)) || isAttachedTo(interpreter);
  }

  /**
   * Detaches for the time of a body: {@code Py_BEGIN_ALLOW_THREADS}. The interpreter waits for the
   * thread meanwhile, so the way back cannot hang.
   *
   * @throws IllegalStateException if it is not the attached one of the calling thread
   * @throws StackOverflowError if there is no room for the way back
   */
  public static void beginDetached(Attachment attachment) {
    JavaThread thread = attachment.thread;
    if (!thread.isCurrent()) {
      throw new IllegalStateException(
          "callDetached(…) is for the thread that ensured: " + thread.thread.getName());
    }
    if (thread.top() != attachment || !Attaching.isAttached(attachment)) {
      throw new IllegalStateException(
          "callDetached(…) is for the attached thread state; this one is not attached now");
    }
    StackLimit.requireRoomToLeave(thread);
    detach(thread);
  }

  @NoThrow
  private static void detach(JavaThread thread) {
    C.PyEval_SaveThread();
    DeathKey.detach(thread, 0);
  }

  /**
   * The way back from {@link #beginDetached}, at the same place, which has looked for room on the
   * stack: {@code Py_END_ALLOW_THREADS}. What the body has left open is released first.
   *
   * @return whether there was any
   */
  @NoThrow
  public static boolean endDetached(Attachment attachment) {
    boolean forgotten = Attaching.unwindTo(attachment);
    attach(attachment);
    return forgotten;
  }

  @NoThrow
  private static void attach(Attachment attachment) {
    long begun = GilWaits.begin();
    C.PyEval_RestoreThread(attachment.tstate);
    Attaching.arm(attachment);
    GilWaits.tell(begun, attachment.interpreter());
  }

  /** The body, with nothing attached where it waits for other threads. Also on virtual threads. */
  public static <T extends @Nullable Object> T unattached(Supplier<T> body) {
    long attached = C.PyThreadState_GetUnchecked();
    if (attached == 0) {
      return body.get();
    }
    JavaThread thread = JavaThread.current();
    StackLimit.requireRoomToLeave(thread);
    Attachment top = thread.top();
    detach(thread);
    try {
      return body.get();
    } finally {
      restore(attached, top);
    }
  }

  @NoThrow
  private static void restore(long attached, @Nullable Attachment top) {
    C.PyEval_RestoreThread(attached);
    if (top != null && top.tstate == attached) {
      Attaching.arm(top);
    }
  }

  /**
   * On an interpreter's own thread, attached: whether it has thread states that are not ours, but
   * of threads that Python code has started.
   */
  static boolean hasStatesOfOthers(InterpreterState interpreter) {
    Set<Long> ours = new HashSet<>();
    ours.add(interpreter.first);
    ours.add(interpreter.mainState);
    for (Pass pass : interpreter.gate().passes()) {
      ours.add(((Membership) pass).kept);
    }
    // Without a GIL somebody else's may be freed at any moment: it is seen, and not read
    long state = C.PyInterpreterState_ThreadHead(interpreter.pointer);
    while (state != 0 && ours.contains(state)) {
      state = C.PyThreadState_Next(state);
    }
    return state != 0;
  }

  /**
   * The thread that ends an interpreter that is not ours, attached to it and with its gate shut,
   * stays inside: finalizers may call Java on it.
   */
  static void letEnderStay(InterpreterState interpreter) {
    Membership membership = JavaThread.current().in(interpreter);
    if (membership.stays++ == 0) {
      interpreter.gate().enterToEnd(membership);
    }
  }

  /** From now on nothing of an interpreter that has ended is of use to the thread that ended it. */
  static void forgetEnder(InterpreterState interpreter) {
    JavaThread thread = JavaThread.known();
    Membership membership = thread == null ? null : thread.knownIn(interpreter);
    if (membership != null) {
      membership.stays = 0;
    }
  }

  /** On an interpreter's own thread: the body with the state attached, whatever the gate says. */
  static void withAttached(InterpreterState interpreter, long tstate, Runnable body) {
    JavaThread thread = JavaThread.current();
    long room = StackLimit.requireRoom(thread);
    Membership membership = thread.in(interpreter);
    Attachment found = Attachment.of(thread, membership, tstate, Kind.FOUND, 0, 0);
    arrive(found, room);
    try {
      body.run();
    } finally {
      Attaching.unwindTo(found);
      depart(found);
    }
  }

  @NoThrow
  private static void arrive(Attachment found, long room) {
    Membership membership = found.membership;
    C.PyEval_RestoreThread(found.tstate);
    if (membership.stays++ == 0) {
      membership.interpreter.gate().enterToEnd(membership);
    }
    Attaching.take(found, room);
  }

  // The body may have ended the interpreter, and its state with it
  @NoThrow
  private static void depart(Attachment found) {
    if (C.PyThreadState_GetUnchecked() == found.tstate) {
      C.PyEval_SaveThread();
    }
    Attaching.pop(found);
  }

  /**
   * Runs a body on the interpreter's own thread, with its first thread state attached, and waits
   * for it. Waiting for the GIL counts; what comes to have it too late runs nothing.
   *
   * @return whether it was done in that time; false also if it has failed, which is logged, or the
   *     interpreter has no thread of its own
   */
  static boolean tryOnOwnThread(InterpreterState interpreter, Deadline deadline, Runnable body) {
    OwnThread own = interpreter.own;
    if (own == null) {
      return false;
    }
    return own.tryRun(new OnOwnThread(interpreter, body), deadline.nanosLeft());
  }

  record OnOwnThread(InterpreterState interpreter, Runnable body)
      implements OwnThread.Body<Boolean> {
    @Override
    public Boolean run(OwnThread.Task<Boolean> task) {
      withAttached(interpreter, interpreter.first, new IfWanted(task, body));
      return true;
    }
  }

  private record IfWanted(OwnThread.Task<?> task, Runnable body) implements Runnable {
    @Override
    public void run() {
      if (task.isWanted()) {
        body.run();
      }
    }
  }
}
