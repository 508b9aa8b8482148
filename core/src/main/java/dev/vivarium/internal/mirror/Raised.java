package dev.vivarium.internal.mirror;

import java.io.Serial;

/**
 * Says that an exception has been raised in Python, with what it holds in no one's hands but
 * Python's: a {@code PythonException} would hold it until the collector finds that.
 */
final class Raised extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  Raised() {
    super(null, null, false, false);
  }
}
