package dev.vivarium.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerGracefulShutdownLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/** When a pool is closed in the end of a context. */
class InterpreterPoolLifecycleTest {

  private static final PythonFunction SLOW = PythonFunction.attribute("scoring", "slow");

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurationTest.OURS)
          .withPropertyValues("vivarium.pool.size=1");

  @Test
  @DisplayName(
      "after web servers and executors, whose tasks may call it, and before destroy methods")
  void order() {
    assertThat(InterpreterPoolLifecycle.PHASE)
        .isLessThan(WebServerGracefulShutdownLifecycle.SMART_LIFECYCLE_PHASE - 1024)
        .isLessThan(ThreadPoolTaskExecutor.DEFAULT_PHASE);
    AtomicReference<Future<Double>> task = new AtomicReference<>();
    runner
        .withUserConfiguration(Executing.class)
        .run(context -> {
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          CountDownLatch begun = new CountDownLatch(1);
          task.set(
              context
                  .getBean(ThreadPoolTaskExecutor.class)
                  .submit(() -> {
                    begun.countDown();
                    double first = pool.call(SLOW, Double.class, 0.3);
                    return first + pool.call(SLOW, Double.class, 0.3);
                  }));
          Await.latch(begun);
        });
    assertThat(task.get()).succeedsWithin(Duration.ZERO).isEqualTo(0.6);
    assertThat(Executing.closedBefore).isTrue();
  }

  /** An executor as Boot makes one, whose tasks under way are waited for. */
  @Configuration(proxyBeanMethods = false)
  static class Executing {

    static volatile boolean closedBefore;

    @Bean
    ThreadPoolTaskExecutor executor() {
      return new ThreadPoolTaskExecutor();
    }

    @Bean
    DisposableBean looks(InterpreterPool pool) {
      return () -> closedBefore = !InterpreterPool.opened().contains(pool);
    }
  }

  @Test
  @DisplayName("calls that take longer than the shutdown's time are interrupted")
  void limit() {
    AtomicReference<CompletableFuture<Double>> call = new AtomicReference<>();
    AtomicReference<InterpreterPool> pool = new AtomicReference<>();
    long begun = System.nanoTime();
    runner
        .withPropertyValues("vivarium.pool.shutdown-timeout=300ms")
        .run(context -> {
          pool.set(context.getBean(InterpreterPool.class));
          call.set(pool.get().submit(SLOW, Double.class, 600));
          Await.until("it is under way", () -> pool.get().statistics().idle() == 0);
        });
    Await.until("it has failed", call.get()::isDone); // by a thread that nobody waits for
    assertThat(call.get()).isCompletedExceptionally();
    assertThat(InterpreterPool.opened()).doesNotContain(pool.get());
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  @DisplayName("it is not paused, as it could not go on")
  void pauses() {
    assertThat(new InterpreterPoolLifecycle(Duration.ZERO).isPauseable()).isFalse();
  }
}
