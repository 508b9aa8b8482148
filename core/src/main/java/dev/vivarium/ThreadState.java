package dev.vivarium;

import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interrupts;
import dev.vivarium.internal.thread.ThreadStates;
import org.jspecify.annotations.Nullable;

/**
 * A thread state that this thread has attached, for as long as this is open: {@code
 * PyThreadState_EnsureFromView} and {@code PyThreadState_Release} of PEP 788.
 *
 * <p>It nests, for the same interpreter or across any, and closing restores exactly what was
 * attached before; close the latest first, on the thread that ensured, best by {@code try}. While
 * it is open its interpreter does not end. Where C or Python code has a thread state of the
 * interpreter attached on this thread already, that one is used (BEHAVIOUR E1–E10, M1–M6).
 */
public final class ThreadState implements AutoCloseable {

  private final Attachment attachment;
  private final int depth;
  private volatile boolean released;

  private ThreadState(Attachment attachment) {
    this.attachment = attachment;
    this.depth = attachment.depth();
  }

  /**
   * Attaches a thread state of the view's interpreter. Waits for its GIL, for nothing else.
   *
   * @throws InterpreterClosedException at once, if closing has begun and this thread is not inside
   * @throws WrongThreadException on a virtual thread, where {@link InterpreterView#call} is the way
   */
  public static ThreadState ensure(InterpreterView view) {
    return new ThreadState(attach(view.state(), null));
  }

  /**
   * Attaches a thread state of the guard's interpreter, also while a closer waits for the guard.
   *
   * @throws IllegalStateException if the guard has been closed
   * @throws WrongThreadException on a virtual thread
   */
  public static ThreadState ensure(InterpreterGuard guard) {
    if (!guard.isOpen()) {
      throw new IllegalStateException("the guard has been closed: it holds no interpreter open");
    }
    return new ThreadState(attach(guard.state(), guard.hold()));
  }

  private static Attachment attach(InterpreterState state, @Nullable Hold hold) {
    Attachment attachment = ThreadStates.ensure(state, hold);
    if (attachment == null) {
      throw Interpreter.closed(state);
    }
    return attachment;
  }

  /** The interpreter that it is of. */
  public Interpreter interpreter() {
    return Interpreter.of(attachment.interpreter());
  }

  /**
   * Detaches while the body runs, so that other threads run Python meanwhile, and attaches the same
   * state again: {@code Py_BEGIN_ALLOW_THREADS} … {@code Py_END_ALLOW_THREADS}, whose way back
   * cannot hang, since the interpreter waits for this thread (BEHAVIOUR E9). The body may ensure
   * thread states of its own.
   *
   * @throws IllegalStateException if this is not the thread state attached now
   */
  public <T extends @Nullable Object, X extends Throwable> T detached(DetachedSupplier<T, X> body)
      throws X {
    if (released) {
      throw new IllegalStateException("detached(…) of a thread state that has been closed");
    }
    ThreadStates.beginDetached(attachment);
    try {
      return body.get();
    } finally {
      ThreadStates.endDetached(attachment);
    }
  }

  /** As {@link #detached(DetachedSupplier)}, without a result. */
  public <X extends Throwable> void detached(DetachedAction<X> body) throws X {
    this.<@Nullable Object, X>detached(() -> {
      body.run();
      return null;
    });
  }

  /**
   * Raises {@code KeyboardInterrupt} in the Python code of the thread that this is of. For any
   * thread, which waits for the interpreter's GIL to do it. It arrives at the next bytecode; a
   * thread inside a C function that does not return to Python is not reached.
   *
   * @return false if this has been closed, or its interpreter is closing
   */
  public boolean interrupt() {
    if (released) {
      return false;
    }
    if (Thread.currentThread().isVirtual()) {
      try {
        return interpreter().call(in -> raiseIfOpen());
      } catch (InterpreterClosedException e) {
        return false;
      }
    }
    Attachment entered = ThreadStates.ensure(attachment.interpreter(), null);
    if (entered == null) {
      return false;
    }
    int entry = entered.depth();
    try {
      return raiseIfOpen();
    } finally {
      ThreadStates.release(entered, entry);
    }
  }

  private boolean raiseIfOpen() {
    if (released) {
      return false;
    }
    Interrupts.raise(attachment);
    return true;
  }

  /**
   * Releases it: what was attached before is attached again. A second time it does nothing.
   *
   * @throws IllegalStateException on another thread, out of order, or inside {@link
   *     #detached(DetachedSupplier)}; nothing has changed then
   */
  @Override
  public void close() {
    if (!released) {
      ThreadStates.checkRelease(attachment, depth);
      released = true; // before detaching, so that no interrupt comes after
      ThreadStates.releaseChecked(attachment, depth);
    }
  }

  @Override
  public String toString() {
    return "ThreadState[" + attachment.interpreter() + (released ? ", released]" : "]");
  }
}
