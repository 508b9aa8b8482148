package dev.vivarium;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** How often each stack has been seen, in bounded memory. */
final class ProfileStacks {

  static final String OTHERS = "(others)";

  // Two bytes each at most, and there is as much again for the table
  private static final long MOST_CHARACTERS = 1L << 24;
  private static final int ENTRY_CHARACTERS = 64;

  private final Map<String, Long> counts = new HashMap<>();
  private final long most;
  private long characters;

  ProfileStacks() {
    this(MOST_CHARACTERS);
  }

  ProfileStacks(long mostCharacters) {
    most = mostCharacters;
  }

  /** One more of these, or so many; where there is no room for another stack, of the others. */
  synchronized void add(String stack, long times) {
    if (counts.containsKey(stack)) {
      counts.merge(stack, times, Long::sum);
    } else if (characters + stack.length() + ENTRY_CHARACTERS > most) {
      counts.merge(OTHERS, times, Long::sum);
    } else {
      characters += stack.length() + ENTRY_CHARACTERS;
      counts.put(stack, times);
    }
  }

  /** A line for each, in order of their text. */
  void write(Path file) throws IOException {
    Map<String, Long> now;
    synchronized (this) {
      now = Map.copyOf(counts);
    }
    try (Writer lines = Files.newBufferedWriter(file)) {
      for (String stack : now.keySet().stream().sorted().toList()) {
        lines.append(stack).append(' ').append(String.valueOf(now.get(stack))).append('\n');
      }
    }
  }
}
