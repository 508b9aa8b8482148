package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.ExitStatus;
import dev.vivarium.cli.shell.FailureReport;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The workers, from the first item to the last or to a stop. */
final class Pool {

  // Python expects a stack like a process's first thread has
  private static final long STACK = 16L << 20;

  private static final long POLL_MILLIS = 10;

  private final Interpreters interpreters;
  private final Feed feed;
  private final Delivery delivery;
  private final Statistics statistics;
  private final Deadlines deadlines;
  private final Set<Worker> active = new HashSet<>();
  private final Set<Worker> all = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private int started;
  private volatile boolean stopping;
  private volatile int status = ExitStatus.OK;

  Pool(
      Interpreters interpreters,
      Feed feed,
      Delivery delivery,
      Statistics statistics,
      @Nullable Duration deadline) {
    this.interpreters = interpreters;
    this.feed = feed;
    this.delivery = delivery;
    this.statistics = statistics;
    this.deadlines = new Deadlines(deadline, this::giveUp);
  }

  /**
   * Works until all items are finished, or {@link #stop} is called.
   *
   * @return 0, or the status that the stop was called with
   * @throws Exception what made the work impossible
   */
  int run(int workers) throws Exception {
    synchronized (this) {
      for (int i = 0; i < workers; i++) {
        startWorker();
      }
    }
    try {
      return done.get();
    } catch (ExecutionException e) {
      feed.stop();
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private synchronized void startWorker() {
    Worker worker = new Worker(this);
    active.add(worker);
    all.add(worker);
    Thread thread = new Thread(null, worker, "interpreter-" + ++started, STACK);
    thread.setDaemon(true);
    thread.start();
  }

  Interpreters interpreters() {
    return interpreters;
  }

  Feed feed() {
    return feed;
  }

  Statistics statistics() {
    return statistics;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  boolean isStopping() {
    return stopping;
  }

  /** A worker's item is finished. */
  void finish(Item item, String line, boolean failed) throws IOException {
    delivery.finish(item.index(), line);
    statistics.addRows(item.rows());
    statistics.finished(failed);
  }

  /** A worker has left Python and its interpreter. */
  synchronized void left(Worker worker) {
    if (!worker.isStuck()) {
      all.remove(worker);
    }
    if (active.remove(worker) && active.isEmpty()) {
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

  void warn(@Nullable String message) {
    System.err.println("vivarium: " + FailureReport.oneLine(message));
  }

  private void giveUp(Turn turn) {
    Item item = turn.item();
    if (item == null || stopping) {
      return;
    }
    try {
      finish(item, item.errorLine(deadlines.error(false).json()), true);
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
    synchronized (this) {
      if (active.contains(turn.worker())) {
        startWorker();
        active.remove(turn.worker());
      }
    }
  }

  /** Stops in order: no new items, those under way interrupted. Returns at once. */
  void stop(int reason) {
    status = reason;
    stopping = true;
    feed.stop();
    interruptAll();
    Thread.ofPlatform().daemon().name("stop").start(this::awaitStop);
  }

  private void interruptAll() {
    for (Worker worker : all) {
      Turn turn = worker.turn();
      if (turn != null) {
        turn.interrupt();
      }
    }
  }

  // Workers that wait for input are not waited for
  private void awaitStop() {
    long end = System.nanoTime() + Deadlines.GRACE.toNanos();
    while (System.nanoTime() < end && isAnyoneInside()) {
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        break;
      }
    }
    done.complete(status);
  }

  private boolean isAnyoneInside() {
    return all.stream().anyMatch(worker -> worker.turn() != null);
  }

  /** Whether a thread is still in Python, so that closing Python would wait for it. */
  boolean hasLeftovers() {
    return all.stream().anyMatch(worker -> worker.isStuck() || worker.turn() != null);
  }
}
