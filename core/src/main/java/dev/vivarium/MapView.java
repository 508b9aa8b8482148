package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.JavaThread;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A live view of a Python mapping. */
final class MapView extends AbstractMap<@Nullable Object, @Nullable Object> implements Seen {

  private final PyObject python;
  private final Home home;
  private final Conversion keys;
  private final Conversion values;
  private final Shown shown;
  private int changes; // by Java

  MapView(PyObject python, Conversion keys, Conversion values) {
    this.python = python;
    this.home = python.home();
    this.keys = keys;
    this.values = values;
    this.shown = new Shown(home, keys);
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
  public boolean containsKey(@Nullable Object key) {
    return python.within(map -> shown.has(map, key));
  }

  // Asks first: for a missing key a defaultdict would make an entry
  @Override
  public @Nullable Object get(@Nullable Object key) {
    return python.within(map -> withFound(map, key, k -> value(map, k)));
  }

  /** What an operation makes of the key that is shown as that; null if there is none. */
  private @Nullable Object withFound(
      long map, @Nullable Object key, PyObject.Operation<@Nullable Object> operation) {
    long found = shown.find(map, key);
    if (found == 0) {
      return null;
    }
    try {
      return operation.on(found);
    } finally {
      C.Py_DecRef(found);
    }
  }

  private @Nullable Object value(long map, long key) {
    return converted(home.checked(C.PyObject_GetItem(map, key)), key);
  }

  private @Nullable Object converted(long value, long key) {
    try {
      return borrowed(value, key);
    } finally {
      C.Py_DecRef(value);
    }
  }

  private @Nullable Object borrowed(long value, long key) {
    try {
      return values.convert(home, value);
    } catch (ConversionException e) {
      throw Conversion.at("the value of " + keys.convert(home, key), e);
    }
  }

  @Override
  public @Nullable Object put(@Nullable Object key, @Nullable Object value) {
    python.requireForChange("__setitem__");
    changes++;
    return python.within(map -> {
      long found = shown.find(map, key);
      if (found == 0) {
        python.setItem(key, value);
        return null;
      }
      try (PyObject there = PyObject.take(home, found)) {
        Object before = value(map, found);
        python.setItem(there, value);
        return before;
      }
    });
  }

  @Override
  public @Nullable Object remove(@Nullable Object key) {
    python.requireForChange("__delitem__");
    changes++;
    return python.within(map ->
        withFound(
            map,
            key,
            k -> {
              Object before = value(map, k);
              home.checked(C.PyObject_DelItem(map, k));
              return before;
            }));
  }

  @Override
  public void clear() {
    python.change("clear");
    changes++;
  }

  @Override
  public Set<@Nullable Object> keySet() {
    return new Keys();
  }

  @Override
  public Collection<@Nullable Object> values() {
    return new Values();
  }

  @Override
  public Set<Map.Entry<@Nullable Object, @Nullable Object>> entrySet() {
    return new Entries();
  }

  // Over the keys as they are now
  private <T extends @Nullable Object> Iterator<T> iterator(Snapshot.Given given) {
    return new Snapshot<>(python, given, this::remove, () -> changes);
  }

  private final class Keys extends AbstractSet<@Nullable Object> {

    @Override
    public int size() {
      return MapView.this.size();
    }

    @Override
    public boolean contains(@Nullable Object key) {
      return containsKey(key);
    }

    @Override
    public boolean remove(@Nullable Object key) {
      boolean there = containsKey(key);
      if (there) {
        Object ignored = MapView.this.remove(key);
      }
      return there;
    }

    @Override
    public Iterator<@Nullable Object> iterator() {
      return MapView.this.iterator(new KeysGiven());
    }

    @Override
    public void clear() {
      MapView.this.clear();
    }
  }

  private final class Values extends AbstractCollection<@Nullable Object> {

    @Override
    public int size() {
      return MapView.this.size();
    }

    @Override
    public Iterator<@Nullable Object> iterator() {
      return MapView.this.iterator(new InOrder()::value);
    }

    @Override
    public void clear() {
      MapView.this.clear();
    }
  }

  private final class Entries extends AbstractSet<Map.Entry<@Nullable Object, @Nullable Object>> {

    @Override
    public int size() {
      return MapView.this.size();
    }

    @Override
    public Iterator<Map.Entry<@Nullable Object, @Nullable Object>> iterator() {
      return MapView.this.iterator(new EntriesGiven());
    }

    @Override
    public void clear() {
      MapView.this.clear();
    }
  }

  private @Nullable Object key(long key) {
    try {
      return keys.convert(home, key);
    } catch (ConversionException e) {
      throw Conversion.at("a key of the dict", e);
    }
  }

  // Null if the key has been removed meanwhile; a defaultdict would make it anew
  private @Nullable Object valueNow(long map, long key) {
    if (Types.typeOf(map) == Types.DICT) {
      long value = C.PyObject_GetItem(map, key);
      if (value != 0) {
        return converted(value, key);
      }
      C.PyErr_Clear();
    }
    int there = C.PySequence_Contains(map, key);
    home.checked(there);
    return there == 1 ? value(map, key) : null;
  }

  private final class KeysGiven implements Snapshot.Given {

    @Override
    public @Nullable Object of(long map, long key) {
      return key(key);
    }

    @Override
    public @Nullable Object ofPair(long key, long value) {
      return key(key);
    }

    @Override
    public @Nullable Object itemOf(@Nullable Object given) {
      return given;
    }
  }

  private final class EntriesGiven implements Snapshot.Given {

    private final InOrder values = new InOrder();

    @Override
    public Object of(long map, long key) {
      return new Entry(key(key), values.value(map, key));
    }

    @Override
    public Object ofPair(long key, long value) {
      return new Entry(key(key), borrowed(value, key));
    }

    @Override
    public @Nullable Object itemOf(@Nullable Object given) {
      return given instanceof Entry entry ? entry.getKey() : null;
    }
  }

  /**
   * Values for the keys of a dict one after the other, which it gives without a search as long as
   * they lie there in that order.
   */
  private final class InOrder {

    private long place;
    private boolean lost = !Types.hasGil(); // where others may take the value meanwhile

    @Nullable Object value(long map, long key) {
      long value = lost || Types.typeOf(map) != Types.DICT ? 0 : next(map, key);
      return value == 0 ? valueNow(map, key) : converted(value, key);
    }

    /** A new reference, or 0 if another key is next. */
    private long next(long dict, long key) {
      JavaThread thread = JavaThread.current();
      long position = thread.scratch(24);
      if (position == 0) {
        return 0;
      }
      try {
        Memory.putLong(position, place);
        lost =
            C.PyDict_Next(dict, position, position + 8, position + 16) == 0
                || Memory.getLong(position + 8) != key;
        if (lost) {
          return 0;
        }
        place = Memory.getLong(position);
        long value = Memory.getLong(position + 16);
        C.Py_IncRef(value);
        return value;
      } finally {
        thread.scratchFree(position);
      }
    }
  }

  private final class Entry extends SimpleEntry<@Nullable Object, @Nullable Object> {

    private static final long serialVersionUID = 1;

    Entry(@Nullable Object key, @Nullable Object value) {
      super(key, value);
    }

    @Override
    public @Nullable Object setValue(@Nullable Object value) {
      put(getKey(), value);
      return super.setValue(value);
    }
  }
}
