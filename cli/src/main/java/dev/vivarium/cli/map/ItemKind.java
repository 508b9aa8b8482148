package dev.vivarium.cli.map;

import java.util.Locale;

/** What the items are. */
enum ItemKind {
  /** Files: the function gets the path. */
  FILES,
  /** Lines of text: the function gets the line without its end. */
  LINES,
  /** Lines of JSON: the function gets the value. */
  JSONL;

  /** As the interpreters and the files know it. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
