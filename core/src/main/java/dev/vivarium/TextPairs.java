package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.JavaThread;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of a small dict whose keys are texts. Each has a reference if the conversion of one may
 * run Python code, which may change the dict. Attached, in a block that nothing leaves.
 */
final class TextPairs implements AutoCloseable {

  private static final int PAIR = 2 * Long.BYTES;

  private final JavaThread thread;
  private final long memory; // where PyDict_Next keeps its place; then the pairs
  private int count;
  private int held;

  private TextPairs(JavaThread thread, long memory) {
    this.thread = thread;
    this.memory = memory;
  }

  /** Those of a dict, or null if it has more, or other keys, or others may change it meanwhile. */
  static @Nullable TextPairs of(Home home, long dict, int most) {
    if (!Types.hasGil() || Types.typeOf(dict) != Types.DICT) {
      return null;
    }
    JavaThread thread = JavaThread.current();
    long memory = thread.scratch(Long.BYTES + (most + 1L) * PAIR);
    if (memory == 0) {
      return null;
    }
    TextPairs pairs = new TextPairs(thread, memory);
    if (!pairs.isFilled(dict, most)) {
      pairs.close();
      return null;
    }
    if (!home.converters().isEmpty() || !pairs.arePlain()) {
      pairs.hold();
    }
    return pairs;
  }

  private boolean isFilled(long dict, int most) {
    Memory.putLong(memory, 0);
    long next = at(0);
    while (C.PyDict_Next(dict, memory, next, next + Long.BYTES) != 0) {
      if (count == most || Types.typeOf(key(count)) != Types.STR) {
        return false;
      }
      count++;
      next = at(count);
    }
    return true;
  }

  private boolean arePlain() {
    for (int i = 0; i < count; i++) {
      if (!isPlain(value(i))) {
        return false;
      }
    }
    return true;
  }

  // Whose conversion and end run no code
  private static boolean isPlain(long object) {
    return Types.typeOf(object) == Types.STR || Types.isPlainNumber(object);
  }

  private void hold() {
    for (held = 0; held < count; held++) {
      C.Py_IncRef(key(held));
      C.Py_IncRef(value(held));
    }
  }

  int count() {
    return count;
  }

  private long at(int index) {
    return memory + Long.BYTES + (long) index * PAIR;
  }

  long key(int index) {
    return Memory.getLong(at(index));
  }

  long value(int index) {
    return Memory.getLong(at(index) + Long.BYTES);
  }

  @Override
  public void close() {
    for (int i = 0; i < held; i++) {
      C.Py_DecRef_quick(key(i));
      if (isPlain(value(i))) {
        C.Py_DecRef_quick(value(i));
      } else {
        C.Py_DecRef(value(i));
      }
    }
    thread.scratchFree(memory);
  }
}
