package dev.vivarium.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** With bounds so wide that it does not matter who else uses the machine. */
class ThroughputTest {

  @Test
  void oneStepOfAMillisecondCountsAsOftenAsItSays() {
    assertThat(Throughput.ofOne(20, () -> step(1000))).isBetween(999.0, 1e6);
  }

  @Test
  void theWorkOfBothThreadsCounts() {
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      assertThat(Throughput.ofTwo(20, () -> step(1), thread, () -> step(1000)))
          .isBetween(990.0, 1e5);
      assertThat(Throughput.ofTwo(20, () -> step(1000), thread, () -> step(1)))
          .isBetween(990.0, 1e5);
    }
  }

  /** Takes a millisecond or more. */
  private static int step(int done) {
    long end = System.nanoTime() + 1_000_000;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    return done;
  }
}
