package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import java.util.AbstractList;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/** A live view of a Python sequence: every method looks at it or changes it as it is then. */
final class ListView extends AbstractList<@Nullable Object> implements RandomAccess, Seen {

  private final PyObject python;
  private final Home home;
  private final Conversion items;

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
  }

  @Override
  public boolean add(@Nullable Object item) {
    python.change("append", item);
    return true;
  }

  @Override
  public @Nullable Object remove(int index) {
    checkNotNegative(index);
    python.requireForChange("__delitem__");
    return python.within(list -> {
      Object before = get(list, index);
      if (C.PySequence_DelItem(list, index) < 0) {
        throw failed(index);
      }
      return before;
    });
  }

  @Override
  public void clear() {
    python.change("clear");
  }

  /** All items as they are at one moment. */
  @Override
  @SuppressWarnings("NullAway") // nulls are None, as in any list that may hold them
  public Object[] toArray() {
    return python.within(list -> {
      long tuple = home.checked(C.PySequence_Tuple(list));
      try {
        Object[] array = new Object[Math.toIntExact(C.PyTuple_Size(tuple))];
        for (int i = 0; i < array.length; i++) {
          array[i] = convert(C.PyTuple_GetItem(tuple, i), i);
        }
        return array;
      } finally {
        C.Py_DecRef(tuple);
      }
    });
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
