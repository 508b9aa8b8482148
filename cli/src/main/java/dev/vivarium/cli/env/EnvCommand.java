package dev.vivarium.cli.env;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code vivarium env}, whose subcommands do the work. */
@Command(
    name = "env",
    description = "Makes and changes environment folders: packages for Python, locked.",
    subcommands = {
      CreateCommand.class,
      AddCommand.class,
      LockCommand.class,
      SyncCommand.class,
      ListCommand.class
    },
    sortOptions = false,
    footer = {
      "",
      "An environment has requirements.txt, which you may edit, and for each CPython and",
      "platform a lock file and the packages. Programs use it by --environment ENV, or by",
      "PythonOptions.environment.",
      "pip does the work: its settings count (PIP_INDEX_URL, pip.conf), and where it fails",
      "its message is shown, its status given, and the environment left as it was.",
      "",
      "Examples:",
      "  vivarium env create app-env 'requests>=2' -r requirements.txt",
      "  vivarium env add app-env pandas",
      "  vivarium env sync app-env --wheels /mnt/wheels",
      "  vivarium run --environment app-env report.py"
    })
@SuppressWarnings("UnusedVariable") // options that picocli looks at
public final class EnvCommand implements Runnable {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name what to do: create, add, lock, sync or list");
  }
}
