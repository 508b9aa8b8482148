package dev.vivarium.cli.map;

import dev.vivarium.Python;
import dev.vivarium.pool.InterpreterPool;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A pool of interpreters of this process. */
final class PoolEngine implements Engine {

  // How long Python has to let go after an interrupt
  private static final Duration GRACE = Duration.ofSeconds(1);

  // Each keeps a thread; beyond so many, whoever hangs is waited for, and the log says so
  private static final int MOST_STUCK = 1024;

  // Enough for one slow item among quick ones
  private static final int ROOM_EACH = 2 * Portion.MOST;

  private final Python python;
  private final MappedFunction function;
  private final int interpreters;
  private final @Nullable Duration deadline;
  private @Nullable InterpreterPool pool;

  PoolEngine(
      Python python, MappedFunction function, int interpreters, @Nullable Duration deadline) {
    this.python = python;
    this.function = function;
    this.interpreters = interpreters;
    this.deadline = deadline;
  }

  /** One that calls the function, whose interpreters have loaded it. */
  static InterpreterPool pool(Python python, MappedFunction function) throws InterruptedException {
    return InterpreterPool.open(python, function.pool().grace(GRACE).mostStuck(MOST_STUCK));
  }

  /** Ends one; whether a thread is still in its Python. */
  static boolean close(InterpreterPool pool) {
    boolean _ = pool.close(GRACE);
    return pool.statistics().stuck() > 0;
  }

  @Override
  public void open() throws InterruptedException {
    pool = pool(python, function);
  }

  @Override
  public int callers() {
    return interpreters;
  }

  @Override
  public Caller caller(Callers callers, int number) {
    return new PoolCalling(
        callers, function, Objects.requireNonNull(pool).forKey(number), deadline);
  }

  @Override
  public int roomEach() {
    return ROOM_EACH;
  }

  @Override
  public boolean close() {
    return close(Objects.requireNonNull(pool));
  }

  @Override
  public String shown() {
    return Statistics.count(interpreters, "interpreter", "interpreters");
  }
}
