package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Converters;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToPython;
import java.math.BigInteger;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A converter of a user's, as the inner rooms call it. */
record RegisteredConverter<T>(Class<T> type, Converter<T> converter) implements Converters.Own {

  // What is converted before anyone looks for a converter
  private static final Set<Class<?>> BUILT_IN =
      Set.of(
          Object.class,
          Void.class,
          Boolean.class,
          Character.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          BigInteger.class,
          String.class,
          CharSequence.class,
          byte[].class,
          PyObject.class);

  RegisteredConverter {
    Objects.requireNonNull(converter, "converter");
    requireOwn(type);
  }

  /** That a type is one that a converter can be registered for. */
  static void requireOwn(Class<?> type) {
    if (type.isPrimitive() || BUILT_IN.contains(type)) {
      throw new IllegalArgumentException(
          "the conversion of " + type.getName() + " is fixed: register one for a type of your own");
    }
  }

  @Override
  public long toPython(Home home, Object value) {
    Interpreter into = Interpreter.of(home);
    Object converted =
        home.<@Nullable Object, RuntimeException>detached(
            () -> converter.toPython(type.cast(value), into));
    if (type.isInstance(converted)) {
      throw new ConversionException(
          "the converter for " + type.getName() + " returns one again, which has no end");
    }
    return ToPython.convert(home, converted);
  }

  @Override
  public @Nullable Object convert(Home home, long object) {
    return made(home, object, type, converter::toJava);
  }

  /** What a function of the user's makes of a borrowed object. */
  static <T> @Nullable T made(
      Home home, long object, Class<T> type, Function<? super PyObject, ? extends T> function) {
    C.Py_IncRef(object);
    try (PyObject python = PyObject.take(home, object)) {
      return type.cast(
          home.<@Nullable Object, RuntimeException>detached(() -> function.apply(python)));
    } catch (ConversionException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new ConversionException(String.valueOf(e.getMessage()), e);
    }
  }
}
