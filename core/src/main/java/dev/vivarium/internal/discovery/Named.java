package dev.vivarium.internal.discovery;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What options or an environment variable say of the Python to load; each checked when it is named.
 */
public record Named(
    @Nullable String python,
    @Nullable Path library,
    @Nullable Path home,
    @Nullable Path venv,
    @Nullable Path executable) {

  public static final Named NOTHING = new Named(null, null, null, null, null);

  public Named withPython(String word) {
    requireNoNul("python", word);
    if (word.isBlank()) {
      throw new IllegalArgumentException(
          "python: name a path, a version such as 3.13 or a program on the PATH");
    }
    return new Named(word, library, home, venv, executable);
  }

  public Named withLibrary(Path file) {
    return new Named(python, file("library", file), home, venv, executable);
  }

  public Named withHome(Path folder) {
    return new Named(python, library, folder("home", folder), venv, executable);
  }

  public Named withVenv(Path folder) {
    Path absolute = folder("venv", folder);
    if (!Files.isRegularFile(absolute.resolve("pyvenv.cfg"))) {
      throw new IllegalArgumentException(
          "venv: " + absolute + " is not a virtual environment: it has no pyvenv.cfg");
    }
    return new Named(python, library, home, absolute, executable);
  }

  public Named withExecutable(Path file) {
    return new Named(python, library, home, venv, file("executable", file));
  }

  /**
   * Checks that they say one thing.
   *
   * @throws IllegalArgumentException if two of them name different Pythons
   */
  public void requireOne() {
    if (python != null && (library != null || home != null || venv != null || executable != null)) {
      throw new IllegalArgumentException(
          "python names a Python by itself; leave out library, home, venv and executable");
    }
    if (venv != null && (home != null || executable != null)) {
      throw new IllegalArgumentException(
          "venv names a Python by itself; leave out " + (home != null ? "home" : "executable"));
    }
  }

  @Override
  public String toString() {
    List<String> said = new ArrayList<>();
    say("python", python, said);
    say("library", library, said);
    say("home", home, said);
    say("venv", venv, said);
    say("executable", executable, said);
    return said.toString();
  }

  private static void say(String what, @Nullable Object value, List<String> said) {
    if (value != null) {
      said.add(what + "=" + value);
    }
  }

  private static Path file(String option, Path path) {
    Path absolute = existing(option, path);
    if (Files.isDirectory(absolute)) {
      throw new IllegalArgumentException(option + ": " + absolute + " is a folder, not a file");
    }
    return absolute;
  }

  private static Path folder(String option, Path path) {
    Path absolute = existing(option, path);
    if (!Files.isDirectory(absolute)) {
      throw new IllegalArgumentException(option + ": " + absolute + " is a file, not a folder");
    }
    return absolute;
  }

  private static Path existing(String option, Path path) {
    requireNoNul(option, path.toString());
    Path absolute = path.toAbsolutePath();
    if (!Files.exists(absolute)) {
      throw new IllegalArgumentException(
          option
              + ": "
              + absolute
              + (Files.isSymbolicLink(absolute)
                  ? " is a symbolic link to something that does not exist"
                  : " does not exist"));
    }
    return absolute;
  }

  /** For any text that CPython is to be given. */
  public static void requireNoNul(String option, String text) {
    Objects.requireNonNull(text, option);
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(option + ": a NUL character cannot be passed to Python");
    }
  }
}
