package dev.vivarium.pool;

import dev.vivarium.CheckReturnValue;
import dev.vivarium.InterpreterAction;
import dev.vivarium.InterpreterFunction;
import dev.vivarium.Python;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.thread.ThreadStates;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Interpreters for a service: any thread, virtual ones too, has its Python code run in one that is
 * free, in parallel with others. Interpreters that hang, fail or grow old are replaced, and all can
 * be, without a call being lost (guides: {@code docs/guide/parallel.md}, {@code
 * docs/guide/deadlines.md}).
 *
 * <pre>{@code
 * PoolOptions options = PoolOptions.isolated(4).initializer(in -> in.importModule("scoring").close());
 * try (InterpreterPool pool = InterpreterPool.open(python, options)) {
 *   double score = pool.within(Duration.ofSeconds(1))
 *       .call(PythonFunction.attribute("scoring", "score"), Double.class, text);
 * }
 * }</pre>
 *
 * <p>Each interpreter has a thread of the pool's, on which its calls are done one at a time; so
 * what Python code ties to a thread, as {@code sqlite3} does its connections, stays usable.
 */
public final class InterpreterPool implements AutoCloseable {

  // An interpreter's end, in vain even
  private static final Duration TO_END = Workplaces.TO_END.plusSeconds(2);

  private static final AtomicInteger COUNT = new AtomicInteger();

  // Held until they are closed: whoever has a pool's executor may have let go of the pool
  private static final List<InterpreterPool> OPENED = new CopyOnWriteArrayList<>();

  private final Crew crew;
  private final PoolCaller plain;

  private InterpreterPool(Crew crew) {
    this.crew = crew;
    this.plain = PoolCaller.of(crew);
  }

  /**
   * Opens a pool, and waits until the least of its interpreters are there and initialized.
   *
   * @throws InterruptedException if this thread is interrupted meanwhile; nothing is left then
   * @throws RuntimeException what the initializer throws, or making an interpreter; nothing is left
   *     then. A checked exception is the cause of an {@link IllegalStateException}
   */
  public static InterpreterPool open(Python python, PoolOptions options)
      throws InterruptedException {
    PoolOptions.Values values = options.values();
    String name = "python-pool-" + COUNT.incrementAndGet();
    Crew crew = new Crew(name, values, new Workplaces(python, values));
    InterpreterPool pool = new InterpreterPool(crew);
    boolean opened = false;
    try {
      Throwable failed = ThreadStates.unattached(crew::awaitLeast);
      if (failed != null) {
        throw failed;
      }
      pool.checkHealth();
      forgetEmpty();
      OPENED.add(pool);
      opened = true;
    } catch (RuntimeException | Error | InterruptedException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException("the initializer of " + name + " has failed", t);
    } finally {
      if (!opened) {
        pool.close(Deadline.in(Duration.ZERO), TO_END); // which those that are being made have
      }
    }
    return pool;
  }

  /**
   * The pools of this process that have been opened and have something left: interpreters, or calls
   * to do. In the order in which they were opened.
   */
  public static List<InterpreterPool> opened() {
    forgetEmpty();
    return List.copyOf(OPENED);
  }

  // Also those that nobody has closed, but their executors shut down
  private static void forgetEmpty() {
    OPENED.removeIf(pool -> pool.crew.isEmpty());
  }

  /** What its threads, its messages and its events call it: {@code python-pool-1}, say. */
  public String name() {
    return crew.toString();
  }

  /**
   * A way to call it with a deadline.
   *
   * @see PoolCaller#within
   */
  @CheckReturnValue
  public PoolCaller within(Duration limit) {
    return plain.within(limit);
  }

  /**
   * A way to call it for a key, whose calls are done by the same interpreter.
   *
   * @see PoolCaller#forKey
   */
  @CheckReturnValue
  public PoolCaller forKey(Object key) {
    return plain.forKey(key);
  }

  /** As {@link PoolCaller#call(InterpreterFunction)}, without a deadline. */
  public <T extends @Nullable Object, X extends Throwable> T call(InterpreterFunction<T, X> body)
      throws X, InterruptedException {
    return plain.call(body);
  }

  /** As {@link PoolCaller#run}, without a deadline. */
  public <X extends Throwable> void run(InterpreterAction<X> body) throws X, InterruptedException {
    plain.run(body);
  }

  /** As {@link PoolCaller#submit(InterpreterFunction)}, without a deadline. */
  @CheckReturnValue
  public <T extends @Nullable Object, X extends Throwable> CompletableFuture<T> submit(
      InterpreterFunction<T, X> body) {
    return plain.submit(body);
  }

