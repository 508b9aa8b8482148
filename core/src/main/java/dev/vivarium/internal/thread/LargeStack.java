package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import java.util.function.LongSupplier;

/**
 * C code of CPython's that wants more of a stack than small threads have: the parser before 3.14.
 */
public final class LargeStack {

  private LargeStack() {}

  /** Whether source that is nested deeply could overflow the calling thread's stack. */
  public static boolean isWanted() {
    return Proven.limit().isSmallForParser(JavaThread.current());
  }

  /**
   * Runs C code of an interpreter that the calling thread is attached to on a thread with a large
   * stack. This one is detached meanwhile, and what is raised there is raised here.
   *
   * @return what the body has returned, 0 with an exception raised
   */
  public static long run(InterpreterState interpreter, LongSupplier body) {
    OwnThread large = OwnThread.start("python-large-stack");
    try {
      long[] outcome =
          ThreadStates.unattached(() -> large.run(() -> withFreshState(interpreter, body)));
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
    long[] outcome = new long[2];
    long state = Attaching.newState(interpreter.pointer);
    C.PyEval_RestoreThread(state);
    try {
      outcome[0] = body.getAsLong();
      outcome[1] = outcome[0] == 0 ? C.PyErr_GetRaisedException() : 0;
      return outcome;
    } finally {
      C.PyThreadState_Clear(state);
      C.PyThreadState_DeleteCurrent();
    }
  }
}
