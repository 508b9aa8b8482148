package dev.vivarium.bench;

/**
 * The limit that a figure has to keep.
 *
 * @param text how the table shows it
 * @param ofRatio whether it is about value / twin, else about the value
 * @param atMost whether smaller is better
 * @param bound the limit itself
 */
record Limit(String text, boolean ofRatio, boolean atMost, double bound) {

  /** At most so many times what the twin takes. */
  static Limit times(double bound) {
    return new Limit("<= " + bound + " x twin", true, true, bound);
  }

  /** The twin takes at least so many times as long. */
  static Limit faster(int times) {
    return new Limit("<= 1/" + times + " x twin", true, true, 1.0 / times);
  }

  /** The value is at least so much. */
  static Limit atLeast(double bound) {
    return new Limit(">= " + bound, false, false, bound);
  }

  /** The value is at most so much. */
  static Limit atMost(double bound) {
    return new Limit("<= " + bound, false, true, bound);
  }

  /** Whether it is kept. Not a number keeps no limit. */
  boolean isKept(double value, double ratio) {
    double measured = ofRatio ? ratio : value;
    return atMost ? measured <= bound : measured >= bound;
  }
}
