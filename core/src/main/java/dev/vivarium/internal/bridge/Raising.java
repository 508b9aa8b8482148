package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Home;
import java.lang.foreign.Arena;

/** What calls into Java raise in Python. */
public final class Raising {

  // Made before there is need of them
  private static final long MEMORY_ERROR = LibPython.pointer("PyExc_MemoryError");
  private static final long NO_MEMORY =
      Arena.global().allocateFrom("Java has no memory or stack left for this call").address();

  private Raising() {}

  /** Raises a Java exception in Python; 0, for C to return. */
  public static long raise(Home home, Throwable thrown) {
    try {
      set(home.toPythonException(thrown));
      return 0;
    } catch (Throwable t) {
      if (raiseSame(home, t)) {
        return 0;
      }
      boolean room = !(t instanceof StackOverflowError || thrown instanceof StackOverflowError);
      return room ? refused(thrown.toString()) : noRoom(thrown);
    }
  }

  // What Python code itself has raised meanwhile, a KeyboardInterrupt mostly, arrives as such
  private static boolean raiseSame(Home home, Throwable raised) {
    long same = home.surface().pythonException(home, raised);
    if (same != 0) {
      set(same);
    }
    return same != 0;
  }

  // PyErr_SetObject sets __context__ to what is being handled, as a raise statement does. One that
  // has been raised before has its own from there
  private static void set(long newReference) {
    long traceback = C.PyException_GetTraceback(newReference);
    if (traceback != 0) {
      C.Py_DecRef(traceback);
      C.PyErr_SetRaisedException(newReference);
    } else {
      C.PyErr_SetObject(Types.typeOf(newReference), newReference);
      C.Py_DecRef(newReference);
    }
  }

  /**
   * For the last catch of a call from Python: what was thrown becomes an exception in Python if
   * there is memory and room for it, and else one that needs nothing made. Throws nothing.
   */
  public static long lastResort(Throwable thrown) {
    try {
      return thrown instanceof StackOverflowError ? noRoom(thrown) : refused(thrown.toString());
    } catch (Throwable t) {
      return noMemory();
    }
  }

  private static long noMemory() {
    try {
      C.PyErr_SetString(MEMORY_ERROR, NO_MEMORY);
    } catch (Throwable t) {
      // CPython takes what returns nothing and raises nothing for a SystemError
    }
    return 0;
  }

  /** For Java code that has left a thread state open, which has been released. */
  static long forgotten(long result) {
    if (result != 0) {
      C.Py_DecRef(result);
      refused("Java code left a thread state open; it has been released");
    }
    return 0;
  }

  /** For a call from Python that has come to the end of the stack. */
  public static long noRoom(Throwable thrown) {
    return set("PyExc_RecursionError", thrown.toString());
  }

  public static long refused(String message) {
    return set("PyExc_RuntimeError", message);
  }

  static long valueError(String message) {
    return set("PyExc_ValueError", message);
  }

  /** A RuntimeWarning; None for C to return, or 0 where warnings are errors. */
  static long warn(String message) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom(message).address();
      if (C.PyErr_WarnEx(LibPython.pointer("PyExc_RuntimeWarning"), text, 1) != 0) {
        return 0;
      }
    }
    C.Py_IncRef(Types.NONE);
    return Types.NONE;
  }

  public static long typeError(String message) {
    return set("PyExc_TypeError", message);
  }

  private static long set(String type, String message) {
    try (Arena arena = Arena.ofConfined()) {
      C.PyErr_SetString(
          LibPython.pointer(type), arena.allocateFrom(message.replace('\0', ' ')).address());
    }
    return 0;
  }
}
