package dev.vivarium;

import dev.vivarium.internal.object.Conversion;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** What can be iterated over and is no container of Java's, as often as Python allows it. */
final class IterableView implements Iterable<@Nullable Object>, Seen {

  private final PyObject python;
  private final Conversion items;

  IterableView(PyObject python, Conversion items) {
    this.python = python;
    this.items = items;
  }

  @Override
  public PyObject python() {
    return python;
  }

  @Override
  public Iterator<@Nullable Object> iterator() {
    return python.elements(items);
  }
}
