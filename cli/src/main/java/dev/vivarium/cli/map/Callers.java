package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.ExitStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;

/** All that call the function, from the first item to the last or to a stop. */
final class Callers {

  // As long as Python has to let go after an interrupt
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final long POLL_MILLIS = 10;

  private final Engine engine;
  private final Feed feed;
  private final Delivery delivery;
  private final Statistics statistics;
  private final Semaphore room;
  private final Waits opening = new Waits();
  private final Set<Caller> active = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private volatile boolean stopping;
  private volatile int status = ExitStatus.OK;
  private boolean stuck;

  /**
   * Those of an engine.
   *
   * @param room gets the permits that there is room for
   */
  Callers(Engine engine, Feed feed, Delivery delivery, Statistics statistics, Semaphore room) {
    this.engine = engine;
    this.feed = feed;
    this.delivery = delivery;
    this.statistics = statistics;
    this.room = room;
  }

  /**
   * Works until all items are finished, or {@link #stop} is called.
   *
   * @return 0, or the status that the stop was called with
   * @throws Exception what made the work impossible
   */
  int run() throws Exception {
    try {
      opening.on(() -> {
        engine.open();
        return true;
      });
    } catch (InterruptedException e) {
      return status;
    } catch (RuntimeException e) {
      if (stopping) {
        return status; // it was for that
      }
      throw e;
    }
    try {
      start();
      return done.get();
    } catch (ExecutionException e) {
      feed.stop();
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      stuck = engine.close();
    }
  }

  private void start() {
    int count = engine.callers();
    room.release(count * engine.roomEach());
    List<Caller> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(engine.caller(this, i));
    }
    active.addAll(all);
    int number = 0;
    for (Caller each : all) {
      Thread.ofPlatform().daemon().name("map-" + ++number).start(each);
    }
    if (stopping) {
      interruptAll();
    }
  }

  Feed feed() {
    return feed;
  }

  Statistics statistics() {
    return statistics;
  }

  boolean isStopping() {
    return stopping;
  }

  /**
   * An item that is finished.
   *
   * @param failed whether the line is one of an error
   */
  record FinishedItem(Item item, String line, boolean failed) {}

  /** Items are finished, in their order. */
  void finish(List<FinishedItem> finished) throws IOException {
    delivery.finish(
        finished.stream().map(each -> new Delivery.Line(each.item.index(), each.line)).toList());
    for (FinishedItem each : finished) {
      statistics.addRows(each.item.rows());
      statistics.finished(each.failed);
    }
  }

  /** There are no more items for one. */
  void left(Caller caller) {
    active.remove(caller);
    if (active.isEmpty()) {
      done.complete(status);
    }
  }

  /** The work cannot go on. */
  void fail(Throwable failure) {
    if (failure instanceof ReaderGoneException) {
      stop(ExitStatus.BROKEN_PIPE);
    } else {
      done.completeExceptionally(failure);
      stopping = true;
      interruptAll();
    }
  }

  /** Stops in order: no new items, those under way interrupted. Returns at once. */
  void stop(int reason) {
    status = reason;
    stopping = true;
    feed.stop();
    opening.end();
    interruptAll();
    Thread.ofPlatform().daemon().name("stop").start(this::awaitStop);
  }

  private void interruptAll() {
    active.forEach(Caller::interrupt);
  }

  // Whoever waits for input is not waited for; who waits for Python is back after the grace
  private void awaitStop() {
    long end = System.nanoTime() + 2 * GRACE.toNanos();
    while (System.nanoTime() < end && active.stream().anyMatch(Caller::isBusy)) {
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        break;
      }
    }
    done.complete(status);
  }

  /** Whether a thread is still in Python, so that closing Python would wait for it. */
  boolean hasLeftovers() {
    return stuck;
  }
}
