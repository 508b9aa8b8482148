package dev.vivarium;

import dev.vivarium.internal.object.Conversion;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What can be iterated over by {@code async for}: each subscriber goes through it by itself. */
final class PublisherView<T> implements Flow.Publisher<T>, Seen {

  private final PyObject python;
  private final Conversion items;
  private final AtomicBoolean asked = new AtomicBoolean();

  PublisherView(PyObject python, Conversion items) {
    this.python = python;
    this.items = items;
  }

  @Override
  public PyObject python() {
    return python;
  }

  @Override
  public void subscribe(Flow.@Nullable Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    new PythonSubscription<>(python, items, subscriber).begin(asked.getAndSet(true));
  }
}
