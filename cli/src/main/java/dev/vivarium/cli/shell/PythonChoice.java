package dev.vivarium.cli.shell;

import dev.vivarium.PythonOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that needs a Python: which one. */
@SuppressWarnings("UnusedVariable") // options that picocli looks at
public class PythonChoice {

  @Option(
      names = "--python",
      paramLabel = "PYTHON",
      description = {
        "The Python to use: a python program, a virtual environment, an",
        "installation's folder, a libpython, or a version such as 3.13.",
        "Default: VIRTUAL_ENV if there is one, else the one that comes",
        "with Vivarium."
      })
  private @Nullable String python;

  @Option(
      names = "--debug",
      description = "Show stack traces with errors; so does VIVARIUM_DEBUG=1.")
  private boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  /** What was given, for {@link PythonOptions.Builder#python(String)}. */
  public @Nullable String python() {
    return python;
  }

  /**
   * How a command starts Python: as a {@code python} started from the same shell would be.
   *
   * @throws CommandFailure if what {@code --python} says cannot name a Python
   */
  public PythonOptions.Builder pythonOptions() {
    return named(python);
  }

  static PythonOptions.Builder named(@Nullable String python) {
    PythonOptions.Builder options = PythonOptions.builder().isolated(false).useEnvironment(true);
    try {
      return python == null ? options : options.python(python);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("--" + e.getMessage(), e);
    }
  }
}
