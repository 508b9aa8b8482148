package dev.vivarium.internal.events;

import org.jspecify.annotations.Nullable;

/**
 * Tells recordings what happens. What takes time is told in two calls, {@code begin…} and the one
 * that takes what that has given: null where nobody wants to know, and then the second does
 * nothing. Nothing is thrown, whatever comes: an event that cannot be told, for want of memory or
 * stack, is lost.
 *
 * <p>This class names no class of {@code jdk.jfr}; those that do are loaded when they are first
 * used, in a JVM that has recorded something.
 */
public final class Events {

  // The JDK sets it at the first recording of a JVM, to the folder of its chunks. To ask jdk.jfr
  // itself would load it
  private static final String RECORDER = "jdk.jfr.repository";

  private static volatile boolean on;

  private Events() {}

  /** Whether something records, or has in this JVM. */
  public static boolean areOn() {
    return on || look();
  }

  private static boolean look() {
    on = System.getProperty(RECORDER) != null;
    return on;
  }

  /** An interpreter is going to be made. */
  public static @Nullable Begun beginMaking() {
    try {
      return areOn() ? InterpreterMade.begun() : null;
    } catch (Throwable t) {
      return null;
    }
  }

  /**
   * It is there and set up.
   *
   * @param gil whose GIL it has, in words
   */
  public static void made(@Nullable Begun begun, long interpreter, String gil) {
    try {
      if (begun != null) {
        ((InterpreterMade) begun).tell(interpreter, gil);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /** CPython's own part of an interpreter's end begins. */
  public static @Nullable Begun beginEnding() {
    try {
      return areOn() ? InterpreterEnded.begun() : null;
    } catch (Throwable t) {
      return null;
    }
  }

  /** It has ended. */
  public static void ended(@Nullable Begun begun, long interpreter) {
    try {
      if (begun != null) {
        ((InterpreterEnded) begun).tell(interpreter);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /** A closer finds that it has to wait. */
  public static @Nullable Begun beginClosingWait() {
    try {
      return areOn() ? ClosingWait.begun() : null;
    } catch (Throwable t) {
      return null;
    }
  }

  /**
   * A closer has waited.
   *
   * @param waitedFor whom, in words
   * @param ended whether the interpreter has ended since; else the closer goes on waiting, or has
   *     given up
   */
  public static void closingWaited(
      @Nullable Begun begun, long interpreter, String waitedFor, boolean ended) {
    try {
      if (begun != null) {
        ((ClosingWait) begun).tell(interpreter, waitedFor, ended);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /** A guard is taken. */
  public static @Nullable Begun beginGuard() {
    try {
      return areOn() ? GuardHeld.begun() : null;
    } catch (Throwable t) {
      return null;
    }
  }

  /** It is closed. */
  public static void guardHeld(@Nullable Begun begun, long interpreter, Thread taker) {
    try {
      if (begun != null) {
        ((GuardHeld) begun).tell(interpreter, taker);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /** Whether anybody wants to know how long threads wait for a GIL. */
  public static boolean wantGilWaits() {
    try {
      return areOn() && GilWait.isWanted();
    } catch (Throwable t) {
      return false;
    }
  }

  /**
   * The calling thread has waited to be attached, so long at least.
   *
   * @param interpreter that it is attached to now
   */
  public static void gilWaited(long interpreter, long nanos) {
    try {
      if (areOn()) {
        GilWait.tell(interpreter, nanos);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /** {@code KeyboardInterrupt} has been raised in a thread. */
  public static void interrupted(long interpreter, Thread thread) {
    try {
      if (areOn()) {
        ThreadInterrupted.tell(interpreter, thread);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /** Somebody calls a pool. */
  public static @Nullable Begun beginPoolCall() {
    try {
      return areOn() ? PoolCall.begun() : null;
    } catch (Throwable t) {
      return null;
    }
  }

  /**
   * Has come to its end, for its caller at least.
   *
   * @param outcome a word
   * @param waited for an interpreter, in nanoseconds
   * @param worked in one, in nanoseconds
   */
  public static void poolCalled(
      @Nullable Begun begun, String pool, String outcome, long waited, long worked) {
    try {
      if (begun != null) {
        ((PoolCall) begun).tell(pool, outcome, waited, worked);
      }
    } catch (Throwable t) {
      // Lost
    }
  }

  /**
   * Virtual threads wait for one of the threads that run Python for them.
   *
   * @param waiting how many
   * @param workers how many threads those are, all of which have something to do
   * @param nanos how long the first has waited
   */
  public static void starved(int waiting, int workers, long nanos) {
    try {
      if (areOn()) {
        WorkersStarved.tell(waiting, workers, nanos);
      }
    } catch (Throwable t) {
      // Lost
    }
  }
}
