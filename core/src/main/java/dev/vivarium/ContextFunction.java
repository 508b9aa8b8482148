package dev.vivarium;

import org.jspecify.annotations.Nullable;

/** A body that runs within a Python context manager. */
@FunctionalInterface
public interface ContextFunction<T extends @Nullable Object, X extends Throwable> {

  /**
   * The body.
   *
   * @param entered what {@code __enter__} returned
   */
  T apply(PyObject entered) throws X;
}
