package dev.vivarium.internal.thread;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.ThreadLocalSlot;
import java.util.OptionalInt;

/**
 * A pthread key whose destructor is {@code PyEval_ReleaseThread}: a thread that dies attached lets
 * go of the GIL.
 */
final class DeathKey {

  private static final OptionalInt KEY =
      ThreadLocalSlot.create(LibPython.address("PyEval_ReleaseThread"));

  private DeathKey() {}

  /** Where the calling thread's death looks for what to detach, or 0 if that is not known. */
  static long cell() {
    return KEY.isPresent() ? ThreadLocalSlot.cell(KEY.getAsInt()) : 0;
  }

  /** From now on the calling thread's death detaches this state; 0 for nothing attached. */
  static void detach(JavaThread calling, long state) {
    if (calling.deathCell != 0) {
      Memory.putLong(calling.deathCell, state);
    } else if (KEY.isPresent()) {
      ThreadLocalSlot.set(KEY.getAsInt(), state);
    }
  }
}
