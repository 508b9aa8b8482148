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

  @Override
  void work(Packages packages) throws IOException {
    Path target = folder();
    refuseExisting(target);
    Path parent = target.getParent();
    Path name = target.getFileName();
    if (parent == null || name == null) {
      throw new CommandFailure(target + " cannot be an environment: name a new folder");
    }
    Files.createDirectories(parent);
    // A sibling, so that relative paths in requirements.txt mean the same
    Path making = parent.resolve("." + name + "." + ProcessHandle.current().pid());
    Change.delete(making); // of a dead process, which had this number too
    Files.createDirectory(making);
    // After Ctrl-C
    Runtime.getRuntime().addShutdownHook(new Thread(() -> forget(making), "vivarium env create"));
    try {
      LockFile lock = make(making, target, packages);
      Files.deleteIfExists(target); // an empty folder
      Files.move(making, target);
      say(named() + " has " + lock.count() + " for Python " + packages.version());
    } finally {
      Change.delete(making);
    }
  }

  private LockFile make(Path making, Path target, Packages packages) throws IOException {
    Requirements asked = Requirements.create(making, target, requirements, files);
    Files.writeString(making.resolve(PythonEnvironment.REQUIREMENTS), asked.text());
    LockFile lock = packages.resolve(asked, List.of(), false);
    try (Change change = Change.of(making)) {
      change.install(PythonEnvironment.of(making), packages, null, lock);
    }
    Files.delete(making.resolve(".lock"));
    return lock;
  }

  private static void forget(Path making) {
    try {
      Change.delete(making);
    } catch (IOException e) {
      System.err.println("vivarium: " + making + " is left, and can be deleted: " + e);
    }
  }

  private static void refuseExisting(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    if (Files.isDirectory(target)) {
      try (Stream<Path> inside = Files.list(target)) {
        if (inside.findAny().isEmpty()) {
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
