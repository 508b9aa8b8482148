package dev.vivarium.pool;

import dev.vivarium.CheckReturnValue;
import dev.vivarium.InterpreterAction;
import dev.vivarium.InterpreterFunction;
import dev.vivarium.internal.events.Begun;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.VirtualThreads;
import dev.vivarium.internal.thread.ThreadStates;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A way to call a pool: with a deadline, for a key, or plainly. Immutable, for any thread, for as
 * long as the pool is open: {@code pool.within(Duration.ofSeconds(1)).forKey(user)}.
 */
public final class PoolCaller {

  private static final Duration NO_LIMIT = Duration.ofSeconds(Long.MAX_VALUE);
  private static final long LONG_NANOS = 10_000_000_000L;

  private final Crew crew;
  private final Duration limit;
  private final int place;

  private PoolCaller(Crew crew, Duration limit, int place) {
    this.crew = crew;
    this.limit = limit;
    this.place = place;
  }

  static PoolCaller of(Crew crew) {
    return new PoolCaller(crew, NO_LIMIT, Call.ANYWHERE);
  }

  /**
   * With a deadline, for waiting and working together (guide: {@code docs/guide/deadlines.md}). A
   * call that goes on at its deadline is interrupted: {@code KeyboardInterrupt} in the Python code,
   * {@link Thread#interrupt} for Java code that it has called. If it does not let go within {@link
   * PoolOptions#grace}, it is given up with its interpreter, and the pool has another one. Either
   * way the caller gets a {@link DeadlineException}.
   */
  @CheckReturnValue
  public PoolCaller within(Duration limit) {
    Objects.requireNonNull(limit, "limit");
    return new PoolCaller(crew, limit, place);
  }

  /**
   * For a key: calls of equal keys are done by the same interpreter, one after the other in the
   * order in which they come, as long as it is not replaced. The Integers from 0 on have one each,
   * as far as there are such.
   */
  @CheckReturnValue
  public PoolCaller forKey(Object key) {
    return new PoolCaller(crew, limit, crew.placeOf(Objects.requireNonNull(key, "key")));
  }

  /**
   * Has a body run in one of the pool's interpreters, on a thread of the pool, and waits for it,
   * with nothing attached. Calls begin in the order in which they come.
   *
   * <p>Python objects that it returns stay with their interpreter, and are of no use once that is
   * replaced; return values of Java. From inside a call of the same pool, the body is run at once
   * in the interpreter that is there.
   *
   * @throws X what the body throws, on its own thread
   * @throws DeadlineException if it was not done {@linkplain #within in time}
   * @throws InterruptedException if this thread was interrupted; the call is treated as at a
   *     deadline
   * @throws java.util.concurrent.RejectedExecutionException if the pool is closed, too many calls
   *     wait, or no interpreter can be made
   * @throws IllegalStateException from inside a call of the same pool, with a deadline or for a key
   *     of another interpreter
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // the body's result
  public <T extends @Nullable Object, X extends Throwable> T call(InterpreterFunction<T, X> body)
      throws X, InterruptedException {
    Objects.requireNonNull(body, "body");
    Worker inside = Worker.current(crew);
    if (inside != null) {
      requireInside(inside);
      return inside.workplace().interpreter().call(body);
    }
    StackRoom.require();
    Deadline deadline = Deadline.in(limit);
    Call call = new Call(body, place, Thread.currentThread(), crew.options().broken);
    return (T) PoolCaller.<X>outcome(await(call, deadline, true));
  }

  /** As {@link #call(InterpreterFunction)}, without a result. */
  public <X extends Throwable> void run(InterpreterAction<X> body) throws X, InterruptedException {
    this.<@Nullable Object, X>call(in -> {
      body.run(in);
      return null;
    });
  }

  /** Of a call that has been given to the crew by the calling thread. */
  @Nullable Object outcomeOf(Call call) throws InterruptedException {
    return PoolCaller.<RuntimeException>outcome(await(call, Deadline.in(limit), false));
  }

