package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.lifecycle.Pass;
import dev.vivarium.internal.thread.Attachment.Kind;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Ensure and release: {@code PyThreadState_Ensure} and {@code PyThreadState_Release} of PEP 788 on
 * every CPython, with thread states that are kept between calls.
 *
 * <p>What is attached is asked of CPython each time, not remembered: C code between two of our
 * calls may have used {@code PyGILState_*} or detached.
 */
public final class ThreadStates {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  private ThreadStates() {}

  /**
   * Attaches a thread state of the interpreter, or uses the one that is attached. Undone by {@link
   * #release} with the {@link Attachment#depth} that it has now.
   *
   * <p>Before the library runs Python code on the thread, {@link #isReadyIn} or {@link
   * #ensureReady} has to look at its stack.
   *
   * @param hold one that is open on the interpreter, or null
   * @return null if the interpreter refuses newcomers
   */
  public static @Nullable Attachment ensure(InterpreterState interpreter, @Nullable Hold hold) {
    return ensure(JavaThread.current(), interpreter, hold);
  }

  /**
   * As {@link #ensure}, for code that then runs Python code.
   *
   * @return null if the interpreter refuses newcomers
   * @throws StackOverflowError if the thread's stack has no room for it
   */
  public static @Nullable Attachment ensureReady(InterpreterState interpreter) {
    JavaThread thread = JavaThread.current();
    long room = StackLimit.requireRoom(thread);
    Attachment attachment = ensure(thread, interpreter, null);
    if (attachment != null) {
      StackLimit.deepen(attachment.tstate, room);
    }
    return attachment;
  }

  private static @Nullable Attachment ensure(
      JavaThread thread, InterpreterState interpreter, @Nullable Hold hold) {
    Attachment top = thread.top();
    if (top != null && top.membership.interpreter == interpreter && isAttached(top)) {
      StackLimit.deepen(thread, top.tstate);
      top.depth++;
      return top;
    }
    return enter(thread, interpreter, thread.attached(), hold);
  }

  /**
   * Undoes an {@link #ensure}.
   *
   * @throws IllegalStateException if that was on another thread, or something ensured after it is
   *     still there; nothing has changed then
   */
  public static void release(Attachment attachment, int depth) {
    checkRelease(attachment, depth);
    releaseChecked(attachment, depth);
  }

