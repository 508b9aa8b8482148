package dev.vivarium.internal.discovery;

import java.io.File;
import java.nio.file.Path;

/** What is printed to be pasted into a shell. */
public final class ShellWord {

  private static final String PLAIN = "/._-+=:,@%";

  private ShellWord() {}

  /** A path as one word of a command line; on Windows, of one of either shell there. */
  public static String of(Path path) {
    String text = path.toString();
    if (File.separatorChar == '\\') {
      boolean plain = text.chars().allMatch(c -> c == '\\' || isPlain(c));
      return plain ? text : '"' + text + '"'; // which no path has in it
    }
    StringBuilder word = new StringBuilder();
    // No quotes, which messages have around the whole line
    text.codePoints().forEach(c -> word.append(isPlain(c) ? "" : "\\").appendCodePoint(c));
    return word.toString();
  }

  private static boolean isPlain(int c) {
    return Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0;
  }
}
