package dev.vivarium.cli.shell;

import dev.vivarium.PythonOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that every command has that runs Python code of the user's. */
@SuppressWarnings("UnusedVariable") // options that picocli looks at
public final class CommonOptions extends PythonChoice {

  @Option(
      names = "--environment",
      paramLabel = "ENV",
      description = {"The environment folder to have packages from; see", "'vivarium env --help'."})
  private @Nullable Path environment;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /**
   * As {@link PythonChoice#pythonOptions}, with the packages of the environment folder.
   *
   * @throws CommandFailure also if what {@code --environment} says is none
   */
  @Override
  public PythonOptions.Builder pythonOptions() {
    PythonOptions.Builder options = super.pythonOptions();
    Path named = environment;
    try {
      return named == null ? options : options.environment(named);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("--" + e.getMessage(), e);
    }
  }

  /**
   * As {@link #pythonOptions}, for a program that the process is there for: it may end it, and its
   * children are run as it is.
   *
   * @throws CommandFailure as {@link #pythonOptions}
   */
  public PythonOptions.Builder programOptions() {
    List<String> words = new ArrayList<>(List.of("run"));
    String python = python();
    if (python != null) {
      words.addAll(List.of("--python", python));
    }
    if (environment != null) {
      words.addAll(List.of("--environment", environment.toAbsolutePath().toString()));
    }
    return pythonOptions()
        .allowProcessExit(true)
        .allowSignalHandlers(true)
        .childMain(command.root().userObject().getClass(), words.toArray(String[]::new));
  }
}
