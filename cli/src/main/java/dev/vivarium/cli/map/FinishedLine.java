package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.JsonScanner;
import org.jspecify.annotations.Nullable;

/**
 * What a line that an earlier run wrote tells.
 *
 * @param itemJson its item, as it stands there
 * @param failed whether it has an error instead of a result
 */
record FinishedLine(String itemJson, long index, boolean failed, String text) {

  private static final String ITEM = "{\"item\":";
  private static final String INDEX = ",\"index\":";

  /** Reads a line; null if it is none that map writes. */
  static @Nullable FinishedLine parse(String line) {
    if (!line.startsWith(ITEM)) {
      return null;
    }
    int itemEnd = JsonScanner.endOfValue(line, ITEM.length());
    if (itemEnd < 0 || !line.startsWith(INDEX, itemEnd)) {
      return null;
    }
    int digits = itemEnd + INDEX.length();
    int end = JsonScanner.endOfValue(line, digits);
    boolean failed = end >= 0 && line.startsWith(",\"error\":", end);
    if (end < 0 || !(failed || line.startsWith(",\"result\":", end)) || !line.endsWith("}")) {
      return null;
    }
    try {
      long index = Long.parseLong(line.substring(digits, end));
      return new FinishedLine(line.substring(ITEM.length(), itemEnd), index, failed, line);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
