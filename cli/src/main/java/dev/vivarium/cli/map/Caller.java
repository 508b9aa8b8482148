package dev.vivarium.cli.map;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * Takes items, has the function called for them, and hands over what comes of it, on a thread of
 * its own.
 */
abstract class Caller implements Runnable {

  private final Callers callers;
  private final Portion portion;
  private final Waits waits = new Waits();
  private volatile boolean busy;

  Caller(Callers callers, Portion portion) {
    this.callers = callers;
    this.portion = portion;
  }

  /** Whether it has items whose lines are not written yet. */
  boolean isBusy() {
    return busy;
  }

  /** Has it wait for what it calls no more. */
  void interrupt() {
    waits.end();
  }

  @Override
  public void run() {
    try {
      work();
    } catch (InterruptedException e) {
      // stopped
    } catch (RejectedExecutionException e) { // no interpreter can be made
      callers.fail(e.getCause() == null ? e : e.getCause());
    } catch (Throwable e) {
      callers.fail(e);
    } finally {
      busy = false;
      callers.left(this);
    }
  }

  private void work() throws IOException, InterruptedException {
    while (true) {
      List<Item> items = callers.feed().take(portion.size());
      if (items.isEmpty()) {
        return;
      }
      busy = true;
      while (!items.isEmpty()) {
        items = items.subList(work(items), items.size());
      }
      busy = false;
    }
  }

  /** Has the first of some items done, and finishes them; how many these were. */
  abstract int work(List<Item> items) throws IOException, InterruptedException;

  // For those that do that

  /** What it waits by. */
  final Waits waits() {
    return waits;
  }

  final boolean isStopping() {
    return callers.isStopping();
  }

  /** So many items took so long. */
  final void took(long nanos, int items) {
    callers.statistics().inPython(nanos);
    portion.took(nanos, items);
  }

  /**
   * Items are finished, in their order.
   *
   * @throws InterruptedException if all are to stop
   */
  final void finish(List<Callers.FinishedItem> finished) throws IOException, InterruptedException {
    if (!finished.isEmpty()) {
      callers.finish(finished);
    }
    if (isStopping()) {
      throw new InterruptedException();
    }
  }
}
