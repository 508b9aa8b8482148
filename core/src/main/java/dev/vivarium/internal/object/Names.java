package dev.vivarium.internal.object;

/** Java's way to write a name, and Python's. */
final class Names {

  private Names() {}

  /** {@code parse_http_url} for {@code parseHttpUrl} and {@code parseHTTPUrl}. */
  static String toPython(String name) {
    StringBuilder snake = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isUpperCase(c) && i > 0 && beginsWord(name, i)) {
        snake.append('_');
      }
      snake.append(Character.toLowerCase(c));
    }
    return snake.toString();
  }

  private static boolean beginsWord(String name, int at) {
    char before = name.charAt(at - 1);
    boolean endsCapitals = at + 1 < name.length() && Character.isLowerCase(name.charAt(at + 1));
    return before != '_' && (!Character.isUpperCase(before) || endsCapitals);
  }
}
