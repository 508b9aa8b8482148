package dev.vivarium;

/**
 * The value of a Python {@code complex}, to carry across and back; it calculates nothing.
 *
 * @param real the real part
 * @param imaginary the imaginary part
 */
public record Complex(double real, double imaginary) {

  /** As Python writes it: {@code (1.0+2.0j)}. */
  @Override
  public String toString() {
    String sign = imaginary < 0 || 1 / imaginary < 0 ? "" : "+";
    return "(" + real + sign + imaginary + "j)";
  }
}
