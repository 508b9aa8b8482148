package dev.vivarium.cli.map;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** What is counted meanwhile. For any thread. */
final class Statistics {

  private static final double NANOS = 1e9;

  private final long began = System.nanoTime();
  private final LongAdder items = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder earlier = new LongAdder();
  private final LongAdder nanosInPython = new LongAdder();
  private volatile Runnable afterItem = () -> {};

  /** What to do after each item that is finished, on the thread that has finished it. */
  void onItem(Runnable action) {
    afterItem = action;
  }

  void finished(boolean failed) {
    items.increment();
    if (failed) {
      failures.increment();
    }
    afterItem.run();
  }

  /** An item that an earlier run finished. */
  void finishedEarlier() {
    earlier.increment();
  }

  /** Failures of an earlier run. */
  void failedEarlier(long count) {
    failures.add(count);
  }

  void inPython(long nanos) {
    nanosInPython.add(nanos);
  }

  long items() {
    return items.sum() + earlier.sum();
  }

  long failures() {
    return failures.sum();
  }

  double itemsPerSecond() {
    return items.sum() / Math.max(1e-9, seconds());
  }

  private double seconds() {
    return (System.nanoTime() - began) / NANOS;
  }

  /** All in a line for a person. */
  String summary(int interpreters) {
    StringBuilder text = new StringBuilder();
    text.append(count(items(), "item")).append(", ").append(count(failures(), "failure"));
    if (earlier.sum() > 0) {
      text.append(", ").append(earlier.sum()).append(" of the items from before");
    }
    return text.append(
            String.format(
                Locale.ROOT,
                ", %.4g items/s, %.1f s, %.1f s in Python, %s",
                itemsPerSecond(),
                seconds(),
                Duration.ofNanos(nanosInPython.sum()).toMillis() / 1e3,
                count(interpreters, "interpreter")))
        .toString();
  }

  private static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
