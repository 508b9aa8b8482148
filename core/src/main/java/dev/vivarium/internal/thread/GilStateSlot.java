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
 * <p>A bit in the state says that the slot names it, another that it is attached. Up to CPython
 * 3.14 the slot is a pthread key, which is set here. From 3.15 on it is a hidden thread-local,
 * which only CPython can empty: it does so for a thread that deletes the state that its slot names,
 * and a fresh state of main, never attached, takes over the bit to be that one.
 *
 * <p>Which key, which bits and which way is proven at start-up on the running CPython; where that
 * fails, the plain rule holds: a sub-interpreter's state is deleted, by its own thread, at each
 * release.
 */
final class GilStateSlot {

  private static final int BOUND_GILSTATE = 1 << 3;
  private static final int ACTIVE = 1 << 4; // attached to a thread
  private static final int[] STATUS_OFFSETS = {24, 32}; // 3.12; 3.13 and later

  private static boolean proven;
  private static boolean keyed;
  private static int key;
  private static long main;
  private static int statusOffset;

  // Its destructor is PyEval_ReleaseThread: a thread that dies attached lets go of the GIL
  private static int deathKey;
  private static boolean deathWatched;

  private GilStateSlot() {}

  /** Whether states of sub-interpreters can be kept. */
  static boolean isProven() {
    return proven;
  }

  static long get() {
    return C.PyGILState_GetThisThreadState();
  }

  /** Whether the slot of a state's own thread names it; asked on that thread. */
  static boolean names(long state) {
    return proven ? isBound(state) : get() == state;
  }

  /**
   * Whether it is proven that the slot of a state's own thread names it, and it is not attached.
   */
  static boolean namesDetached(long state) {
    return proven && state != 0 && (status(state) & (BOUND_GILSTATE | ACTIVE)) == BOUND_GILSTATE;
  }

  /** Whether a state is attached; asked on the one thread that it is ever attached to. */
  static boolean isAttached(long state) {
    return proven ? isActive(state) : C.PyThreadState_GetUnchecked() == state;
  }

  /** Whether making the slot name a state is as cheap as making it name none. */
  static boolean isKeyed() {
    return keyed;
  }

  /**
   * Makes the calling thread's slot name another state than the one that it has just detached.
   *
   * @param state of this thread, or 0 for none
   */
  static void replace(long detached, long state) {
    if (keyed) {
      Memory.putInt(detached + statusOffset, status(detached) & ~BOUND_GILSTATE);
      ThreadLocalSlot.set(key, state);
      if (state != 0) {
        Memory.putInt(state + statusOffset, status(state) | BOUND_GILSTATE);
      }
    } else if (state != 0) {
      bind(state);
    } else {
      empty(detached);
    }
  }

  /** Makes the calling thread's slot name a state, by attaching it for a moment. */
  static void bind(long state) {
    C.PyEval_RestoreThread(state);
    C.PyEval_SaveThread();
  }

  /**
   * Before a state of a dead thread is deleted: no slot names it any more. Deleting it would empty
   * the calling thread's slot instead, which a debug build takes for a fault.
   */
  static void forgetDead(long state) {
    if (proven) {
      Memory.putInt(state + statusOffset, status(state) & ~BOUND_GILSTATE);
    }
  }

  private static void empty(long detached) {
    long fresh = C.PyThreadState_New(main);
    if (fresh == 0) {
      throw new OutOfMemoryError("no memory for a Python thread state");
    }
    Memory.putInt(detached + statusOffset, status(detached) & ~BOUND_GILSTATE);
    Memory.putInt(fresh + statusOffset, status(fresh) | BOUND_GILSTATE);
    C.PyThreadState_Delete(fresh);
  }

  /** Where the calling thread's death looks for what to detach, or 0 if that is not known. */
  static long deathCell() {
    return deathWatched ? ThreadLocalSlot.cell(deathKey) : 0;
  }

  /** From now on the calling thread's death detaches this state; 0 for nothing attached. */
  static void onDeathDetach(JavaThread calling, long state) {
    if (calling.deathCell != 0) {
      Memory.putLong(calling.deathCell, state);
    } else if (deathWatched) {
      ThreadLocalSlot.set(deathKey, state);
    }
  }

  /** Finds the key and the bits, with the main interpreter's first state attached. */
  static void prove(long mainInterpreter, long first) {
    OptionalInt created = ThreadLocalSlot.create(LibPython.address("PyEval_ReleaseThread"));
    deathWatched = created.isPresent();
    deathKey = created.orElse(0);
    if (Boolean.getBoolean("vivarium.plainThreadStates")) {
      return;
    }
    main = mainInterpreter;
    OptionalInt found = ThreadLocalSlot.find(first);
    if (found.isPresent()) {
      key = found.getAsInt();
      keyed = true;
      proven = isShown(first);
    }
    if (!proven) {
      keyed = false;
      proven = isShown(first);
    }
  }

  private static boolean isShown(long first) {
    for (int offset : STATUS_OFFSETS) {
      statusOffset = offset;
      if (isShownHere(first)) {
        return true;
      }
    }
    return false;
  }

  // Attaches two states in turn and watches slot and bits follow, by their hand and by ours
  private static boolean isShownHere(long first) {
    boolean shown = isNamed(first) && isBound(first) && isActive(first);
    long other = C.PyThreadState_New(main);
    shown &= !isBound(other) && isBound(first) && !isActive(other);
    C.PyEval_SaveThread();
    shown &= !isActive(first);
    C.PyEval_RestoreThread(other);
    shown &= isNamed(other) && isBound(other) && !isBound(first);
    shown &= isActive(other) && !isActive(first);
    C.PyEval_SaveThread();
    shown &= !isActive(other);
    if (shown) {
      replace(other, 0);
      shown = get() == 0 && !isBound(other);
      replace(other, first);
      shown &= get() == first && isBound(first);
    }
    C.PyEval_RestoreThread(other);
    shown &= isNamed(other) && isBound(other) && !isBound(first);
    C.PyThreadState_Clear(other);
    C.PyThreadState_DeleteCurrent();
    shown &= get() == 0;
    C.PyEval_RestoreThread(first);
    return shown && isNamed(first) && isBound(first);
  }

  private static boolean isNamed(long state) {
    return get() == state && (!keyed || ThreadLocalSlot.get(key) == state);
  }

  private static boolean isBound(long state) {
    return (status(state) & BOUND_GILSTATE) != 0;
  }

  private static boolean isActive(long state) {
    return (status(state) & ACTIVE) != 0;
  }

  private static int status(long state) {
    return Memory.getInt(state + statusOffset);
  }
}
