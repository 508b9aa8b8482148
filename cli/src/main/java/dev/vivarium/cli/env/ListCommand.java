package dev.vivarium.cli.env;

import dev.vivarium.Python;
import dev.vivarium.PythonEnvironment;
import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;

/** The command {@code vivarium env list}. */
@Command(
    name = "list",
    description = "Prints each package, its version, and what asks for it.",
    sortOptions = false)
final class ListCommand extends EnvironmentTask {

  @Override
  void work(Python python) throws IOException {
    PythonEnvironment environment = environment();
    Path file = environment.lock(python.version());
    if (!Files.exists(file)) {
      String problem = environment.problem(python.version());
      throw new CommandFailure(
          problem == null
              ? environment.folder()
                  + " has packages, and no "
                  + file.getFileName()
                  + ": '"
                  + environment.command("sync")
                  + "' makes it"
              : problem);
    }
    List<LockFile.Entry> entries = LockFile.read(file).entries();
    int names = entries.stream().mapToInt(e -> e.name().length()).max().orElse(1);
    int versions = entries.stream().mapToInt(e -> e.version().length()).max().orElse(1);
    String line = "%-" + names + "s  %-" + versions + "s  %s";
    for (LockFile.Entry entry : entries) {
      say(line.formatted(entry.name(), entry.version(), entry.why()));
    }
    String problem = environment.problem(python.version());
    if (problem != null) {
      warn(problem);
    }
  }
}
