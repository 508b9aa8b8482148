package dev.vivarium.cli;

import dev.vivarium.cli.shell.CommandFailure;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code vivarium install}, which the script of a checkout carries out. */
@Command(
    name = "install",
    description =
        "Puts Vivarium into Maven's local repository, and prints the coordinates for Maven and"
            + " Gradle.",
    sortOptions = false,
    footer = {
      "",
      "All artifacts are built from the checkout, with their sources and Javadoc. The first time",
      "fetches the CPythons of all platforms, 130 MB."
    })
@SuppressWarnings("UnusedVariable") // options that picocli and Main look at
final class InstallCommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(names = "--debug", description = "Show stack traces with errors.")
  private boolean debug;

  @Override
  public Integer call() {
    throw new CommandFailure(
        "there is nothing to install from here: run it from a checkout, as ./vivarium install");
  }
}
