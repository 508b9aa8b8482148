package dev.vivarium.internal.capi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Calls C functions that have no name: what a type's slots point to. */
public final class FunctionPointers {

  private static final MethodHandle NEWFUNC =
      Linker.nativeLinker()
          .downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  private FunctionPointers() {}

  /** {@code newfunc}, of the slot {@code tp_new}. */
  public static long newObject(long function, long type, long arguments, long keywords) {
    try {
      return (long)
          NEWFUNC.invokeExact(MemorySegment.ofAddress(function), type, arguments, keywords);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("a newfunc", t);
    }
  }
}
