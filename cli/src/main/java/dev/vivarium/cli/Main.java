package dev.vivarium.cli;

import dev.vivarium.cli.doctor.DoctorCommand;
import dev.vivarium.cli.env.EnvCommand;
import dev.vivarium.cli.map.MapCommand;
import dev.vivarium.cli.repl.ReplCommand;
import dev.vivarium.cli.run.RunArguments;
import dev.vivarium.cli.run.RunCommand;
import dev.vivarium.cli.shell.FailureReport;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code vivarium}. */
@Command(
    name = "vivarium",
    description = "Real CPython inside the JVM, for every thread of it.",
    versionProvider = VersionText.class,
    sortOptions = false,
    footer = {
      "",
      "Try:",
      "  vivarium doctor",
      "  vivarium repl",
      "  vivarium run -c 'import sys; print(sys.version)'",
      "  vivarium map examples/complexity.py:measure @stdlib",
      "",
      "'vivarium COMMAND --help' tells more about a command."
    })
@SuppressWarnings("UnusedVariable") // options that picocli looks at
public final class Main implements Runnable {

  private static final int HELP_WIDTH = 96;

  // In the order of the help
  private static final List<Class<?>> COMMANDS =
      List.of(
          MapCommand.class,
          RunCommand.class,
          ReplCommand.class,
          EnvCommand.class,
          DoctorCommand.class,
          ClasspathCommand.class,
          InstallCommand.class,
          BenchCommand.class,
          VersionCommand.class,
          CommandLine.HelpCommand.class);

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions and exit.")
  private boolean version;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  private Main() {}

  /** Runs a command and ends the process with its status. */
  public static void main(String[] arguments) {
    System.exit(commandLine(arguments).execute(RunArguments.separate(arguments)));
  }

  static CommandLine commandLine(String[] arguments) {
    FailureReport failures = new FailureReport(arguments);
    CommandLine line = new CommandLine(new Main());
    commands(arguments).forEach(line::addSubcommand);
    line.setParameterExceptionHandler(failures);
    line.setExecutionExceptionHandler(failures);
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setUsageHelpWidth(HELP_WIDTH);
    line.setExpandAtFiles(false); // @stdlib is no file of arguments
    return line;
  }

  // The one that is named, since picocli takes its time over each; all for who asks about them
  private static List<Class<?>> commands(String[] arguments) {
    for (Class<?> command : COMMANDS) {
      if (arguments.length > 0
          && command != CommandLine.HelpCommand.class
          && arguments[0].equals(command.getAnnotation(Command.class).name())) {
        return List.of(command);
      }
    }
    return COMMANDS;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command: map, run, repl, env, doctor, …");
  }
}
