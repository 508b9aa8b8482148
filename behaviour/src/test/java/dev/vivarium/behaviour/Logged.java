package dev.vivarium.behaviour;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What Vivarium logs in this JVM from the first use of this class on. */
final class Logged {

  private static final List<String> MESSAGES = new CopyOnWriteArrayList<>();

  // Held here: a logger that nobody holds is forgotten, and its handlers with it
  private static final Logger LOGGER = Logger.getLogger("dev.vivarium");

  static {
    LOGGER.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            MESSAGES.add(record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
  }

  private Logged() {}

  /** All so far that have that text in them. */
  static List<String> with(String text) {
    return MESSAGES.stream().filter(message -> message.contains(text)).toList();
  }

  static List<String> all() {
    return List.copyOf(MESSAGES);
  }
}
