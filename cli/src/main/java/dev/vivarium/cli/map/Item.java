package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.Json;
import org.jspecify.annotations.Nullable;

/**
 * One input.
 *
 * @param index its number, from 0
 * @param json how its line shows it
 * @param text what the function gets
 * @param problem why it cannot be had, and then the function is not called; mostly null
 */
record Item(long index, String json, String text, @Nullable ItemError problem) {

  static Item of(long index, String text) {
    return new Item(index, Json.quote(text), text, null);
  }

  String resultLine(String resultJson) {
    return head() + ",\"result\":" + resultJson + "}";
  }

  String errorLine(String errorJson) {
    return head() + ",\"error\":" + errorJson + "}";
  }

  private String head() {
    return "{\"item\":" + json + ",\"index\":" + index;
  }
}
