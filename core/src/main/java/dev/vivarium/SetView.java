package dev.vivarium;

import dev.vivarium.internal.object.Conversion;
import java.util.AbstractSet;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A live view of a Python set, or of what is like one. */
final class SetView extends AbstractSet<@Nullable Object> implements Seen {

  private final PyObject python;
  private final Conversion items;
  private final Shown shown;

  SetView(PyObject python, Conversion items) {
    this.python = python;
    this.items = items;
    this.shown = new Shown(python.home(), items);
  }

  @Override
  public PyObject python() {
    return python;
  }

  @Override
  public int size() {
    return Math.toIntExact(python.len());
  }

  @Override
  public boolean contains(@Nullable Object item) {
    return python.within(set -> shown.has(set, item));
  }

  @Override
  public boolean add(@Nullable Object item) {
    python.requireForChange("add");
    return python.within(set -> {
      if (shown.has(set, item)) {
        return false;
      }
      long before = python.len();
      python.callMethod("add", item).close();
      return python.len() != before;
    });
  }

  @Override
  public boolean remove(@Nullable Object item) {
    python.requireForChange("discard");
    return python.within(set -> {
      long there = shown.find(set, item);
      if (there == 0) {
        return false;
      }
      try (PyObject found = PyObject.take(python.home(), there)) {
        python.callMethod("discard", found).close();
      }
      return true;
    });
  }

  @Override
  public void clear() {
    python.change("clear");
  }

  /** Over the items as they are now: it sees no later change. */
  @Override
  public Iterator<@Nullable Object> iterator() {
    return new Snapshot<>(
        python, (set, item) -> items.convert(python.home(), item), this::remove, () -> 0);
  }
}
