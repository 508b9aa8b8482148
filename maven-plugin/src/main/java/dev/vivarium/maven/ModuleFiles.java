package dev.vivarium.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoFailureException;

/**
 * Files that an execution of a goal puts into a folder beside those of others. It remembers which
 * it has written, and takes away those of the build before that are no longer there. A file that
 * was there already, with the same bytes, stays somebody else's, or becomes its own if it was
 * another execution's.
 *
 * @param list where it remembers them; in a folder of such lists, {@code .txt}, alone
 */
record ModuleFiles(Path target, Path list) {

  /**
   * Copies the files below a folder that a test lets through.
   *
   * @param wanted asked with each path, relative to the folder, with slashes
   * @return how many the test has let through
   * @throws MojoFailureException if somebody else has put another file there
   */
  int copy(Path source, Predicate<String> wanted) throws IOException, MojoFailureException {
    Set<String> ours = new TreeSet<>(written());
    Set<String> gone = new TreeSet<>(ours);
    int count = 0;
    Files.createDirectories(list.resolveSibling(""));
    try {
      for (String name : names(source)) {
        if (wanted.test(name)) {
          gone.remove(name);
          copy(source.resolve(name), name, ours);
          count++;
        }
      }
      delete(gone, ours);
    } finally {
      Files.write(list, ours); // after a failure too: what has been written is ours
    }
    return count;
  }

  /** Takes away what the build before has put there, if anything: there is no source any more. */
  void clear() throws IOException {
    Set<String> ours = new TreeSet<>(written());
    if (ours.isEmpty()) {
      return;
    }
    try {
      delete(List.copyOf(ours), ours);
    } finally {
      Files.write(list, ours);
    }
  }

  /**
   * Takes away what others have written whose lists are not among these, and their lists.
   *
   * @param known of the executions that there are
   */
  void clearOthers(Set<Path> known) throws IOException {
    if (!Files.exists(list.resolveSibling(""))) {
      return;
    }
    for (Path other : lists()) {
      if (!known.contains(other)) {
        new ModuleFiles(target, other).clear();
        Files.delete(other);
      }
    }
  }

  private List<String> written() throws IOException {
    return Files.exists(list) ? Files.readAllLines(list) : List.of();
  }

  private void copy(Path file, String name, Set<String> ours)
      throws IOException, MojoFailureException {
    Path place = target.resolve(name);
    if (Files.exists(place)) {
      if (Files.mismatch(file, place) < 0) {
        if (!ours.contains(name) && takeOver(name)) {
          ours.add(name);
        }
        return;
      }
      if (!ours.contains(name)) {
        throw new MojoFailureException(
            place
                + " comes from elsewhere too, and is another file there: rename a module of yours,"
                + " or 'mvn clean' if a goal has put it there that does so no more");
      }
    }
    Files.createDirectories(place.resolveSibling(""));
    ours.add(name); // before: it is half-written if this fails
    Files.write(place, Files.readAllBytes(file)); // not with the rights that it has
  }

  // From another list: what wants a file last has it, so that it stays where only the other does
  // not
  private boolean takeOver(String name) throws IOException {
    boolean found = false;
    for (Path other : lists()) {
      List<String> names = new ArrayList<>(Files.readAllLines(other));
      if (!other.equals(list) && names.remove(name)) {
        Files.write(other, names);
        found = true;
      }
    }
    return found;
  }

  private List<Path> lists() throws IOException {
    try (Stream<Path> files = Files.list(list.resolveSibling(""))) {
      return files.filter(file -> file.toString().endsWith(".txt")).toList();
    }
  }

  private void delete(Collection<String> gone, Set<String> ours) throws IOException {
    for (String name : gone) {
      delete(target.resolve(name));
      ours.remove(name);
    }
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
