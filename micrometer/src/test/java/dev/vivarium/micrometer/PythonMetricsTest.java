package dev.vivarium.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class PythonMetricsTest {

  private final MeterRegistry registry = new SimpleMeterRegistry();

  private MeterRegistry bound() {
    new PythonMetrics(PythonUnderTest.python()).bindTo(registry);
    return registry;
  }

  private static InterpreterPool pool() throws InterruptedException {
    return InterpreterPool.open(PythonUnderTest.python(), PoolOptions.isolated(1));
  }

  private static double gauge(MeterRegistry registry, String name) {
    return registry.get(name).gauge().value();
  }

  private static List<Meter> ofPools(MeterRegistry registry) {
    return registry.getMeters().stream().filter(m -> m.getId().getTag("pool") != null).toList();
  }

  @Test
  @DisplayName("the interpreters that live, the threads inside them, and guards")
  void interpreters() throws Exception {
    MeterRegistry registry = bound();
    double before = gauge(registry, "python.interpreters");
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    try (Interpreter sub = PythonUnderTest.ownGil();
        InterpreterGuard guard = Together.elsewhere(sub::guard)) {
      Runnable wait =
          () -> {
            inside.countDown();
            Await.latch(letGo);
          };
      PythonUnderTest.define(sub, "wait", wait);
      Future<Void> there = Together.start("there", () -> sub.exec("wait()"));
      Await.latch(inside);
      assertThat(gauge(registry, "python.interpreters")).isEqualTo(before + 1);
      // One of the library's own may be inside for a moment
      Await.until("one is inside", () -> gauge(registry, "python.threads") == 1);
      assertThat(gauge(registry, "python.guards")).isEqualTo(1);
      letGo.countDown();
      Await.done(there);
      Await.until("nobody is inside", () -> gauge(registry, "python.threads") == 0);
      guard.close();
      assertThat(gauge(registry, "python.guards")).isZero();
    }
    assertThat(gauge(registry, "python.interpreters")).isEqualTo(before);
  }

  private static boolean isFreeThreaded() {
    return Python.running().orElseThrow().version().freeThreaded();
  }

  private static List<String> withGil(MeterRegistry registry) {
    return registry.getMeters().stream()
        .filter(meter -> meter.getId().getName().equals("python.gil.wait"))
        .map(meter -> meter.getId().getTag("interpreter"))
        .toList();
  }

  @Test
  @DisplayName("how often and how long threads wait for the GIL of each interpreter that lives")
  void gilWaits() throws Exception {
    MeterRegistry registry = bound();
    if (isFreeThreaded()) {
      assertThat(withGil(registry)).isEmpty();
      return;
    }
    assertThat(withGil(registry)).contains("0");
    String id;
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      id = Long.toString(sub.id());
      assertThat(withGil(registry)).doesNotContain(id);
      gauge(registry, "python.interpreters");
      FunctionTimer waits = registry.get("python.gil.wait").tag("interpreter", id).functionTimer();
      assertThat(waits.count()).isZero();
      sub.exec("import sys, time; sys.setswitchinterval(0.2)");
      Together.run(
          2,
          i -> {
            while (waits.count() < 3) {
              sub.exec("end = time.monotonic() + 0.1\nwhile time.monotonic() < end: pass");
            }
          });
      assertThat(waits.totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(20 * waits.count());
    }
    gauge(registry, "python.interpreters");
    assertThat(withGil(registry)).contains("0").doesNotContain(id);
  }

  @Test
  @DisplayName("what a pool is doing and has done, as its statistics say")
  void statistics() throws Exception {
    try (InterpreterPool pool = pool()) {
      MeterRegistry registry = bound();
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch letGo = new CountDownLatch(1);
      Future<Void> first =
          Together.start(
              "first",
              () ->
                  pool.run(in -> {
                    inside.countDown();
                    Await.latch(letGo);
                  }));
      Await.latch(inside);
      Future<Void> second =
          Together.start("second", () -> pool.run(in -> in.exec("raise ValueError")));
      Await.until("it waits", () -> pool.statistics().waiting() == 1);
      assertThat(gauge(registry, "python.pools")).isEqualTo(1);
      assertThat(gauge(registry, "python.pool.interpreters")).isEqualTo(1);
      assertThat(gauge(registry, "python.pool.idle")).isZero();
      assertThat(gauge(registry, "python.pool.waiting")).isEqualTo(1);
      assertThat(gauge(registry, "python.pool.stuck")).isZero();
      letGo.countDown();
      Await.done(first);
      assertThatThrownBy(() -> Await.done(second)).isInstanceOf(PythonException.class);
      Await.until("it is idle", () -> pool.statistics().idle() == 1);
      assertThat(gauge(registry, "python.pool.idle")).isEqualTo(1);
      assertThat(registry.get("python.pool.failed").functionCounter().count()).isEqualTo(1);
      assertThat(registry.get("python.pool.interrupted").functionCounter().count()).isZero();
      assertThat(registry.get("python.pool.given.up").functionCounter().count()).isZero();
      assertThat(registry.get("python.pool.made").functionCounter().count()).isEqualTo(1);
      var calls = registry.get("python.pool.calls").tag("pool", pool.name()).functionTimer();
      assertThat(calls.count()).isEqualTo(2);
      assertThat(calls.totalTime(TimeUnit.NANOSECONDS))
          .isCloseTo(pool.statistics().worked().toNanos(), within(1.0)); // by way of seconds
      var wait = registry.get("python.pool.wait").functionTimer();
      assertThat(wait.totalTime(TimeUnit.NANOSECONDS))
          .isPositive()
          .isCloseTo(pool.statistics().waited().toNanos(), within(1.0));
    }
  }

  @Test
  @DisplayName("pools that are opened later come, and closed ones go, when the meters are read")
  void comeAndGo() throws Exception {
    MeterRegistry registry = bound();
    for (int i = 0; i < 3; i++) {
      assertThat(ofPools(registry)).isEmpty();
      try (InterpreterPool one = pool();
          InterpreterPool other = pool()) {
        assertThat(gauge(registry, "python.pools")).isEqualTo(2);
        assertThat(ofPools(registry))
            .extracting(meter -> meter.getId().getTag("pool"))
            .contains(one.name(), other.name());
        int meters = ofPools(registry).size();
        other.close();
        assertThat(gauge(registry, "python.pools")).isEqualTo(1);
        assertThat(ofPools(registry)).hasSize(meters / 2);
      }
      assertThat(gauge(registry, "python.pools")).isZero();
    }
    assertThat(ofPools(registry)).isEmpty();
  }

  @Test
  @DisplayName("a closed pool is not held, also where nobody reads any more")
  void closedPoolsAreLetGo() throws Exception {
    MeterRegistry registry = bound();
    WeakReference<InterpreterPool> gone = openedAndClosed(registry);
    Await.until(
        "it is collected",
        () -> {
          System.gc();
          return gone.get() == null;
        });
    assertThat(ofPools(registry)).isNotEmpty(); // nobody has read
  }

  private static WeakReference<InterpreterPool> openedAndClosed(MeterRegistry registry)
      throws InterruptedException {
    try (InterpreterPool pool = pool()) {
      gauge(registry, "python.pools");
      assertThat(ofPools(registry)).isNotEmpty();
      return new WeakReference<>(pool);
    }
  }

  @Test
  @DisplayName("a listener may read what is being registered")
  void listeners() throws Exception {
    MeterRegistry registry = bound();
    registry.config().onMeterAdded(added -> gauge(registry, "python.pools"));
    try (InterpreterPool pool = pool()) {
      gauge(registry, "python.pools");
      assertThat(ofPools(registry)).isNotEmpty();
      assertThat(registry.get("python.pool.made").tag("pool", pool.name()).meters()).hasSize(1);
    }
    gauge(registry, "python.pools");
    assertThat(ofPools(registry)).isEmpty();
  }

  @Test
  @DisplayName("several threads that read at once register each pool once")
  void atOnce() throws Exception {
    MeterRegistry registry = bound();
    try (InterpreterPool pool = pool()) {
      Together.run(8, i -> gauge(registry, "python.pools"));
      gauge(registry, "python.pools");
      assertThat(registry.get("python.pool.made").tag("pool", pool.name()).meters()).hasSize(1);
    }
  }

  @Test
  @DisplayName("registries behind a composite one, and tags of the user's")
  void composite() throws Exception {
    CompositeMeterRegistry composite = new CompositeMeterRegistry();
    new PythonMetrics(PythonUnderTest.python(), List.of(Tag.of("service", "scoring")))
        .bindTo(composite);
    composite.add(registry);
    try (InterpreterPool pool = pool()) {
      gauge(registry, "python.pools");
      assertThat(
              registry
                  .get("python.pool.interpreters")
                  .tags("service", "scoring", "pool", pool.name())
                  .gauge()
                  .value())
          .isEqualTo(1);
    }
    gauge(registry, "python.pools");
    assertThat(ofPools(registry)).isEmpty();
    assertThat(registry.get("python.guards").meter().getId().getTag("service"))
        .isEqualTo("scoring");
  }

  @Test
  @DisplayName("after Python's end the meters are there and zero")
  void afterTheEnd() {
    ChildJvm.run(Await.LIMIT, AfterTheEnd.class).expect(0).expectOut("nothing");
  }

  /** Reads when all is over. */
  static final class AfterTheEnd implements Scenario {
    @Override
    public void run(String... arguments) {
      MeterRegistry registry = new SimpleMeterRegistry();
      Python python = PythonUnderTest.start();
      new PythonMetrics(python).bindTo(registry);
      assertThat(gauge(registry, "python.interpreters")).isEqualTo(1);
      python.close();
      for (String name : List.of("interpreters", "threads", "guards", "pools")) {
        assertThat(gauge(registry, "python." + name)).as(name).isZero();
      }
      System.out.println("nothing");
    }
  }

  @Test
  @DisplayName("the table of observability.md has all meters, and no others")
  void table() throws Exception {
    Stream<String> said =
        new GuidePage("observability.md")
            .text()
            .lines()
            .filter(line -> line.startsWith("| `python."))
            .map(line -> line.split("`")[1])
            .filter(name -> !(isFreeThreaded() && name.equals("python.gil.wait")));
    try (InterpreterPool pool = pool()) {
      assertThat(pool.name()).isNotEmpty();
      Stream<String> names =
          bound().getMeters().stream().map(meter -> meter.getId().getName()).distinct();
      assertThat(said.toList()).containsExactlyInAnyOrderElementsOf(names.toList());
    }
  }
}
