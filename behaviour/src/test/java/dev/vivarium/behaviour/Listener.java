package dev.vivarium.behaviour;

import dev.vivarium.testing.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** A subscriber that notes what it is told, and whether that was one thing at a time. */
class Listener<T> implements Flow.Subscriber<T> {

  final List<T> items = new CopyOnWriteArrayList<>();
  final List<String> wrong = new CopyOnWriteArrayList<>();
  final CountDownLatch ended = new CountDownLatch(1);
  volatile Flow.Subscription subscription;
  volatile Throwable failure;

  private final AtomicBoolean inside = new AtomicBoolean();
  private final CountDownLatch subscribed = new CountDownLatch(1);
  private final long first;

  /** One that requests so many at first. */
  Listener(long first) {
    this.first = first;
  }

  static <T> Listener<T> of(Flow.Publisher<T> publisher, long first) {
    return new Listener<T>(first).listeningTo(publisher);
  }

  Listener<T> listeningTo(Flow.Publisher<? extends T> publisher) {
    publisher.subscribe(this);
    Await.latch(subscribed);
    return this;
  }

  void next(T item) {}

  Listener<T> awaitItems(int count) {
    Await.until(() -> count + " items: " + items + ", " + failure, () -> items.size() >= count);
    return this;
  }

  Listener<T> awaitEnd() {
    Await.latch(ended);
    return this;
  }

  private void one(String what, Runnable body) {
    if (!inside.compareAndSet(false, true) || (ended.getCount() == 0)) {
      wrong.add(what);
    }
    try {
      body.run();
    } finally {
      inside.set(false);
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    one(
        "onSubscribe",
        () -> {
          if (subscription != null) {
            wrong.add("a second subscription");
          }
          subscription = given;
          if (first > 0) {
            given.request(first);
          }
        });
    subscribed.countDown();
  }

  @Override
  public void onNext(T item) {
    one(
        "onNext",
        () -> {
          items.add(item);
          next(item);
        });
  }

  @Override
  public void onError(Throwable thrown) {
    one("onError", () -> failure = thrown);
    ended.countDown();
  }

  @Override
  public void onComplete() {
    one("onComplete", () -> {});
    ended.countDown();
  }
}
