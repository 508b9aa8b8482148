package dev.vivarium;

import org.jspecify.annotations.Nullable;

/**
 * What to do while other threads run Python, with a result.
 *
 * @param <T> the result
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface DetachedSupplier<T extends @Nullable Object, X extends Throwable> {

  /** Runs with no thread state attached. */
  T get() throws X;
}
