package dev.vivarium.cli.env;

import dev.vivarium.Python;
import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What those subcommands have that look for packages. */
abstract class InstallingTask extends EnvironmentTask {

  @Option(
      names = "--wheels",
      paramLabel = "FOLDER",
      description = {
        "Take packages from this folder alone, and nothing from an index:",
        "for machines without a network."
      })
  private @Nullable Path wheels;

  abstract void work(Packages packages) throws IOException;

  @Override
  final void work(Python python) throws IOException {
    Path from = wheels;
    if (from != null && !Files.isDirectory(from)) {
      throw new CommandFailure("--wheels: there is no folder " + from);
    }
    work(Packages.of(python, from));
  }
}
