package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.ThreadLocalSlot;
import java.util.OptionalInt;

/**
 * The slot of each thread that {@code PyGILState_Ensure} reads. Attaching a state stores it there,
 * detaching leaves it; so a kept state of a sub-interpreter has to be taken out again, or the slot
 * would name it after that interpreter's end.
 *
 * <p>Which way that goes is {@link Proven} at start-up on the running CPython. Records, whose
 * fields the JIT takes for constants.
 */
sealed interface GilStateSlot {

  /** Whether states of sub-interpreters can be kept. */
  boolean isProven();

  /** Whether making the slot name a state is as cheap as making it name none. */
  boolean isKeyed();

  /** Whether the slot of a state's own thread names it; asked on that thread. */
  boolean names(long state);

  /**
   * Whether it is proven that the slot of a state's own thread names it, and it is not attached.
   */
  boolean namesDetached(long state);

  /** Whether a state is attached; asked on the one thread that it is ever attached to. */
  boolean isAttached(long state);

  /**
   * Makes the calling thread's slot name another state than the one that it has just detached.
   *
   * @param state of this thread, or 0 for none
   * @return false if there is no memory for it: the slot still names the detached one
   */
  boolean replace(long detached, long state);

  /**
   * Empties the calling thread's slot, which names the state that is attached, where that takes a
   * state that comes and goes: with the GIL held, since whoever has it may walk CPython's list of
   * an interpreter's states.
   *
   * @param interpreter that of the state
   * @return false if {@link #replace} has to do it, once the state is detached
   */
  default boolean empty(long attached, long interpreter) {
    return false;
  }

  /**
   * Before a state of a dead thread is deleted: no slot names it any more. Deleting it would empty
   * the calling thread's slot instead, which a debug build takes for a fault.
   */
  void forgetDead(long state);

  /** Calls what {@link #replace} calls, for a state of the calling thread that is not attached. */
  void warmUp(long state);

  static long get() {
    return C.PyGILState_GetThisThreadState();
  }

  /** Where the calling thread's slot has been emptied by the system: it names no state now. */
  default void recheck(long state) {
    if (namesDetached(state) && get() != state) {
      forgetDead(state);
    }
  }

  /** Makes the calling thread's slot name a state, by attaching it for a moment. */
  static void bind(long state) {
    C.PyEval_RestoreThread(state);
    C.PyEval_SaveThread();
  }

  /** By two bits of a state: that the slot names it, and that it is attached. */
  sealed interface Bits extends GilStateSlot {

    int BOUND_GILSTATE = 1 << 3;
    int ACTIVE = 1 << 4; // attached to a thread

    /** Where in a state they are. */
    int offset();

    private int status(long state) {
      return Memory.getInt(state + offset());
    }

    private boolean isBound(long state) {
      return (status(state) & BOUND_GILSTATE) != 0;
    }

    default void setBound(long state) {
      Memory.putInt(state + offset(), status(state) | BOUND_GILSTATE);
    }

    @Override
    default boolean isProven() {
      return true;
    }

    @Override
    default boolean names(long state) {
      return isBound(state);
    }

    @Override
    default boolean namesDetached(long state) {
      return state != 0 && (status(state) & (BOUND_GILSTATE | ACTIVE)) == BOUND_GILSTATE;
    }

    @Override
    default boolean isAttached(long state) {
      return (status(state) & ACTIVE) != 0;
    }

    @Override
    default void forgetDead(long state) {
      Memory.putInt(state + offset(), status(state) & ~BOUND_GILSTATE);
    }

    /** Whether the calling thread's slot, where it can be read, holds the state. */
    default boolean holds(long state) {
      return get() == state;
    }

