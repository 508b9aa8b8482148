package dev.vivarium.internal.discovery;

import dev.vivarium.PythonStartException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the user's cache folder is, by the customs of each system: for all that is unpacked. */
public final class CacheFolder {

  /**
   * The variable that names the folder, whatever the customs; before it the property {@code
   * vivarium.cache} does.
   */
  public static final String VARIABLE = "VIVARIUM_CACHE";

  private CacheFolder() {}

  /**
   * The folder, which may not be there yet.
   *
   * @throws PythonStartException if the environment tells of none
   */
  public static Path fromEnvironment() {
    Setting property = Setting.property(VARIABLE, System::getProperty);
    return property != null
        ? named(property)
        : of(System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home"));
  }

  private static Path named(Setting setting) {
    try {
      return Path.of(setting.value()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new PythonStartException(
          setting.name() + ", '" + setting.value() + "', is not the path of a folder", e);
    }
  }

  static Path of(Map<String, String> environment, String osName, @Nullable String userHome) {
    Setting named = Setting.variable(VARIABLE, environment);
    if (named != null) {
      return named(named);
    }
    // By its specification, a relative XDG path is to be ignored.
    Path xdg = absolute(environment.get("XDG_CACHE_HOME"));
    if (xdg != null) {
      return xdg.resolve("vivarium");
    }
    String os = osName.toLowerCase(Locale.ROOT);
    if (os.startsWith("windows")) {
      Path local = absolute(environment.get("LOCALAPPDATA"));
      return local != null
          ? local.resolve("vivarium")
          : home(null, userHome).resolve("AppData/Local/vivarium");
    }
    // Java takes user.home from the system's list of users; a shell's HOME is meant to win.
    Path home = home(environment.get("HOME"), userHome);
    return home.resolve(os.startsWith("mac") ? "Library/Caches/vivarium" : ".cache/vivarium");
  }

  private static Path home(@Nullable String fromShell, @Nullable String userHome) {
    Path home = absolute(fromShell);
    if (home == null) {
      home = absolute(userHome);
    }
    if (home == null) {
      throw new PythonStartException(
          "there is no folder for the embedded CPython: the user's home folder is unknown"
              + " (user.home is '"
              + userHome
              + "'). Set "
              + VARIABLE
              + " to a folder that can be written");
    }
    return home;
  }

  private static @Nullable Path absolute(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      Path path = Path.of(text);
      return path.isAbsolute() ? path.normalize() : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
