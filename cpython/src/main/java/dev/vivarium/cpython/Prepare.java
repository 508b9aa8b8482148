package dev.vivarium.cpython;

import dev.vivarium.Python;

/**
 * A program that fills the cache and shows that Python starts: {@code java … -m
 * dev.vivarium.cpython/dev.vivarium.cpython.Prepare} where a container's image is built, so that
 * Python has not to be unpacked where it runs (guide: {@code docs/guide/deployment.md}).
 */
public final class Prepare {

  private Prepare() {}

  /**
   * Starts Python as the program will that is to find the cache filled, with its class path or
   * module path, and prints the version, and where it comes from and lies.
   *
   * @param modules names of Python modules to import, so that what they need of the class path, and
   *     has to be a file, is unpacked too
   * @throws dev.vivarium.PythonStartException if it does not start, with what to do
   * @throws dev.vivarium.PythonException if a module cannot be imported
   */
  public static void main(String... modules) {
    try (Python python = Python.start()) {
      for (String module : modules) {
        python.main().importModule(module).close();
      }
      System.out.println(python.version() + ", " + python.installation());
    }
  }
}
