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
      "another's if there is one and they can be had."
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
        requireMadeOf(packages, asked, lock, environment);
      } else {
        lock = resolve(packages, environment, asked);
      }
      String text = named() + " has " + lock.count() + " for Python " + packages.version();
      if (Files.exists(file) && environment.problem(packages.version()) == null) {
        say(text + ", as before");
        return;
      }
      change.install(environment, packages, null, lock);
      say(text);
    }
  }

  // Another CPython may have no wheels of those versions
  private static LockFile resolve(
      Packages packages, PythonEnvironment environment, Requirements asked) throws IOException {
    List<String> versions = versionsOfAnother(environment, packages, asked);
    if (!versions.isEmpty()) {
      try {
        return packages.resolve(asked, versions, true);
      } catch (PipFailure e) {
        // Then in the newest, or with pip's message on why not
      }
    }
    return packages.resolve(asked, List.of(), false);
  }

  private static void requireMadeOf(
      Packages packages, Requirements asked, LockFile lock, PythonEnvironment environment)
      throws IOException {
    if (!lock.requirements().isEmpty() && !lock.requirements().equals(packages.checksum(asked))) {
      throw new CommandFailure(
          "the requirements have changed since "
              + environment.lock(packages.version())
              + " was made: '"
              + environment.command("lock")
              + "' makes it anew");
    }
  }

  private static List<String> versionsOfAnother(
      PythonEnvironment environment, Packages packages, Requirements asked) throws IOException {
    String checksum = packages.checksum(asked);
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
