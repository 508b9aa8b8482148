package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Text;
import dev.vivarium.internal.object.ToPython;
import org.jspecify.annotations.Nullable;

/**
 * What Java members give to Python code, as new references: null, booleans, numbers' boxes and text
 * as Python's own, all else as the Java object that it is.
 */
final class Results {

  private Results() {}

  static long nothing() {
    C.Py_IncRef(Types.NONE);
    return Types.NONE;
  }

  static long of(long value) {
    return ToPython.integer(value);
  }

  static long of(double value) {
    return C.PyFloat_FromDouble(value);
  }

  static long of(boolean value) {
    long object = value ? Types.TRUE : Types.FALSE;
    C.Py_IncRef(object);
    return object;
  }

  static long of(char value) {
    return Text.toPython(String.valueOf(value));
  }

  static long of(@Nullable String value) {
    return value == null ? nothing() : Text.toPython(value);
  }

  // The Python type that it is; where a member is declared to give a Class, ofClass says that
  private static long ofType(Home home, Class<?> type) {
    Passed shown = type.isPrimitive() ? null : Mirror.of(home).python().typeObject(type);
    return Mirror.of(home).reference(shown == null ? type : shown);
  }

  /** A {@link Class} as the Java object that it is. */
  static long ofClass(Home home, @Nullable Object type) {
    return type == null ? nothing() : Mirror.of(home).reference(type);
  }

  static long of(Home home, @Nullable Object value) {
    return switch (value) {
      case null -> nothing();
      case String text -> Text.toPython(text);
      case Integer i -> ToPython.integer(i);
      case Long l -> ToPython.integer(l);
      case Boolean b -> of(b.booleanValue());
      case Double d -> C.PyFloat_FromDouble(d);
      case Float f -> C.PyFloat_FromDouble(f);
      case Short s -> ToPython.integer(s);
      case Byte b -> ToPython.integer(b);
      case Character c -> of(c.charValue());
      case Class<?> type -> ofType(home, type);
      default -> Mirror.of(home).given(value);
    };
  }
}
