package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** Finds the files that the inputs of a command line mean. */
final class InputFiles {

  /** The input that is the standard library of the running Python. */
  static final String STDLIB = "@stdlib";

  /** The input that is standard input. */
  static final String STANDARD_INPUT = "-";

  private final Supplier<Path> stdlib;

  /**
   * Looks at nothing yet.
   *
   * @param stdlib the folder of the standard library, asked for only if it is needed
   */
  InputFiles(Supplier<Path> stdlib) {
    this.stdlib = stdlib;
  }

  /**
   * The files, in the order of the inputs, those of one glob sorted.
   *
   * @throws CommandFailure if an input means none
   */
  List<String> expand(List<String> inputs, boolean allowStandardInput) {
    List<String> files = new ArrayList<>();
    for (String input : inputs) {
      if (input.equals(STANDARD_INPUT) && allowStandardInput) {
        files.add(input);
      } else if (input.equals(STDLIB)) {
        files.addAll(sources(stdlib.get()));
      } else {
        files.addAll(files(input));
      }
    }
    return files;
  }

  private static List<String> files(String input) {
    Path path = Path.of(input);
    if (Files.isDirectory(path)) {
      throw new CommandFailure(
          "'" + input + "' is a folder: name files, or a glob such as '" + input + "/**.py'");
    }
    if (Files.exists(path)) {
      return List.of(input);
    }
    if (!isGlob(input)) {
      throw new CommandFailure("no such file: '" + input + "'");
    }
    List<String> found = glob(input);
    if (found.isEmpty()) {
      throw new CommandFailure("no file matches '" + input + "'");
    }
    return found;
  }

  private static boolean isGlob(String input) {
    return input.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }

  private static List<String> glob(String pattern) {
    Path base = base(pattern);
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new CommandFailure("'" + pattern + "' is not a glob: " + e.getDescription(), e);
    }
    if (!Files.isDirectory(base)) {
      return List.of();
    }
    boolean relative = base.toString().isEmpty();
    // "**/" means any folders, none too, which Java's glob does not
    PathMatcher alsoHere =
        FileSystems.getDefault().getPathMatcher("glob:" + pattern.replace("**/", ""));
    return walk(
        base,
        path -> {
          Path named =
              relative && path.startsWith(".") ? path.subpath(1, path.getNameCount()) : path;
          return matcher.matches(named) || alsoHere.matches(named);
        });
  }

  /** The folders before the first part of a glob that means several. */
  private static Path base(String pattern) {
    int slash = -1;
    for (int i = 0; i < pattern.length() && !isGlob(pattern.substring(0, i + 1)); i++) {
      if (pattern.charAt(i) == '/') {
        slash = i;
      }
    }
    return Path.of(slash == 0 ? "/" : pattern.substring(0, Math.max(slash, 0)));
  }

  private static List<String> sources(Path stdlib) {
    List<String> found =
        walk(
            stdlib,
            path ->
                path.toString().endsWith(".py")
                    && !stdlib.relativize(path).startsWith("site-packages")
                    && !stdlib.relativize(path).startsWith("dist-packages"));
    if (found.isEmpty()) {
      throw new CommandFailure(STDLIB + ": no .py files in " + stdlib);
    }
    return found;
  }

  private static List<String> walk(Path base, Predicate<Path> wanted) {
    try (Stream<Path> paths = Files.walk(base)) {
      return paths
          .filter(path -> Files.isRegularFile(path) && wanted.test(path))
          .map(Path::toString)
          .sorted()
          .toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new CommandFailure("cannot list " + base + ": " + e.getMessage(), e);
    }
  }
}
