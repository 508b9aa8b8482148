package dev.vivarium.cli.env;

import dev.vivarium.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The command {@code vivarium env add}. */
@Command(
    name = "add",
    description = {
      "Adds to the requirements, in place of those of the same names, and installs them.",
      "What is locked keeps its version where that fits with the rest."
    },
    sortOptions = false)
final class AddCommand extends InstallingTask {

  @Parameters(
      paramLabel = "REQUIREMENT",
      index = "1..*",
      arity = "1..*",
      description = "What to install, as pip takes it: 'pandas>=2'.")
  private List<String> added = new ArrayList<>();

  @Override
  void work(Packages packages) throws IOException {
    PythonEnvironment environment = environment();
    try (Change change = Change.of(environment.folder())) {
      Requirements asked = Requirements.of(environment).with(added);
      LockFile lock = resolve(asked, environment.lock(packages.version()), packages);
      change.install(environment, packages, asked, lock);
      say(named() + " has " + lock.count() + " for Python " + packages.version());
    }
  }

  private LockFile resolve(Requirements asked, Path before, Packages packages) throws IOException {
    if (Files.exists(before)) {
      Set<String> names = added.stream().map(Requirements::name).collect(Collectors.toSet());
      List<String> keep =
          LockFile.read(before).versions().stream()
              .filter(version -> !names.contains(Requirements.name(version)))
              .toList();
      try {
        return packages.resolve(asked, keep, true);
      } catch (PipFailure e) {
        // Then with other versions of those, too, or with pip's message on why not
      }
    }
    return packages.resolve(asked, List.of(), false);
  }
}
