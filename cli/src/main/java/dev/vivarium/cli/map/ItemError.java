package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.Json;
import java.io.Serializable;

/** An item's failure that Java found. */
record ItemError(String type, String message, String traceback) implements Serializable {

  String json() {
    return json(Json.quote(traceback));
  }

  /** The same with another traceback, which is JSON already. */
  String json(String tracebackJson) {
    return "{\"type\": "
        + Json.quote(type)
        + ", \"message\": "
        + Json.quote(message)
        + ", \"traceback\": "
        + tracebackJson
        + "}";
  }
}
