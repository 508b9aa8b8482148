package dev.vivarium;

import dev.vivarium.internal.lifecycle.VirtualThreads;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber of what {@code async for} goes through: a task on the event loop, which asks for
 * an item where one has been requested, and a virtual thread, while there is something to tell,
 * that tells the subscriber one thing after the other. So a subscriber that blocks keeps nobody
 * from anything, and one that requests more while it is told something does not go deeper.
 */
final class PythonSubscription<T> implements Flow.Subscription {

  /** How many items may have come that a subscriber has requested and not taken yet. */
  private static final int AHEAD = 256;

  /** Something to be done on the virtual thread. */
  @FunctionalInterface
  private interface Step<T> {
    void run(Flow.Subscriber<? super T> subscriber);
  }

  private final PyObject iterable;
  private final Home home;
  private final Conversion conversion;
  private final Flow.Subscriber<? super T> subscriber;

  // Set before the subscriber knows of this
  private @Nullable PyObject wake;
  private @Nullable CompletableFuture<?> task;

  // Under this lock, which nobody holds while calling Python or the subscriber
  private final Queue<T> items = new ArrayDeque<>();
  private long requested;
  private long count;
  private boolean waiting; // the task, to be told that there is more to take
  private boolean telling; // there is a virtual thread
  private boolean introduced;
  private boolean ended; // there will be no more items
  private @Nullable Throwable failure;
  private boolean over; // there is nothing more to tell

  PythonSubscription(PyObject iterable, Conversion conversion, Flow.Subscriber<? super T> to) {
    this.iterable = iterable;
    this.home = iterable.home();
    this.conversion = conversion;
    this.subscriber = to;
  }

  /**
   * Begins; what fails is told to the subscriber.
   *
   * @param again whether the iterable has been asked for its items before
   */
  void begin(boolean again) {
    try {
      iterable.within(p -> {
        start(again);
        return null;
      });
    } catch (RuntimeException | Error e) {
      end(e);
    }
    tell();
  }

  private void start(boolean again) {
    EventLoop loop = EventLoop.of(home);
    try (PyObject made = loop.publishing(iterable, again, this::take, this::give);
        PyObject awaitable = made.item(0)) {
      wake = made.item(1);
      CompletableFuture<?> future = awaitable.within(p -> loop.await(p, (h, o) -> null));
      task = future;
      var _ = future.whenComplete((none, thrown) -> end(thrown));
    }
  }

  // From Python

  private synchronized boolean take() {
    if (!mayTake()) {
      waiting = true;
      return false;
    }
    if (requested < Long.MAX_VALUE) { // which means: all
      requested--;
    }
    return true;
  }

  private boolean mayTake() {
    return requested > 0 && items.size() < AHEAD && !ended && !over;
  }

  private void give(@Nullable PyObject item) {
    T value = convert(item);
    synchronized (this) {
      if (!ended && !over) {
        items.add(value);
      }
    }
    tell();
  }

  @SuppressWarnings("unchecked") // what the conversion makes
  private T convert(@Nullable PyObject item) {
    long index = count++; // the task's alone
    Object value;
    try {
      value = EventLoop.convert(home, conversion, item);
    } catch (ConversionException e) {
      throw Conversion.at("item " + index + " of the async iterator", e);
    }
    if (value == null) {
      throw new ConversionException(
          "item "
              + index
              + " of the async iterator is None, and a Flow.Publisher publishes no null:"
              + " asPublisher(Optional.class) has an empty one");
    }
    return (T) value;
  }

  private void end(@Nullable Throwable thrown) {
    boolean closing = thrown instanceof CancellationException && !home.state().gate().isOpen();
    synchronized (this) {
      if (!ended) {
        ended = true;
        failure = closing ? home.closed() : thrown;
      }
    }
    tell();
  }

  // From the subscriber

  @Override
  public void request(long n) {
    if (n <= 0) {
      fail(
          new IllegalArgumentException(
              "a subscriber requested " + n + " items: it takes 1 or more"));
    } else {
      synchronized (this) {
        requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
      }
    }
    tell();
  }

  @Override
  public void cancel() {
    synchronized (this) {
      over = true;
      items.clear();
    }
    cancelTask();
  }

  private void cancelTask() {
    CompletableFuture<?> future = task;
    if (future != null) {
      future.cancel(false);
    }
  }

  private void fail(Throwable thrown) {
    synchronized (this) {
      if (!over) {
        ended = true;
        failure = thrown;
        items.clear();
      }
    }
    cancelTask();
  }

  // To the subscriber

  private void tell() {
    synchronized (this) {
      if (telling) {
        return;
      }
      telling = true;
    }
    boolean started = false;
    try {
      VirtualThreads.start("python-published", this::run);
      started = true;
    } catch (OutOfMemoryError e) { // which is no reason to have someone wait for ever
      run();
      started = true;
    } finally {
      if (!started) {
        stopTelling();
      }
    }
  }

  private synchronized void stopTelling() {
    telling = false;
  }

  private void run() {
    for (Step<T> step = next(); step != null; step = next()) {
      try {
        step.run(subscriber);
      } catch (Throwable t) {
        if (isOver()) { // so that the subscriber is told nothing more
          Thread here = Thread.currentThread();
          here.getUncaughtExceptionHandler().uncaughtException(here, t);
        } else {
          fail(t);
        }
      }
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  private synchronized @Nullable Step<T> next() {
    if (!introduced) {
      introduced = true;
      return to -> to.onSubscribe(this);
    }
    if (waiting && items.size() <= AHEAD / 2 && mayTake()) {
      waiting = false;
      return to -> wake();
    }
    T item = items.poll();
    if (item != null) {
      return to -> to.onNext(item);
    }
    if (ended && !over) {
      over = true;
      Throwable thrown = failure;
      return thrown == null ? Flow.Subscriber::onComplete : to -> to.onError(thrown);
    }
    telling = false;
    return null;
  }

  private void wake() {
    PyObject function = wake;
    if (function != null) {
      try {
        function.call().close();
      } catch (InterpreterClosedException e) {
        // Then the task has been cancelled
      }
    }
  }
}
