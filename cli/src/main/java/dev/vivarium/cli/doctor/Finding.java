package dev.vivarium.cli.doctor;

import dev.vivarium.cli.shell.Json;
import java.util.Locale;

/**
 * What a check found.
 *
 * @param advice what to do about it; empty if nothing
 */
record Finding(String name, Level level, String detail, String advice) {

  /** How bad it is. */
  enum Level {
    OK,
    WARN,
    FAIL;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(String name, String detail) {
    return new Finding(name, Level.OK, detail, "");
  }

  static Finding warn(String name, String detail, String advice) {
    return new Finding(name, Level.WARN, detail, advice);
  }

  static Finding fail(String name, String detail, String advice) {
    return new Finding(name, Level.FAIL, detail, advice);
  }

  String text() {
    String line = String.format("%-4s  %-20s %s%n", level.word(), name, detail);
    return advice.isEmpty() ? line : line + String.format("%28s-> %s%n", "", advice);
  }

  String json() {
    return "{\"check\": "
        + Json.quote(name)
        + ", \"status\": "
        + Json.quote(level.word())
        + ", \"detail\": "
        + Json.quote(detail)
        + ", \"advice\": "
        + Json.quote(advice)
        + "}";
  }
}
