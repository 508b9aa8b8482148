package dev.vivarium.pool;

import dev.vivarium.CheckReturnValue;
import dev.vivarium.InterpreterAction;
import dev.vivarium.InterpreterOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a pool is made of, and when an interpreter of it is replaced. Immutable: each method gives
 * other options, {@code PoolOptions.isolated(4).replaceAfterCalls(10_000)} (guide: {@code
 * docs/guide/parallel.md}).
 */
@CheckReturnValue
public final class PoolOptions {

  /** The values; once they are options, nobody changes them any more. */
  static final class Values implements Cloneable {

    @Nullable InterpreterOptions interpreters = InterpreterOptions.isolated(); // null: main
    int least;
    int most;
    @Nullable InterpreterAction<?> initializer;
    int mostWaiting = 65_536;
    int mostStuck = 16;
    Duration idleTime = Duration.ofMinutes(1);
    Duration grace = Duration.ofMillis(100);
    long callsEach = Long.MAX_VALUE;
    Predicate<? super Throwable> broken = thrown -> false;
    @Nullable InterpreterAction<?> healthCheck;
    Duration healthCheckEvery = Duration.ZERO;

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private final Values values;

  private PoolOptions(Values values) {
    this.values = values;
  }

  /** As many interpreters as there are processors, each with a GIL of its own. */
  public static PoolOptions isolated() {
    return isolated(Runtime.getRuntime().availableProcessors());
  }

  /** So many interpreters, each with a GIL of its own. */
  public static PoolOptions isolated(int interpreters) {
    return isolated(interpreters, interpreters);
  }

  /**
   * Interpreters with GILs of their own, as many as there is work for.
   *
   * @param least how many there always are
   * @param most how many there may be while calls wait
   * @throws IllegalArgumentException unless 0 ≤ least ≤ most and most ≥ 1
   */
  public static PoolOptions isolated(int least, int most) {
    return of(InterpreterOptions.isolated(), least, most);
  }

  /**
   * So many threads in the main interpreter, for extension modules that work in that one only, as
   * NumPy does. They take turns at its GIL, and let each other in where such a module lets go of
   * it; on a free-threaded CPython they run in parallel.
   */
  public static PoolOptions main(int threads) {
    return main(threads, threads);
  }

  /**
   * As {@link #main(int)}, with as many threads as there is work for.
   *
   * @param least how many there always are
   * @param most how many there may be while calls wait
   * @throws IllegalArgumentException unless 0 ≤ least ≤ most and most ≥ 1
   */
  public static PoolOptions main(int least, int most) {
    return of(null, least, most);
  }

  private static PoolOptions of(@Nullable InterpreterOptions interpreters, int least, int most) {
    if (least < 0 || least > most || most < 1) {
      throw new IllegalArgumentException(
          "a pool of " + least + " to " + most + " interpreters: 0 ≤ least ≤ most and 1 ≤ most");
    }
    Values values = new Values();
    values.interpreters = interpreters;
    values.least = least;
    values.most = most;
    return new PoolOptions(values);
  }

  /**
   * How its interpreters are made; {@link InterpreterOptions#isolated()} by default.
   *
   * @throws IllegalStateException for {@link #main(int)}, whose interpreter is there already
   */
  public PoolOptions interpreters(InterpreterOptions options) {
    Objects.requireNonNull(options, "options");
    if (values.interpreters == null) {
      throw new IllegalStateException("PoolOptions.main has the main interpreter, and makes none");
    }
    return with(changed -> changed.interpreters = options);
  }

  /**
   * What each interpreter does before it serves: imports, models, a first call that warms it up. In
   * main it is done once, and again by {@link InterpreterPool#renew}. What it throws {@link
   * InterpreterPool#open} throws; later it is logged, and tried again where there is need.
   */
  public PoolOptions initializer(InterpreterAction<?> initializer) {
    Objects.requireNonNull(initializer, "initializer");
    return with(changed -> changed.initializer = initializer);
  }

  /**
   * How many calls may wait for an interpreter; more are refused. One for which an interpreter is
   * made is none of them. Default: 65,536.
   */
  public PoolOptions mostWaiting(int calls) {
    if (calls < 0) {
      throw new IllegalArgumentException("mostWaiting " + calls + " is negative");
    }
    return with(changed -> changed.mostWaiting = calls);
  }

  /**
   * How many calls that were given up may still be going on: each keeps a thread, and an
   * interpreter of its own where the pool has such. With so many, the next one that is given up is
   * not replaced until one of them has ended: the pool is smaller then, and memory bounded.
   * Default: 16.
   */
  public PoolOptions mostStuck(int calls) {
    if (calls < 0) {
      throw new IllegalArgumentException("mostStuck " + calls + " is negative");
    }
    return with(changed -> changed.mostStuck = calls);
  }

  /**
   * How long an interpreter beyond the least may be idle before it is closed. Default: a minute.
   */
  public PoolOptions idleTime(Duration time) {
    return with(changed -> changed.idleTime = positive("idleTime", time));
  }

  /**
   * How long a call that is interrupted has to let go before it is given up; so long after its
   * deadline the caller may be back. Default: 100 ms.
   */
  public PoolOptions grace(Duration time) {
    return with(changed -> changed.grace = positive("grace", time));
  }

  /**
   * Has an interpreter replaced after so many calls, for code that leaks. The next one is made
   * while it goes on serving.
   */
  public PoolOptions replaceAfterCalls(long calls) {
    if (calls < 1) {
      throw new IllegalArgumentException("replaceAfterCalls " + calls + ": at least 1");
    }
    return with(changed -> changed.callsEach = calls);
  }

  /**
   * Has an interpreter replaced when a call in it throws what this accepts: {@code thrown -> thrown
   * instanceof PythonException e && e.isInstance("MemoryError")}. It takes no call after that.
   */
  public PoolOptions replaceAfter(Predicate<? super Throwable> broken) {
    Objects.requireNonNull(broken, "broken");
    return with(changed -> changed.broken = broken);
  }

  /**
   * Has each interpreter that is idle asked, so often, whether it is well: one whose check throws,
   * or takes longer than the time between two, is replaced.
   */
  public PoolOptions healthCheck(Duration every, InterpreterAction<?> check) {
    Objects.requireNonNull(check, "check");
    return with(changed -> {
      changed.healthCheck = check;
      changed.healthCheckEvery = positive("healthCheck", every);
    });
  }

  private PoolOptions with(Consumer<Values> change) {
    Values changed = values.copy();
    change.accept(changed);
    return new PoolOptions(changed);
  }

  private static Duration positive(String what, Duration time) {
    Objects.requireNonNull(time, what);
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(what + " " + time + ": must be longer than nothing");
    }
    return time;
  }

  Values values() {
    return values;
  }

  @Override
  public String toString() {
    return "PoolOptions["
        + (values.interpreters == null ? "main" : values.interpreters)
        + ", "
        + (values.least == values.most ? "" : values.least + " to ")
        + values.most
        + "]";
  }
}
