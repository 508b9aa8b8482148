package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Gives items to the interpreters. Reads one only when there is room for its line, and passes over
 * those that an earlier run has finished.
 */
final class Feed {

  private final ItemSource source;
  private final Semaphore room;
  private final Delivery delivery;
  private final Statistics statistics;
  private final @Nullable EarlierRun earlier;
  private long met;
  private boolean ended;
  private final AtomicBoolean stopped = new AtomicBoolean();

  Feed(
      ItemSource source,
      Semaphore room,
      Delivery delivery,
      Statistics statistics,
      @Nullable EarlierRun earlier) {
    this.source = source;
    this.room = room;
    this.delivery = delivery;
    this.statistics = statistics;
    this.earlier = earlier;
  }

  /**
   * The next items to work on: waits for room and for the first, and takes so many as there are
   * then, but no more than that. Empty if there is none any more.
   */
  List<Item> take(int most) throws IOException, InterruptedException {
    List<Item> taken = new ArrayList<>();
    boolean more = true;
    while (more && taken.isEmpty()) {
      room.acquire();
      more = takeSome(taken, most);
    }
    return taken;
  }

  // With room for one. In one go: whoever waits for the next line meanwhile keeps nobody who has
  // one
  private synchronized boolean takeSome(List<Item> taken, int most)
      throws IOException, InterruptedException {
    boolean more = takeOne(taken);
    // What an earlier run has finished may have to wait for what is taken here, until all of it
    // came
    while (more
        && (earlier == null || met >= earlier.finished().count())
        && taken.size() < most
        && source.isReady()
        && room.tryAcquire()) {
      more = takeOne(taken);
    }
    return more;
  }

  // With room for it; false at the end
  private boolean takeOne(List<Item> taken) throws IOException, InterruptedException {
    Item item = next();
    if (item == null) {
      room.release();
      return false;
    }
    ItemError problem = item.problem();
    if (problem == null) {
      taken.add(item);
    } else {
      delivery.finish(item.index(), item.errorLine(problem.json()));
      statistics.finished(true);
    }
    return true;
  }

  private synchronized @Nullable Item next() throws IOException, InterruptedException {
    while (!stopped.get() && !ended) {
      Item item = source.next();
      if (item == null) {
        end();
      } else if (earlier == null || !passOver(item, earlier)) {
        return item;
      } else {
        room.acquire();
      }
    }
    return null;
  }

  private boolean passOver(Item item, EarlierRun earlier) throws IOException {
    Finished finished = earlier.finished();
    FinishedLine ahead = finished.ahead(item.index());
    boolean written = finished.isWritten(item.index());
    if (ahead == null && !written) {
      if (earlier.complete()) {
        throw new CommandFailure(
            "--resume: the output file is complete, but lacks the item "
                + item.json()
                + "; --force overwrites it");
      }
      return false;
    }
    if (!finished.matches(item)) {
      throw new CommandFailure(
          "--resume: the inputs are not those of the earlier run: item "
              + item.index()
              + " is now "
              + item.json()
              + "; --force overwrites the output file");
    }
    met++;
    statistics.finishedEarlier();
    if (ahead != null) {
      delivery.finishKept(item.index(), ahead.text());
    } else {
      delivery.skip(item.index());
    }
    return true;
  }

  private void end() {
    ended = true;
    if (earlier != null && met < earlier.finished().count()) {
      throw new CommandFailure(
          "--resume: the output file has more items than there are inputs now; --force overwrites"
              + " it");
    }
  }

  /** Gives out no more items; those who wait for room get none. */
  void stop() {
    if (stopped.compareAndSet(false, true)) {
      room.release(Integer.MAX_VALUE >> 1);
    }
  }
}
