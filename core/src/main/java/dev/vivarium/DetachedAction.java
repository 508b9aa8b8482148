package dev.vivarium;

/**
 * What to do while other threads run Python.
 *
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface DetachedAction<X extends Throwable> {

  /** Runs with no thread state attached. */
  void run() throws X;
}
