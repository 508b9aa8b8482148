package dev.vivarium.cli.map;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The items that an earlier run finished. Of those in the output file it keeps eight bytes each, so
 * that a long file needs little memory.
 */
final class Finished {

  private static final int FIRST_ROOM = 1024;
  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final Map<Long, FinishedLine> ahead = new HashMap<>();
  private long[] written = new long[FIRST_ROOM]; // by index: the item's hash, 0 where there is none
  private long count;
  private long failures;

  /** Remembers one in the output file; false if its index has been there before. */
  boolean addWritten(FinishedLine line) {
    int index = Math.toIntExact(line.index());
    if (index >= written.length) {
      written = Arrays.copyOf(written, Math.max(index + 1, index + (index >> 1)));
    }
    if (written[index] != 0) {
      return false;
    }
    written[index] = hash(line.itemJson());
    count(line);
    return true;
  }

  /** Remembers one that was finished before its turn, and is not in the output file yet. */
  void addAhead(FinishedLine line) {
    if (!isWritten(line.index()) && ahead.putIfAbsent(line.index(), line) == null) {
      count(line);
    }
  }

  private void count(FinishedLine line) {
    count++;
    failures += line.failed() ? 1 : 0;
  }

  boolean isWritten(long index) {
    return index < written.length && written[(int) index] != 0;
  }

  /** The line of an item that was finished before its turn; null if it was not. */
  @Nullable FinishedLine ahead(long index) {
    return ahead.get(index);
  }

  /** Whether an item is the one that was finished under its index. */
  boolean matches(Item item) {
    FinishedLine early = ahead.get(item.index());
    if (early != null) {
      return early.itemJson().equals(item.json());
    }
    return written[(int) item.index()] == hash(item.json());
  }

  long count() {
    return count;
  }

  long failures() {
    return failures;
  }

  private static long hash(String text) {
    long hash = FNV_START;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return hash == 0 ? 1 : hash;
  }
}
