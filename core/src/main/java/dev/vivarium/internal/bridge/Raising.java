package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/** Java exceptions on their way through Python, and the same objects again on their way back. */
public final class Raising {

  private static final String CARRIED = "__java__";
  private static final Handles<Throwable> THROWABLES = new Handles<>();
  private static final long CAPSULE_NAME =
      Arena.global().allocateFrom("dev.vivarium.throwable").address();
  private static final long DROPPED =
      LibPython.functionPointer(
          MethodHandles.lookup(), Raising.class, "dropped", methodType(void.class, long.class));

  private Raising() {}

  /** Raises a Java exception in Python; 0, for C to return. */
  static long raise(Home home, Throwable thrown) {
    try {
      C.PyErr_SetRaisedException(home.toPythonException(thrown));
      return 0;
    } catch (Throwable t) {
      boolean room = !(t instanceof StackOverflowError || thrown instanceof StackOverflowError);
      return room ? refused(thrown.toString()) : noRoom(thrown);
    }
  }

  /** For a call from Python that has come to the end of the stack. */
  static long noRoom(Throwable thrown) {
    return set("PyExc_RecursionError", thrown.toString());
  }

  /** A new Python exception that carries a Java one, as a new reference. */
  public static long carry(Home home, Throwable thrown) {
    try (Call call = Call.of(home)) {
      long exception =
          home.checked(
              call.add((Object) thrown.toString()).callFunction(home.support("JavaException")));
      long handle = THROWABLES.add(thrown);
      long capsule = C.PyCapsule_New(handle, CAPSULE_NAME, DROPPED);
      if (capsule == 0) {
        THROWABLES.remove(handle);
        C.Py_DecRef(exception);
        throw home.raised();
      }
      int failed = C.PyObject_SetAttr(exception, home.name(CARRIED), capsule);
      C.Py_DecRef(capsule);
      if (failed != 0) {
        C.Py_DecRef(exception);
        throw home.raised();
      }
      return exception;
    }
  }

  /** The Java exception that a Python one carries, or null. */
  public static @Nullable Throwable carried(Home home, long exception) {
    if (!home.hasSupport() || !Types.isInstance(exception, home.support("JavaException"))) {
      return null;
    }
    long capsule = C.PyObject_GetAttr(exception, home.name(CARRIED));
    if (capsule == 0) {
      C.PyErr_Clear();
      return null;
    }
    try {
      return C.PyCapsule_IsValid(capsule, CAPSULE_NAME) == 0
          ? null
          : THROWABLES.get(C.PyCapsule_GetPointer(capsule, CAPSULE_NAME));
    } finally {
      C.Py_DecRef(capsule);
    }
  }

  static long refused(String message) {
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

  static long typeError(String message) {
    return set("PyExc_TypeError", message);
  }

  private static long set(String type, String message) {
    try (Arena arena = Arena.ofConfined()) {
      C.PyErr_SetString(
          LibPython.pointer(type), arena.allocateFrom(message.replace('\0', ' ')).address());
    }
    return 0;
  }

  @SuppressWarnings("unused") // from C, when the capsule's last reference goes
  static void dropped(long capsule) {
    try {
      THROWABLES.remove(C.PyCapsule_GetPointer(capsule, CAPSULE_NAME));
    } catch (Throwable t) {
      // A destructor has nobody to tell; what is lost is one entry of a table
    }
  }
}
