package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import org.jspecify.annotations.Nullable;

/** A Python value taken apart by {@code values.py}: a tuple of plain values, held until closed. */
final class Parts implements AutoCloseable {

  private final Home home;
  private final long tuple;

  private Parts(Home home, long tuple) {
    this.home = home;
    this.tuple = tuple;
  }

  /**
   * Takes a value apart.
   *
   * @param target what it is to become, for the message if it is of another type
   */
  static Parts of(Home home, long object, String function, String target) {
    long tuple;
    try (Call call = Call.of(home)) {
      tuple = home.checked(call.addBorrowed(object).callFunction(home.values().function(function)));
    }
    if (tuple == Types.NONE) {
      C.Py_DecRef(tuple);
      throw ToJava.cannot(home, object, target);
    }
    return new Parts(home, tuple);
  }

  int integer(int index) {
    return ToJava.toInt(home, C.PyTuple_GetItem(tuple, index));
  }

  long number(int index) {
    return ToJava.toLong(home, C.PyTuple_GetItem(tuple, index));
  }

  String text(int index) {
    return ToJava.toText(home, C.PyTuple_GetItem(tuple, index));
  }

  @Nullable Object value(int index) {
    return ToJava.natural(home, C.PyTuple_GetItem(tuple, index));
  }

  @Override
  public void close() {
    C.Py_DecRef(tuple);
  }
}
