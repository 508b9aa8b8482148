package dev.vivarium.pool;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Times in messages. */
final class Times {

  private Times() {}

  /** "250 ms", "1.5 s". */
  static String text(Duration time) {
    long millis = TimeUnit.MILLISECONDS.convert(time);
    return millis < 1_000
        ? millis + " ms"
        : String.format(Locale.ROOT, "%.1f s", millis / 1_000.0).replace(".0 s", " s");
  }

  /** That of how long it is since a {@link System#nanoTime()}. */
  static String since(long nanoTime) {
    return text(Duration.ofNanos(System.nanoTime() - nanoTime));
  }
}
