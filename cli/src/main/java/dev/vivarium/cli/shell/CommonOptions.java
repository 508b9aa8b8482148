package dev.vivarium.cli.shell;

import dev.vivarium.PythonOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that every command that runs Python has. */
@SuppressWarnings("UnusedVariable") // options that picocli looks at
public final class CommonOptions {

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

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

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
    PythonOptions.Builder options = PythonOptions.builder().isolated(false).useEnvironment(true);
    String named = python;
    try {
      return named == null ? options : options.python(named);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("--" + e.getMessage(), e);
    }
  }

  /**
   * As {@link #pythonOptions}, for a program that the process is there for: it may end it, and its
   * children are run as it is.
   *
   * @throws CommandFailure if what {@code --python} says cannot name a Python
   */
  public PythonOptions.Builder programOptions() {
    List<String> words = new ArrayList<>(List.of("run"));
    if (python != null) {
      words.addAll(List.of("--python", python));
    }
    return pythonOptions()
        .allowProcessExit(true)
        .allowSignalHandlers(true)
        .childMain(command.root().userObject().getClass(), words.toArray(String[]::new));
  }
}
