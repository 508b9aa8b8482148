package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import java.util.Set;

/** NumPy's scalars, which are what they hold: an {@code int64} an int. NumPy need not be there. */
public final class Scalars {

  private static final String PREFIX = "numpy.";
  private static final int TYPE_NAME = 8; // PyTypeObject.tp_name, after the head and ob_size
  private static final Set<String> HOLDING =
      Set.of(
          "bool",
          "bool_",
          "int8",
          "int16",
          "int32",
          "int64",
          "uint8",
          "uint16",
          "uint32",
          "uint64",
          "intc",
          "uintc",
          "longlong",
          "ulonglong",
          "float16",
          "float32",
          "float64",
          "str_");
  private static final Set<String> COMPLEX = Set.of("complex64", "complex128", "clongdouble");

  private Scalars() {}

  /** Whether it is one that a bool, an int, a float or a str holds as well. */
  public static boolean isOne(long type) {
    return has(HOLDING, type);
  }

  static boolean isComplex(long type) {
    return has(COMPLEX, type);
  }

  private static boolean has(Set<String> names, long type) {
    long text = Memory.getLong(type + Types.headBytes() + TYPE_NAME);
    for (int i = 0; i < PREFIX.length(); i++) {
      if (Memory.getByte(text + i) != PREFIX.charAt(i)) {
        return false;
      }
    }
    return names.contains(Memory.getString(text + PREFIX.length()));
  }

  /** A new reference to what it holds. */
  public static long held(Home home, long object) {
    long item = home.attribute(object, "item");
    try (Call call = Call.of(home)) {
      return home.checked(call.callFunction(item));
    } finally {
      C.Py_DecRef(item);
    }
  }
}
