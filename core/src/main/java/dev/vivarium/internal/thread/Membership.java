package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Pass;

/** One thread in one interpreter: its pass, and the thread state kept for it between calls. */
sealed class Membership extends Pass {

  final InterpreterState interpreter;
  final JavaThread javaThread;

  /** The kept state, or 0. Its thread writes it; the interpreter's end and the reaper read it. */
  volatile long kept;

  /** How many attachments of the thread are in this interpreter, suspended ones too. */
  int stays;

  /** Whether the rooms above have heard of a stack that is small. Its thread's alone. */
  boolean introduced;

  /**
   * The number of the stay that {@code KeyboardInterrupt} has been raised in, which may be pending
   * still; negative while it is being raised; 0 for none.
   */
  volatile long interrupt;

  private Membership(InterpreterState interpreter, JavaThread javaThread) {
    super(javaThread.thread);
    this.interpreter = interpreter;
    this.javaThread = javaThread;
  }

  /** The {@link Thread} that it is now. */
  @Override
  public final Thread thread() {
    return javaThread.thread;
  }

  static Membership of(InterpreterState interpreter, JavaThread javaThread) {
    return new Behind(interpreter, javaThread);
  }

  /** {@link dev.vivarium.internal.lifecycle.Padded} behind the fields too. */
  @SuppressWarnings("unused") // only their place counts
  private static final class Behind extends Membership {

    private long p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16;

    Behind(InterpreterState interpreter, JavaThread javaThread) {
      super(interpreter, javaThread);
    }
  }
}
