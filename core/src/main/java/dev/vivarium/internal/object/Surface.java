package dev.vivarium.internal.object;

import java.nio.Buffer;

/**
 * What conversions and errors need of the public classes that stand for Python objects. Set once,
 * at the start.
 */
public interface Surface {

  /** The public class of what {@link #wrap} makes. */
  Class<?> wrapper();

  /** A public wrapper that takes over a new reference. */
  Object wrap(Home home, long newReference);

  /**
   * The object behind a public wrapper.
   *
   * @return a new reference, or 0 if the value is no wrapper
   */
  long unwrap(Home home, Object value);

  /** Whether a value stands for a Python object, as a wrapper or as a live view. */
  boolean isOfPython(Object value);

  /** Whether the value is a live view of an object of another interpreter. */
  boolean isSeenElsewhere(Home home, Object value);

  /** The Java exception for a raised Python one, whose reference this takes over. */
  RuntimeException raised(Home home, long exception);

  /** The same, to be given and not thrown. */
  Throwable throwable(Home home, long exception);

  /**
   * The Python exception of this interpreter that a Java one came from, as a new reference; or 0.
   */
  long pythonException(Home home, Throwable exception);

  /**
   * A live view of a container, an iterator or a stream over what can be iterated, or a publisher
   * of what can be iterated by {@code async for}.
   *
   * @param type which of these
   * @param first how items, or a mapping's keys, are converted
   * @param second how a mapping's values are converted
   */
  Object view(Home home, long object, Class<?> type, Conversion first, Conversion second);

  /**
   * A new reference to a memoryview of what remains of a direct buffer; attached.
   *
   * @throws RuntimeException if its memory cannot be lent
   */
  long lend(Home home, Buffer buffer);

  /** A {@code CompletableFuture} of what an awaitable gives. */
  Object future(Home home, long awaitable, Conversion result);

  /** Prepares an interpreter that has been made or met; attached. */
  void begin(Home home);
}
