package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.ListIterator;
import java.util.NoSuchElementException;
import java.util.RandomAccess;
import java.util.Spliterator;
import java.util.Spliterators;
import org.jspecify.annotations.Nullable;

/** A live view of a Python sequence: every method looks at it or changes it as it is then. */
final class ListView extends AbstractList<@Nullable Object> implements RandomAccess, Seen {

  // Few first, since a loop may stop early
  private static final int FIRST_CHUNK = 16;
  private static final int LONGEST_CHUNK = 1024;

  private final PyObject python;
  private final Home home;
  private final Conversion items;
  private int replaced; // how often an item was, by Java

  ListView(PyObject python, Conversion items) {
    this.python = python;
    this.home = python.home();
    this.items = items;
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
  public @Nullable Object get(int index) {
    checkNotNegative(index);
    return python.within(list -> get(list, index));
  }

  private @Nullable Object get(long list, int index) {
    long item = C.PySequence_GetItem(list, index);
    if (item == 0) {
      throw failed(index);
    }
    try {
      return convert(item, index);
    } finally {
      C.Py_DecRef(item);
    }
  }

  private @Nullable Object convert(long item, int index) {
    try {
      return items.convert(home, item);
    } catch (ConversionException e) {
      throw Conversion.at("item " + index + " of the list", e);
    }
  }

  @Override
  public @Nullable Object set(int index, @Nullable Object item) {
    checkNotNegative(index);
    python.requireForChange("__setitem__");
    replaced++;
    return python.within(list -> {
      Object before = get(list, index);
      python.passing(
          item,
          converted -> {
            if (C.PySequence_SetItem(list, index, converted) < 0) {
              throw failed(index);
            }
            return null;
          });
      return before;
    });
  }

  @Override
  public void add(int index, @Nullable Object item) {
    if (index < 0 || index > size()) {
      throw outOfBounds(index, null); // where Python would take the nearest place
    }
    python.change("insert", index, item);
    modCount++;
  }

  @Override
  public boolean add(@Nullable Object item) {
    python.change("append", item);
    modCount++;
    return true;
  }

  /** All of them as they are before, in one stay. */
  @Override
  public boolean addAll(Collection<?> more) {
    Object[] added = more.toArray();
    python.requireForChange("append");
    python.within(list -> {
      for (Object item : added) {
        python.callMethod("append", item).close();
      }
      return null;
    });
    modCount++;
    return added.length > 0;
  }

  @Override
  public @Nullable Object remove(int index) {
    checkNotNegative(index);
    python.requireForChange("__delitem__");
    return python.within(list -> {
      Object before = get(list, index);
      delete(list, index);
      return before;
    });
  }

  private void delete(long list, int index) {
    if (C.PySequence_DelItem(list, index) < 0) {
      throw failed(index);
    }
    modCount++;
  }

  @Override
  public void clear() {
    python.change("clear");
    modCount++;
  }

  /**
   * Puts the items in an order, each as the Python object that it is.
   *
   * @throws ConcurrentModificationException if there are more or less of them afterwards
   */
  @Override
  @SuppressWarnings("unchecked") // null: they compare themselves
  public void sort(@Nullable Comparator<? super @Nullable Object> order) {
    python.requireForChange("__setitem__");
    try (PyObject before =
        python.within(list -> PyObject.take(home, home.checked(C.PySequence_Tuple(list))))) {
      Object[] values = before.within(this::converted);
      Comparator<Object> natural = (Comparator<Object>) (Comparator<?>) Comparator.naturalOrder();
      Comparator<? super Object> by = order == null ? natural : order;
      Integer[] places = new Integer[values.length];
      Arrays.setAll(places, i -> i);
      Arrays.sort(places, (a, b) -> by.compare(values[a], values[b]));
      python.within(list ->
          before.within(tuple -> {
            if (length(list) != places.length) {
              throw new ConcurrentModificationException(
                  "the Python list has changed while it was sorted");
            }
            for (int i = 0; i < places.length; i++) {
              home.checked(C.PySequence_SetItem(list, i, C.PyTuple_GetItem(tuple, places[i])));
            }
            return null;
          }));
    }
    modCount++;
  }

  /** All items as they are at one moment. */
  @Override
  @SuppressWarnings("NullAway") // nulls are None, as in any list that may hold them
  public Object[] toArray() {
    return python.within(list -> {
      long tuple = home.checked(C.PySequence_Tuple(list));
      try {
        return converted(tuple);
      } finally {
        C.Py_DecRef(tuple);
      }
    });
  }

  @SuppressWarnings("NullAway")
  private Object[] converted(long tuple) {
    Object[] array = new Object[Math.toIntExact(C.PyTuple_Size(tuple))];
    for (int i = 0; i < array.length; i++) {
      array[i] = convert(C.PyTuple_GetItem(tuple, i), i);
    }
    return array;
  }

  @Override
  public Iterator<@Nullable Object> iterator() {
    return new Cursor(0);
  }

  @Override
  public ListIterator<@Nullable Object> listIterator(int index) {
    if (index < 0 || index > size()) {
      throw outOfBounds(index, null);
    }
    return new Cursor(index);
  }

  // Not the one of lists with random access, which would enter Python for each item
  @Override
  public Spliterator<@Nullable Object> spliterator() {
    return Spliterators.spliterator(this, Spliterator.ORDERED);
  }

  /**
   * Goes by index, as Python's own iterators over lists do, and reads ahead. What Java changes
   * otherwise than by it, it tells with a ConcurrentModificationException, as Java's lists do; what
   * Python changes it sees or not, but it takes nothing away that it has not given.
   */
  private final class Cursor implements ListIterator<@Nullable Object> {

    private int next;
    private int last = -1; // what was given last

    private @Nullable Object[] read = new Object[0];
    private long[] identities = new long[0]; // of what was read
    private int first; // the index of the first one that was read
    private int count;
    private boolean toEnd; // nothing came after what was read
    private @Nullable ConversionException failure; // of the one after what was read

    private int knownChanges = modCount;
    private int knownReplaced = replaced;

    Cursor(int index) {
      next = index;
    }

    @Override
    public boolean hasNext() {
      if (!isRead(next) && !toEnd) {
        read(next, wanted());
      }
      return isRead(next) || failure != null;
    }

    @Override
    public boolean hasPrevious() {
      return next > 0;
    }

    @Override
    public int nextIndex() {
      return next;
    }

    @Override
    public int previousIndex() {
      return next - 1;
    }

    @Override
    public @Nullable Object next() {
      checkForChange();
      last = -1;
      if (!isRead(next) && !toEnd && failure == null) {
        read(next, wanted());
      }
      if (failure != null && !isRead(next)) {
        throw failure;
      }
      if (!isRead(next)) {
        throw new NoSuchElementException("the Python sequence has no item " + next);
      }
      last = next++;
      return read[last - first];
    }

    @Override
    public @Nullable Object previous() {
      checkForChange();
      last = -1;
      int index = next - 1;
      if (index < 0) {
        throw new NoSuchElementException("nothing comes before the first item");
      }
      if (!isRead(index)) {
        int from = Math.max(0, next - wanted());
        read(from, next - from);
        toEnd = false;
      }
      if (failure != null && !isRead(index)) {
        throw failure;
      }
      if (!isRead(index)) {
        throw changedByPython();
      }
      last = index;
      next = index;
      return read[last - first];
    }

    @Override
    public void remove() {
      checkGiven();
      python.requireForChange("__delitem__");
      python.within(list -> {
        checkInPlace(list);
        delete(list, last);
        return null;
      });
      int left = --count - (last - first);
      System.arraycopy(read, last - first + 1, read, last - first, left);
      System.arraycopy(identities, last - first + 1, identities, last - first, left);
      if (last < next) {
        next--;
      }
      last = -1;
      knownChanges = modCount;
    }

    @Override
    public void set(@Nullable Object item) {
      checkGiven();
      python.requireForChange("__setitem__");
      python.within(list ->
          python.passing(
              item,
              converted -> {
                checkInPlace(list);
                if (C.PySequence_SetItem(list, last, converted) < 0) {
                  throw failed(last);
                }
                identities[last - first] = converted;
                return null;
              }));
      read[last - first] = item;
      knownReplaced = ++replaced;
    }

    @Override
    public void add(@Nullable Object item) {
      checkForChange();
      ListView.this.add(next++, item);
      last = -1;
      forget();
      knownChanges = modCount;
    }

    // What was read is read again
    private void forget() {
      count = 0;
      toEnd = false;
      failure = null;
    }

    private boolean isRead(int index) {
      return index >= first && index < first + count;
    }

    private int wanted() {
      return count == 0 ? FIRST_CHUNK : Math.min(LONGEST_CHUNK, 2 * count);
    }

    private void read(int from, int most) {
      first = from;
      forget();
      read = new Object[most];
      identities = new long[most];
      python.within(list -> {
        // CPython copies it under its own lock, where there is no GIL
        long slice =
            Types.typeOf(list) == Types.LIST
                ? home.checked(C.PyList_GetSlice(list, from, from + (long) most))
                : 0;
        try {
          long there = slice != 0 ? C.PyList_Size(slice) : length(list) - from;
          for (int i = 0; i < Math.min(most, there) && readOne(list, slice, i); i++) {
            count++;
          }
          toEnd = failure == null && there <= count && count < most;
        } finally {
          if (slice != 0) {
            C.Py_DecRef(slice);
          }
        }
        return null;
      });
    }

    // What cannot be converted is told when it is wanted
    private boolean readOne(long list, long slice, int at) {
      long item = slice != 0 ? C.PyList_GetItem(slice, at) : item(list, first + at);
      if (item == 0) {
        return false;
      }
      try {
        read[at] = convert(item, first + at);
        identities[at] = item;
        return true;
      } catch (ConversionException e) {
        failure = e;
        return false;
      } finally {
        if (slice == 0) {
          C.Py_DecRef(item);
        }
      }
    }

    /** A new reference, or 0 past the end. */
    private long item(long list, int index) {
      long item = C.PySequence_GetItem(list, index);
      if (item == 0) {
        RuntimeException failure = failed(index);
        if (!(failure instanceof IndexOutOfBoundsException)) {
          throw failure;
        }
      }
      return item;
    }

    private void checkForChange() {
      if (modCount != knownChanges) {
        throw new ConcurrentModificationException("the list has been changed by Java otherwise");
      }
      if (replaced != knownReplaced) {
        knownReplaced = replaced;
        forget();
      }
    }

    private void checkGiven() {
      if (last < 0) {
        throw new IllegalStateException("next() first: what was given can be changed once");
      }
      if (modCount != knownChanges) {
        checkForChange();
      }
    }

    // Of other sequences than lists, each look may make a new object
    private void checkInPlace(long list) {
      if (Types.typeOf(list) != Types.LIST) {
        return;
      }
      long there = item(list, last);
      if (there != 0) {
        C.Py_DecRef(there);
      }
      if (there == 0 || there != identities[last - first]) {
        throw changedByPython();
      }
    }

    private ConcurrentModificationException changedByPython() {
      return new ConcurrentModificationException(
          "Python has changed the list: what is to be changed is no longer in its place");
    }
  }

  private long length(long list) {
    long length = C.PyObject_Size(list);
    if (length < 0) {
      throw home.raised();
    }
    return length;
  }

  private static void checkNotNegative(int index) {
    if (index < 0) {
      throw outOfBounds(index, null); // where Python would count from the end
    }
  }

  private RuntimeException failed(int index) {
    try {
      return home.raised();
    } catch (PythonException e) {
      return e.isInstance("IndexError") ? outOfBounds(index, e) : e;
    }
  }

  private static IndexOutOfBoundsException outOfBounds(int index, @Nullable Throwable cause) {
    IndexOutOfBoundsException thrown =
        new IndexOutOfBoundsException("the Python sequence has no item " + index);
    if (cause != null) {
      thrown.initCause(cause);
    }
    return thrown;
  }
}
