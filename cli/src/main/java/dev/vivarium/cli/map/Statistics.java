package dev.vivarium.cli.map;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** What is counted meanwhile. For any thread. */
final class Statistics {

  private static final double NANOS = 1e9;

  private final String noun;
  private final String plural;
  private final long began = System.nanoTime();
  private final LongAdder items = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder earlier = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAdder nanosInPython = new LongAdder();
  private volatile Runnable afterItem = () -> {};

  /** Counts items, which are called that. */
  Statistics(String noun, String plural) {
    this.noun = noun;
    this.plural = plural;
  }

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

  /** Rows of a batch that is finished. */
  void addRows(long count) {
    rows.add(count);
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
    return items.sum() / secondsOrSo();
  }

  /** How many rows finished batches had. */
  long rows() {
    return rows.sum();
  }

  /** The same for a person. */
  String shownRows() {
    return count(rows(), "row", "rows");
  }

  private double secondsOrSo() {
    return Math.max(1e-9, seconds()); // to divide by
  }

  private double seconds() {
    return (System.nanoTime() - began) / NANOS;
  }

  /**
   * All in a line for a person.
   *
   * @param where what has worked
   */
  String summary(String where) {
    StringBuilder text = new StringBuilder();
    text.append(count(items(), noun, plural)).append(", ");
    text.append(count(failures(), "failure", "failures"));
    if (earlier.sum() > 0) {
      text.append(", ").append(earlier.sum()).append(" of the ").append(plural);
      text.append(" from before");
    }
    text.append(", ").append(rate(itemsPerSecond())).append(' ').append(plural).append("/s");
    if (rows() > 0) {
      text.append(", ").append(shownRows()).append(", ");
      text.append(rate(rows() / secondsOrSo())).append(" rows/s");
    }
    return text.append(
            String.format(
                Locale.ROOT,
                ", %.1f s, %.1f s in Python, %s",
                seconds(),
                Duration.ofNanos(nanosInPython.sum()).toMillis() / 1e3,
                where))
        .toString();
  }

  /** To four digits, without an exponent: 166100, 12.34, 0.001. */
  static String rate(double number) {
    return new BigDecimal(number).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  static String count(long number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }
}
