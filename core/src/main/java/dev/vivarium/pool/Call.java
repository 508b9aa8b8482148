package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterFunction;
import dev.vivarium.ThreadState;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One call of a pool, from its wait for a worker to its outcome. Its state changes under the crew's
 * lock; to end one nothing is allocated, so that it ends where the heap has.
 */
final class Call {

  enum State {
    WAITING,
    RUNNING,
    /** Its outcome is there; a checkout's is its worker. */
    DONE,
    /** Nobody waits for it any more; if it had begun, it goes on. */
    GIVEN_UP
  }

  /** Any place will do. */
  static final int ANYWHERE = -1;

  private final @Nullable InterpreterFunction<?, ?> body;
  private final int place;
  private final @Nullable Thread caller;
  private final Predicate<? super Throwable> broken;
  private final boolean check;
  private final long since = System.nanoTime();
  private long begun;

  private volatile State state = State.WAITING;
  private @Nullable Worker worker;
  private volatile @Nullable ThreadState entered;
  private @Nullable Object result;
  private @Nullable Throwable thrown;

  // Under this object's lock: an interrupt hits this call, and nothing that its thread does after
  // it
  private @Nullable Thread runner;
  private boolean interrupted;

  /**
   * A call.
   *
   * @param body null to check an interpreter out
   * @param place whose worker has to do it, or {@link #ANYWHERE}
   * @param caller who waits for it, or null
   * @param broken which of what it throws means that its interpreter is no longer good
   */
  Call(
      @Nullable InterpreterFunction<?, ?> body,
      int place,
      @Nullable Thread caller,
      Predicate<? super Throwable> broken) {
    this(body, place, caller, broken, false);
  }

  private Call(
      @Nullable InterpreterFunction<?, ?> body,
      int place,
      @Nullable Thread caller,
      Predicate<? super Throwable> broken,
      boolean check) {
    this.body = body;
    this.place = place;
    this.caller = caller;
    this.broken = broken;
    this.check = check;
  }

  /** A call of the pool's own, which shows whether an interpreter is well: whatever it throws. */
  static Call check(InterpreterFunction<?, ?> body, int place) {
    return new Call(body, place, Thread.currentThread(), thrown -> true, true);
  }

  /** On the worker's thread: whether its interpreter is no longer good, after what was thrown. */
  @SuppressWarnings("ReferenceEquality") // nothing can be suppressed by itself
  boolean breaks(Throwable by) {
    try {
      return broken.test(by);
    } catch (Throwable t) { // a checked one too, which other languages throw from anywhere
      if (t != by) {
        by.addSuppressed(t);
      }
      return true;
    }
  }

  boolean isCheck() {
    return check;
  }

  boolean isCheckout() {
    return body == null;
  }

  int place() {
    return place;
  }

  /** When it was made, as {@link System#nanoTime()}. */
  long since() {
    return since;
  }

  /** How long it has waited for a worker. */
  long waited() {
    return begun - since;
  }

  /** When a worker took it. */
  long begun() {
    return begun;
  }

  State state() {
    return state;
  }

  boolean isOver() {
    State now = state;
    return now == State.DONE || now == State.GIVEN_UP;
  }

  /** Who does it; null while it waits. */
  @Nullable Worker worker() {
    return worker;
  }

  /** A worker takes it. */
  void begin(Worker by) {
    begun = System.nanoTime();
    worker = by;
    state = State.RUNNING;
  }

  /** On the worker's thread. */
  void run(Interpreter interpreter) throws Throwable {
    InterpreterFunction<?, ?> work = body;
    if (work != null) {
      runBy(Thread.currentThread());
      try (ThreadState now = ThreadState.ensure(interpreter)) {
        entered = now;
        result = interpreter.callInterruptibly(work);
      } finally {
        runBy(null);
      }
    }
  }

  private synchronized void runBy(@Nullable Thread thread) {
    runner = thread;
    boolean ignored = Thread.interrupted(); // it was for what ends here, not for what comes next
    if (thread != null && interrupted) {
      thread.interrupt();
    }
  }

  /** Raises {@code KeyboardInterrupt} in it, again and again until it ends. */
  synchronized void interrupt() {
    interrupted = true;
    if (runner != null) {
      runner.interrupt();
    }
  }

  /** Whether it has been interrupted, by whoever waits for it or closes its pool. */
  synchronized boolean wasInterrupted() {
    return interrupted;
  }

  /** The Python frames that it is in, which are looked for from now on. */
  PythonStack stack() {
    return PythonStack.of(entered);
  }

  /** Has come to its end, with a result or by throwing; {@link #wake} tells the caller. */
  void end(@Nullable Throwable by) {
    thrown = by;
    state = State.DONE;
  }

  /** Best without the crew's lock, which the caller may want next. */
  void wake() {
    LockSupport.unpark(caller);
  }

  /** Goes on without anybody waiting for it. */
  void giveUp() {
    state = State.GIVEN_UP;
    wake();
  }

  /** What it threw. */
  @Nullable Throwable thrown() {
    return thrown;
  }

  @Nullable Object result() {
    return result;
  }
}
