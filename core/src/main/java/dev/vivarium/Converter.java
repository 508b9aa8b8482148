package dev.vivarium;

import org.jspecify.annotations.Nullable;

/**
 * How values of a Java type of your own cross, both ways: see {@link Interpreter#register} and
 * {@link Python#register}. Called on whatever thread converts, and detached, so that it may block:
 * what it does with Python objects attaches by itself, and {@link Interpreter#call} does for more.
 *
 * @param <T> the Java type
 */
public interface Converter<T> {

  /**
   * What Python gets for a value: a {@link PyObject} of that interpreter, or anything that has a
   * counterpart, such as a map.
   */
  @Nullable Object toPython(T value, Interpreter interpreter);

  /**
   * The value of a Python object, which is not {@code None}, where this type is asked for.
   *
   * @throws IllegalArgumentException if it has none; {@code ConversionException} adds the place
   */
  T toJava(PyObject object);
}
