package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Short rounds of {@link Storm}, each in a JVM of its own. {@code .build/storm.sh} has them for
 * minutes; {@code -Dvivarium.test.storm.seed} repeats a seed.
 */
@Timeout(900)
final class StormTest {

  private static final int SECONDS = Integer.getInteger("vivarium.test.storm.seconds", 3);

  private static final List<List<String>> OPTIONS =
      List.of(
          List.of(),
          List.of("-XX:+UseZGC"),
          List.of("-XX:+UseParallelGC", "-Xcheck:jni"),
          List.of("-Xint"),
          List.of("-XX:+UseCompactObjectHeaders"),
          List.of("-Xmx48m"));

  private static final List<List<String>> SOME_OPTIONS =
      List.of(List.of(), List.of("-Xmx48m", "-XX:+UseParallelGC", "-Xcheck:jni"));

  private static long seed() {
    return Long.getLong(
        "vivarium.test.storm.seed", ThreadLocalRandom.current().nextLong(1_000_000));
  }

  /** A round as a scenario. */
  static final class Round implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Storm.main(arguments);
    }
  }

  private static ChildJvm round(long seed, String end, List<String> options) {
    List<String> all = new ArrayList<>(options);
    all.add("-Djdk.virtualThreadScheduler.parallelism=2");
    return ChildJvm.start(
        Duration.ofSeconds(SECONDS + 150L),
        all,
        Round.class,
        Long.toString(seed),
        Integer.toString(SECONDS),
        end);
  }

  private static ChildJvm.Ended assertEnded(ChildJvm.Ended ended, int status) {
    ended.expect(status).expectOut("done {");
    assertThat(ended.err()).doesNotContain("A fatal error", "Fatal Python error");
    System.out.print(ended.out());
    return ended;
  }

  @Test
  @Tag("F13")
  @DisplayName("… everything at once, on JVMs of every kind, until Python is closed")
  void closed() {
    for (List<String> options : PythonUnderTest.countsInFull() ? OPTIONS : SOME_OPTIONS) {
      assertEnded(round(seed(), "close", options).await(), 0).expectOut("closed");
    }
  }

  @Test
  @Tag("F13")
  @DisplayName("… everything at once, and the process exits, or is told to, at some moment")
  void exits() {
    assertEnded(round(seed(), "exit", List.of()).await(), Storm.EXIT);
    assertEnded(round(seed(), "return", List.of()).await(), 0);
    for (int i = 0; i < 2; i++) {
      ChildJvm child = round(seed(), "signal", List.of());
      child.awaitOut("going");
      long moment = ThreadLocalRandom.current().nextLong(SECONDS * 1000L);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(moment)); // a moment is what it is about
      assertEnded(child.terminate().await(), 143);
    }
  }
}
