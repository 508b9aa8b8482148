package dev.vivarium;

import java.util.Comparator;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of a CPython, as {@code sys.version_info} has it, and whether it was built without
 * the global interpreter lock. Ordered by age.
 *
 * @param major the 3 of 3.14.2
 * @param minor the 14 of 3.14.2
 * @param micro the 2 of 3.14.2
 * @param releaseLevel {@code alpha}, {@code beta}, {@code candidate} or {@code final}
 * @param serial the number of the alpha, beta or candidate; 0 for a final release
 * @param freeThreaded whether the build is a free-threaded one, whose GIL can be off
 */
public record PythonVersion(
    int major, int minor, int micro, String releaseLevel, int serial, boolean freeThreaded)
    implements Comparable<PythonVersion> {

  private static final Pattern TEXT =
      Pattern.compile(
          "(\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4})(?:(a|b|rc)(\\d{1,4}))?)?\\+?(\\s.*)?",
          Pattern.DOTALL);

  /** Checks that no part is missing. */
  public PythonVersion {
    Objects.requireNonNull(releaseLevel, "releaseLevel");
  }

  /**
   * Reads what {@code Py_GetVersion()} and {@code sys.version} give, for instance {@code 3.14.0rc2
   * free-threading build (main, …) [GCC …]}, or just the number at its beginning.
   *
   * @throws IllegalArgumentException if the text does not begin with a version of Python
   */
  public static PythonVersion parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException("not a version of Python: '" + text + "'");
    }
    String rest = m.group(6) == null ? "" : m.group(6);
    // The compiler and the branch stand in brackets, and could be called anything.
    int bracket = rest.indexOf('(');
    String build = bracket < 0 ? rest : rest.substring(0, bracket);
    return new PythonVersion(
        Integer.parseInt(m.group(1)),
        Integer.parseInt(m.group(2)),
        m.group(3) == null ? 0 : Integer.parseInt(m.group(3)),
        level(m.group(4) == null ? "" : m.group(4)),
        m.group(5) == null ? 0 : Integer.parseInt(m.group(5)),
        build.contains("free-threading build"));
  }

  private static String level(String letters) {
    return switch (letters) {
      case "a" -> "alpha";
      case "b" -> "beta";
      case "rc" -> "candidate";
      default -> "final";
    };
  }

  /** Whether this is Python {@code major.minor} or newer; its alphas count as {@code minor}. */
  public boolean isAtLeast(int major, int minor) {
    return this.major > major || (this.major == major && this.minor >= minor);
  }

  @Override
  public int compareTo(PythonVersion other) {
    // Made here, since the start of Python compares none. The four levels happen to sort by name
    return Comparator.comparingInt(PythonVersion::major)
        .thenComparingInt(PythonVersion::minor)
        .thenComparingInt(PythonVersion::micro)
        .thenComparing(PythonVersion::releaseLevel)
        .thenComparingInt(PythonVersion::serial)
        .thenComparing(PythonVersion::freeThreaded)
        .compare(this, other);
  }

  /** The usual short form: {@code 3.14.3}, {@code 3.15.0rc1}, {@code 3.13.5t} if free-threaded. */
  @Override
  public String toString() {
    String pre =
        switch (releaseLevel) {
          case "alpha" -> "a" + serial;
          case "beta" -> "b" + serial;
          case "candidate" -> "rc" + serial;
          default -> "";
        };
    return major + "." + minor + "." + micro + pre + (freeThreaded ? "t" : "");
  }
}
