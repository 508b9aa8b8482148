package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PythonMemory;
import dev.vivarium.internal.object.ToPython;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Java changes in arrays that were made of Python objects for a call is written to those when
 * the call ends, however it does. Only that: other threads may have changed the rest meanwhile.
 */
final class WrittenBack implements AutoCloseable {

  private final Home home;
  private final List<One> all = new ArrayList<>();

  private WrittenBack(Home home) {
    this.home = home;
  }

  /** Whether a parameter of that type may be one that is written back. */
  static boolean concerns(Class<?> parameter) {
    return parameter.isArray() || Buffer.class.isAssignableFrom(parameter);
  }

  /** For a call that is about to be made; attached. */
  static WrittenBack of(Home home) {
    return new WrittenBack(home);
  }

  /** Adds an argument, which the caller keeps, and what was made of it. */
  void add(long object, @Nullable Object made) {
    Object array = made instanceof Buffer buffer && buffer.hasArray() ? buffer.array() : made;
    if (array == null || !array.getClass().isArray() || Mirror.behind(home, object) != null) {
      return;
    }
    boolean writable = PythonMemory.isWritable(home, object);
    if (!(array instanceof Object[] objects)) {
      if (writable) {
        all.add(new One(object, array, true, 0));
      }
      return;
    }
    One outer = new One(object, array, writable, home.checked(C.PySequence_Tuple(object)));
    all.add(outer);
    if (array.getClass().getComponentType().isArray()) {
      addInner(outer, objects);
    }
  }

  private void addInner(One outer, Object[] arrays) {
    for (int i = 0; i < Math.min(arrays.length, C.PyTuple_Size(outer.items)); i++) {
      add(C.PyTuple_GetItem(outer.items, i), arrays[i]);
    }
  }

  @Override
  public void close() {
    try {
      for (One one : all) {
        one.write();
      }
    } finally {
      for (One one : all) {
        if (one.items != 0) {
          C.Py_DecRef(one.items);
        }
      }
    }
  }

  private final class One {

    private final long object;
    private final Object array;
    private final Object before;
    private final boolean writable;
    private final int length;

    // Of objects: a tuple of what they were made of, so that one that has moved is itself again
    private final long items;

    One(long object, Object array, boolean writable, long items) {
      this.writable = writable;
      this.object = object;
      this.array = array;
      this.items = items;
      this.length = Array.getLength(array);
      this.before = Array.newInstance(array.getClass().getComponentType(), length);
      System.arraycopy(array, 0, before, 0, length);
    }

    void write() {
      if (array instanceof Object[] now) {
        if (writable) {
          writeObjects(now, (Object[]) before);
        }
        return;
      }
      byte[] now = bytes(array);
      byte[] then = bytes(before);
      int size = length == 0 ? 1 : now.length / length;
      Class<?> component = array.getClass().getComponentType();
      if (!PythonMemory.write(home, object, component, now, then, size)) {
        PythonMemory.eachRun(now, then, size, (from, to) -> writeItems(from / size, to / size));
      }
    }

    private static byte[] bytes(Object primitives) {
      return PythonMemory.segment(primitives).toArray(ValueLayout.JAVA_BYTE);
    }

    private void writeItems(int from, int to) {
      for (int i = from; i < to; i++) {
        write(i, ToPython.convert(home, Array.get(array, i)));
      }
    }

    @SuppressWarnings("ReferenceEquality") // which object is where
    private void writeObjects(Object[] now, Object[] then) {
      IdentityHashMap<Object, Integer> places = new IdentityHashMap<>();
      for (int i = 0; i < Math.min(length, C.PyTuple_Size(items)); i++) {
        places.putIfAbsent(then[i], i);
      }
      for (int i = 0; i < length; i++) {
        if (now[i] != then[i]) {
          Integer place = places.get(now[i]);
          write(i, place == null ? ToPython.convert(home, now[i]) : original(place));
        }
      }
    }

    /** A new reference to what was at a place. */
    private long original(int place) {
      long item = C.PyTuple_GetItem(items, place);
      C.Py_IncRef(item);
      return item;
    }

    private void write(int index, long newReference) {
      try {
        home.checked(C.PySequence_SetItem(object, index, newReference));
      } finally {
        C.Py_DecRef(newReference);
      }
    }
  }
}