  /** As {@link PoolCaller#call(PythonFunction, Class, Object...)}, without a deadline. */
  public <T> T call(PythonFunction function, Class<T> result, @Nullable Object... arguments)
      throws InterruptedException {
    return plain.call(function, result, arguments);
  }

  /** As {@link PoolCaller#submit(PythonFunction, Class, Object...)}, without a deadline. */
  @CheckReturnValue
  public <T> CompletableFuture<T> submit(
      PythonFunction function, Class<T> result, @Nullable Object... arguments) {
    return plain.submit(function, result, arguments);
  }

  /** As {@link PoolCaller#checkOut}, without a deadline. */
  @CheckReturnValue
  public PooledInterpreter checkOut() throws InterruptedException {
    return plain.checkOut();
  }

  /**
   * The pool for code that wants an {@code ExecutorService}. Its tasks run inside one of the
   * interpreters, which {@link dev.vivarium.InterpreterView#current} tells; to cancel one with
   * interrupting raises {@code KeyboardInterrupt} in it. Shutting it down closes the pool; tasks
   * that this keeps from their turn are cancelled, and {@code shutdownNow} names none.
   */
  public ExecutorService executor() {
    return new PoolExecutor(this, crew);
  }

  /**
   * Has every interpreter replaced by a new one, so that changed Python code is imported anew: one
   * after the other, each when the next has been initialized. Calls go on meanwhile; those under
   * way are finished where they are. In main, which has one set of modules for ever, it is the
   * threads that are replaced, and the initializer that is run again.
   *
   * @return completed when all are new; with what was thrown when one could not be made, or the
   *     pool was closed: then those that have not been replaced yet go on
   * @throws java.util.concurrent.RejectedExecutionException if the pool is closed
   */
  public CompletableFuture<@Nullable Void> renew() {
    StackRoom.require();
    return crew.renew();
  }

  /**
   * What was thrown when an interpreter could not be made or initialized for the last time; empty
   * where one has been made since. Calls that nobody can do are refused meanwhile, with this as the
   * cause. What is missing is tried again at the next call after a second, and by itself, at
   * intervals of one second to a minute.
   */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(crew.failure());
  }

  /** What it has and has done. */
  public PoolStatistics statistics() {
    return crew.statistics();
  }

  /**
   * Closes it in order: refuses newcomers, and waits until all calls that have come are done and
   * the interpreters have ended. Logs at intervals whom it waits for; calls that were given up it
   * does not wait for. A second time it waits, too.
   *
   * @throws IllegalStateException from inside a call of this pool
   */
  @Override
  public void close() {
    close(Deadline.NONE, crew.options().grace);
  }

  /**
   * As {@link #close()}, but not for longer: past the time, calls that wait are refused, the others
   * interrupted and, if they do not let go, given up. It returns some seconds later at most.
   *
   * @return whether all were done in time
   * @throws IllegalStateException from inside a call of this pool
   */
  public boolean close(Duration timeout) {
    return close(Deadline.in(timeout), crew.options().grace);
  }

  private boolean close(Deadline deadline, Duration grace) {
    if (Worker.current(crew) != null) {
      throw new IllegalStateException(crew + " is closed from inside one of its calls");
    }
    StackRoom.require();
    crew.beginClosing();
    boolean inTime = ThreadStates.unattached(() -> end(deadline, grace));
    forgetEmpty();
    return inTime;
  }

  // An interrupt means that there is no time left, as to an ExecutorService
  private boolean end(Deadline deadline, Duration grace) {
    boolean interrupted = false;
    boolean inTime = false;
    try {
      inTime = crew.awaitEmpty(deadline);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (!inTime) {
      crew.interrupt();
      interrupted |= !awaitEmpty(grace);
      crew.giveUpAll();
      interrupted |= !awaitEmpty(TO_END);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return inTime;
  }

  // False if interrupted
  private boolean awaitEmpty(Duration time) {
    Deadline deadline = Deadline.in(time);
    boolean calm = true;
    while (true) {
      try {
        boolean ignored = crew.awaitEmpty(deadline);
        return calm;
      } catch (InterruptedException e) {
        calm = false;
      }
    }
  }

  private void checkHealth() {
    InterpreterAction<?> check = crew.options().healthCheck;
    if (check != null) {
      Thread.ofVirtual()
          .name(crew + "-health")
          .start(new HealthCheck(crew, check, crew.options().healthCheckEvery));
    }
  }

  @Override
  public String toString() {
    return "InterpreterPool[" + crew + "]";
  }
}
