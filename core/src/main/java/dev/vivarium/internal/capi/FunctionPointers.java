package dev.vivarium.internal.capi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Calls C functions that have no name: what a type's slots or a module's methods point to. */
public final class FunctionPointers {

  private static final MethodHandle THREE_POINTERS =
      Linker.nativeLinker()
          .downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  private FunctionPointers() {}

  /** {@code newfunc}, of the slot {@code tp_new}. */
  public static long newObject(long function, long type, long arguments, long keywords) {
    return call(function, type, arguments, keywords);
  }

  /** {@code PyCFunction}, of a method that takes no arguments. */
  public static long callMethod(long function, long self) {
    return call(function, self, 0, 0);
  }

  private static long call(long function, long first, long second, long third) {
    try {
      return (long)
          THREE_POINTERS.invokeExact(MemorySegment.ofAddress(function), first, second, third);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("a C function by its address", t);
    }
  }
}
