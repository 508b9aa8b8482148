package dev.vivarium.cli.repl;

import java.util.List;
import java.util.function.Predicate;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/** Says when an input is whole, how its next line is indented, and which word is completed. */
final class PythonParser implements Parser {

  private static final int INDENT = 4;

  private final Predicate<String> complete;

  PythonParser(Predicate<String> complete) {
    this.complete = complete;
  }

  @Override
  public boolean isEscapeChar(char c) {
    return false;
  }

  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    if (context == ParseContext.ACCEPT_LINE && !isWhole(line)) {
      int indent = indentAfter(line.substring(0, cursor));
      throw new EOFError(-1, -1, "more is to come", "", indent, "");
    }
    int start = wordStart(line, cursor);
    return new Word(line, cursor, line.substring(start, cursor), line.substring(0, start));
  }

  private boolean isWhole(String line) {
    if (line.isBlank() || PercentCommand.isOne(line)) {
      return true;
    }
    int last = line.lastIndexOf('\n') + 1;
    boolean empty = last > 0 && line.substring(last).isBlank();
    return complete.test(empty ? line.substring(0, last) : line);
  }

  /** As the last line, one step more after a colon, one less after a jump. */
  static int indentAfter(String text) {
    String last = text.substring(text.lastIndexOf('\n') + 1);
    String code = last.replaceFirst("#[^'\"]*$", "").strip();
    int indent = last.length() - last.stripLeading().length();
    if (code.endsWith(":")) {
      return indent + INDENT;
    }
    return code.matches("(return|raise|pass|break|continue)\\b.*")
        ? Math.max(0, indent - INDENT)
        : indent;
  }

  private static int wordStart(String line, int cursor) {
    int start = cursor;
    while (start > 0 && isWordPart(line.charAt(start - 1))) {
      start--;
    }
    return start == 1 && line.charAt(0) == '%' ? 0 : start;
  }

  private static boolean isWordPart(char c) {
    return c == '.' || c == '_' || Character.isLetterOrDigit(c);
  }

  /** The word before the cursor, and what stands before that. */
  record Word(String line, int cursor, String word, String before) implements CompletingParsedLine {

    /** What its own line has before the word. */
    String beforeInLine() {
      return before.substring(before.lastIndexOf('\n') + 1);
    }

    @Override
    public int wordCursor() {
      return word.length();
    }

    @Override
    public int wordIndex() {
      return 0;
    }

    @Override
    public List<String> words() {
      return List.of(word);
    }

    @Override
    public CharSequence escape(CharSequence candidate, boolean isComplete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return word.length();
    }

    @Override
    public int rawWordLength() {
      return word.length();
    }
  }
}
