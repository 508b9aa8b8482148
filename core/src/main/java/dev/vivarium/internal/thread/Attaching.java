package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.thread.Attachment.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The steps that attach and detach thread states, each one with our record of it: what may throw, a
 * look at the stack or an object that has to be made, comes before CPython's attachment changes,
 * and after it come stores only.
 */
final class Attaching {

  private static final int CALLS_UNTIL_SPECIALISED = 130;

  private Attaching() {}

  /**
   * Calls all C functions that these steps call, and those that undo what has failed, with the main
   * interpreter's first state attached, so often that the JDK has linked and specialised them: it
   * allocates for that, once at the first and once at the 127th call, and where the heap is full
   * would throw in the middle of a step.
   */
  static void warmUp(long first) {
    long main = C.PyThreadState_GetInterpreter(first);
    JavaThread thread = JavaThread.current();
    for (int i = 0; i < CALLS_UNTIL_SPECIALISED; i++) {
      long other = newState(main);
      C.PyThreadState_Next(C.PyInterpreterState_ThreadHead(main));
      Proven.limit().introduce(thread, first);
      C.PyEval_SaveThread();
      C.PyEval_RestoreThread(other);
      C.PyThreadState_Clear(other);
      C.PyThreadState_DeleteCurrent();
      C.PyThreadState_GetUnchecked();
      Proven.slot().warmUp(first);
      C.PyEval_RestoreThread(first);
      C.PyThreadState_SetAsyncExc(thread.ident, 0);
      StackLimit.left(thread);
      DeathKey.detach(thread, 0);
    }
  }

  /**
   * A state that is not attached yet.
   *
   * @throws OutOfMemoryError if CPython has no memory for it
   */
  static long newState(long interpreter) {
    long state = C.PyThreadState_New(interpreter);
    if (state == 0) {
      throw new OutOfMemoryError("no memory for a Python thread state");
    }
    return state;
  }

  /**
   * Deletes a state that nothing has been done with. Attached for that: without a GIL CPython knows
   * each state by more than its list, and only clearing it, which wants it attached, ends that.
   *
   * @param attached the state that is attached, of any interpreter, or 0
   */
  @NoThrow
  static void dropNew(long state, long attached) {
    if (attached != 0) {
      C.PyEval_SaveThread();
    }
    C.PyEval_RestoreThread(state);
    C.PyThreadState_Clear(state);
    C.PyThreadState_DeleteCurrent();
    if (attached != 0) {
      C.PyEval_RestoreThread(attached);
    }
  }

  /** Counts the thread in the interpreter, once more; false if it refuses newcomers. */
  static boolean admit(Membership membership, @Nullable Hold hold) {
    if (membership.stays == 0) {
      boolean entered =
          hold == null
              ? membership.interpreter.gate().enter(membership)
              : membership.interpreter.gate().enterHeld(membership, hold);
      if (!entered) {
        return false;
      }
      if (membership.interrupt != 0) {
        Interrupts.settle(membership);
      }
    }
    membership.stays++;
    return true;
  }

  // Last of all: from then on the interpreter may end
  @NoThrow
  static void dismiss(Membership membership) {
    if (--membership.stays == 0) {
      membership.interpreter.gate().leave(membership);
    }
  }

  /**
   * Attaches a state of an interpreter that has admitted the thread.
   *
   * @param attached the state that is attached now, the top attachment's, or 0
   * @param room what is left of the stack
   * @throws OutOfMemoryError if a state cannot be made; nothing has changed then
   */
  static Attachment attach(JavaThread thread, Membership membership, long attached, long room) {
    long kept = membership.kept;
    if (attached != 0 || kept == 0 || !Proven.slot().names(kept)) {
      return attachOther(thread, membership, attached, room);
    }
    Attachment next = keptOf(thread, membership, kept, kept);
    swap(next, room);
    return next;
  }

