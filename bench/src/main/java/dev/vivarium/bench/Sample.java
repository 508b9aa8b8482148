package dev.vivarium.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one iteration of a benchmark measured, one after the other.
 *
 * @param java what JMH measured, in nanoseconds
 * @param beside what was measured beside it, by the names of the benchmark's {@code Beside}, in
 *     nanoseconds; 0 where that could not be
 */
record Sample(double java, Map<String, Double> beside) {

  /** The least that each time was in any of them; those that could not be measured don't count. */
  static Sample fastest(List<Sample> samples) {
    Map<String, Double> beside = new HashMap<>();
    double java = Double.NaN;
    for (Sample sample : samples) {
      java = Double.isNaN(java) ? sample.java : Math.min(java, sample.java);
      sample.beside.forEach((name, time) -> {
        if (time != 0) {
          beside.merge(name, time, Math::min);
        }
      });
    }
    return new Sample(java, beside);
  }

  /** That time beside the Java side's, not a number if there is none. */
  double beside(String name) {
    double nanoseconds = beside.getOrDefault(name, 0.0);
    return nanoseconds == 0 ? Double.NaN : nanoseconds;
  }
}
