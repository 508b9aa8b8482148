package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.NativeStack;
import java.lang.foreign.Arena;

/**
 * How a thread state is told where its stack ends, so that Python raises {@code RecursionError}
 * above that: {@link Proven} at start-up. Records, whose fields the JIT takes for constants.
 */
sealed interface RecursionLimit {

  /** Tells a thread state of the calling thread, an attached one, once. */
  default void introduce(JavaThread calling, long tstate) {}

  /** The calling thread has attached a state that none of its calls is using. */
  default void begin(long tstate, long left) {}

  /**
   * The calling thread comes to an attached state again, from further down. What Python has counted
   * meanwhile stays counted; else its returns would count up from too much.
   */
  default void deepen(long tstate, long left) {}

  /** Whether source that is nested as deep as the parser takes it would overflow this stack. */
  default boolean isSmallForParser(JavaThread calling) {
    NativeStack.Bounds stack = calling.stack;
    return stack != null && StackLimit.isSmallForParser(stack);
  }

  /** From 3.14 on CPython compares addresses. */
  record ByAddress() implements RecursionLimit {

    // CPython refuses below the second of two margins above what it takes for the stack's end
    private static final long MARGINS = 2 * 2048 * Long.BYTES;
    private static final long LEAST_PROTECTED = 3 * 2048 * Long.BYTES;

    @Override
    public void introduce(JavaThread calling, long tstate) {
      NativeStack.Bounds stack = calling.stack;
      if (stack != null) {
        long end = calling.stackFloor - MARGINS;
        long bytes = stack.highest() - end;
        if (bytes >= LEAST_PROTECTED) {
          C.PyUnstable_ThreadState_SetStackProtection(tstate, end, bytes);
        }
      }
    }

    @Override
    public boolean isSmallForParser(JavaThread calling) {
      return false; // it looks by itself
    }
  }

  /**
   * Before that it counts calls of C functions down from a number that fits an 8 MiB stack; so
   * whenever a thread comes from Java it is given the number that fits what is left.
   *
   * @param offset where that number lies in a state
   * @param most what CPython itself begins with
   */
  record Counted(int offset, int most) implements RecursionLimit {

    // What one counted call takes at the most, which is a sort inside a sort's key; most take 400
    private static final long BYTES_A_CALL = 2048;

    @Override
    public void begin(long tstate, long left) {
      Memory.putInt(tstate + offset, calls(left));
    }

    @Override
    public void deepen(long tstate, long left) {
      int calls = calls(left);
      if (calls < Memory.getInt(tstate + offset)) {
        Memory.putInt(tstate + offset, calls);
      }
    }

    private int calls(long left) {
      return Math.clamp(left / BYTES_A_CALL, 0, most);
    }
  }

  /** Where nobody could say where that number lies. */
  record Unknown() implements RecursionLimit {}

  /** Finds CPython's way, with the main interpreter's first state attached. */
  static RecursionLimit prove(long first) {
    if (LibPython.has("PyUnstable_ThreadState_SetStackProtection")) {
      return new ByAddress();
    }
    RecursionLimit found = new Unknown();
    for (int offset = 0; offset < 128; offset += Integer.BYTES) {
      if (countsDown(first + offset)) {
        if (found instanceof Counted) {
          return new Unknown(); // it may be either
        }
        found = new Counted(offset, Memory.getInt(first + offset));
      }
    }
    return found;
  }

  private static boolean countsDown(long address) {
    int before = Memory.getInt(address);
    if (C.Py_EnterRecursiveCall(Arena.global().allocateFrom("").address()) != 0) {
      C.PyErr_Clear();
      return false;
    }
    int within = Memory.getInt(address);
    C.Py_LeaveRecursiveCall();
    return within == before - 1 && Memory.getInt(address) == before;
  }
}
