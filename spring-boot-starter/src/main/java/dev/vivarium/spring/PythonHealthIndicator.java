package dev.vivarium.spring;

import dev.vivarium.Python;
import dev.vivarium.management.PythonManagement;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolStatistics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while main takes calls and each pool that is a bean is open and has an interpreter that
 * serves, or may make one and has not failed to. Asks no interpreter anything, so it does not wait
 * for one that hangs.
 */
final class PythonHealthIndicator extends AbstractHealthIndicator {

  private final Python python;
  private final ObjectProvider<InterpreterPool> pools;
  private final ObjectProvider<InterpreterPoolLifecycle> lifecycle;

  PythonHealthIndicator(
      Python python,
      ObjectProvider<InterpreterPool> pools,
      ObjectProvider<InterpreterPoolLifecycle> lifecycle) {
    super("Python's health cannot be told");
    this.python = python;
    this.pools = pools;
    this.lifecycle = lifecycle;
  }

  @Override
  protected void doHealthCheck(Health.Builder builder) {
    boolean up = python.main().isAlive();
    Map<String, Object> details = new LinkedHashMap<>();
    for (InterpreterPool pool : pools.orderedStream().toList()) {
      PoolStatistics now = pool.statistics();
      up &= !pool.executor().isShutdown() && serves(pool, now);
      details.put(pool.name(), details(pool, now));
    }
    builder
        .status(up ? "UP" : "DOWN")
        .withDetail("version", python.version().toString())
        .withDetail("interpreters", PythonManagement.bean(python).getInterpreters().size())
        .withDetail("pools", details);
  }

  // One without interpreters makes some when there are calls, unless the last could not be made, or
  // too many are stuck. Where nobody knows how many that are, calls that wait while others are
  // stuck are the sign
  private boolean serves(InterpreterPool pool, PoolStatistics now) {
    if (now.interpreters() > 0) {
      return true;
    }
    if (pool.failure().isPresent()) {
      return false;
    }
    if (now.stuck() == 0) {
      return true;
    }
    InterpreterPoolLifecycle ours = lifecycle.getIfUnique();
    OptionalLong limit = ours == null ? OptionalLong.empty() : ours.limit(pool);
    return limit.isPresent() ? now.stuck() < limit.getAsLong() : now.waiting() == 0;
  }

  private static Map<String, Object> details(InterpreterPool pool, PoolStatistics now) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("interpreters", now.interpreters());
    details.put("idle", now.idle());
    details.put("waiting", now.waiting());
    details.put("stuck", now.stuck());
    details.put("calls", now.calls());
    details.put("failed", now.failed());
    pool.failure().ifPresent(failure -> details.put("notMade", failure.toString()));
    return details;
  }
}
