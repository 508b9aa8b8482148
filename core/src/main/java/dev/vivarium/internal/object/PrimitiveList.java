package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/** Lists of what Java has in arrays of numbers, made by CPython in one go. */
final class PrimitiveList {

  /** From how many on that is the faster way. */
  static final int WORTH_IT = 32;

  private PrimitiveList() {}

  static boolean isOf(Object array) {
    return format(array) != null;
  }

  /** A new reference to a list. */
  static long of(Home home, Object array) {
    // In Python's own memory, which whoever comes by the views, as by gc.get_objects, keeps
    long size = Memory.elementBytes(array) * Array.getLength(array);
    long bytes = home.checked(C.PyBytes_FromStringAndSize(0, size));
    long memory = 0;
    long view = 0;
    try {
      Memory.copyFrom(array, C.PyBytes_AsString(bytes));
      memory = home.checked(C.PyMemoryView_FromObject(bytes));
      try (Call cast = Call.of(home, 2);
          Call list = Call.of(home, 1)) {
        cast.addSelf(memory);
        cast.add(format(array));
        view = home.checked(cast.callMethod(home.name("cast")));
        list.addSelf(view);
        return home.checked(list.callMethod(home.name("tolist")));
      }
    } finally {
      giveBack(view);
      giveBack(memory);
      giveBack(bytes);
    }
  }

  private static void giveBack(long object) {
    if (object != 0) {
      C.Py_DecRef(object);
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
