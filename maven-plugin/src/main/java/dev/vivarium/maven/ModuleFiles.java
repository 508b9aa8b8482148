package dev.vivarium.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoFailureException;

/**
 * Files that a goal puts into a folder beside those of others. It remembers which, and takes away
 * those of the build before that are no longer there.
 *
 * @param list where it remembers them
 */
record ModuleFiles(Path target, Path list) {

  /**
   * Copies the files below a folder that a test lets through.
   *
   * @param wanted asked with each path, relative to the folder, with slashes
   * @throws MojoFailureException if another goal has put another file there
   */
  int copy(Path source, Predicate<String> wanted) throws IOException, MojoFailureException {
    Set<String> before =
        Files.exists(list) ? new TreeSet<>(Files.readAllLines(list)) : new TreeSet<>();
    List<String> now = new ArrayList<>();
    for (String name : names(source)) {
      if (wanted.test(name)) {
        copy(source.resolve(name), name, before.remove(name));
        now.add(name);
      }
    }
    for (String gone : before) {
      delete(target.resolve(gone));
    }
    Files.write(list, now);
    return now.size();
  }

  private void copy(Path file, String name, boolean ours) throws IOException, MojoFailureException {
    Path place = target.resolve(name);
    if (Files.exists(place)) {
      if (Files.mismatch(file, place) < 0) {
        return;
      }
      if (!ours) {
        throw new MojoFailureException(
            place
                + " comes from elsewhere too, and is another file there: rename a module of yours");
      }
    }
    Files.createDirectories(place.resolveSibling(""));
    Files.write(place, Files.readAllBytes(file)); // not with the rights that it has
  }

  /** Deletes a file, and the folders in which it was the last. */
  private void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    Path above = file.getParent();
    while (above != null && !above.equals(target) && Files.isDirectory(above)) {
      try (Stream<Path> inside = Files.list(above)) {
        if (inside.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(above);
      above = above.getParent();
    }
  }

  /** The paths of all files below a folder, relative to it, with slashes, in order. */
  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }
}
