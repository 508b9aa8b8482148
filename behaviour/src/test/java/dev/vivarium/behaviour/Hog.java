package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * C code that keeps a thread of Python until Java lets go, from {@code src/test/c/hog.c}. Once a
 * process.
 */
final class Hog {

  private static final Path FILE =
      Path.of(PythonUnderTest.property("vivarium.test.natives"), "libhog.so");
  private static final SymbolLookup LIBRARY = SymbolLookup.libraryLookup(FILE, Arena.global());
  private static final MethodHandle BEGIN = bind("hog_begin", FunctionDescriptor.ofVoid());
  private static final MethodHandle INSIDE = bind("hog_inside", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle LET_GO = bind("hog_let_go", FunctionDescriptor.ofVoid());

  private Hog() {}

  private static MethodHandle bind(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(LIBRARY.findOrThrow(name), type);
  }

  /** A sub-interpreter that can load the library: before 3.13 one with a GIL of its own cannot. */
  static Interpreter subinterpreter(Python python) {
    return python.version().isAtLeast(3, 13)
        ? PythonUnderTest.ownGil()
        : PythonUnderTest.sharedGil();
  }

  /**
   * Gives Python code {@code calm} and {@code greedy}: the library without and with the GIL held.
   */
  static void define(Interpreter interpreter) {
    interpreter.exec(
        "import ctypes\ncalm, greedy = ctypes.CDLL('%1$s'), ctypes.PyDLL('%1$s')".formatted(FILE));
  }

  /** Lets those in {@code hog_await} go on. */
  static void begin() {
    call(BEGIN);
  }

  /** Waits until somebody is in {@code hog_stay}. */
  static void awaitInside() {
    Await.until("somebody is in C", Hog::isInside);
  }

  static boolean isInside() {
    try {
      return (int) INSIDE.invokeExact() > 0;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Lets those in {@code hog_stay} out. */
  static void letGo() {
    call(LET_GO);
  }

  private static void call(MethodHandle function) {
    try {
      function.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
