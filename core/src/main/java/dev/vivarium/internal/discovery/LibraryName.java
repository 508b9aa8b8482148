package dev.vivarium.internal.discovery;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a libpython tells: {@code libpython3.14t.so.1.0}, {@code libpython3.14.dylib},
 * {@code python314.dll}, {@code Python.framework/Versions/3.14/Python}.
 *
 * @param minor the 14 of 3.14
 * @param flags what follows the version: {@code t} for free-threaded, {@code d} for debug
 */
record LibraryName(int minor, String flags) {

  private static final Pattern UNIX =
      Pattern.compile("libpython3\\.(\\d+)([a-z]*)(?:\\.dylib|\\.so(?:\\.\\d+)*|\\.dll\\.a)?");
  private static final Pattern WINDOWS =
      Pattern.compile("python3(\\d+)(t?(?:_d)?)\\.dll", Pattern.CASE_INSENSITIVE);
  private static final Pattern SHARED =
      Pattern.compile(".*\\.(?:dylib|dll|so(?:\\.\\d+)*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern FRAMEWORK_VERSION = Pattern.compile("3\\.(\\d+)");

  /** What the name tells, or null if it tells no version. */
  static @Nullable LibraryName parse(Path library) {
    String name = fileName(library);
    Matcher unix = UNIX.matcher(name);
    if (unix.matches()) {
      return of(unix.group(1), unix.group(2));
    }
    Matcher windows = WINDOWS.matcher(name);
    if (windows.matches()) {
      return of(windows.group(1), windows.group(2));
    }
    Path parent = library.getParent();
    if (parent != null && name.startsWith("Python")) {
      Matcher framework = FRAMEWORK_VERSION.matcher(fileName(parent));
      if (framework.matches()) {
        return of(framework.group(1), name.endsWith("T") ? "t" : "");
      }
    }
    return null;
  }

  /** Whether this names a library rather than a program. */
  static boolean looksLikeLibrary(Path file) {
    return SHARED.matcher(fileName(file)).matches()
        || fileName(file).startsWith("libpython")
        || parse(file) != null;
  }

  /** Whether this is the forwarder for the stable ABI, which has none of the symbols itself. */
  static boolean isStableAbiForwarder(Path library) {
    String name = fileName(library);
    return name.matches("libpython3t?\\.(so|dylib)") || name.equalsIgnoreCase("python3.dll");
  }

  /** The folder of the standard library under {@code lib}: {@code python3.14}. */
  String standardLibrary() {
    return "python3." + minor + (isFreeThreaded() ? "t" : "");
  }

  boolean isFreeThreaded() {
    return flags.startsWith("t");
  }

  static String fileName(Path path) {
    Path name = path.getFileName();
    return name == null ? "" : name.toString();
  }

  private static @Nullable LibraryName of(String minor, String flags) {
    return minor.length() > 3 ? null : new LibraryName(Integer.parseInt(minor), flags);
  }
}
