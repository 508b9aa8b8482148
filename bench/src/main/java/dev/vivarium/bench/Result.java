package dev.vivarium.bench;

/**
 * A figure as it was measured. What could not be measured is not a number.
 *
 * @param figure which one
 * @param value median of the Java side
 * @param twin median of the other side
 * @param ratio median of value / twin of each sample
 * @param spread of the values
 * @param ratioSpread of the ratios
 * @see Series#spread()
 */
record Result(
    Figure figure, double value, double twin, double ratio, double spread, double ratioSpread) {

  /** {@code yes}, {@code no}, or nothing where there is no limit or no measurement. */
  String verdict() {
    Limit limit = figure.limit();
    if (limit == null || Double.isNaN(limit.ofRatio() ? ratio : value)) {
      return "";
    }
    return limit.isKept(value, ratio) ? "yes" : "no";
  }
}
