package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.vivarium.testing.PythonUnderTest;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The C library that calls back on threads of its own, from {@code src/test/c/callbacks.c}. */
final class CallingLibrary {

  /** {@code long (*)(long)}. */
  static final FunctionDescriptor LONG_TO_LONG = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG);

  private static final SymbolLookup LIBRARY =
      SymbolLookup.libraryLookup(
          Path.of(PythonUnderTest.property("vivarium.test.natives"), "libcallbacks.so"),
          Arena.global());
  private static final FunctionDescriptor CALL =
      FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final FunctionDescriptor CALL_OBJECT =
      FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS);
  private static final FunctionDescriptor ASK = FunctionDescriptor.of(JAVA_LONG, ADDRESS);
  private static final MethodHandle ON_THREAD = bind("callbacks_on_thread", CALL);
  private static final MethodHandle HERE = bind("callbacks_here", CALL);
  private static final MethodHandle ON_KEPT_THREAD = bind("callbacks_on_kept_thread", CALL);
  private static final MethodHandle REGISTER =
      bind("callbacks_register_exit_handler", FunctionDescriptor.ofVoid());
  private static final MethodHandle SAY = bind("callbacks_say", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle OBJECT_ON_THREAD =
      bind("callbacks_object_on_thread", CALL_OBJECT);
  private static final MethodHandle START =
      bind("callbacks_start", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle SERVED = bind("callbacks_served", ASK);
  private static final MethodHandle REFUSED = bind("callbacks_refused", ASK);
  private static final MethodHandle STOP = bind("callbacks_stop", ASK);

  private CallingLibrary() {}

  private static MethodHandle bind(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(LIBRARY.findOrThrow(name), type);
  }

  /** The callback's result on a thread that nobody has met. */
  static long onThread(MemorySegment callback, long argument) {
    try {
      return (long) ON_THREAD.invokeExact(callback, argument);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** The callback's result on this thread, as it is. */
  static long here(MemorySegment callback, long argument) {
    try {
      return (long) HERE.invokeExact(callback, argument);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** The callback's result on a thread that the library keeps, and waits for in C's exit. */
  static long onKeptThread(MemorySegment callback, long argument) {
    try {
      return (long) ON_KEPT_THREAD.invokeExact(callback, argument);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Leaves C's exit something to do, which says so on the standard error stream. */
  static void registerExitHandler() {
    try {
      REGISTER.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Puts text into C's own standard output, which writes it when it has enough, or at the end. */
  static void say(String text) {
    try (Arena arena = Arena.ofConfined()) {
      SAY.invokeExact(arena.allocateFrom(text));
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** For a callback that takes and returns a {@code PyObject *}, on a thread nobody has met. */
  static MemorySegment objectOnThread(MemorySegment callback, MemorySegment object) {
    try {
      return (MemorySegment) OBJECT_ON_THREAD.invokeExact(callback, object);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** A C thread that calls {@code callback(expected)} again and again. */
  record Caller(MemorySegment handle) {

    static Caller start(MemorySegment callback, long expected) {
      try {
        return new Caller((MemorySegment) START.invokeExact(callback, expected));
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
    }

    long served() {
      return ask(SERVED);
    }

    long refused() {
      return ask(REFUSED);
    }

    /** Ends the thread; how many calls gave neither what was expected nor the error value -1. */
    long stop() {
      return ask(STOP);
    }

    private long ask(MethodHandle question) {
      try {
        return (long) question.invokeExact(handle);
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
    }
  }
}
