package dev.vivarium.internal.mirror;

import dev.vivarium.InterpreterClosedException;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * An {@code async for} that goes through what a publisher has, as its subscriber: one item is
 * requested when the loop comes for it, so nothing piles up.
 */
final class PublisherReader implements Flow.Subscriber<Object> {

  // Takes what it is and what comes with it; says whether the event loop still runs
  private final BiPredicate<String, @Nullable Object> tell;

  // Under this lock, which nobody holds while calling the publisher or Python
  private Flow.@Nullable Subscription subscription;
  private boolean asked;
  private boolean left;

  PublisherReader(BiPredicate<String, @Nullable Object> tell) {
    this.tell = tell;
  }

  /** Wants an item, as soon as there is a subscription. */
  void request() {
    Flow.Subscription known;
    synchronized (this) {
      known = subscription;
      asked = known == null;
    }
    if (known != null) {
      known.request(1);
    }
  }

  /** Wants nothing more. */
  void leave() {
    Flow.Subscription known;
    synchronized (this) {
      left = true;
      known = subscription;
    }
    if (known != null) {
      known.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    Objects.requireNonNull(given, "subscription");
    boolean wanted;
    boolean ask;
    synchronized (this) {
      wanted = subscription == null && !left;
      ask = wanted && asked;
      if (wanted) {
        subscription = given;
      }
    }
    if (!wanted) {
      given.cancel();
    } else if (ask) {
      given.request(1);
    }
  }

  @Override
  public void onNext(Object item) {
    tell("item", new Passed.ByReference(Objects.requireNonNull(item, "item")));
  }

  @Override
  public void onError(Throwable failure) {
    tell("failure", Objects.requireNonNull(failure, "failure"));
  }

  @Override
  public void onComplete() {
    tell("end", null);
  }

  private void tell(String what, @Nullable Object value) {
    boolean heard;
    try {
      heard = tell.test(what, value);
    } catch (InterpreterClosedException e) {
      heard = false;
    }
    if (!heard) {
      leave();
    }
  }
}
