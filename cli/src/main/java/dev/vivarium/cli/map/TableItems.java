package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import org.jspecify.annotations.Nullable;

/**
 * Items that are rows or batches of tables, which the main interpreter reads as they are asked for.
 */
final class TableItems implements ItemSource {

  private static final char ROW = 'R';
  private static final char BATCH = 'B';
  private static final int ERROR_PARTS = 3;

  private final Interpreter main;
  private final PyObject reader;
  private long index;

  /**
   * Reads nothing yet.
   *
   * @param reader one of tables.py
   */
  TableItems(Interpreter main, PyObject reader) {
    this.main = main;
    this.reader = reader;
  }

  @Override
  public @Nullable Item next() {
    String text = read();
    return text == null ? null : item(index++, text.charAt(0), text.substring(1));
  }

  private @Nullable String read() {
    return main.<@Nullable String, RuntimeException>call(in -> {
      try (PyObject text = reader.callMethod("next", index)) {
        return text.isNone() ? null : text.asString();
      }
    });
  }

  private static Item item(long index, char kind, String text) {
    if (kind == ROW) {
      return Item.ofJson(index, text);
    }
    if (kind == BATCH) {
      int line = text.indexOf('\n');
      long rows = Long.parseLong(text.substring(0, line));
      return new Item(index, text.substring(line + 1), Long.toString(index), rows, null);
    }
    String[] parts = text.split("\n", ERROR_PARTS);
    return new Item(index, parts[0], "", 0, new ItemError(parts[1], parts[2], ""));
  }

  @Override
  public long size() {
    return UNKNOWN;
  }
}
