package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Target;
import dev.vivarium.internal.object.ToPython;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a mapping or the items of a set, as a view shows them: what is an enum's constant to
 * Java may be a str to Python, which no conversion of the constant gives.
 */
final class Shown {

  private final Home home;
  private final Conversion conversion;

  Shown(Home home, Conversion conversion) {
    this.home = home;
    this.conversion = conversion;
  }

  /**
   * What is shown as that value; attached.
   *
   * @return a new reference, or 0 if there is none
   */
  long find(long container, @Nullable Object value) {
    long asPython = asPython(container, value);
    return asPython != 0 || value == null || isOneInPython(value)
        ? asPython
        : search(container, value);
  }

  /** Whether something is shown as that value; attached. */
  boolean has(long container, @Nullable Object value) {
    long found = find(container, value);
    if (found != 0) {
      C.Py_DecRef(found);
    }
    return found != 0;
  }

  // What toPython makes of it, if that is there
  private long asPython(long container, @Nullable Object value) {
    try {
      long converted = ToPython.convert(home, value);
      try {
        int found = C.PySequence_Contains(container, converted);
        home.checked(found);
        if (found != 0) {
          C.Py_IncRef(converted);
          return converted;
        }
      } finally {
        C.Py_DecRef(converted);
      }
    } catch (ConversionException e) {
      return 0;
    } catch (PythonException e) {
      if (!e.isInstance("TypeError")) { // else not hashable, so in no set and no key
        throw e;
      }
    }
    return 0;
  }

  // Else what is shown as it may be something else to Python. Of no type, only tuples and
  // frozensets are, which lists and sets are not equal to or cannot be asked for
  @SuppressWarnings("ReferenceEquality") // that very one is for no type
  private boolean isOneInPython(Object value) {
    return conversion == Target.ELEMENT
        ? !(value instanceof Collection)
        : value instanceof String
            || value instanceof Number
            || value instanceof Boolean
            || value instanceof Character
            || value instanceof PyObject;
  }

  private long search(long container, Object value) {
    long all = home.checked(C.PySequence_Tuple(container));
    try {
      long length = C.PyTuple_Size(all);
      for (long i = 0; i < length; i++) {
        long item = C.PyTuple_GetItem(all, i);
        if (isShownAs(item, value)) {
          C.Py_IncRef(item);
          return item;
        }
      }
      return 0;
    } finally {
      C.Py_DecRef(all);
    }
  }

  private boolean isShownAs(long item, Object value) {
    Object shown;
    try {
      shown = conversion.convert(home, item);
    } catch (ConversionException e) {
      return false; // nothing is shown for it
    }
    return home.<Boolean, RuntimeException>detached(() -> value.equals(shown)); // anybody's code
  }
}
