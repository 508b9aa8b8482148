package dev.vivarium.cli.shell;

import dev.vivarium.PythonOptions;
import java.io.Serializable;
import java.nio.file.Files;
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
    return in(super.pythonOptions(), environment);
  }

  private static PythonOptions.Builder in(
      PythonOptions.Builder options, @Nullable Path environment) {
    try {
      return environment == null ? options : options.environment(environment);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("--" + e.getMessage(), e);
    }
  }

  /** What was chosen, for other processes, which may be in another folder. */
  public Chosen chosen() {
    String named = python();
    return new Chosen(
        named != null && Files.exists(Path.of(named)) ? absolute(Path.of(named)) : named,
        environment == null ? null : absolute(environment));
  }

  private static String absolute(Path path) {
    return path.toAbsolutePath().toString();
  }

  /**
   * A Python and the packages that go with it.
   *
   * @param python what {@code --python} names; null for the default
   * @param environment a folder; null for none
   */
  public record Chosen(@Nullable String python, @Nullable String environment)
      implements Serializable {

    /**
     * As {@link CommonOptions#pythonOptions}.
     *
     * @throws CommandFailure likewise
     */
    public PythonOptions.Builder pythonOptions() {
      return in(named(python), environment == null ? null : Path.of(environment));
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
