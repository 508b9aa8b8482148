package dev.vivarium.cli.env;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A lock file: each package with the checksum of its file, in the format of pip's {@code
 * --require-hashes}, and in comments why it is there and which requirements it was made of.
 *
 * @param text all of it
 * @param requirements the checksum of those requirements, or empty where somebody else has made it
 */
record LockFile(String text, String requirements, List<Entry> entries) {

  private static final String MADE_OF = "# requirements: ";
  private static final String VIA = "# via ";
  private static final Pattern PACKAGE =
      Pattern.compile("([A-Za-z0-9][\\w.-]*)(?:==([^\\s;\\\\]+)| @ (\\S+)).*");

  /**
   * A package.
   *
   * @param version or the URL that it comes from
   * @param pinned whether it has a version
   * @param why what asks for it, in words
   */
  record Entry(String name, String version, boolean pinned, String why) {}

  static LockFile made(String packages, String requirements) {
    return parse(
        "# Made by vivarium env; change requirements.txt instead, and lock that.\n"
            + MADE_OF
            + requirements
            + "\n"
            + packages);
  }

  static LockFile read(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  private static LockFile parse(String text) {
    String requirements = "";
    List<Entry> entries = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      Matcher one = PACKAGE.matcher(line);
      if (line.startsWith(MADE_OF)) {
        requirements = line.substring(MADE_OF.length());
      } else if (line.startsWith(VIA) && !entries.isEmpty()) {
        Entry last = entries.removeLast();
        String why = line.substring(VIA.length());
        entries.add(new Entry(last.name(), last.version(), last.pinned(), why));
      } else if (one.matches()) {
        boolean pinned = one.group(2) != null;
        entries.add(new Entry(one.group(1), pinned ? one.group(2) : one.group(3), pinned, ""));
      }
    }
    return new LockFile(text, requirements, List.copyOf(entries));
  }

  /** How many packages, in words. */
  String count() {
    return entries.size() == 1 ? "1 package" : entries.size() + " packages";
  }

  /** The versions, as pip's constraints. */
  List<String> versions() {
    return entries.stream()
        .filter(Entry::pinned)
        .map(entry -> entry.name() + "==" + entry.version())
        .toList();
  }
}
