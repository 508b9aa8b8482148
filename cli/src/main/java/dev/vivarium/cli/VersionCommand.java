package dev.vivarium.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code vivarium version}: what {@code --version} does. */
@Command(name = "version", description = "Shows the versions, as --version.")
final class VersionCommand implements Runnable {

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    spec.parent().commandLine().printVersionHelp(spec.parent().commandLine().getOut());
  }
}
