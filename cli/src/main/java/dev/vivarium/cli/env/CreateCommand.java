package dev.vivarium.cli.env;

import dev.vivarium.PythonEnvironment;
import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code vivarium env create}. */
@Command(
    name = "create",
    description = "Makes an environment with what is asked for.",
    sortOptions = false)
final class CreateCommand extends InstallingTask {

  @Option(
      names = "-r",
      paramLabel = "FILE",
      description = {
        "What to install: a requirements.txt, or a pyproject.toml for the",
        "dependencies of its project. The environment goes on to refer to it."
      })
  private List<Path> files = new ArrayList<>();

  @Parameters(
      paramLabel = "REQUIREMENT",
      index = "1..*",
      description = "What to install, as pip takes it: 'pandas>=2'.")
  private List<String> requirements = new ArrayList<>();

  // Whether there is something to take back
  private volatile boolean halfMade;

  @Override
  void work(Packages packages) throws IOException {
    Path target = folder();
    refuseExisting(target);
    if (Files.exists(
        target)) { // empty, and stays the folder that it is: a mount, another's, a link
      make(target, target, packages, () -> Change.takeBack(target));
    } else {
      Path making = beside(target);
      make(making, target, packages, () -> Change.delete(making));
    }
  }

  // A sibling, so that relative paths in requirements.txt mean the same
  private static Path beside(Path target) throws IOException {
    Path parent = target.getParent();
    Path name = target.getFileName();
    if (parent == null || name == null) {
      throw new CommandFailure(target + " cannot be an environment: name a new folder");
    }
    Files.createDirectories(parent);
    Path making = parent.resolve("." + name + "." + ProcessHandle.current().pid());
    Change.delete(making); // of a dead process, which had this number too
    return Files.createDirectory(making);
  }

  /** Takes back what is half made. */
  private interface Undoing {
    void undo() throws IOException;
  }

  private void make(Path making, Path target, Packages packages, Undoing undoing)
      throws IOException {
    halfMade = !making.equals(target);
    // After Ctrl-C
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> forget(making, undoing), "vivarium env create"));
    try {
      LockFile lock = install(making, target, packages);
      if (!making.equals(target)) {
        Files.delete(making.resolve(Change.LOCK));
        Files.move(making, target);
      }
      halfMade = false;
      say(named() + " has " + lock.count() + " for Python " + packages.version());
    } finally {
      if (halfMade) {
        undoing.undo();
      }
    }
  }

  private LockFile install(Path making, Path target, Packages packages) throws IOException {
    try (Change change = Change.of(making)) {
      refuseExisting(making); // of another, which was quicker
      halfMade = true;
      Requirements asked = Requirements.create(making, target, requirements, files);
      Files.writeString(making.resolve(PythonEnvironment.REQUIREMENTS), asked.text());
      LockFile lock = packages.resolve(asked, List.of(), false);
      change.install(PythonEnvironment.of(making), packages, null, lock);
      return lock;
    }
  }

  private void forget(Path making, Undoing undoing) {
    if (halfMade) {
      try {
        undoing.undo();
      } catch (IOException e) {
        System.err.println("vivarium: what is in " + making + " can be deleted: " + e);
      }
    }
  }

  private static void refuseExisting(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    if (Files.isDirectory(target)) {
      try (Stream<Path> inside = Files.list(target)) {
        if (inside.allMatch(file -> file.endsWith(Change.LOCK))) { // of one that has failed
          return;
        }
      }
    }
    throw new CommandFailure(
        target
            + " exists already: 'vivarium env add' and 'sync' change an environment, or name"
            + " another folder");
  }
}