  private void requireInside(Worker inside) {
    if (!inside.isAtCall()) {
      throw new IllegalStateException("a call of " + crew + " from its initializer");
    }
    if (!limit.equals(NO_LIMIT)) {
      throw new IllegalStateException(
          "a deadline inside a call of " + crew + ": that call's own is the one that holds");
    }
    if (place != Call.ANYWHERE && place != inside.place()) {
      throw new IllegalStateException(
          "inside a call of "
              + crew
              + ", one for the key of another interpreter could wait for"
              + " itself: submit it, and wait for it outside");
    }
  }

  /**
   * As {@link #call}, without waiting: what comes of it, completed on a virtual thread. Cancelling
   * the future ends the call as an interrupt of the caller would; to complete it in another way, as
   * {@code orTimeout} does, leaves the call alone.
   *
   * @throws java.util.concurrent.RejectedExecutionException as {@link #call}
   */
  @CheckReturnValue
  public <T extends @Nullable Object, X extends Throwable> CompletableFuture<T> submit(
      InterpreterFunction<T, X> body) {
    Objects.requireNonNull(body, "body");
    StackRoom.require();
    Deadline deadline = Deadline.in(limit);
    PooledFuture<T> future = new PooledFuture<>();
    Thread waiting = VirtualThreads.unstarted("python-pool-call", future::await);
    Call call = new Call(body, place, waiting, crew.options().broken);
    future.begin(
        () -> crew.withdraw(call),
        waiting,
        () -> PoolCaller.<Exception>outcome(await(call, deadline, false)));
    crew.add(call);
    boolean started = false;
    try {
      VirtualThreads.start(waiting);
      started = true;
    } finally {
      if (!started && !crew.withdraw(call)) {
        call.interrupt();
      }
    }
    return future;
  }

  /**
   * Calls a Python function, which each interpreter makes once.
   *
   * @param result what the result becomes, as {@link dev.vivarium.PyObject#as} makes it
   * @param arguments become Python objects in the interpreter that is called
   */
  public <T> T call(PythonFunction function, Class<T> result, @Nullable Object... arguments)
      throws InterruptedException {
    return call(new FunctionCall<>(crew, function, result, arguments));
  }

  /** As {@link #call(PythonFunction, Class, Object...)}, without waiting. */
  @CheckReturnValue
  public <T> CompletableFuture<T> submit(
      PythonFunction function, Class<T> result, @Nullable Object... arguments) {
    return submit(new FunctionCall<>(crew, function, result, arguments));
  }

  /**
   * Takes an interpreter for the calling thread's own use, until that is closed. Costs less than a
   * call, and has no deadline but for the waiting: nobody else can interrupt what is done in it.
   *
   * @throws DeadlineException if none is free in time
   * @throws InterruptedException if this thread was interrupted while it waited
   * @throws java.util.concurrent.RejectedExecutionException as {@link #call}
   * @throws IllegalStateException from inside a call of the same pool: it could wait for itself
   */
  @CheckReturnValue
  public PooledInterpreter checkOut() throws InterruptedException {
    if (Worker.current(crew) != null) {
      throw new IllegalStateException(
          "inside a call of "
              + crew
              + ", to check out another interpreter could wait for ever: use the one that the call has,"
              + " or check out before the call");
    }
    StackRoom.require();
    Deadline deadline = Deadline.in(limit);
    Call call = new Call(null, place, Thread.currentThread(), crew.options().broken);
    PooledInterpreter checkedOut = new PooledInterpreter(crew, call);
    PoolCaller.<RuntimeException>outcome(await(call, deadline, true));
    return checkedOut;
  }

  // The call is over then, or an exception says why nobody waits for it any more
  private Call await(Call call, Deadline deadline, boolean isNew) throws InterruptedException {
    Begun begun = call.isCheck() ? null : Events.beginPoolCall();
    try {
      return awaitEnd(call, deadline, isNew);
    } finally {
      if (begun != null) {
        long now = System.nanoTime();
        boolean had = call.worker() != null;
        long waited = had ? call.waited() : now - call.since();
        Events.poolCalled(begun, crew.toString(), how(call), waited, had ? now - call.begun() : 0);
      }
    }
  }

