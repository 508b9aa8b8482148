package dev.vivarium.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PythonException;
import dev.vivarium.micrometer.PythonMetrics;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** Health and metrics, where there are such. */
class ActuatorTest {

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurationTest.OURS)
          .withPropertyValues("vivarium.pool.size=1");

  @Test
  @DisplayName("a pool that serves is up; one with nothing but calls that are stuck is down")
  void health() {
    runner
        .withPropertyValues("vivarium.pool.most-stuck=0", "vivarium.pool.grace=10ms")
        .run(context -> {
          HealthIndicator indicator = context.getBean(HealthIndicator.class);
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          Health up = indicator.health();
          assertThat(up.getStatus()).isEqualTo(Status.UP);
          assertThat(up.getDetails()).containsKeys("version", "interpreters", "pools");
          assertThat(up.getDetails().get("pools").toString())
              .isEqualTo(
                  "{"
                      + pool.name()
                      + "={interpreters=1, idle=1, waiting=0, stuck=0, calls=0,"
                      + " failed=0}}");
          // C code that no interrupt reaches
          PythonFunction stuck =
              PythonFunction.source("def stuck(): return sum(range(10 ** 8))", "stuck");
          CompletableFuture<Object> call =
              pool.within(Duration.ofMillis(50)).submit(stuck, Object.class);
          Await.until("it is given up", () -> pool.statistics().stuck() == 1);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
          Await.until("it has ended", () -> pool.statistics().stuck() == 0);
          Await.until("another serves", () -> pool.statistics().interpreters() == 1);
          assertThat(call).isCompletedExceptionally();
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
        });
  }

  @Test
  @DisplayName("a pool that has no interpreter, but may make one, is up; a closed one is down")
  void healthWithoutInterpreters() {
    runner
        .withPropertyValues(
            "vivarium.pool.least=0", "vivarium.pool.most-stuck=1", "vivarium.pool.grace=10ms")
        .run(context -> {
          HealthIndicator indicator = context.getBean(HealthIndicator.class);
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          assertThat(pool.statistics().interpreters()).isZero();
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);

          CountDownLatch go = new CountDownLatch(1);
          giveUp(pool, go);
          assertThat(pool.statistics().interpreters()).isZero();
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP); // one more may be stuck
          giveUp(pool, go);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
          go.countDown();
          Await.until("they have ended", () -> pool.statistics().stuck() == 0);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
          pool.close();
          assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
        });
  }

  @Test
  @DisplayName("a pool of options of one's own is down while calls wait and others are stuck")
  void healthWithOwnLimit() {
    runner
        .withBean(PoolOptionsCustomizer.class, () -> options -> options.mostStuck(0))
        .withPropertyValues("vivarium.pool.least=0", "vivarium.pool.grace=10ms")
        .run(context -> {
          HealthIndicator indicator = context.getBean(HealthIndicator.class);
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          CountDownLatch go = new CountDownLatch(1);
          giveUp(pool, go);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
          CompletableFuture<Integer> waits = pool.submit(in -> in.eval("6 * 7").asInt());
          Await.until("it waits", () -> pool.statistics().waiting() == 1);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
          go.countDown();
          assertThat(Await.done(waits)).isEqualTo(42);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
        });
  }

  @Test
  @DisplayName("a pool that has lost its interpreters and can make none is down until it can")
  void healthWithoutSuccessors() {
    AtomicBoolean fails = new AtomicBoolean();
    PoolOptionsCustomizer failing =
        options ->
            options
                .initializer(in -> in.exec(fails.get() ? "1 / 0" : ""))
                .replaceAfter(thrown -> true);
    runner
        .withBean(PoolOptionsCustomizer.class, () -> failing)
        .run(context -> {
          HealthIndicator indicator = context.getBean(HealthIndicator.class);
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
          fails.set(true);
          assertThatThrownBy(() -> pool.run(in -> in.exec("broken")))
              .isInstanceOf(PythonException.class);
          Await.until("none can be made", () -> pool.failure().isPresent());
          Health down = indicator.health();
          assertThat(down.getStatus()).isEqualTo(Status.DOWN);
          assertThat(down.getDetails().get("pools").toString()).contains("ZeroDivisionError");
          fails.set(false); // nobody calls
          Await.until("it is up", () -> indicator.health().getStatus().equals(Status.UP));
          assertThat(pool.statistics().interpreters()).isEqualTo(1);
        });
  }

  /** A call that heeds no interrupt, until told to go. */
  private static void giveUp(InterpreterPool pool, CountDownLatch go) throws Exception {
    pool.run(in -> in.exec("'there is an interpreter'")); // made in a time of its own
    int before = pool.statistics().stuck();
    CompletableFuture<Boolean> call =
        pool.within(Duration.ofMillis(50))
            .submit(in -> {
              while (go.getCount() > 0) {
                LockSupport.parkNanos(1_000_000);
              }
              return true;
            });
    Await.until("it is given up", () -> pool.statistics().stuck() == before + 1);
    Await.until("its caller knows", call::isCompletedExceptionally);
  }

  @Test
  @DisplayName("health is left out by its property, and where the application has none")
  void withoutHealth() {
    runner
        .withPropertyValues("management.health.python.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
    configured("org.springframework.boot.health")
        .run(context ->
            assertThat(context)
                .hasNotFailed()
                .hasSingleBean(InterpreterPool.class)
                .doesNotHaveBean("pythonHealthIndicator"));
  }

  @Test
  @DisplayName("meters are there with a registry, and nothing fails without one or its classes")
  void metrics() {
    runner
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(context -> {
          MeterRegistry registry = context.getBean(MeterRegistry.class);
          context.getBean(PythonMetrics.class).bindTo(registry); // as Boot does
          assertThat(registry.get("python.pools").gauge().value()).isOne();
        });
    runner.run(context ->
        assertThat(context)
            .hasNotFailed()
            .hasSingleBean(InterpreterPool.class)
            .doesNotHaveBean(PythonMetrics.class));
    configured("io.micrometer")
        .run(context ->
            assertThat(context)
                .hasNotFailed()
                .hasSingleBean(InterpreterPool.class)
                .doesNotHaveBean("pythonMetrics"));
  }

  /** With the filter by which Boot keeps what lacks classes from being looked at. */
  private static ApplicationContextRunner configured(String without) {
    return new ApplicationContextRunner()
        .withUserConfiguration(Application.class)
        .withPropertyValues("vivarium.pool.size=1")
        .withClassLoader(new FilteredClassLoader(without));
  }

  /** Ours alone. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    PythonAutoConfiguration.class,
    InterpreterPoolAutoConfiguration.class,
    PythonHealthAutoConfiguration.class,
    PythonMetricsAutoConfiguration.class
  })
  static class Application {}
}
