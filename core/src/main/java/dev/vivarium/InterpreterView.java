package dev.vivarium;

import dev.vivarium.internal.object.Detached;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interpreters;
import dev.vivarium.internal.thread.ThreadStates;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A weak reference to one interpreter: {@code PyInterpreterView} of PEP 788. It keeps nothing
 * alive, needs no close, may be copied and dropped by any thread, and is safe for ever: after its
 * interpreter's end it says so, and never means another one (guide: {@code docs/guide/threads.md}).
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="view" :
 * InterpreterView view = sub.view();
 * Callable<Long> task = () -> view.call(in -> in.eval("6 * 7").asLong());
 * long answer = executor.submit(task).get(); // any thread, whenever
 * sub.close();
 * try {
 *   view.run(in -> in.exec("print('never printed')"));
 * } catch (InterpreterClosedException e) {
 *   System.out.println("ended: " + !view.isAlive());
 * }
 * }
 */
public final class InterpreterView {

  private final InterpreterState state;

  InterpreterView(InterpreterState state) {
    this.state = state;
  }

  /**
   * Of the main interpreter.
   *
   * @throws IllegalStateException if Python has not been started
   */
  public static InterpreterView main() {
    return Python.require().main().view();
  }

  /**
   * Of the interpreter that the calling thread is attached to, by whoever; in Java code that Python
   * has called, of the interpreter that called, though it runs detached. Empty if there is none.
   */
  public static Optional<InterpreterView> current() {
    return Optional.ofNullable(currentState()).map(InterpreterView::new);
  }

  static @Nullable InterpreterState currentState() {
    if (Interpreters.main() == null) {
      return null;
    }
    InterpreterState attached = ThreadStates.attachedInterpreter();
    return attached != null ? attached : Detached.caller();
  }

  /**
   * Of the interpreter with that id, also of one that Python code has made.
   *
   * @throws InterpreterNotFoundException if there has never been one with that id, or C code has
   *     made it and it has never called Java
   * @throws InterpreterClosedException if it has ended
   */
  public static InterpreterView of(long id) {
    return Python.require().view(id);
  }

  InterpreterState state() {
    return state;
  }

  /** CPython's id of the interpreter. */
  public long id() {
    return state.id();
  }

  /** Whether the interpreter has not ended. It may a moment later: take a guard to rely on it. */
  public boolean isAlive() {
    return state.gate().isAlive();
  }

  /**
   * A strong reference to the interpreter. Needs no attached thread state, and never waits.
   *
   * @throws InterpreterClosedException if closing has begun, or it has ended
   */
  @CheckReturnValue
  public InterpreterGuard guard() {
    return InterpreterGuard.of(state);
  }

  /**
   * Runs a body attached to the interpreter; see {@link Interpreter#call}.
   *
   * @throws InterpreterClosedException if it is closing or has ended
   */
  public <T extends @Nullable Object, X extends Throwable> T call(InterpreterFunction<T, X> body)
      throws X {
    return enterable().call(body);
  }

  /** As {@link #call}, without a result. */
  public <X extends Throwable> void run(InterpreterAction<X> body) throws X {
    enterable().run(body);
  }

  /** As {@link #call}, for {@link Thread#interrupt}: see {@link Interpreter#callInterruptibly}. */
  public <T extends @Nullable Object, X extends Throwable> T callInterruptibly(
      InterpreterFunction<T, X> body) throws X, InterruptedException {
    return enterable().callInterruptibly(body);
  }

  /** As {@link #callInterruptibly}, without a result. */
  public <X extends Throwable> void runInterruptibly(InterpreterAction<X> body)
      throws X, InterruptedException {
    enterable().runInterruptibly(body);
  }

  private Interpreter enterable() {
    if (!isAlive()) {
      throw Home.of(state).closed();
    }
    return Interpreter.of(state);
  }

  /** Whether both are of the same interpreter. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof InterpreterView view && view.state == state;
  }

  @Override
  public int hashCode() {
    return state.hashCode();
  }

  @Override
  public String toString() {
    return "InterpreterView[" + state.id() + (isAlive() ? "]" : ", ended]");
  }
}
