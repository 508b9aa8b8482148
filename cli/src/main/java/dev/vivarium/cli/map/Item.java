package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.Json;
import dev.vivarium.cli.shell.JsonScanner;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One input.
 *
 * @param index its number, from 0
 * @param json how its line shows it
 * @param text what the function gets
 * @param rows how many rows a batch has; 0 if it is none
 * @param problem why it cannot be had, and then the function is not called; mostly null
 */
record Item(long index, String json, String text, long rows, @Nullable ItemError problem)
    implements Serializable {

  static Item of(long index, String text) {
    return new Item(index, Json.quote(text), text, 0, null);
  }

  /** One whose text is JSON, mostly: what is not, or only nearly, is shown as text. */
  static Item ofJson(long index, String text) {
    return JsonScanner.isValue(text)
        ? new Item(index, text.strip(), text, 0, null)
        : of(index, text);
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
