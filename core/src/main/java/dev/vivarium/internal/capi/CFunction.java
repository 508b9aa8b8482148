package dev.vivarium.internal.capi;

import java.lang.invoke.MethodHandle;

/**
 * A C function of up to four integers or pointers, each passed as a long. It returns a long, of
 * which an int is the lower half, or something of no meaning where it returns nothing. An error of
 * the JVM's, a full stack say, is thrown as it is.
 *
 * @param handle of four longs, the last ones of which a function with fewer does not look at
 */
record CFunction(MethodHandle handle, String name) {

  long call() {
    return call(0, 0, 0, 0);
  }

  long call(long first) {
    return call(first, 0, 0, 0);
  }

  long call(long first, long second) {
    return call(first, second, 0, 0);
  }

  long call(long first, long second, long third) {
    return call(first, second, third, 0);
  }

  long call(long first, long second, long third, long fourth) {
    try {
      return (long) handle.invokeExact(first, second, third, fourth);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError(name, t);
    }
  }
}
