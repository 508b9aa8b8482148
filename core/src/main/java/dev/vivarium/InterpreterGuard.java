package dev.vivarium;

import dev.vivarium.internal.events.Begun;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.InterpreterState;
import org.jspecify.annotations.Nullable;

/**
 * A strong reference to an interpreter: {@code PyInterpreterGuard} of PEP 788. While it is open the
 * interpreter does not begin to end, and whoever closes that waits; so threads that hold one may
 * still enter. Taken with or without an attached thread state, and closed on any thread (guide:
 * {@code docs/guide/threads.md}).
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="guard" :
 * try (InterpreterGuard guard = view.guard()) { // or InterpreterClosedException, at once
 *   new Thread(
 *           () -> {
 *             try (ThreadState entered = ThreadState.ensure(guard)) {
 *               sub.exec("x = 1"); // its end waits for this
 *             }
 *             done.countDown();
 *           })
 *       .start();
 *   done.await();
 * }
 * }
 */
public final class InterpreterGuard implements AutoCloseable {

  private final InterpreterState state;
  private final Hold hold;
  private final @Nullable Begun begun = Events.beginGuard();

  private InterpreterGuard(InterpreterState state, Hold hold) {
    this.state = state;
    this.hold = hold;
  }

  static InterpreterGuard of(InterpreterState state) {
    Hold hold = state.hold();
    if (hold == null) {
      throw Home.of(state).closed();
    }
    try {
      return new InterpreterGuard(state, hold);
    } catch (Throwable t) { // no memory: nobody would let go of it
      hold.release();
      throw t;
    }
  }

  /**
   * On the interpreter that the calling thread is attached to, or whose code has called it.
   *
   * @throws IllegalStateException if there is none
   * @throws InterpreterClosedException if closing has begun
   */
  @CheckReturnValue
  public static InterpreterGuard current() {
    InterpreterState attached = InterpreterView.currentState();
    if (attached == null) {
      throw new IllegalStateException(
          "this thread has no thread state attached: take the guard from a view instead");
    }
    return of(attached);
  }

  InterpreterState state() {
    return state;
  }

  Hold hold() {
    return hold;
  }

  /** A view of the interpreter. */
  public InterpreterView view() {
    return new InterpreterView(state);
  }

  public boolean isOpen() {
    return hold.isOpen();
  }

  /** Lets the interpreter go. A second time it does nothing. */
  @Override
  public void close() {
    if (hold.release()) {
      Events.guardHeld(begun, state.id(), hold.thread());
    }
  }

  @Override
  public String toString() {
    return "InterpreterGuard[" + state.id() + (isOpen() ? "]" : ", closed]");
  }
}