    /** Attaches two states in turn and watches slot and bits follow, by their hand and by ours. */
    default boolean isShown(long main, long first) {
      boolean shown = holds(first) && isBound(first) && isAttached(first);
      long other = C.PyThreadState_New(main);
      shown &= !isBound(other) && isBound(first) && !isAttached(other);
      C.PyEval_SaveThread();
      shown &= !isAttached(first);
      C.PyEval_RestoreThread(other);
      shown &= holds(other) && isBound(other) && !isBound(first);
      shown &= isAttached(other) && !isAttached(first);
      C.PyEval_SaveThread();
      shown &= !isAttached(other);
      if (shown) {
        shown = replace(other, 0) && get() == 0 && !isBound(other);
        shown &= replace(other, first) && get() == first && isBound(first);
      }
      C.PyEval_RestoreThread(other);
      shown &= holds(other) && isBound(other) && !isBound(first);
      if (shown && !isKeyed()) {
        shown = empty(other, main) && get() == 0 && !isBound(other) && isAttached(other);
        C.PyEval_SaveThread();
        C.PyEval_RestoreThread(other);
        shown &= holds(other) && isBound(other);
      }
      C.PyThreadState_Clear(other);
      C.PyThreadState_DeleteCurrent();
      shown &= get() == 0;
      C.PyEval_RestoreThread(first);
      return shown && holds(first) && isBound(first);
    }
  }

  /** Up to CPython 3.14 the slot is a pthread key, which is set here. */
  record Keyed(int key, int offset) implements Bits {

    @Override
    public boolean isKeyed() {
      return true;
    }

    @Override
    public boolean replace(long detached, long state) {
      forgetDead(detached);
      ThreadLocalSlot.set(key, state);
      if (state != 0) {
        setBound(state);
      }
      return true;
    }

    @Override
    public boolean holds(long state) {
      return get() == state && ThreadLocalSlot.get(key) == state;
    }

    @Override
    public void warmUp(long state) {
      ThreadLocalSlot.set(key, state);
      setBound(state); // or a debug build says that nobody may have set it
      if (get() != state) {
        bind(state);
      }
    }
  }

  /**
   * From 3.15 on it is a hidden thread-local, which only CPython can empty: it does so for a thread
   * that deletes the state that its slot names, and a fresh state, never attached, takes over the
   * bit to be that one.
   */
  record Hidden(long main, int offset) implements Bits {

    @Override
    public boolean isKeyed() {
      return false;
    }

    @Override
    public boolean replace(long detached, long state) {
      if (state != 0) {
        bind(state);
        return true;
      }
      return empty(detached, main);
    }

    @Override
    public boolean empty(long named, long interpreter) {
      long fresh = C.PyThreadState_New(interpreter);
      if (fresh == 0) {
        return false;
      }
      forgetDead(named);
      setBound(fresh);
      C.PyThreadState_Delete(fresh);
      return true;
    }

    @Override
    public void warmUp(long state) {
      C.PyThreadState_Delete(C.PyThreadState_New(main));
      if (get() != state) {
        bind(state);
      }
    }
  }

  /**
   * Where nothing could be proven the plain rule holds: a sub-interpreter's state is deleted, by
   * its own thread, at each release.
   */
  record Unproven() implements GilStateSlot {

    @Override
    public boolean isProven() {
      return false;
    }

    @Override
    public boolean isKeyed() {
      return false;
    }

    @Override
    public boolean names(long state) {
      return get() == state;
    }

    @Override
    public boolean namesDetached(long state) {
      return false;
    }

    @Override
    public boolean isAttached(long state) {
      return C.PyThreadState_GetUnchecked() == state;
    }

    @Override
    public boolean replace(long detached, long state) {
      return false;
    }

    @Override
    public void forgetDead(long state) {}

    @Override
    public void warmUp(long state) {
      if (get() != state) {
        bind(state);
      }
    }
  }

  /** Finds the way, with the main interpreter's first state attached. */
  static GilStateSlot prove(long main, long first) {
    if (Boolean.getBoolean("vivarium.plainThreadStates")) {
      return new Unproven();
    }
    OptionalInt key = ThreadLocalSlot.find(first);
    for (int offset : new int[] {24, 32}) { // 3.12; 3.13 and later
      if (key.isPresent()) {
        Keyed keyed = new Keyed(key.getAsInt(), offset);
        if (keyed.isShown(main, first)) {
          return keyed;
        }
      }
    }
    if (LibPython.versionText().contains("free-threading")) {
      return new Unproven(); // a state that is deleted without being cleared leaves traces there
    }
    for (int offset : new int[] {24, 32}) {
      Hidden hidden = new Hidden(main, offset);
      if (hidden.isShown(main, first)) {
        return hidden;
      }
    }
    return new Unproven();
  }
}
