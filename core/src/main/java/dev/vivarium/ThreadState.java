package dev.vivarium;

import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.Forgotten;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interrupts;
import dev.vivarium.internal.thread.ThreadStates;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A thread state that this thread has attached, for as long as this is open: {@code
 * PyThreadState_EnsureFromView} and {@code PyThreadState_Release} of PEP 788.
 *
 * <p>It nests, for the same interpreter or across any, and closing restores exactly what was
 * attached before; close the latest first, on the thread that ensured, best by {@code try}. While
 * it is open its interpreter does not end. Where C or Python code has a thread state of the
 * interpreter attached on this thread already, that one is used (guide: {@code
 * docs/guide/threads.md}).
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="nesting" :
 * try (ThreadState outer = ThreadState.ensure(mainView)) {
 *   main.exec("x = 1");
 *   try (ThreadState inner = ThreadState.ensure(subView)) {
 *     sub.exec("x = 2");
 *   } // main's thread state is attached again
 *   String later = outer.callDetached(() -> "others run Python meanwhile");
 * }
 * }
 */
public final class ThreadState implements AutoCloseable {

  private Attachment attachment; // this and what follows: written once
  private int depth;
  private long stay;
  private volatile boolean released;

  // Made before there is anything that it could lose
  @SuppressWarnings("NullAway.Init") // nobody sees one that has not begun
  private ThreadState() {}

  @NoThrow
  private void begin(Attachment entered) {
    attachment = entered;
    depth = entered.depth();
    stay = entered.stayNumber();
  }

  /**
   * Attaches a thread state of the view's interpreter. Waits for its GIL, for nothing else.
   *
   * @throws InterpreterClosedException at once, if closing has begun and this thread is not inside
   * @throws WrongThreadException on a virtual thread, where {@link InterpreterView#call} is the way
   * @throws StackOverflowError if the thread's stack has no room for Python; nothing is attached
   *     then
   */
  @CheckReturnValue
  public static ThreadState ensure(InterpreterView view) {
    return ensure(view.state(), null);
  }

  /**
   * As {@link #ensure(InterpreterView)}.
   *
   * @throws InterpreterClosedException at once, if closing has begun and this thread is not inside
   * @throws WrongThreadException on a virtual thread, where {@link Interpreter#call} is the way
   */
  @CheckReturnValue
  public static ThreadState ensure(Interpreter interpreter) {
    return ensure(interpreter.state(), null);
  }

  /**
   * Attaches a thread state of the guard's interpreter, also while a closer waits for the guard.
   *
   * @throws IllegalStateException if the guard has been closed
   * @throws WrongThreadException on a virtual thread
   */
  @CheckReturnValue
  public static ThreadState ensure(InterpreterGuard guard) {
    if (!guard.isOpen()) {
      throw new IllegalStateException("the guard has been closed: it holds no interpreter open");
    }
    return ensure(guard.state(), guard.hold());
  }

  private static ThreadState ensure(InterpreterState state, @Nullable Hold hold) {
    ThreadState ensured = new ThreadState();
    Attachment entered = ThreadStates.ensure(state, hold);
    if (entered == null) {
      throw Home.of(state).closed();
    }
    ensured.begin(entered);
    return ensured;
  }

  /** The interpreter that it is of. */
  public Interpreter interpreter() {
    return Interpreter.of(attachment.interpreter());
  }

  /**
   * Detaches while the body runs, so that other threads run Python meanwhile, and attaches the same
   * state again: {@code Py_BEGIN_ALLOW_THREADS} … {@code Py_END_ALLOW_THREADS}, whose way back
   * cannot hang, since the interpreter waits for this thread (guide: {@code
   * docs/guide/threads.md}). The body may ensure thread states of its own.
   *
   * @throws IllegalStateException if this is not the thread state attached now; also after the
   *     body, if that has left a thread state open, which is released then
   */
  public <T extends @Nullable Object, X extends Throwable> T callDetached(
      DetachedSupplier<T, X> body) throws X {
    if (released) {
      throw new IllegalStateException("callDetached(…) of a thread state that has been closed");
    }
    ThreadStates.beginDetached(attachment);
    T result;
    try {
      result = body.get();
    } catch (Throwable t) {
      Forgotten.tell(ThreadStates.endDetached(attachment), t);
      throw t;
    }
    Forgotten.refuse(ThreadStates.endDetached(attachment), "the body of callDetached(…)");
    return result;
  }

  /** As {@link #callDetached}, without a result. */
  public <X extends Throwable> void runDetached(DetachedAction<X> body) throws X {
    this.<@Nullable Object, X>callDetached(() -> {
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
      ThreadStates.endBody(entered, entry);
    }
  }

  private boolean raiseIfOpen() {
    if (released) {
      return false;
    }
    Interrupts.raise(attachment, stay);
    return true;
  }

  /**
   * Where the thread that this is of is in Python code now: to tell what does not come back. For
   * any thread, which waits for the interpreter's GIL to look; so C code that keeps that is not
   * seen. On a free-threaded CPython, where frames change under whoever looks, there is nothing to
   * be seen.
   *
   * @return the frames of Python code, as {@link PythonException} has them, the innermost first;
   *     empty if it is in none, this has been closed, or its interpreter is closing
   */
  public List<StackTraceElement> pythonStack() {
    if (released) {
      return List.of();
    }
    try {
      return interpreter()
          .call(in -> {
            long frame = released ? 0 : Interrupts.frame(attachment, stay);
            return frame == 0 ? List.of() : RaisedException.stack(in.home(), frame);
          });
    } catch (InterpreterClosedException e) {
      return List.of();
    }
  }

  /**
   * Releases it: what was attached before is attached again. A second time it does nothing.
   *
   * @throws IllegalStateException on another thread, out of order, or inside {@link #callDetached};
   *     nothing has changed then
   * @throws StackOverflowError if it is called much further down the stack than {@code ensure}, and
   *     there is no room; nothing has changed then. At the place of its {@code ensure} there is
   */
  @Override
  public void close() {
    if (!released) {
      ThreadStates.release(attachment, depth);
      released = true;
    }
  }

  @Override
  public String toString() {
    return "ThreadState[" + attachment.interpreter() + (released ? ", released]" : "]");
  }
}
