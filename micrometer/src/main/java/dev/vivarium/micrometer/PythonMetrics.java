package dev.vivarium.micrometer;

import dev.vivarium.Python;
import dev.vivarium.management.InterpreterInfo;
import dev.vivarium.management.PythonMXBean;
import dev.vivarium.management.PythonManagement;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Binds the interpreters of this process and its pools to a registry:
 *
 * <pre>{@code
 * new PythonMetrics(python).bindTo(registry);
 * }</pre>
 *
 * <p>Of the whole process there are {@code python.interpreters} that live, {@code python.threads}
 * inside them, {@code python.guards} that are open, and {@code python.pools}. Of each interpreter,
 * with its id as the tag {@code interpreter}, there is the timer {@code python.gil.wait}, as {@link
 * PythonMXBean#getGilWaits} says; none on a free-threaded CPython. Of each pool, with its name as
 * the tag {@code pool}:
 *
 * <ul>
 *   <li>{@code python.pool.interpreters}, {@code .idle}, {@code .waiting} and {@code .stuck}, which
 *       are now,
 *   <li>the timers {@code python.pool.calls}, what calls took from when it was their turn, and
 *       {@code python.pool.wait}, how long they waited for it,
 *   <li>the counters {@code python.pool.failed}, {@code .interrupted}, {@code .given.up}, {@code
 *       .made} and {@code .not.made}; each as {@link dev.vivarium.pool.PoolStatistics} says.
 * </ul>
 *
 * <p>Interpreters that live and pools that are open have their meters from the start. Whenever
 * {@code python.interpreters} or {@code python.pools} is read, as a scrape does and a registry that
 * sends, those get theirs that have come since, for the next one to see, and those of ended
 * interpreters and closed pools are removed.
 *
 * <p>Reading a meter waits for no interpreter. They may be read on any thread, and after Python's
 * end, when there are no interpreters and no pools. One binder serves several registries.
 */
public final class PythonMetrics implements MeterBinder {

  private final PythonMXBean bean;
  private final Tags tags;

  /** Without tags but the pools' own. */
  public PythonMetrics(Python python) {
    this(python, List.of());
  }

  /**
   * Of that Python.
   *
   * @param tags for each meter
   */
  public PythonMetrics(Python python, Iterable<Tag> tags) {
    this.bean = PythonManagement.bean(python);
    this.tags = Tags.of(Objects.requireNonNull(tags, "tags"));
  }

  /** Registers the meters. A second time with the same registry does nothing. */
  @Override
  public void bindTo(MeterRegistry registry) {
    GilMeters gil = new GilMeters(bean, registry, tags);
    gil.refresh();
    Gauge.builder("python.interpreters", gil, GilMeters::refresh)
        .description("that live")
        .baseUnit("interpreters")
        .tags(tags)
        .strongReference(true)
        .register(registry);
    gauge(
        registry,
        "python.threads",
        "inside an interpreter, those too that wait there",
        "threads",
        bean -> all(bean).stream().mapToInt(InterpreterInfo::threads).sum());
    gauge(
        registry,
        "python.guards",
        "that keep an interpreter from ending",
        "guards",
        bean -> all(bean).stream().mapToInt(InterpreterInfo::guards).sum());
    PoolMeters pools = new PoolMeters(registry, tags);
    pools.refresh();
    Gauge.builder("python.pools", pools, PoolMeters::refresh)
        .description("that are open")
        .baseUnit("pools")
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private static List<InterpreterInfo> all(PythonMXBean bean) {
    return bean.getInterpreters();
  }

  // Strong: nobody else may keep the bean
  private void gauge(
      MeterRegistry registry,
      String name,
      String description,
      String unit,
      ToDoubleFunction<PythonMXBean> value) {
    Gauge.builder(name, bean, value)
        .description(description)
        .baseUnit(unit)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }
}
