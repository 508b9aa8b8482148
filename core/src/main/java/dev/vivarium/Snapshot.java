package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Conversion;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over what a set or a mapping's keys were at one moment, so that removing by the
 * iterator, or by others, disturbs nothing.
 */
final class Snapshot<T extends @Nullable Object> implements Iterator<T> {

  private final PyObject tuple;
  private final Conversion conversion;
  private final Consumer<PyObject> remover;
  private final long length;
  private long position;
  private boolean removable;

  /**
   * Of an object that can be iterated over.
   *
   * @param remover removes an item, given as Python has it
   */
  Snapshot(PyObject python, Conversion conversion, Consumer<PyObject> remover) {
    this.tuple =
        python.within(
            p -> PyObject.take(python.home(), python.home().checked(C.PySequence_Tuple(p))));
    this.conversion = conversion;
    this.remover = remover;
    this.length = tuple.len();
  }

  @Override
  public boolean hasNext() {
    return position < length;
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // what the conversion makes, null with it
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("there are no more than " + length + " items");
    }
    long at = position++;
    removable = true;
    return (T)
        tuple.<@Nullable Object>within(
            t -> conversion.convert(tuple.home(), C.PyTuple_GetItem(t, at)));
  }

  @Override
  public void remove() {
    if (!removable) {
      throw new IllegalStateException("next() first: each item can be removed once");
    }
    removable = false;
    try (PyObject item = tuple.item(position - 1)) {
      remover.accept(item);
    }
  }
}