  /** Throws what {@link #release} would, and changes nothing. */
  public static void checkRelease(Attachment attachment, int depth) {
    JavaThread thread = attachment.thread;
    if (thread.thread != Thread.currentThread()) {
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
    if (!isAttached(attachment)) {
      throw new IllegalStateException(
          "released while its thread state is detached: close it after detached(…), or the C code"
              + " that detached it, has come back");
    }
  }

  /** A {@link #release} after its checks. */
  public static void releaseChecked(Attachment attachment, int depth) {
    if (depth > 1) {
      attachment.depth = depth - 1;
    } else {
      leave(attachment.thread, attachment);
    }
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
    if (top != null && isAttached(top)) {
      return top.membership.interpreter == interpreter;
    }
    long attached = calling.attached();
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
    Attachment ours = top != null && isAttached(top) ? top : null;
    long attached = ours != null ? ours.tstate : calling.attached();
    if (attached == 0) {
      return false;
    }
    boolean there =
        ours != null
            ? ours.membership.interpreter == interpreter
            : C.PyThreadState_GetInterpreter(attached) == interpreter.pointer;
    if (there) {
      StackLimit.deepen(attached, StackLimit.requireRoom(calling));
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
    if (top != null && isAttached(top)) {
      return top.membership.interpreter;
    }
    long attached = thread == null ? C.PyThreadState_GetUnchecked() : thread.attached();
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
   */
  public static void beginDetached(Attachment attachment) {
    JavaThread thread = attachment.thread;
    if (thread.thread != Thread.currentThread()) {
      throw new IllegalStateException(
          "detached(…) is for the thread that ensured: " + thread.thread.getName());
    }
    if (thread.top() != attachment || !isAttached(attachment)) {
      throw new IllegalStateException(
          "detached(…) is for the attached thread state; this one is not attached now");
    }
    C.PyEval_SaveThread();
    GilStateSlot.onDeathDetach(thread, 0);
  }

  /** The way back from {@link #beginDetached}: {@code Py_END_ALLOW_THREADS}. */
  public static void endDetached(Attachment attachment) {
    boolean forgotten = unwindTo(attachment.thread, attachment);
    C.PyEval_RestoreThread(attachment.tstate);
    arm(attachment);
    if (forgotten) {
      throw new IllegalStateException(
          "the body of detached(…) left a thread state open; it has been released");
    }
  }

  /** The body, with nothing attached where it waits for other threads. */
  static <T> T unattached(java.util.function.Supplier<T> body) {
    long attached = C.PyThreadState_GetUnchecked();
    if (attached == 0) {
      return body.get();
    }
    JavaThread thread = JavaThread.known();
    Attachment top = thread == null ? null : thread.top();
    C.PyEval_SaveThread();
    if (thread != null) {
      GilStateSlot.onDeathDetach(thread, 0);
    }
    try {
      return body.get();
    } finally {
      C.PyEval_RestoreThread(attached);
      if (top != null && top.tstate == attached) {
        arm(top);
      }
    }
  }

  /** Whether source that is nested deeply could overflow the calling thread's stack. */
  public static boolean isSmallForParser() {
    return StackLimit.isSmallForParser(JavaThread.current());
  }

  /**
   * Runs C code of an interpreter that the calling thread is attached to on a thread with a large
   * stack. This one is detached meanwhile, and what is raised there is raised here.
   *
   * @return what the body has returned, 0 with an exception raised
   */
  public static long onLargeStack(InterpreterState interpreter, LongSupplier body) {
    HostThread large = new HostThread("python-large-stack");
    try {
      long[] outcome = unattached(() -> large.run(() -> withFreshState(interpreter, body)));
      if (outcome[0] == 0) {
        C.PyErr_SetRaisedException(outcome[1]);
      }
      return outcome[0];
    } finally {
      large.stop();
    }
  }

  // Past the gate: whoever asked for it is inside until it is done
  private static long[] withFreshState(InterpreterState interpreter, LongSupplier body) {
    long state = C.PyThreadState_New(interpreter.pointer);
    if (state == 0) {
      throw new OutOfMemoryError("no memory for a Python thread state");
    }
    C.PyEval_RestoreThread(state);
    try {
      long result = body.getAsLong();
      return new long[] {result, result == 0 ? C.PyErr_GetRaisedException() : 0};
    } finally {
      C.PyThreadState_Clear(state);
      C.PyThreadState_DeleteCurrent();
    }
  }

  /**
   * The start of a call from Python into Java: uses the state that is attached, whoever attached it
   * (BEHAVIOUR E5). Undone by {@link #endCallback} with the floor that {@link #raiseFloor} gave.
   *
   * @return null if the interpreter has come too far in its end to call Java on this thread
   */
  public static @Nullable Attachment beginCallback() {
    JavaThread thread = JavaThread.current();
    Attachment top = thread.top();
    if (top != null && isAttached(top)) {
      top.depth++;
      return top;
    }
    long attached = C.PyThreadState_GetUnchecked();
    InterpreterState interpreter = Interpreters.of(C.PyThreadState_GetInterpreter(attached));
    Membership membership = thread.in(interpreter);
    if (membership.stays == 0 && !interpreter.gate().enterCallback(membership)) {
      return null;
    }
    membership.stays++;
    Attachment found = pushFound(thread, membership, attached);
    begin(found);
    return found;
  }

  /** Keeps what a callback does from releasing what lies outside it. */
  public static int raiseFloor(Attachment attachment) {
    int floor = attachment.floor;
    attachment.floor = attachment.depth;
    return floor;
  }

  /** The end of a call from Python into Java: what the Java code left open is released. */
  public static void endCallback(Attachment attachment, int floorBefore) {
    JavaThread thread = attachment.thread;
    if (thread.top() != attachment) {
      unwindTo(thread, attachment);
      LOG.log(System.Logger.Level.WARNING, "a callback left a thread state open; released");
    }
    attachment.depth = attachment.floor - 1;
    attachment.floor = floorBefore;
    if (attachment.depth == 0) {
      leave(thread, attachment);
    }
  }

  private static @Nullable Attachment enter(
      JavaThread thread, InterpreterState interpreter, long attached, @Nullable Hold hold) {
    Attachment top = thread.top();
    boolean switched = false;
    if (attached != 0 && (top == null || top.tstate != attached)) {
      InterpreterState found = Interpreters.of(C.PyThreadState_GetInterpreter(attached));
      if (!admit(thread.in(found), found == interpreter ? hold : null)) {
        return null;
      }
      Attachment foundAttachment = pushFound(thread, thread.in(found), attached);
      begin(foundAttachment);
      if (found == interpreter) {
        return foundAttachment;
      }
      foundAttachment.implied = true;
      switched = true;
    }
    Membership membership = thread.in(interpreter);
    if (!admit(membership, hold)) {
      if (switched) {
        pop(thread, Objects.requireNonNull(thread.top()));
      }
      return null;
    }
    return attach(thread, membership, attached);
  }

  private static Attachment attach(JavaThread thread, Membership membership, long attached) {
    long kept = membership.kept;
    if (attached != 0 || kept == 0 || !GilStateSlot.names(kept)) {
      return attachOther(thread, membership, attached);
    }
    C.PyEval_RestoreThread(kept);
    return attached(thread, membership, kept, Kind.KEPT, 0, kept);
  }

  // Apart, so that the JIT takes what comes at each call for small
  private static Attachment attachOther(JavaThread thread, Membership membership, long attached) {
    long state = membership.kept;
    Kind kind = Kind.KEPT;
    long slot = attached != 0 ? 0 : GilStateSlot.get();
    long used = thread.inUseFor(membership.interpreter);
    if (used != 0) {
      state = used;
      kind = Kind.OWNED_ELSEWHERE;
    } else if (slot != 0
        && slot != state
        && C.PyThreadState_GetInterpreter(slot) == membership.interpreter.pointer) {
      state = slot; // C code that has detached its own state further out
      kind = Kind.OWNED_ELSEWHERE;
    }
    if (state == 0) {
      state = C.PyThreadState_New(membership.interpreter.pointer);
      if (state == 0) {
        dismiss(membership);
        throw new OutOfMemoryError("no memory for a Python thread state");
      }
      StackLimit.introduce(thread, state);
      if (membership.interpreter.isMain() || GilStateSlot.isProven()) {
        membership.kept = state;
      } else {
        kind = Kind.DELETED;
      }
    }
    if (attached != 0) {
      C.PyEval_SaveThread();
    }
    C.PyEval_RestoreThread(state);
    if (kind == Kind.OWNED_ELSEWHERE) {
      StackLimit.introduce(thread, state);
      StackLimit.deepen(thread, state);
    }
    return attached(thread, membership, state, kind, attached, slot);
  }

  private static Attachment attached(
      JavaThread thread,
      Membership membership,
      long state,
      Kind kind,
      long restore,
      long slotBefore) {
    if (kind != Kind.OWNED_ELSEWHERE && thread.inUseFor(membership.interpreter) != state) {
      StackLimit.begin(thread, state);
    }
    Attachment attachment =
        kind == Kind.KEPT && restore == 0 ? thread.idle(membership, state) : null;
    if (attachment == null) {
      attachment = Attachment.of(thread, membership, state, kind, restore, slotBefore);
    } else {
      attachment.slotBefore = slotBefore;
    }
    thread.push(attachment);
    arm(attachment);
    begin(attachment);
    return attachment;
  }

  private static void begin(Attachment attached) {
    if (!attached.membership.introduced) {
      introduce(attached);
    }
  }

  // What comes once an interpreter, and once a thread in it
  private static void introduce(Attachment attached) {
    JavaThread thread = attached.thread;
    InterpreterState interpreter = attached.interpreter();
    try {
      StackLimit.deepen(attached.tstate, StackLimit.requireRoom(thread));
      interpreter.begin();
      if (StackLimit.isSmallForParser(thread)) {
        interpreter.companion().smallStack(thread.ident);
      }
      attached.membership.introduced = true;
    } catch (RuntimeException | Error e) {
      leave(thread, attached);
      throw e;
    }
  }

  private static void leave(JavaThread thread, Attachment attachment) {
    Membership membership = attachment.membership;
    if (membership.interrupted) {
      Interrupts.clear(membership);
    }
    if (attachment.kind != Kind.FOUND) {
      detach(attachment);
    }
    pop(thread, attachment);
    Attachment below = attachment.below;
    if (below != null && below.implied) {
      pop(thread, below);
    }
  }

  private static void detach(Attachment attachment) {
    if (attachment.kind == Kind.DELETED) {
      C.PyThreadState_Clear(attachment.tstate);
      C.PyThreadState_DeleteCurrent();
    } else {
      C.PyEval_SaveThread();
    }
    if (attachment.restore != 0) {
      C.PyEval_RestoreThread(attachment.restore);
      Attachment below = attachment.below;
      GilStateSlot.onDeathDetach(
          attachment.thread, below != null && below.kind != Kind.FOUND ? attachment.restore : 0);
      return;
    }
    GilStateSlot.onDeathDetach(attachment.thread, 0);
    putSlotRight(attachment);
  }

  // BEHAVIOUR E8: what the slot held before, a kept state of main, or nothing
  private static void putSlotRight(Attachment attachment) {
    long before = attachment.slotBefore;
    if (before == attachment.tstate) {
      return;
    }
    if (attachment.kind == Kind.DELETED || !GilStateSlot.isProven()) {
      if (before != 0) {
        GilStateSlot.bind(before);
      }
      return;
    }
    if (before != 0 || !attachment.interpreter().isMain()) {
      boolean dear = !GilStateSlot.isKeyed() && isKeptInMain(attachment.thread, before);
      GilStateSlot.replace(attachment.tstate, dear ? 0 : before);
    }
  }

  // Such a one comes back into the slot by its next attach; until then main's GIL is not waited for
  private static boolean isKeptInMain(JavaThread thread, long state) {
    Membership inMain = thread.in(Interpreters.requireMain());
    return inMain.kept == state;
  }

  private static boolean unwindTo(JavaThread thread, Attachment attachment) {
    boolean any = false;
    for (Attachment a = thread.top(); a != null && a != attachment; a = thread.top()) {
      leave(thread, a);
      thread.abandon(a);
      any = true;
    }
    return any;
  }

  private static boolean isAttached(Attachment attachment) {
    return GilStateSlot.isAttached(attachment.tstate);
  }

  // The thread's death then lets go of the GIL; a state that is not ours is not ours to detach
  private static void arm(Attachment attachment) {
    if (attachment.kind != Kind.FOUND) {
      GilStateSlot.onDeathDetach(attachment.thread, attachment.tstate);
    }
  }

  private static boolean admit(Membership membership, @Nullable Hold hold) {
    if (membership.stays == 0) {
      boolean entered =
          hold == null
              ? membership.interpreter.gate().enter(membership)
              : membership.interpreter.gate().enterHeld(membership, hold);
      if (!entered) {
        return false;
      }
    }
    membership.stays++;
    return true;
  }

  // Last of all: from then on the interpreter may end
  private static void dismiss(Membership membership) {
    if (--membership.stays == 0) {
      membership.interpreter.gate().leave(membership);
    }
  }

  private static Attachment pushFound(JavaThread thread, Membership membership, long tstate) {
    StackLimit.introduce(thread, tstate);
    StackLimit.deepen(thread, tstate);
    Attachment found = Attachment.of(thread, membership, tstate, Kind.FOUND, 0, 0);
    thread.push(found);
    return found;
  }

  private static void pop(JavaThread thread, Attachment top) {
    thread.pop(top);
    dismiss(top.membership);
  }

  /**
   * On an interpreter's own thread, attached: whether it has thread states that are not ours, but
   * of threads that Python code has started.
   */
  static boolean hasStatesOfOthers(InterpreterState interpreter) {
    Set<Long> ours = new HashSet<>();
    ours.add(interpreter.first);
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
    interpreter.gate().enterToEnd(membership);
    membership.stays++;
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
  static void hosted(InterpreterState interpreter, long tstate, Runnable body) {
    JavaThread thread = JavaThread.current();
    Membership membership = thread.in(interpreter);
    C.PyEval_RestoreThread(tstate);
    interpreter.gate().enterToEnd(membership);
    membership.stays++;
    Attachment found = pushFound(thread, membership, tstate);
    try {
      body.run();
    } finally {
      pop(thread, found);
      if (C.PyThreadState_GetUnchecked() == tstate) {
        C.PyEval_SaveThread();
      }
    }
  }
}
