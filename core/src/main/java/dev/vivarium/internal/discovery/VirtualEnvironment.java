package dev.vivarium.internal.discovery;

import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A folder that {@code python3 -m venv} has made. */
record VirtualEnvironment(Path folder, Machine machine) {

  private static final String CFG = "pyvenv.cfg";
  private static final Pattern CFG_LINE = Pattern.compile("\\s*([A-Za-z_-]+)\\s*=\\s*(.*?)\\s*");
  private static final Pattern CFG_VERSION = Pattern.compile("3\\.(\\d{1,3})\\b.*");

  static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(CFG));
  }

  /** Its program, once the environment is found to be whole. */
  Path program() {
    Path cfg = folder.resolve(CFG);
    if (!Files.isRegularFile(cfg)) {
      throw new PythonStartException(
          folder + " is not a virtual environment: it has no pyvenv.cfg");
    }
    String home = readCfg(cfg).get("home");
    String again = "; make it again with 'python3 -m venv --clear " + ShellWord.of(folder) + "'";
    if (home == null || home.isEmpty()) {
      throw new PythonStartException(cfg + " has no line 'home = …'" + again);
    }
    Path program =
        machine.os() == Machine.Os.WINDOWS
            ? folder.resolve("Scripts/python.exe")
            : folder.resolve("bin/python");
    if (!Files.exists(program)) {
      throw new PythonStartException(
          program
              + LibraryCheck.missing(program)
              + " (the virtual environment was made from "
              + home
              + ")"
              + again);
    }
    return program;
  }

  void requireVersionOf(Path library, @Nullable LibraryName name) {
    Map<String, String> cfg = readCfg(folder.resolve(CFG));
    String said = cfg.getOrDefault("version", cfg.getOrDefault("version_info", ""));
    Matcher m = CFG_VERSION.matcher(said);
    if (name != null && m.matches() && Integer.parseInt(m.group(1)) != name.minor()) {
      throw new PythonStartException(
          "the virtual environment "
              + folder
              + " is for Python "
              + said
              + ", and the library "
              + library
              + " is 3."
              + name.minor()
              + "; leave out the library, or name one that fits");
    }
  }

  private static Map<String, String> readCfg(Path cfg) {
    try {
      return Files.readString(cfg)
          .lines()
          .map(CFG_LINE::matcher)
          .filter(Matcher::matches)
          .collect(
              Collectors.toMap(
                  m -> m.group(1).toLowerCase(Locale.ROOT), m -> m.group(2), (a, b) -> b));
    } catch (IOException e) {
      throw new PythonStartException(cfg + " cannot be read: " + e, e);
    }
  }
}
