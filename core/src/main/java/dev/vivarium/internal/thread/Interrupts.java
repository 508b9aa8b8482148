package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * {@code KeyboardInterrupt} in the Python code of threads that are inside. CPython keeps it for the
 * thread, whatever that does next; so each is raised in one stay, by its number, and a thread that
 * comes in anew with one of a former stay pending drops it before any Python code runs.
 */
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

  private record Target(Membership membership, long stay) {}

  private Interrupts() {}

  /**
   * Raises it in the Python code of an attachment's thread, while that is in the same stay. The
   * calling thread is attached to the same interpreter.
   *
   * @param stay what {@link Attachment#stayNumber} was when the attachment was made
   */
  public static void raise(Attachment attachment, long stay) {
    raise(attachment.membership, stay, false);
  }

  /** Raises it in a thread of the interpreter that is attached, by its {@code get_ident()}. */
  public static void raise(long ident) {
    C.PyThreadState_SetAsyncExc(ident, KEYBOARD_INTERRUPT);
  }

  // The thread looks at the word after it has come in, and this looks who is in after writing it:
  // one of the two sees the other
  private static void raise(Membership membership, long stay, boolean comesAgain) {
    boolean raised = false;
    synchronized (membership) {
      long after = membership.interrupt;
      membership.interrupt = -stay;
      try {
        if (membership.isInside() && membership.stayNumber() == stay) {
          if (!comesAgain || !isImporting(membership)) {
            C.PyThreadState_SetAsyncExc(membership.javaThread.ident, KEYBOARD_INTERRUPT);
            raised = true;
          }
          after = stay;
        }
      } finally {
        membership.interrupt = after; // whoever comes in waits for that
      }
    }
    if (raised) {
      Events.interrupted(membership.interpreter.id(), membership.thread());
    }
  }

  // Whoever closes raises it again, and may leave out one that is importing now; whoever asks once
  // is to be obeyed. Without a GIL its frames may change under whoever looks
  private static boolean isImporting(Membership membership) {
    long frame = frame(membership);
    if (frame == 0) {
      return false;
    }
    try {
      return membership.interpreter.companion().isOfImport(frame);
    } finally {
      C.Py_DecRef(frame);
    }
  }

  /**
   * Where an attachment's thread is in Python code; attached to the same interpreter. Without a GIL
   * it cannot be looked at.
   *
   * @param stay what {@link Attachment#stayNumber} was when the attachment was made
   * @return the frame, a new reference, or 0 if there is none or that stay is over
   */
  public static long frame(Attachment attachment, long stay) {
    Membership membership = attachment.membership;
    return membership.isInside() && membership.stayNumber() == stay ? frame(membership) : 0;
  }

  // A kept state is deleted by who has the GIL, and named no more by then
  private static long frame(Membership membership) {
    long state = membership.kept;
    return state != 0 && Types.hasGil() ? C.PyThreadState_GetFrame(state) : 0;
  }

  /**
   * Raises it in everyone inside but the calling thread; attached.
   *
   * @param wanted asked once it is known who is inside: whoever comes in after it was wanted for
   *     the last time is left alone
   */
  static void raiseInAll(InterpreterState interpreter, Whom whom, BooleanSupplier wanted) {
    List<Target> targets = new ArrayList<>();
    for (Pass pass : interpreter.gate().passes()) {
      long stay = pass.stayNumber();
      if (pass.isInside()
          && pass.thread() != Thread.currentThread()
          && whom.includes(pass.thread())) {
        targets.add(new Target((Membership) pass, stay));
      }
    }
    if (wanted.getAsBoolean()) {
      targets.forEach(target -> raise(target.membership, target.stay, true));
    }
  }

  /** On the thread itself, come in and not yet attached: waits out who is just raising it. */
  static void settle(Membership membership) {
    while (membership.interrupt < 0) {
      Thread.onSpinWait();
    }
  }

  /** On the thread itself, attached: one that was meant for a former stay will not arrive. */
  static void clearFormer(Membership membership) {
    if (membership.interrupt != membership.stayNumber()) {
      clear(membership);
    }
  }

  /** On the thread itself, attached: one that has not arrived yet will not. */
  static void clear(Membership membership) {
    synchronized (membership) {
      membership.interrupt = 0;
      C.PyThreadState_SetAsyncExc(membership.javaThread.ident, 0);
    }
  }
}
