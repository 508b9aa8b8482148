package dev.vivarium.internal.thread;

import dev.vivarium.internal.capi.NativeStack;
import org.jspecify.annotations.Nullable;

/**
 * Keeps deep recursion from the end of a thread's stack (promise T2). Below each thread's
 * <em>floor</em> lies what the JVM wants for itself, and what a call from Python into Java needs:
 * Java refuses there to enter Python, by a {@link StackOverflowError}, and Python is made to raise
 * {@code RecursionError} before it comes there.
 */
final class StackLimit {

  // HotSpot's guard pages, and the pages below any Java frame that it wants for native code
  private static final long OF_THE_JVM = (4 + 20) * 4096;
  private static final long FOR_JAVA = 64 << 10; // a call into Java, and what becomes of it
  private static final long FLOOR_ABOVE_END = OF_THE_JVM + FOR_JAVA;

  // Whoever was let in at a place has to get out there, if by frames that take a little more
  private static final long TO_LEAVE = FOR_JAVA / 2;

  // CPython's parser before 3.14 checks no stack, but stops at 6000 calls of its own
  private static final long OF_THE_PARSER = 800 << 10;

  private StackLimit() {}

  /** Of the calling thread: the lowest address from which Python is entered, or 0 if not known. */
  static long floor(NativeStack.@Nullable Bounds bounds) {
    return bounds == null ? 0 : bounds.lowest() + FLOOR_ABOVE_END;
  }

  /** Whether a stack is too small for CPython's parser before 3.14 at its deepest. */
  static boolean isSmallForParser(NativeStack.Bounds stack) {
    return stack.bytes() < FLOOR_ABOVE_END + OF_THE_PARSER;
  }

  /**
   * What is left of the calling thread's stack, for {@link RecursionLimit#deepen}.
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

  /**
   * Before something is undone.
   *
   * @throws StackOverflowError if the stack has no room for that
   */
  static void requireRoomToLeave(JavaThread calling) {
    if (left(calling) < -TO_LEAVE) {
      throw overflow(calling);
    }
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

  private static StackOverflowError overflow(JavaThread calling) {
    NativeStack.Bounds stack = calling.stack;
    long bytes = stack == null ? 0 : stack.bytes();
    // No string template: to link one takes more of the stack than there is
    StringBuilder message = new StringBuilder("no room to enter Python on this thread's stack of ");
    message.append(bytes >> 10).append(" KiB, of which ").append(FLOOR_ABOVE_END >> 10);
    message.append(" are kept for the JVM and for calls from Python into Java");
    return new StackOverflowError(message.toString());
  }
}
