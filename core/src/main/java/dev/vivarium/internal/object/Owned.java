package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A reference that the library holds for itself as long as the interpreter lives, and gives back at
 * its last moment, when only finalizers can still ask for it: they have it made again.
 */
public final class Owned {

  private final long pointer;
  private final Map<String, Long> items = new ConcurrentHashMap<>();

  Owned(long newReference) {
    this.pointer = newReference;
  }

  /** Borrowed; attached. */
  public long pointer() {
    return pointer;
  }

  /** Of a namespace that nobody changes: a borrowed reference to what has that name; attached. */
  public long item(String name) {
    Long known = items.get(name);
    if (known != null) {
      return known;
    }
    try (Arena arena = Arena.ofConfined()) {
      long found = C.PyDict_GetItemString(pointer, arena.allocateFrom(name).address());
      if (found == 0) {
        throw new IllegalStateException("the library's own Python code has no " + name);
      }
      items.put(name, found);
      return found;
    }
  }

  void giveBack() {
    C.Py_DecRef(pointer);
  }
}
