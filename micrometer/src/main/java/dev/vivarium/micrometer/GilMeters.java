package dev.vivarium.micrometer;

import dev.vivarium.management.GilWaitInfo;
import dev.vivarium.management.PythonMXBean;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The waits for the GIL of each interpreter that lives, in one registry. */
final class GilMeters {

  private final PythonMXBean bean;
  private final MeterRegistry registry;
  private final Tags tags;
  private final ComingAndGoing<Long, GilWaitInfo> meters;

  GilMeters(PythonMXBean bean, MeterRegistry registry, Tags tags) {
    this.bean = bean;
    this.registry = registry;
    this.tags = tags;
    this.meters = new ComingAndGoing<>(registry, this::register);
  }

  /** As {@link ComingAndGoing#refresh}; how many interpreters live. */
  int refresh() {
    Map<Long, GilWaitInfo> there =
        bean.getGilWaits().stream()
            .collect(Collectors.toMap(GilWaitInfo::interpreter, Function.identity()));
    meters.refresh(there);
    return bean.getInterpreters().size();
  }

  private void register(GilWaitInfo one, List<Meter> meters) {
    long id = one.interpreter();
    meters.add(
        FunctionTimer.builder(
                "python.gil.wait",
                bean,
                bean -> of(id, bean).waits(),
                bean -> of(id, bean).waitedMillis(),
                TimeUnit.MILLISECONDS)
            .description("long waits for the interpreter's GIL")
            .tags(tags.and("interpreter", Long.toString(id)))
            .register(registry));
  }

  private static GilWaitInfo of(long id, PythonMXBean bean) {
    return bean.getGilWaits().stream()
        .filter(one -> one.interpreter() == id)
        .findFirst()
        .orElseGet(() -> new GilWaitInfo(id, 0, 0)); // it has ended
  }
}
