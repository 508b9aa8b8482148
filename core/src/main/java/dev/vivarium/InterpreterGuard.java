package dev.vivarium;

import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.ThreadStates;

/**
 * A strong reference to an interpreter: {@code PyInterpreterGuard} of PEP 788. While it is open the
 * interpreter does not begin to end, and whoever closes that waits; so threads that hold one may
 * still enter. Taken with or without an attached thread state, and closed on any thread (BEHAVIOUR
 * G1–G5).
 */
public final class InterpreterGuard implements AutoCloseable {

  private final InterpreterState state;
  private final Hold hold;

  private InterpreterGuard(InterpreterState state, Hold hold) {
    this.state = state;
    this.hold = hold;
  }

  static InterpreterGuard of(InterpreterState state) {
    Hold hold = state.hold();
    if (hold == null) {
      throw Interpreter.closed(state);
    }
    return new InterpreterGuard(state, hold);
  }

  /**
   * On the interpreter that the calling thread is attached to.
   *
   * @throws IllegalStateException if it is attached to none
   * @throws InterpreterClosedException if closing has begun
   */
  public static InterpreterGuard ofCurrent() {
    InterpreterState attached = ThreadStates.attachedInterpreter();
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
    hold.release();
  }

  @Override
  public String toString() {
    return "InterpreterGuard[" + state.id() + (isOpen() ? "]" : ", closed]");
  }
}
