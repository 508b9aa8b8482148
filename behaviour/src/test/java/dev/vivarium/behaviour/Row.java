package dev.vivarium.behaviour;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A promise, as docs/behaviour.md has it.
 *
 * @param keepers the simple names of the classes that keep it
 * @param tests those of the classes whose methods hold it
 */
record Row(String number, String words, List<String> keepers, List<String> tests) {

  private static final Path FILE =
      Path.of("..", "docs", "behaviour.md"); // from the module's folder
  private static final Pattern LINE =
      Pattern.compile("^\\| ([A-Z]\\d+) \\| (.+?) \\| ([^|]+) \\| ([^|]+) \\|$", Pattern.MULTILINE);

  /** All that are kept, in the order of the file. */
  static List<Row> all() {
    try {
      return LINE.matcher(Files.readString(FILE))
          .results()
          .map(row -> new Row(row.group(1), row.group(2), names(row, 3), names(row, 4)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> names(MatchResult row, int column) {
    return Stream.of(row.group(column).split(","))
        .map(name -> name.strip().replace("`", ""))
        .toList();
  }
}
