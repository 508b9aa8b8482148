package dev.vivarium.flink;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/**
 * What a job's global parameters say of its Python functions.
 *
 * @param python which Python, or null for the one that the environment names
 * @param deadline of one call
 * @param bundleSize how many records one call has at most
 * @param bundleTime how long a record waits for others to be called with
 */
record Settings(
    @Nullable String python,
    Where interpreters,
    Duration deadline,
    int bundleSize,
    Duration bundleTime) {

  enum Where {
    AUTO,
    ISOLATED,
    MAIN
  }

  private static final String PREFIX = "vivarium.";
  private static final String PYTHON = "vivarium.python";
  private static final String INTERPRETERS = "vivarium.interpreters";
  static final String DEADLINE = "vivarium.deadline";
  private static final String BUNDLE_SIZE = "vivarium.bundle.size";
  private static final String BUNDLE_TIME = "vivarium.bundle.time";

  // Of the library's own system properties, which a program may pass on with all others
  private static final List<String> PROPERTIES =
      List.of("vivarium.library", "vivarium.home", "vivarium.cache");

  /** What they are called. */
  static final List<String> NAMES =
      List.of(PYTHON, INTERPRETERS, DEADLINE, BUNDLE_SIZE, BUNDLE_TIME);

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if one is not known, or is no such value
   */
  static Settings of(Map<String, String> parameters) {
    for (String name : parameters.keySet()) {
      if (name.startsWith(PREFIX) && !NAMES.contains(name) && !PROPERTIES.contains(name)) {
        throw new IllegalArgumentException(
            "there is no job parameter " + name + ": there are " + String.join(", ", NAMES));
      }
    }
    return new Settings(
        parameters.get(PYTHON),
        where(parameters.getOrDefault(INTERPRETERS, "auto")),
        time(DEADLINE, parameters.getOrDefault(DEADLINE, "1 min")),
        size(parameters.getOrDefault(BUNDLE_SIZE, "1000")),
        time(BUNDLE_TIME, parameters.getOrDefault(BUNDLE_TIME, "10 ms")));
  }

  private static Where where(String text) {
    try {
      return Where.valueOf(text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw wrong(INTERPRETERS, text, "auto, isolated or main", e);
    }
  }

  private static Duration time(String name, String text) {
    Duration time;
    try {
      time = TimeUtils.parseDuration(text);
    } catch (IllegalArgumentException e) {
      throw wrong(name, text, "a time as Flink writes them, 5 s say", e);
    }
    if (!time.isPositive()) {
      throw wrong(name, text, "longer than nothing", null);
    }
    return time;
  }

  private static int size(String text) {
    try {
      int size = Integer.parseInt(text);
      if (size >= 1) {
        return size;
      }
    } catch (NumberFormatException e) {
      // Told below
    }
    throw wrong(BUNDLE_SIZE, text, "a number from 1 on", null);
  }

  private static IllegalArgumentException wrong(
      String name, String text, String wanted, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "the job parameter " + name + " is " + text + ": it may be " + wanted, cause);
  }
}
