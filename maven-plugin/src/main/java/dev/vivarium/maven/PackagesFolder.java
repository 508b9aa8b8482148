package dev.vivarium.maven;

import dev.vivarium.Python;
import dev.vivarium.PythonEnvironment;
import dev.vivarium.PythonOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Prints where an environment folder has the packages for the Python that is chosen. */
final class PackagesFolder {

  private static final String MARK = "vivarium-packages: "; // others print and log there too

  private PackagesFolder() {}

  /** The folder that it has printed. */
  static Optional<Path> printed(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(MARK))
        .map(line -> Path.of(line.substring(MARK.length())))
        .findFirst();
  }

  /** Of the folder, and perhaps {@code --python} and a Python. */
  public static void main(String[] words) {
    PythonOptions.Builder options = PythonOptions.builder().classPathPackages(false);
    if (words.length > 1) {
      options.python(words[2]);
    }
    try (Python python = Python.start(options.build())) {
      System.out.println(MARK + PythonEnvironment.of(Path.of(words[0])).packages(python.version()));
    }
  }
}
