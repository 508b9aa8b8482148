package dev.vivarium.cli.shell;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds where a JSON value ends, without making anything of it. Depth costs no stack. */
public final class JsonScanner {

  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?");
  private static final int NONE = -1;

  private final String text;
  private final BitSet objects = new BitSet(); // by depth: whether an object, not a list, is open
  private int depth;
  private int at;

  private JsonScanner(String text, int at) {
    this.text = text;
    this.at = at;
  }

  /** Whether the text is one JSON value and nothing but white space around it. */
  public static boolean isValue(String text) {
    JsonScanner scanner = new JsonScanner(text, 0);
    scanner.skipSpace();
    if (!scanner.skipValue()) {
      return false;
    }
    scanner.skipSpace();
    return scanner.at == text.length();
  }

  /** The position after the JSON value that starts there; -1 if none does. */
  public static int endOfValue(String text, int start) {
    JsonScanner scanner = new JsonScanner(text, start);
    return scanner.skipValue() ? scanner.at : NONE;
  }

  private boolean skipValue() {
    while (true) {
      if (open()) {
        skipSpace();
        if (!close()) {
          if (objects.get(depth) && !skipKey()) {
            return false;
          }
          continue;
        }
      } else if (!skipScalar()) {
        return false;
      }
      closeAll();
      if (depth == 0) {
        return true;
      }
      if (!skip(',')) {
        return false;
      }
      skipSpace();
      if (objects.get(depth) && !skipKey()) {
        return false;
      }
    }
  }

  private boolean open() {
    if (peek() != '{' && peek() != '[') {
      return false;
    }
    depth++;
    objects.set(depth, peek() == '{');
    at++;
    return true;
  }

  private boolean close() {
    if (peek() != (objects.get(depth) ? '}' : ']')) {
      return false;
    }
    at++;
    depth--;
    return true;
  }

  private void closeAll() {
    boolean closed = true;
    while (depth > 0 && closed) {
      skipSpace();
      closed = close();
    }
  }

  private boolean skipKey() {
    if (!skipString()) {
      return false;
    }
    skipSpace();
    if (!skip(':')) {
      return false;
    }
    skipSpace();
    return true;
  }

  private boolean skipScalar() {
    return switch (peek()) {
      case '"' -> skipString();
      case 't' -> skipWord("true");
      case 'f' -> skipWord("false");
      case 'n' -> skipWord("null");
      default -> skipNumber();
    };
  }

  private boolean skipNumber() {
    Matcher matcher = NUMBER.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      return false;
    }
    at = matcher.end();
    return true;
  }

  private boolean skipString() {
    if (!skip('"')) {
      return false;
    }
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return true;
      }
      if (c < ' ' || (c == '\\' && !skipEscape())) {
        return false;
      }
    }
    return false;
  }

  private boolean skipEscape() {
    char c = peek();
    at++;
    if (c != 'u') {
      return "\"\\/bfnrt".indexOf(c) >= 0;
    }
    for (int end = at + 4; at < end; at++) {
      if (Character.digit(peek(), 16) < 0 || peek() > 'f') {
        return false;
      }
    }
    return true;
  }

  private boolean skipWord(String word) {
    if (!text.startsWith(word, at)) {
      return false;
    }
    at += word.length();
    return true;
  }

  private boolean skip(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void skipSpace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
      at++;
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }
}
