package dev.vivarium.bench;

/** A benchmark failed. The message is one line that says which and why. */
final class BenchmarkException extends Exception {

  private static final long serialVersionUID = 1L;

  BenchmarkException(String message, Throwable cause) {
    super(message, cause);
  }
}
