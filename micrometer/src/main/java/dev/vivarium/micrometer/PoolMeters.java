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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The meters of the pools that are open, in one registry. They refer to their pool weakly, and here
 * it is known by its name: one that is closed is not held.
 */
final class PoolMeters {

  private static final String PREFIX = "python.pool.";

  private final MeterRegistry registry;
  private final Tags tags;
  private final ComingAndGoing<String, InterpreterPool> meters;

  PoolMeters(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
    this.meters = new ComingAndGoing<>(registry, this::register);
  }

  /** As {@link ComingAndGoing#refresh}; how many are open. */
  int refresh() {
    List<InterpreterPool> open = InterpreterPool.opened();
    meters.refresh(
        open.stream().collect(Collectors.toMap(InterpreterPool::name, Function.identity())));
    return open.size();
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
    meters.add(counter("not.made", "interpreters", PoolStatistics::notMade, pool, named));
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
