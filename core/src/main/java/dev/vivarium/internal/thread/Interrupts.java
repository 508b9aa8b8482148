package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.lifecycle.Pass;

/** {@code KeyboardInterrupt} in the Python code of threads that are inside. */
public final class Interrupts {

  private static final long KEYBOARD_INTERRUPT = LibPython.pointer("PyExc_KeyboardInterrupt");

  /** Of those inside. */
  enum Whom {
    NOBODY,
    DAEMONS,
    EVERYONE;

    boolean includes(Thread thread) {
      return this == EVERYONE || (this == DAEMONS && thread.isDaemon());
    }
  }

  private Interrupts() {}

  /**
   * Raises it in the Python code of an attachment's thread. The calling thread is attached to the
   * same interpreter, so that with a GIL the other one cannot leave meanwhile.
   */
  public static void raise(Attachment attachment) {
    raise(attachment.membership);
  }

  /** Raises it in a thread of the interpreter that is attached, by its {@code get_ident()}. */
  public static void raise(long ident) {
    C.PyThreadState_SetAsyncExc(ident, KEYBOARD_INTERRUPT);
  }

  static void raise(Membership membership) {
    membership.interrupted = true;
    C.PyThreadState_SetAsyncExc(membership.javaThread.ident, KEYBOARD_INTERRUPT);
  }

  /** Raises it in everyone inside but the calling thread; attached. */
  static void raiseInAll(InterpreterState interpreter, Whom whom) {
    for (Pass pass : interpreter.gate().passes()) {
      if (pass.isInside()
          && pass.thread() != Thread.currentThread()
          && whom.includes(pass.thread())) {
        raise((Membership) pass);
      }
    }
  }

  // One that came too late must not hit the thread's next visit
  static void clear(Membership membership) {
    membership.interrupted = false;
    C.PyThreadState_SetAsyncExc(membership.javaThread.ident, 0);
  }
}
