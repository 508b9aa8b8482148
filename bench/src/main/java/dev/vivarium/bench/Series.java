package dev.vivarium.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Measurements of one thing, in order of size; those that are not numbers are left out. */
record Series(double[] sorted) {

  static <T> Series of(List<T> samples, ToDoubleFunction<T> value) {
    return new Series(
        samples.stream().mapToDouble(value).filter(v -> !Double.isNaN(v)).sorted().toArray());
  }

  /** The middle one; not a number if there are none. */
  double median() {
    return quantile(0.5);
  }

  /** How far apart the slow and the fast tenth are, as a part of the median. */
  double spread() {
    return (quantile(0.9) - quantile(0.1)) / median();
  }

  private double quantile(double part) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double place = part * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Series other && Arrays.equals(sorted, other.sorted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sorted);
  }

  @Override
  public String toString() {
    return Arrays.toString(sorted);
  }
}
