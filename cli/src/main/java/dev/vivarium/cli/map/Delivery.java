package dev.vivarium.cli.map;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** Brings finished lines into their order, and gives room to read on when they are written. */
final class Delivery {

  private final LineSink sink;
  private final boolean ordered;
  private final Semaphore room;
  private final Map<Long, String> waiting = new HashMap<>();
  private long next;

  /**
   * Delivers to a sink.
   *
   * @param room gets a permit back for each line that has been written
   */
  Delivery(LineSink sink, boolean ordered, Semaphore room) {
    this.sink = sink;
    this.ordered = ordered;
    this.room = room;
  }

  /** An item's line is finished. */
  synchronized void finish(long index, String line) throws IOException {
    deliver(index, line, false);
  }

  /** An item's line was finished before its turn by an earlier run, whose sink has kept it. */
  synchronized void finishKept(long index, String line) throws IOException {
    deliver(index, line, true);
  }

  /** An item whose line the sink has had. Comes before all that follow it. */
  synchronized void skip(long index) {
    next = index + 1;
    room.release();
  }

  private void deliver(long index, String line, boolean kept) throws IOException {
    if (!ordered) {
      sink.write(List.of(line));
      room.release();
      return;
    }
    if (index != next) {
      if (!kept) {
        sink.keepAhead(line);
      }
      waiting.put(index, line);
      return;
    }
    List<String> ready = new ArrayList<>();
    for (String each = line; each != null; each = waiting.remove(next)) {
      ready.add(each);
      next++;
    }
    sink.write(ready);
    room.release(ready.size());
    if (waiting.isEmpty()) {
      sink.forgetAhead();
    }
  }
}
