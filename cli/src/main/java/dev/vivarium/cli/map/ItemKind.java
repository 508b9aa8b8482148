package dev.vivarium.cli.map;

import java.util.Locale;

/** What the items are. */
enum ItemKind {
  /** Files: the function gets the path. */
  FILES,
  /** Lines of text: the function gets the line without its end. */
  LINES,
  /** Lines of JSON: the function gets the value. */
  JSONL,
  /** Rows of tables: the function gets a dict. */
  ROWS,
  /** Many rows of tables at once: the function gets them as Arrow or NumPy has them. */
  BATCHES;

  /** Whether they are parts of tables. */
  boolean ofTables() {
    return this == ROWS || this == BATCHES;
  }

  /** Whether standard input can be read for them. */
  boolean ofLines() {
    return this == LINES || this == JSONL;
  }

  /** What none of their texts has in it: each is a line, but a file's name may have several. */
  String separator() {
    return this == FILES ? "\0" : "\n";
  }

  /** As the interpreters and the files know it. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
