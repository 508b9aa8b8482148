package dev.vivarium.cli.env;

import dev.vivarium.PythonEnvironment;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** The command {@code vivarium env lock}. */
@Command(
    name = "lock",
    description = {
      "Writes the lock file anew, with the newest versions that the requirements allow.",
      "Installs nothing: that is for sync."
    },
    sortOptions = false)
final class LockCommand extends InstallingTask {

  @Override
  void work(Packages packages) throws IOException {
    PythonEnvironment environment = environment();
    try (Change change = Change.of(environment.folder())) {
      LockFile lock = packages.resolve(Requirements.of(environment), List.of(), false);
      change.lock(environment, packages.version(), lock);
      say(environment.lock(packages.version()) + " names " + lock.count());
    }
  }
}
