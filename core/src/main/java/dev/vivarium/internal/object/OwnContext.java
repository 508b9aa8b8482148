package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import org.jspecify.annotations.Nullable;

/**
 * A context ({@code contextvars}) for one call of a virtual thread: in that of its platform thread
 * is what others have left there.
 */
public final class OwnContext {

  private OwnContext() {}

  /**
   * Runs a body in an empty one; attached.
   *
   * @param body gives back all that it attaches, or its context would not be there to be left
   */
  public static <T extends @Nullable Object, X extends Throwable> T run(
      Home home, Home.Body<T, X> body) throws X {
    long context = home.checked(C.PyContext_New());
    try {
      home.checked(C.PyContext_Enter(context));
      try {
        return body.run();
      } finally {
        leave(context);
      }
    } finally {
      C.Py_DecRef(context);
    }
  }

  // It fails where C code has entered another and not left it
  private static void leave(long context) {
    if (C.PyContext_Exit(context) < 0) {
      C.PyErr_Clear();
    }
  }
}
