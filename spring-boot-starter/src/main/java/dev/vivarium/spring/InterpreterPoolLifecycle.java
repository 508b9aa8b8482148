package dev.vivarium.spring;

import dev.vivarium.pool.InterpreterPool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * Closes pools when the application ends: after web servers, message listeners and executors have
 * had their time to finish what they were at, and before other beans are destroyed. Calls that are
 * still under way then have a time of their own to come to an end.
 *
 * <p>Any thread may use it. A pool that has been closed is not opened again: a context that is
 * stopped and started anew has none.
 */
public final class InterpreterPoolLifecycle implements SmartLifecycle, DisposableBean {

  /**
   * Lower than that of web servers and of task executors: phases stop from the highest to the
   * lowest.
   */
  public static final int PHASE = SmartLifecycle.DEFAULT_PHASE / 2 - 1024;

  private static final System.Logger LOG = System.getLogger("dev.vivarium.spring");

  private final Duration timeout;
  private final List<InterpreterPool> pools = new CopyOnWriteArrayList<>();
  private final Map<InterpreterPool, Long> limits = new ConcurrentHashMap<>();
  private volatile boolean running;

  /**
   * One that manages no pool yet.
   *
   * @param timeout for the calls of all pools together, from when they are to end
   */
  public InterpreterPoolLifecycle(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * Has a pool closed when the application ends. As a bean, which wants no destroy method then:
   * {@code @Bean(destroyMethod = "")}.
   *
   * @return that pool
   */
  public InterpreterPool manage(InterpreterPool pool) {
    pools.add(pool);
    return pool;
  }

  /** Says how many interpreters a pool has at most, those of calls that were given up included. */
  void limit(InterpreterPool pool, long mostAtAll) {
    limits.put(pool, mostAtAll);
  }

  /** The limit of a pool's, where it is known. */
  OptionalLong limit(InterpreterPool pool) {
    Long limit = limits.get(pool);
    return limit == null ? OptionalLong.empty() : OptionalLong.of(limit);
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    long end = System.nanoTime() + timeout.toNanos();
    for (InterpreterPool pool : pools) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      if (!pool.close(left)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} had calls left after {1}, which were interrupted (vivarium.pool.shutdown-timeout)",
            pool.name(),
            timeout);
      }
    }
    pools.clear();
    limits.clear();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Never: tests that pause a context between them would come back to a closed pool. */
  @Override
  public boolean isPauseable() {
    return false;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  /** For a context that has not come so far as to be started. */
  @Override
  public void destroy() {
    stop();
  }
}
