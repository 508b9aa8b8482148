package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.NativeStack;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Keeps deep recursion from the end of a thread's stack (BEHAVIOUR T2). Below each thread's
 * <em>floor</em> lies what the JVM wants for itself, and what a call from Python into Java needs:
 * Java refuses there to enter Python, by a {@link StackOverflowError}, and Python is made to raise
 * {@code RecursionError} before it comes there.
 *
 * <p>From 3.14 on CPython compares addresses, so each thread state is told once where its stack
 * ends. Before that it counts calls of C functions down from a number that fits an 8 MiB stack; so
 * whenever a thread comes from Java it is given the number that fits what is left. Where in a state
 * that number lies is proven at start-up.
 */
final class StackLimit {

  // HotSpot's guard pages, and the pages below any Java frame that it wants for native code
  private static final long OF_THE_JVM = (4 + 20) * 4096;
  private static final long FOR_JAVA = 64 << 10; // a call into Java, and what becomes of it
  private static final long FLOOR_ABOVE_END = OF_THE_JVM + FOR_JAVA;

  // CPython refuses below the second of two margins above what it takes for the stack's end
  private static final long MARGINS = 2 * 2048 * Long.BYTES;
  private static final long LEAST_PROTECTED = 3 * 2048 * Long.BYTES;

  // What one counted call takes at the most, which is a sort inside a sort's key; most take 400
  private static final long BYTES_A_CALL = 2048;

  // CPython's parser before 3.14 checks no stack, but stops at 6000 calls of its own
  private static final long OF_THE_PARSER = 800 << 10;

  private static final long NO_PLACE = Arena.global().allocateFrom("").address();
  private static final int COUNTER_WITHIN = 128;
  private static final int NONE = -1;

  private static boolean byAddress;
  private static int counter = NONE; // its offset in a thread state
  private static int most; // what CPython itself begins with

  private StackLimit() {}

  /** Finds CPython's way, with the main interpreter's first state attached. */
  static void prove(long first) {
    byAddress = LibPython.has("PyUnstable_ThreadState_SetStackProtection");
    if (byAddress) {
      return;
    }
    int found = NONE;
    for (int offset = 0; offset < COUNTER_WITHIN; offset += Integer.BYTES) {
      if (countsDown(first + offset)) {
        if (found != NONE) {
          return; // nobody can say which it is
        }
        found = offset;
      }
    }
    if (found != NONE) {
      most = Memory.getInt(first + found);
      counter = found;
    }
  }

  private static boolean countsDown(long address) {
    int before = Memory.getInt(address);
    if (C.Py_EnterRecursiveCall(NO_PLACE) != 0) {
      C.PyErr_Clear();
      return false;
    }
    int within = Memory.getInt(address);
    C.Py_LeaveRecursiveCall();
    return within == before - 1 && Memory.getInt(address) == before;
  }

  /** Of the calling thread: the lowest address from which Python is entered, or 0 if not known. */
  static long floor(NativeStack.@Nullable Bounds bounds) {
    return bounds == null ? 0 : bounds.lowest() + FLOOR_ABOVE_END;
  }

  /** Whether source that is nested as deep as the parser takes it would overflow this stack. */
  static boolean isSmallForParser(JavaThread calling) {
    NativeStack.Bounds stack = calling.stack;
    return !byAddress && stack != null && stack.bytes() < FLOOR_ABOVE_END + OF_THE_PARSER;
  }

  /** Tells a thread state of the calling thread, an attached one, where the stack ends. */
  static void introduce(JavaThread calling, long tstate) {
    NativeStack.Bounds stack = calling.stack;
    if (byAddress && stack != null) {
      long end = calling.stackFloor - MARGINS;
      long bytes = stack.highest() - end;
      if (bytes >= LEAST_PROTECTED) {
        C.PyUnstable_ThreadState_SetStackProtection(tstate, end, bytes);
      }
    }
  }

  /**
   * What is left of the calling thread's stack, for {@link #deepen}.
   *
   * @throws StackOverflowError if that is nothing
   */
  static long requireRoom(JavaThread calling) {
    long left = left(calling);
    if (left < 0) {
      throw overflow(calling);
    }
    return left;
  }

  /** Whether the calling thread is too far down to enter Python. */
  static boolean isBelowFloor(JavaThread calling) {
    return left(calling) < 0;
  }

  /** What is left of the calling thread's stack above its floor, less than 0 below it. */
  static long left(JavaThread calling) {
    NativeStack.Bounds stack = calling.stack;
    if (stack == null) {
      return Long.MAX_VALUE;
    }
    long here = NativeStack.pointer(calling.stackBuffer);
    return (here == 0 ? stack.highest() : here) - calling.stackFloor;
  }

  /** The calling thread has attached a state that none of its calls is using. */
  static void begin(JavaThread calling, long tstate) {
    if (counter != NONE) {
      Memory.putInt(tstate + counter, calls(left(calling)));
    }
  }

  /** As {@link #deepen(long, long)}, and looks at the stack only where that is of use. */
  static void deepen(JavaThread calling, long tstate) {
    if (counter != NONE) {
      deepen(tstate, left(calling));
    }
  }

  /**
   * The calling thread comes to an attached state again, from further down. What Python has counted
   * meanwhile stays counted; else its returns would count up from too much.
   */
  static void deepen(long tstate, long left) {
    if (counter != NONE) {
      int calls = calls(left);
      if (calls < Memory.getInt(tstate + counter)) {
        Memory.putInt(tstate + counter, calls);
      }
    }
  }

  private static int calls(long left) {
    return Math.clamp(left / BYTES_A_CALL, 0, most);
  }

  private static StackOverflowError overflow(JavaThread calling) {
    NativeStack.Bounds stack = calling.stack;
    return new StackOverflowError(
        "no room to enter Python on this thread's stack of "
            + (stack == null ? 0 : stack.bytes() >> 10)
            + " KiB, of which "
            + (FLOOR_ABOVE_END >> 10)
            + " are kept for the JVM and for calls from Python into Java");
  }
}
