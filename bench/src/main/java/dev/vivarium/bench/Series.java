package dev.vivarium.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Measurements of one thing.
 *
 * @param sorted in order of size; those that are not numbers are left out
 */
record Series(List<Double> sorted) {

  static <T> Series of(List<T> samples, ToDoubleFunction<T> value) {
    return new Series(
        samples.stream()
            .mapToDouble(value)
            .filter(v -> !Double.isNaN(v))
            .sorted()
            .boxed()
            .toList());
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
    if (sorted.isEmpty()) {
      return Double.NaN;
    }
    double place = part * (sorted.size() - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.size() - 1);
    return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
  }
}
