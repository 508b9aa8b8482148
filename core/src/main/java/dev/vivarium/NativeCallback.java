package dev.vivarium;

import dev.vivarium.internal.bridge.NativeFunction;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemorySegment;

/**
 * A C function pointer for a C library to call, on any thread at any time: it enters the
 * interpreter that it was made in, whatever the thread has attached, and calls a Python callable
 * there. Made by {@link Interpreter#nativeCallback}.
 *
 * <p>It keeps no interpreter alive, and a call of it is never hung or killed by an interpreter's
 * end: once that has begun, calls from outside get the error value, at once, and the Java side is
 * told (guide: {@code docs/guide/callbacks.md}). So do calls after {@link #close}, and calls whose
 * callable raises; what it has raised goes to {@code sys.unraisablehook}. Only where C calls with
 * the interpreter attached already and wants a {@link #PY_OBJECT} is the exception left raised, as
 * the C API's own functions do.
 *
 * <p>The pointer itself is valid for the life of the process (some hundred bytes), since nobody can
 * tell when C has forgotten it. A C thread that the JVM has not met is made known to it by the
 * first call, and stays so until it ends; its thread state is kept meanwhile.
 */
public final class NativeCallback implements AutoCloseable {

  /**
   * A {@code PyObject *} of the callback's interpreter: as a parameter borrowed, with {@code None}
   * for NULL; as a result a new reference.
   */
  public static final AddressLayout PY_OBJECT = NativeFunction.PY_OBJECT;

  /** A {@code const char *} parameter: text in UTF-8, or {@code None} for NULL. */
  public static final AddressLayout C_STRING = NativeFunction.C_STRING;

  private final InterpreterView interpreter;
  private final NativeFunction function;

  NativeCallback(InterpreterView interpreter, NativeFunction function) {
    this.interpreter = interpreter;
    this.function = function;
  }

  /** The C function pointer. */
  public MemorySegment pointer() {
    return function.pointer();
  }

  /** A view of the interpreter that calls go to. */
  public InterpreterView view() {
    return interpreter;
  }

  /**
   * Lets go of the callable: from now on C gets the error value. For any thread; calls that are
   * under way go on. A second time it does nothing.
   */
  @Override
  public void close() {
    function.close();
  }

  @Override
  public String toString() {
    return "NativeCallback[" + interpreter + ", 0x" + Long.toHexString(pointer().address()) + "]";
  }
}