  private static Attachment keptOf(
      JavaThread thread, Membership membership, long kept, long slotBefore) {
    Attachment idle = thread.idle(membership, kept);
    if (idle == null) {
      return Attachment.of(thread, membership, kept, Kind.KEPT, 0, slotBefore);
    }
    idle.slotBefore = slotBefore;
    return idle;
  }

  // Apart, so that the JIT takes what comes at each call for small
  private static Attachment attachOther(
      JavaThread thread, Membership membership, long attached, long room) {
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
      return attachNew(thread, membership, attached, slot, room);
    }
    Attachment next =
        kind == Kind.KEPT && attached == 0
            ? keptOf(thread, membership, state, slot)
            : Attachment.of(thread, membership, state, kind, attached, slot);
    swap(next, room);
    return next;
  }

  private static Attachment attachNew(
      JavaThread thread, Membership membership, long attached, long slot, long room) {
    boolean keep = membership.interpreter.isMain() || Proven.slot().isProven();
    long state = newState(membership.interpreter.pointer);
    if (keep) {
      membership.kept = state; // at once: what follows may throw, and the state is there next time
    }
    Attachment next;
    try {
      Proven.limit().introduce(thread, state);
      Kind kind = keep ? Kind.KEPT : Kind.DELETED;
      next = Attachment.of(thread, membership, state, kind, attached, slot);
    } catch (Throwable t) {
      if (!keep) {
        dropNew(state, attached);
      }
      throw t;
    }
    swap(next, room);
    return next;
  }

  @NoThrow
  private static void swap(Attachment next, long room) {
    JavaThread thread = next.thread;
    Membership membership = next.membership;
    long state = next.tstate;
    boolean owned = next.kind != Kind.OWNED_ELSEWHERE;
    boolean begins = owned && thread.inUseFor(membership.interpreter) != state;
    if (next.restore != 0) {
      C.PyEval_SaveThread();
    }
    C.PyEval_RestoreThread(state);
    thread.push(next);
    arm(next);
    if (begins) {
      Proven.limit().begin(state, room);
    } else {
      Proven.limit().deepen(state, room);
    }
    if (!owned) {
      Proven.limit().introduce(thread, state);
    }
    if (membership.interrupt != 0) {
      Interrupts.clearFormer(membership);
    }
  }

  /**
   * Takes up a state that someone else has attached, of an interpreter that has admitted the
   * thread; undone by {@link #leave}.
   */
  static Attachment find(JavaThread thread, Membership membership, long tstate, long room) {
    Attachment found = Attachment.of(thread, membership, tstate, Kind.FOUND, 0, 0);
    take(found, room);
    return found;
  }

  @NoThrow
  static void take(Attachment found, long room) {
    found.thread.push(found);
    Proven.limit().introduce(found.thread, found.tstate);
    Proven.limit().deepen(found.tstate, room);
  }

  /**
   * What comes once a thread in an interpreter, and once an interpreter; attached.
   *
   * @throws RuntimeException or an error of what is done then; the attachment is to be left
   */
  static void introduce(Attachment attached) {
    Membership membership = attached.membership;
    if (membership.introduced) {
      return;
    }
    JavaThread thread = attached.thread;
    Proven.limit().deepen(attached.tstate, StackLimit.requireRoom(thread));
    membership.interpreter.begin();
    if (Proven.limit().isSmallForParser(thread)) {
      membership.interpreter.companion().smallStack(thread.ident);
    }
    membership.introduced = true;
  }

  /** Undoes an attachment, the top one: what was attached before is attached again. */
  @NoThrow
  static void leave(Attachment attachment) {
    Membership membership = attachment.membership;
    if (membership.interrupt != 0 && membership.stays == 1) {
      Interrupts.clear(membership);
    }
    if (attachment.kind != Kind.FOUND) {
      detach(attachment);
    }
    pop(attachment);
    Attachment below = attachment.below;
    if (below != null && below.implied) {
      pop(below);
    }
  }

  @NoThrow
  static void pop(Attachment top) {
    top.thread.pop(top);
    dismiss(top.membership);
  }

  /**
   * Leaves all above an attachment, which someone has forgotten. Their owners may still name them,
   * so none is used again.
   *
   * @return whether there was any
   */
  @NoThrow
  static boolean unwindTo(Attachment attachment) {
    JavaThread thread = attachment.thread;
    boolean any = false;
    for (Attachment a = thread.top(); a != null && a != attachment; a = thread.top()) {
      leave(a);
      thread.abandon(a);
      any = true;
    }
    return any;
  }

  @NoThrow
  private static void detach(Attachment attachment) {
    JavaThread thread = attachment.thread;
    boolean isRight = false;
    if (attachment.kind == Kind.DELETED) {
      C.PyThreadState_Clear(attachment.tstate);
      C.PyThreadState_DeleteCurrent();
    } else {
      isRight = attachment.restore == 0 && emptySlot(attachment);
      C.PyEval_SaveThread();
    }
    if (attachment.restore != 0) {
      C.PyEval_RestoreThread(attachment.restore);
      Attachment below = attachment.below;
      DeathKey.detach(thread, below != null && below.kind != Kind.FOUND ? attachment.restore : 0);
      return;
    }
    DeathKey.detach(thread, 0);
    if (!isRight) {
      putSlotRight(attachment);
    }
  }

  // While it is attached, if the slot is to be empty and that is not done better afterwards
  @NoThrow
  private static boolean emptySlot(Attachment attachment) {
    InterpreterState interpreter = attachment.interpreter();
    return !Proven.slot().isKeyed()
        && Proven.slot().isProven()
        && attachment.slotBefore != attachment.tstate
        && (attachment.slotBefore == 0
            ? !interpreter.isMain()
            : isKeptInMain(attachment.thread, attachment.slotBefore))
        && Proven.slot().empty(attachment.tstate, interpreter.pointer);
  }

  // What the slot held before, a kept state of main, or nothing (promise E8)
  @NoThrow
  private static void putSlotRight(Attachment attachment) {
    long before = attachment.slotBefore;
    if (before == attachment.tstate) {
      return;
    }
    if (attachment.kind == Kind.DELETED || !Proven.slot().isProven()) {
      if (before != 0) {
        GilStateSlot.bind(before);
      }
      return;
    }
    if (before != 0 || !attachment.interpreter().isMain()) {
      boolean dear = !Proven.slot().isKeyed() && isKeptInMain(attachment.thread, before);
      if (!Proven.slot().replace(attachment.tstate, dear ? 0 : before)
          && attachment.kind == Kind.KEPT) {
        forgo(attachment);
      }
    }
  }

  // The slot still names the state, for want of memory: so it is not kept. The one that main was
  // made with outlives every thread that may look
  @NoThrow
  private static void forgo(Attachment attachment) {
    if (attachment.tstate == attachment.interpreter().mainState) {
      return;
    }
    C.PyEval_RestoreThread(attachment.tstate);
    if (attachment.membership.kept == attachment.tstate) {
      attachment.membership.kept = 0; // with the GIL: whoever has it next finds no deleted state
    }
    C.PyThreadState_Clear(attachment.tstate);
    C.PyThreadState_DeleteCurrent();
  }

  // Such a one comes back into the slot by its next attach; until then main's GIL is not waited for
  @NoThrow
  private static boolean isKeptInMain(JavaThread thread, long state) {
    Membership inMain = thread.knownIn(Interpreters.requireMain());
    return inMain != null && inMain.kept == state;
  }

  /** The thread's death then lets go of the GIL; a state that is not ours is not ours to detach. */
  @NoThrow
  static void arm(Attachment attachment) {
    if (attachment.kind != Kind.FOUND) {
      DeathKey.detach(attachment.thread, attachment.tstate);
    }
  }

  static boolean isAttached(Attachment attachment) {
    return Proven.slot().isAttached(attachment.tstate);
  }
}
