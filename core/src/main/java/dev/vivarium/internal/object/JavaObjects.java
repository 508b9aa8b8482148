package dev.vivarium.internal.object;

import org.jspecify.annotations.Nullable;

/** Java's functions and objects in one interpreter, as the rooms above show them to Python. */
public interface JavaObjects {

  /** A Python callable for a Java function, as a new reference; 0 if the value is none. */
  long newFunction(Object function);

  /** The Java function behind a Python callable, or null. */
  @Nullable Object function(long callable);

  /** A Java object in Python, by reference; a new reference. */
  long reference(Object object);

  /**
   * The Java object that a Python object is or stands for, or null.
   *
   * @param type its Python type
   * @param to what is wanted: any type, or one that the object must be
   */
  @Nullable Object java(long object, long type, Class<?> to);

  /** Whether a Python type is that of Java's texts, which derives from {@code str}. */
  boolean isText(long type);

  /** The Python exception that a Java one becomes, as a new reference. */
  long exception(Throwable thrown);
}
