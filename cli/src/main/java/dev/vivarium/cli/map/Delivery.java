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

  /**
   * A line that is finished.
   *
   * @param index its item's
   */
  record Line(long index, String text) {}

  /** An item's line is finished. */
  void finish(long index, String line) throws IOException {
    finish(List.of(new Line(index, line)));
  }

  /** Lines are finished, in the order of their items. */
  synchronized void finish(List<Line> lines) throws IOException {
    deliver(lines, false);
  }

  /** An item's line was finished before its turn by an earlier run, whose sink has kept it. */
  synchronized void finishKept(long index, String line) throws IOException {
    deliver(List.of(new Line(index, line)), true);
  }

  /** An item whose line the sink has had. Comes before all that follow it. */
  synchronized void skip(long index) {
    next = index + 1;
    room.release();
  }

  private void deliver(List<Line> lines, boolean kept) throws IOException {
    List<String> ready = new ArrayList<>();
    List<String> early = new ArrayList<>();
    for (Line line : lines) {
      if (!ordered) {
        ready.add(line.text);
      } else if (line.index != next) {
        early.add(line.text);
        waiting.put(line.index, line.text);
      } else {
        for (String each = line.text; each != null; each = waiting.remove(next)) {
          ready.add(each);
          next++;
        }
      }
    }
    if (!early.isEmpty() && !kept) {
      sink.keepAhead(early);
    }
    if (!ready.isEmpty()) {
      sink.write(ready);
      room.release(ready.size());
      if (ordered && waiting.isEmpty()) {
        sink.forgetAhead();
      }
    }
  }
}
