package dev.vivarium.internal.object;

import org.jspecify.annotations.Nullable;

/**
 * What conversions and errors need of the rooms above: the public classes that a user sees, and
 * Java functions as Python objects. Set once, at the start.
 */
public interface Surface {

  /** The name of the class that {@link #wrap} makes. */
  String WRAPPER = "dev.vivarium.PyObject";

  /** The name of the class that {@link #complex} makes. */
  String COMPLEX = "dev.vivarium.Complex";

  /** A public wrapper that takes over a new reference. */
  Object wrap(Home home, long newReference);

  /**
   * The object behind a public wrapper.
   *
   * @return a new reference, or 0 if the value is no wrapper
   */
  long unwrap(Home home, Object value);

  /** The Java exception for a raised Python one, whose reference this takes over. */
  RuntimeException raised(Home home, long exception);

  RuntimeException unconvertible(String message);

  /** Whether an exception says that a value does not convert, as {@link #unconvertible} makes. */
  boolean isUnconvertible(RuntimeException exception);

  /** An exception with the place where it happened added, if {@link #unconvertible} made it. */
  RuntimeException at(String place, RuntimeException thrown);

  /** The Java counterpart of a Python complex. */
  Object complex(double real, double imaginary);

  /** A new reference to a complex, if the value is the counterpart of one, else 0. */
  long fromComplex(Object value);

  /**
   * A live view of a container, or an iterator or a stream over what can be iterated.
   *
   * @param type which of these
   * @param first how items, or a mapping's keys, are converted
   * @param second how a mapping's values are converted
   */
  Object view(Home home, long object, Class<?> type, Conversion first, Conversion second);

  /** A {@code CompletableFuture} of what an awaitable gives. */
  Object future(Home home, long awaitable, Conversion result);

  /** For an interpreter that refuses newcomers. */
  RuntimeException closed(Home home);

  /** For a thread that is attached to another interpreter than an object's (BEHAVIOUR O1). */
  RuntimeException wrongInterpreter(Home home);

  /** A Python callable for a Java function, as a new reference; 0 if the value is none. */
  long newFunction(Home home, Object function);

  /** A Java object in Python, by reference; a new reference. */
  long newObject(Home home, Object object);

  /**
   * The Java object that a Python object is or stands for, or null.
   *
   * @param type its Python type
   * @param to what is wanted: any type, or one that the object must be
   */
  @Nullable Object java(Home home, long object, long type, Class<?> to);

  /** The Java function behind a Python callable, or null. */
  @Nullable Object function(long callable);

  /**
   * The Python exception of this interpreter that a Java one came from, as a new reference; or 0.
   */
  long pythonException(Home home, Throwable exception);

  /** The exception that a Java exception becomes in Python, as a new reference. */
  long toPythonException(Home home, Throwable exception);

  /** Prepares an interpreter that has been made or met; attached. */
  void begin(Home home);
}
