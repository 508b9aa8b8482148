package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Home;
import java.util.List;

/** Which array a Python list makes best: its elements decide. */
final class Components {

  private static final int OF_OBJECTS = 3;
  private static final int NARROWER = 4;

  // By what the elements are all at home in: primitive types, the best first
  private static final List<Class<?>> OF_INTS = List.of(int.class, long.class, double.class);
  private static final List<Class<?>> OF_LONGS = List.of(long.class, double.class);
  private static final List<Class<?>> OF_DOUBLES = List.of(double.class);
  private static final List<Class<?>> OF_BOOLEANS = List.of(boolean.class);
  private static final List<Class<?>> OF_OTHERS = List.of();

  private static final List<Class<?>> OTHERS =
      List.of(float.class, short.class, byte.class, char.class, int.class, long.class);

  private Components() {}

  /** From 0, how well a component type fits a list or tuple that can be an array of it. */
  static int rank(Home home, long sequence, Class<?> component) {
    List<Class<?>> best = best(home, sequence);
    int found = best.indexOf(component);
    if (found >= 0) {
      return found;
    } else if (!component.isPrimitive()) {
      return best.isEmpty() ? 0 : OF_OBJECTS;
    }
    return NARROWER + Math.max(0, OTHERS.indexOf(component));
  }

  private static List<Class<?>> best(Home home, long sequence) {
    long copy = home.checked(C.PySequence_List(sequence)); // which nobody else changes
    try {
      List<Class<?>> all = OF_OTHERS;
      for (long i = 0; i < C.PyList_Size(copy); i++) {
        List<Class<?>> one = ofOne(home, C.PyList_GetItem(copy, i));
        all = i == 0 ? one : both(all, one);
      }
      return all;
    } finally {
      C.Py_DecRef(copy);
    }
  }

  private static List<Class<?>> ofOne(Home home, long item) {
    long type = Types.typeOf(item);
    if (type == Types.INT) {
      return Arguments.tried(home, item, int.class, 0) == 0
          ? OF_INTS
          : Arguments.tried(home, item, long.class, 0) == 0 ? OF_LONGS : OF_OTHERS;
    } else if (type == Types.FLOAT) {
      return OF_DOUBLES;
    }
    return type == Types.BOOL ? OF_BOOLEANS : OF_OTHERS;
  }

  // The narrower of two, where one takes in the other
  private static List<Class<?>> both(List<Class<?>> one, List<Class<?>> other) {
    return one.containsAll(other) ? other : other.containsAll(one) ? one : OF_OTHERS;
  }
}
