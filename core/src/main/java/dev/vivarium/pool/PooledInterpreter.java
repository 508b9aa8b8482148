package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An interpreter of a pool that is checked out: nobody else has it until this is closed, best by
 * {@code try}. Any thread may use and close it.
 */
public final class PooledInterpreter implements AutoCloseable {

  private final Crew crew;
  private final Call checkout;
  private final AtomicBoolean returned = new AtomicBoolean();

  /** Made before it is there, so that nothing can fail once the worker is taken. */
  PooledInterpreter(Crew crew, Call checkout) {
    this.crew = crew;
    this.checkout = checkout;
  }

  private Worker worker() {
    return Objects.requireNonNull(checkout.worker());
  }

  /**
   * The interpreter.
   *
   * @throws IllegalStateException if it has been returned
   */
  public Interpreter interpreter() {
    if (returned.get()) {
      throw new IllegalStateException("it has been returned to " + crew);
    }
    return worker().workplace().interpreter();
  }

  /** Returns it to the pool. A second time it does nothing. */
  @Override
  public void close() {
    StackRoom.require();
    if (returned.compareAndSet(false, true)) {
      crew.back(worker());
    }
  }

  @Override
  public String toString() {
    return "PooledInterpreter[" + worker().workplace().interpreter() + "]";
  }
}
