package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import java.util.AbstractMap;
import java.util.AbstractSet;
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

  MapView(PyObject python, Conversion keys, Conversion values) {
    this.python = python;
    this.home = python.home();
    this.keys = keys;
    this.values = values;
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
    return python.has(key);
  }

  // Asks first: for a missing key a defaultdict would make an entry
  @Override
  public @Nullable Object get(@Nullable Object key) {
    return python.within(map -> python.has(key) ? python.passing(key, k -> value(map, k)) : null);
  }

  private @Nullable Object value(long map, long key) {
    long value = home.checked(C.PyObject_GetItem(map, key));
    try {
      return values.convert(home, value);
    } catch (ConversionException e) {
      throw Conversion.at("the value of " + keys.convert(home, key), e);
    } finally {
      C.Py_DecRef(value);
    }
  }

  @Override
  public @Nullable Object put(@Nullable Object key, @Nullable Object value) {
    python.requireForChange("__setitem__");
    return python.within(map -> {
      Object before = get(key);
      python.setItem(key, value);
      return before;
    });
  }

  @Override
  public @Nullable Object remove(@Nullable Object key) {
    python.requireForChange("__delitem__");
    return python.within(map -> {
      if (!python.has(key)) {
        return null;
      }
      Object before = get(key);
      python.delItem(key);
      return before;
    });
  }

  @Override
  public void clear() {
    python.change("clear");
  }

  @Override
  public Set<Map.Entry<@Nullable Object, @Nullable Object>> entrySet() {
    return new Entries();
  }

  private final class Entries extends AbstractSet<Map.Entry<@Nullable Object, @Nullable Object>> {

    @Override
    public int size() {
      return MapView.this.size();
    }

    /** Over the keys as they are now. */
    @Override
    public Iterator<Map.Entry<@Nullable Object, @Nullable Object>> iterator() {
      return new Snapshot<>(python, MapView.this::entry, MapView.this::remove);
    }

    @Override
    public void clear() {
      MapView.this.clear();
    }
  }

  // The value of the moment; null if the key has been removed meanwhile
  private Object entry(Home ignored, long key) {
    Object converted = keys.convert(home, key);
    Object value =
        python.within(map -> C.PySequence_Contains(map, key) == 1 ? value(map, key) : null);
    return new Entry(converted, value);
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
