package dev.vivarium.cli.env;

import dev.vivarium.PythonEnvironment;
import dev.vivarium.PythonVersion;
import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A change of an environment by one process at a time. All is made beside what there is, and then
 * put in its place by renaming, requirements and lock file first: whoever is killed in between
 * leaves an environment that says that it wants {@code sync}.
 */
final class Change implements AutoCloseable {

  /** What keeps others out; it stays, since another may have it open. */
  static final String LOCK = ".lock";

  private static final String MAKING = ".making";
  private static final String OLD = ".old";
  private static final String NEW = ".new";
  private static final String NEW_LOCK = ".new.lock";
  private static final String IGNORE = ".gitignore";

  // What is made of the lock file, and what is for the time of a change
  private static final String IGNORED = "/cpython-*/\n/.lock\n/.making/\n/.old/\n/.new*\n";

  private final Path folder;
  private final FileChannel channel;

  private Change(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Begins one.
   *
   * @throws CommandFailure if another process is at it
   */
  static Change of(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw new CommandFailure("another vivarium env is changing " + folder + ": wait for its end");
    }
    Change change = new Change(folder, channel);
    change.clear(); // of a process that was killed
    return change;
  }

  /** Writes the lock file alone. */
  void lock(PythonEnvironment environment, PythonVersion version, LockFile lock)
      throws IOException {
    write(environment.lock(version), lock.text());
  }

  /**
   * Installs what a lock file names, and only then writes that file.
   *
   * @param requirements those to write, or null if they stay as they are
   */
  void install(
      PythonEnvironment environment,
      Packages packages,
      @Nullable Requirements requirements,
      LockFile lock)
      throws IOException {
    Path ignored = folder.resolve(IGNORE);
    if (!Files.exists(ignored)) {
      Files.writeString(ignored, IGNORED);
    }
    Path made = Files.createDirectory(folder.resolve(MAKING));
    Path named = Files.writeString(folder.resolve(NEW_LOCK), lock.text());
    packages.install(named, made);
    Files.writeString(made.resolve(PythonEnvironment.INSTALLED), lock.text());
    if (requirements != null) {
      write(environment.requirements(), requirements.text());
    }
    lock(environment, packages.version(), lock);
    Path place = environment.packages(packages.version());
    if (Files.exists(place)) {
      Files.move(place, folder.resolve(OLD));
    }
    Files.move(made, place);
  }

  private void write(Path file, String text) throws IOException {
    Path made = folder.resolve(NEW);
    Files.writeString(made, text);
    Files.move(made, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private void clear() throws IOException {
    clear(folder);
  }

  private static void clear(Path folder) throws IOException {
    delete(folder.resolve(MAKING));
    delete(folder.resolve(OLD));
    Files.deleteIfExists(folder.resolve(NEW));
    Files.deleteIfExists(folder.resolve(NEW_LOCK));
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      clear();
    }
  }

  /** Takes an environment out of a folder in which there was nothing, and nothing else. */
  static void takeBack(Path folder) throws IOException {
    clear(folder);
    List<Path> made;
    try (Stream<Path> inside = Files.list(folder)) {
      made = inside.filter(file -> isMade(file.getFileName().toString())).toList();
    }
    for (Path one : made) {
      delete(one);
    }
  }

  private static boolean isMade(String name) {
    return name.equals(PythonEnvironment.REQUIREMENTS)
        || name.equals(IGNORE)
        || name.startsWith("cpython-");
  }

  /** Deletes a folder with all that is in it, or a file, if it is there. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() { // pip may delete there as well
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
            if (failed instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failed;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failed)
              throws IOException {
            if (failed != null) {
              throw failed;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
