package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over what a set or a mapping's keys were at one moment, so that removing by the
 * iterator, or by others, disturbs nothing. What is given for them is read ahead, until Java
 * changes something.
 */
final class Snapshot<T extends @Nullable Object> implements Iterator<T> {

  // Few first, since a loop may stop early
  private static final int FIRST_CHUNK = 16;
  private static final int LONGEST_CHUNK = 1024;

  /** What is given for an item. */
  interface Given {
    @Nullable Object of(long python, long item);
  }

  private final PyObject python;
  private final PyObject tuple;
  private final Given conversion;
  private final Consumer<PyObject> remover;
  private final IntSupplier changes;
  private final long length;
  private final List<@Nullable Object> read = new ArrayList<>();
  private int given; // of those
  private int known;
  private long position;
  private boolean removable;

  /**
   * Of an object that can be iterated over.
   *
   * @param remover removes an item, given as Python has it
   * @param changes how often Java has changed what is given
   */
  Snapshot(PyObject python, Given conversion, Consumer<PyObject> remover, IntSupplier changes) {
    this.python = python;
    this.tuple =
        python.within(
            p -> PyObject.take(python.home(), python.home().checked(C.PySequence_Tuple(p))));
    this.conversion = conversion;
    this.remover = remover;
    this.changes = changes;
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
    if (given == read.size() || known != changes.getAsInt()) {
      readAhead();
    }
    position++;
    removable = true;
    return (T) read.get(given++);
  }

  private void readAhead() {
    int most = Math.clamp(2L * read.size(), FIRST_CHUNK, LONGEST_CHUNK);
    read.clear();
    given = 0;
    known = changes.getAsInt();
    python.<@Nullable Object>within(p ->
        tuple.within(t -> {
          readAhead(p, t, most);
          return null;
        }));
  }

  private void readAhead(long seen, long items, int most) {
    for (long at = position; at < Math.min(length, position + most); at++) {
      try {
        read.add(conversion.of(seen, C.PyTuple_GetItem(items, at)));
      } catch (ConversionException e) { // told when it is wanted
        if (at == position) {
          throw e;
        }
        return;
      }
    }
  }

  @Override
  public void remove() {
    if (!removable) {
      throw new IllegalStateException("next() first: each item can be removed once");
    }
    removable = false;
    boolean current = known == changes.getAsInt();
    try (PyObject item = tuple.item(position - 1)) {
      remover.accept(item);
    }
    if (current) {
      known = changes.getAsInt();
    }
  }
}
