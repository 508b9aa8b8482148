package dev.vivarium.bench;

import java.util.Map;

/**
 * What one iteration of a benchmark measured, one after the other.
 *
 * @param java what JMH measured, in nanoseconds
 * @param beside what was measured beside it, by the names of the benchmark's {@code Beside}, in
 *     nanoseconds; 0 where that could not be
 */
record Sample(double java, Map<String, Double> beside) {

  /** That time beside the Java side's, not a number if there is none. */
  double beside(String name) {
    double nanoseconds = beside.getOrDefault(name, 0.0);
    return nanoseconds == 0 ? Double.NaN : nanoseconds;
  }
}
