package dev.vivarium.cli.env;

import dev.vivarium.PythonEnvironment;
import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import picocli.CommandLine.Command;

/** The command {@code vivarium env sync}. */
@Command(
    name = "sync",
    description = {
      "Installs exactly what the lock file says, and takes away everything else.",
      "For a CPython or platform without a lock file it makes one, with the versions of",
      "another's if there is one."
    },
    sortOptions = false)
final class SyncCommand extends InstallingTask {

  @Override
  void work(Packages packages) throws IOException {
    PythonEnvironment environment = environment();
    try (Change change = Change.of(environment.folder())) {
      Requirements asked = Requirements.of(environment);
      Path file = environment.lock(packages.version());
      LockFile lock;
      if (Files.exists(file)) {
        lock = LockFile.read(file);
        requireMadeOf(asked, lock, file);
      } else {
        lock = packages.resolve(asked, versionsOfAnother(environment, asked), false);
      }
      String text = named() + " has " + lock.count() + " for Python " + packages.version();
      if (environment.problem(packages.version()) == null) {
        say(text + ", as before");
        return;
      }
      change.install(environment, packages, null, lock);
      say(text);
    }
  }

  private static void requireMadeOf(Requirements asked, LockFile lock, Path file)
      throws IOException {
    if (!lock.requirements().isEmpty() && !lock.requirements().equals(asked.checksum())) {
      throw new CommandFailure(
          "the requirements have changed since "
              + file
              + " was made: 'vivarium env lock "
              + asked.folder()
              + "' makes it anew");
    }
  }

  private static List<String> versionsOfAnother(PythonEnvironment environment, Requirements asked)
      throws IOException {
    String checksum = asked.checksum();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(environment.folder(), "cpython-*.lock")) {
      TreeSet<Path> newestLast = new TreeSet<>();
      files.forEach(newestLast::add);
      for (Path file : newestLast.descendingSet()) {
        LockFile lock = LockFile.read(file);
        if (lock.requirements().equals(checksum)) {
          return lock.versions();
        }
      }
      return List.of();
    }
  }
}
