package dev.vivarium.cli.env;

import dev.vivarium.PythonEnvironment;
import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an environment is asked to have: the text of {@code requirements.txt}, in pip's format, in
 * which {@code -r} may name a {@code pyproject.toml} too.
 *
 * @param folder the environment's, which paths in it are relative to
 */
record Requirements(Path folder, String text) {

  private static final String BEGINNING =
      """
      # What is asked for, in pip's format; -r pyproject.toml takes a project's dependencies.
      # After a change: vivarium env lock, vivarium env sync.
      """;
  private static final Pattern REFERENCE =
      Pattern.compile("(-r|-c|--requirement|--constraint)[\\s=]*(['\"]?)(.+?)\\2(?:\\s+#.*)?");
  private static final Pattern NAME =
      Pattern.compile("([A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?)\\s*(?:[\\[(<>=!~;@#].*)?");

  static Requirements of(PythonEnvironment environment) throws IOException {
    return new Requirements(environment.folder(), Files.readString(environment.requirements()));
  }

  /**
   * Those of a new environment.
   *
   * @param target where its folder will be
   */
  static Requirements create(Path folder, Path target, List<String> lines, List<Path> files) {
    List<String> all = new ArrayList<>();
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        throw new CommandFailure(
            "cannot read '" + file + "': name a requirements.txt or a pyproject.toml");
      }
      all.add("-r " + quoted(relative(target, file.toAbsolutePath().normalize())));
    }
    return new Requirements(folder, BEGINNING + lines(all)).with(lines);
  }

  private static String relative(Path from, Path file) {
    boolean sameRoot = file.getRoot() != null && file.getRoot().equals(from.getRoot());
    return (sameRoot ? from.relativize(file) : file).toString().replace('\\', '/');
  }

  private static String quoted(String path) {
    return path.contains(" ") ? "'" + path + "'" : path;
  }

  private static String lines(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  /** These with more, each in place of what there is of that name. */
  Requirements with(List<String> added) {
    Set<String> names = new LinkedHashSet<>();
    for (String one : added) {
      if (one.isBlank() || one.startsWith("-") || one.contains("\n")) {
        throw new CommandFailure(
            "'"
                + one
                + "' is no requirement: name a package, with a bound if need be, as 'pandas>=2'");
      }
      names.add(name(one));
    }
    List<String> lines = new ArrayList<>();
    boolean replaced = false;
    boolean goesOn = false; // as where a hash stands in a line of its own
    for (String line : text.lines().toList()) {
      replaced = goesOn ? replaced : names.contains(name(line));
      goesOn = line.endsWith("\\");
      if (!replaced) {
        lines.add(line);
      }
    }
    lines.addAll(added);
    return new Requirements(folder, lines(lines));
  }

  /** The one form of the name that a line begins with, PEP 503; or what it begins with. */
  static String name(String line) {
    Matcher name = NAME.matcher(line.strip());
    return name.matches() ? name.group(1).toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-") : line;
  }

  /**
   * The text with the dependencies of projects in the places where they are named.
   *
   * @param dependencies what a {@code pyproject.toml} has
   */
  String forPip(Function<Path, List<String>> dependencies) {
    List<String> lines = new ArrayList<>();
    for (String line : text.lines().toList()) {
      Matcher reference = REFERENCE.matcher(line.strip());
      if (reference.matches() && reference.group(3).endsWith(".toml")) {
        lines.addAll(dependencies.apply(folder.resolve(reference.group(3)).normalize()));
      } else {
        lines.add(line);
      }
    }
    return lines(lines);
  }

  /**
   * A checksum of this text and of all files that it names.
   *
   * @param dependencies what a {@code pyproject.toml} has, of which the rest does not count
   * @throws CommandFailure if one is not there
   */
  String checksum(Function<Path, List<String>> dependencies) throws IOException {
    List<String> lines = new ArrayList<>();
    collect(text, folder, dependencies, new LinkedHashSet<>(), lines);
    try {
      byte[] all = lines(lines).getBytes(StandardCharsets.UTF_8);
      return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JDK has it
    }
  }

  private static void collect(
      String text,
      Path folder,
      Function<Path, List<String>> dependencies,
      Set<Path> seen,
      List<String> lines)
      throws IOException {
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher reference = REFERENCE.matcher(line);
      if (!reference.matches() || reference.group(3).contains("://")) {
        lines.add(line);
        continue;
      }
      Path file = folder.resolve(reference.group(3)).normalize();
      if (!Files.isRegularFile(file)) {
        throw new CommandFailure("the requirements name " + file + ", which is not there");
      }
      if (file.toString().endsWith(".toml")) {
        lines.addAll(dependencies.apply(file));
      } else if (seen.add(file)) {
        lines.add(reference.group(1).replaceFirst("^--?(.).*", "-$1")); // to be there, or to bound
        collect(Files.readString(file), file.resolveSibling(""), dependencies, seen, lines);
      }
    }
  }
}