  private static String how(Call call) {
    if (call.worker() == null) {
      return call.thrown() == null && call.state() == Call.State.GIVEN_UP ? "not begun" : "refused";
    }
    if (call.state() != Call.State.DONE) {
      return "given up";
    }
    if (call.thrown() != null) {
      return call.wasInterrupted() ? "interrupted" : "failed";
    }
    return call.isCheckout() ? "checked out" : "done";
  }

  // What is new is given to the crew first, when this thread has let go of what it is attached to
  private Call awaitEnd(Call call, Deadline deadline, boolean isNew) throws InterruptedException {
    try {
      boolean interrupted =
          !ThreadStates.unattached(() -> {
            if (isNew) {
              crew.add(call);
            }
            return isOverBy(deadline, call);
          });
      if (!call.isOver() && crew.withdraw(call)) {
        throwWaited(interrupted);
      }
      if (!call.isOver()) {
        giveUp(call, interrupted);
      } else if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return call;
    } finally {
      if (!call.isOver() && !crew.withdraw(call)) { // no heap or stack to wait with
        call.interrupt();
        crew.giveUp(call);
      }
    }
  }

  // False if the thread is interrupted before
  private boolean isOverBy(Deadline deadline, Call call) {
    while (!call.isOver()) {
      if (Thread.interrupted()) {
        return false;
      }
      long left = deadline.nanosLeft();
      if (left <= 0) {
        return true;
      }
      if (deadline == Deadline.NONE && call.state() != Call.State.WAITING) {
        LockSupport.park(crew); // which costs a virtual thread less than with a time
        continue;
      }
      LockSupport.parkNanos(crew, Math.min(left, LONG_NANOS));
      if (call.state() == Call.State.WAITING && System.nanoTime() - call.since() >= LONG_NANOS) {
        crew.tell(call);
      }
    }
    return true;
  }

  private void giveUp(Call call, boolean interruptedBefore) throws InterruptedException {
    Deadline grace = Deadline.in(crew.options().grace);
    call.interrupt();
    PythonStack where = call.stack();
    boolean interrupted = interruptedBefore;
    while (!ThreadStates.unattached(() -> isOverBy(grace, call))) {
      interrupted = true;
    }
    if (crew.giveUp(call)) {
      List<StackTraceElement> stack = ThreadStates.unattached(where::frames);
      if (interrupted) {
        throw new InterruptedException("interrupted; the call goes on in an interpreter given up");
      }
      throw new DeadlineException(
          limit,
          DeadlineException.Reached.GIVEN_UP,
          "it does not let go, and is given up"
              + (stack.isEmpty() ? "; where it is cannot be told" : "; it is at"),
          stack);
    }
    Throwable thrown = call.thrown();
    if (thrown != null && call.state() == Call.State.DONE) {
      crew.countInterrupted();
      Throwable cause =
          thrown instanceof InterruptedException && thrown.getCause() != null
              ? thrown.getCause()
              : thrown;
      if (interrupted) {
        InterruptedException told = new InterruptedException("interrupted in a call of " + crew);
        told.initCause(cause);
        throw told;
      }
      throw new DeadlineException(
          limit, DeadlineException.Reached.INTERRUPTED, "it was interrupted", cause);
    }
    if (interrupted) {
      Thread.currentThread().interrupt(); // there is a result nevertheless
    }
  }

  private void throwWaited(boolean interrupted) throws InterruptedException {
    if (interrupted) {
      throw new InterruptedException("interrupted while it waited for " + crew);
    }
    throw new DeadlineException(
        limit,
        DeadlineException.Reached.WAITING,
        "no interpreter of " + crew + " was free",
        List.of());
  }

  @SuppressWarnings("unchecked") // the body throws X and unchecked exceptions, nothing else
  private static <X extends Throwable> @Nullable Object outcome(Call call) throws X {
    if (call.state() == Call.State.GIVEN_UP) {
      throw new RejectedExecutionException("the pool was closed meanwhile");
    }
    Throwable thrown = call.thrown();
    if (thrown != null) {
      throw (X) thrown;
    }
    return call.result();
  }

  @Override
  public String toString() {
    return "PoolCaller["
        + crew
        + (limit.equals(NO_LIMIT) ? "" : ", within " + Times.text(limit))
        + (place == Call.ANYWHERE ? "]" : ", for a key]");
  }
}
