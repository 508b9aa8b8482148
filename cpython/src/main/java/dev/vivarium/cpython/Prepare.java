package dev.vivarium.cpython;

import dev.vivarium.Python;

/**
 * A program that fills the cache and shows that Python starts: {@code java … -m
 * dev.vivarium.cpython/dev.vivarium.cpython.Prepare} where a container's image is built, so that
 * nothing is left to unpack where it runs (guide: {@code docs/guide/deployment.md}).
 */
public final class Prepare {

  private Prepare() {}

  /**
   * Starts Python as the program will that is to find the cache filled, with its class path or
   * module path, and prints the version, and where it comes from and lies.
   *
   * @param arguments none
   * @throws dev.vivarium.PythonStartException if it does not start, with what to do
   */
  public static void main(String... arguments) {
    if (arguments.length > 0) {
      throw new IllegalArgumentException("Prepare takes no arguments");
    }
    try (Python python = Python.start()) {
      System.out.println(python.version() + ", " + python.installation());
    }
  }
}
