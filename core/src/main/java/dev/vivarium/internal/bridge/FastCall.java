package dev.vivarium.internal.bridge;

import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Upcall;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.Callbacks;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * A C function in Java that Python calls with {@code METH_FASTCALL | METH_KEYWORDS}.
 *
 * <p>The JIT takes a record's fields for constants, and so compiles each function with all that its
 * body leads to, as long as C2 finds the code here small enough to inline: it is so by itself,
 * since a method handle that is no constant yet is not inlined.
 *
 * @param body of type {@link #BODY}, which throws nothing that Python code is to see
 */
public record FastCall(MethodHandle body) {

  /** Home, self, arguments, their number, names of the last ones; to a new reference, or 0. */
  public static final MethodType BODY =
      methodType(long.class, Home.class, long.class, long.class, int.class, long.class);

  private static final int METH_FASTCALL_KEYWORDS = 0x80 | 0x02;
  private static final MethodHandle CALLED;

  static {
    try {
      CALLED = MethodHandles.lookup().findVirtual(FastCall.class, "called", Upcall.TYPE);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A {@code PyMethodDef*}, with a function pointer of its own. */
  public static long define(Arena arena, String name, String documentation, MethodHandle body) {
    long definition = arena.allocate(32, 8).address();
    Memory.putLong(definition, arena.allocateFrom(name).address());
    Memory.putLong(
        definition + 8, LibPython.functionPointer(CALLED.bindTo(new FastCall(body)), arena));
    Memory.putInt(definition + 16, METH_FASTCALL_KEYWORDS);
    Memory.putLong(definition + 24, arena.allocateFrom(documentation).address());
    return definition;
  }

  /** The function pointer of a {@code PyMethodDef*}. */
  public static long function(long definition) {
    return Memory.getLong(definition + 8);
  }

  /** Python calls. Nothing may be thrown from here: it would end the JVM. */
  @SuppressWarnings("unused") // from C
  private long called(long self, long arguments, long count, long keywords) {
    try {
      Attachment attachment = Callbacks.begin();
      if (attachment == null) {
        return Raising.refused("its interpreter is ending, and takes no calls into Java now");
      }
      int floor = Callbacks.raiseFloor(attachment);
      boolean forgotten = true;
      long result = 0;
      try {
        result =
            (long)
                body.invokeExact(
                    Home.of(attachment.interpreter()), self, arguments, (int) count, keywords);
      } finally {
        forgotten = Callbacks.end(attachment, floor);
      }
      return forgotten ? Raising.forgotten(result) : result;
    } catch (Throwable t) {
      return Raising.lastResort(t);
    }
  }
}
