package dev.vivarium.micrometer;

import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolStatistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The meters of the pools that are open, in one registry. They refer to their pool weakly, and here
 * it is known by its name: one that is closed is not held.
 */
final class PoolMeters {

  private static final String PREFIX = "python.pool.";

  private final MeterRegistry registry;
  private final Tags tags;
  private final Map<String, List<Meter>> known = new HashMap<>(); // of who refreshes
  private final AtomicBoolean refreshing = new AtomicBoolean();

  PoolMeters(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
  }

  /** Meters for those that have none, none for those that are gone; how many are open. */
  int refresh() {
    List<InterpreterPool> open = InterpreterPool.opened();
    // Not twice at once: on a second thread, or by a listener that reads what is being registered
    if (refreshing.compareAndSet(false, true)) {
      try {
        removeAllBut(open.stream().map(InterpreterPool::name).toList());
        for (InterpreterPool pool : open) {
          if (!known.containsKey(pool.name())) {
            // Noted first, so that what a registry refuses half-way is removed with its pool
            List<Meter> meters = new ArrayList<>();
            known.put(pool.name(), meters);
            register(pool, meters);
          }
        }
      } finally {
        refreshing.set(false);
      }
    }
    return open.size();
  }

  private void removeAllBut(List<String> open) {
    Iterator<Map.Entry<String, List<Meter>>> each = known.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<String, List<Meter>> one = each.next();
      if (!open.contains(one.getKey())) {
        each.remove();
        one.getValue().forEach(registry::remove);
      }
    }
  }

  private void register(InterpreterPool pool, List<Meter> meters) {
    Tags named = tags.and("pool", pool.name());
    meters.add(gauge("interpreters", "interpreters", PoolStatistics::interpreters, pool, named));
    meters.add(gauge("idle", "interpreters", PoolStatistics::idle, pool, named));
    meters.add(gauge("waiting", "calls", PoolStatistics::waiting, pool, named));
    meters.add(gauge("stuck", "calls", PoolStatistics::stuck, pool, named));
    meters.add(counter("failed", "calls", PoolStatistics::failed, pool, named));
    meters.add(counter("interrupted", "calls", PoolStatistics::interrupted, pool, named));
    meters.add(counter("given.up", "calls", PoolStatistics::givenUp, pool, named));
    meters.add(counter("made", "interpreters", PoolStatistics::made, pool, named));
    meters.add(timer("calls", PoolStatistics::worked, pool, named));
    meters.add(timer("wait", PoolStatistics::waited, pool, named));
  }

  private Meter gauge(
      String word,
      String unit,
      ToLongFunction<PoolStatistics> value,
      InterpreterPool pool,
      Tags named) {
    return Gauge.builder(PREFIX + word, pool, one -> value.applyAsLong(one.statistics()))
        .baseUnit(unit)
        .tags(named)
        .register(registry);
  }

  private Meter counter(
      String word,
      String unit,
      ToLongFunction<PoolStatistics> value,
      InterpreterPool pool,
      Tags named) {
    return FunctionCounter.builder(PREFIX + word, pool, one -> value.applyAsLong(one.statistics()))
        .baseUnit(unit)
        .tags(named)
        .register(registry);
  }

  private Meter timer(
      String word, Function<PoolStatistics, Duration> time, InterpreterPool pool, Tags named) {
    return FunctionTimer.builder(
            PREFIX + word,
            pool,
            one -> one.statistics().calls(),
            one -> time.apply(one.statistics()).toNanos(),
            TimeUnit.NANOSECONDS)
        .tags(named)
        .register(registry);
  }
}
