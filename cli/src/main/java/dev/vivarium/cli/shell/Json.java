package dev.vivarium.cli.shell;

import java.nio.charset.StandardCharsets;

/** JSON text: strings written, values told apart. Numbers and objects come from Python's json. */
public final class Json {

  private static final char FIRST_PRINTABLE = 0x20;

  private Json() {}

  /** A JSON string with this text. */
  public static String quote(String text) {
    return isPlain(text) ? '"' + text + '"' : escaped(text);
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < FIRST_PRINTABLE || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static String escaped(String text) {
    StringBuilder json = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < FIRST_PRINTABLE) {
            escape(json, c);
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }

  /** JSON text in UTF-8. A surrogate without its other half, which has no UTF-8, is escaped. */
  public static byte[] encode(String json) {
    StringBuilder escaped = null;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < json.length()
              && Character.isLowSurrogate(json.charAt(i + 1));
      if (Character.isSurrogate(c) && !pair) {
        escaped = escaped == null ? new StringBuilder(json.substring(0, i)) : escaped;
        escape(escaped, c);
      } else {
        if (escaped != null) {
          escaped.append(json, i, pair ? i + 2 : i + 1);
        }
        i += pair ? 1 : 0;
      }
    }
    return (escaped == null ? json : escaped.toString()).getBytes(StandardCharsets.UTF_8);
  }

  private static void escape(StringBuilder json, char c) {
    json.append(String.format("\\u%04x", (int) c));
  }
}
