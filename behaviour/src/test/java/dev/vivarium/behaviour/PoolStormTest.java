package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.testing.ChildJvm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A short {@link PoolStorm}. {@code -Dvivarium.test.storm.seed} repeats a seed, {@code
 * -Dvivarium.test.storm.pools} has more.
 */
@Timeout(900)
final class PoolStormTest {

  @Test
  @Tag("P1")
  @DisplayName("… all of it at once, at random: each call has one outcome, and nothing is left")
  void allAtOnce() {
    long seed =
        Long.getLong("vivarium.test.storm.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    int pools = Integer.getInteger("vivarium.test.storm.pools", 6);
    ChildJvm.Ended ended =
        ChildJvm.start(
                Duration.ofSeconds(200 + 10L * pools),
                List.of("-Djdk.virtualThreadScheduler.parallelism=2"),
                PoolStorm.class,
                Long.toString(seed),
                Integer.toString(pools),
                "60")
            .await()
            .expect(0)
            .expectOut("closed");
    assertThat(ended.err()).doesNotContain("A fatal error", "Fatal Python error");
  }
}
