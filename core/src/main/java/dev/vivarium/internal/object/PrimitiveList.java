package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import java.lang.foreign.Arena;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/** Lists of what Java has in arrays of numbers, made by CPython in one go. */
final class PrimitiveList {

  /** From how many on that is the faster way. */
  static final int WORTH_IT = 32;

  private static final int READ = 0x100; // PyBUF_READ

  private PrimitiveList() {}

  static boolean isOf(Object array) {
    return format(array) != null;
  }

  /** A new reference to a list. */
  static long of(Home home, Object array) {
    try (Arena arena = Arena.ofConfined()) {
      long bytes = Memory.elementBytes(array) * Array.getLength(array);
      long copy = arena.allocate(bytes, 8).address();
      Memory.copyFrom(array, copy);
      long memory = home.checked(C.PyMemoryView_FromMemory(copy, bytes, READ));
      long view = 0;
      try (Call cast = Call.of(home, 2);
          Call list = Call.of(home, 1)) {
        cast.addSelf(memory);
        cast.add(format(array));
        view = home.checked(cast.callMethod(home.name("cast")));
        list.addSelf(view);
        return home.checked(list.callMethod(home.name("tolist")));
      } finally {
        if (view != 0) {
          C.Py_DecRef(view);
        }
        C.Py_DecRef(memory); // before what it shows goes
      }
    }
  }

  private static @Nullable String format(Object array) {
    return switch (array) {
      case short[] a -> "h";
      case int[] a -> "i";
      case long[] a -> "q";
      case float[] a -> "f";
      case double[] a -> "d";
      default -> null;
    };
  }
}
