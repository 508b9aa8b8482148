package dev.vivarium.maven;

import dev.vivarium.Python;
import dev.vivarium.PythonEnvironment;
import dev.vivarium.PythonOptions;
import java.nio.file.Path;

/** Prints where an environment folder has the packages for the Python that is chosen. */
final class PackagesFolder {

  private PackagesFolder() {}

  /** Of the folder, and perhaps {@code --python} and a Python. */
  public static void main(String[] words) {
    PythonOptions.Builder options = PythonOptions.builder().classPathPackages(false);
    if (words.length > 1) {
      options.python(words[2]);
    }
    try (Python python = Python.start(options.build())) {
      System.out.println(PythonEnvironment.of(Path.of(words[0])).packages(python.version()));
    }
  }
}
