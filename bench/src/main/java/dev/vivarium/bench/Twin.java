package dev.vivarium.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The C side of the figures: {@code twin.c}, loaded into the process in which Vivarium has started
 * Python, so that it uses the same libpython. Its functions are named and explained there.
 */
final class Twin {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor TIMED = FunctionDescriptor.of(JAVA_DOUBLE, JAVA_DOUBLE);

  private final SymbolLookup library;

  private Twin(SymbolLookup library) {
    this.library = library;
  }

  /** The twin's C source. */
  static String source() throws IOException {
    try (InputStream in = Twin.class.getResourceAsStream("twin.c")) {
      if (in == null) {
        throw new IOException("twin.c is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * Compiles C into a library in {@code folder}.
   *
   * @param compiler the program to run, normally {@code gcc}
   * @param headers the folder with the {@code Python.h} of the Python that will run
   * @throws TwinException if there is no such compiler, or it reports an error
   */
  static Path compile(String compiler, String source, Path headers, Path folder)
      throws TwinException {
    Path c = folder.resolve("twin.c");
    Path library = folder.resolve(System.mapLibraryName("twin"));
    Process gcc;
    try {
      Files.writeString(c, source);
      gcc =
          new ProcessBuilder(
                  List.of(
                      compiler,
                      "-O2",
                      "-shared",
                      "-fPIC",
                      "-I" + headers,
                      "-o",
                      library.toString(),
                      c.toString(),
                      "-lpthread"))
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      throw new TwinException("no C compiler: " + e.getMessage() + "; install gcc", e);
    }
    try (InputStream out = gcc.getInputStream()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      if (gcc.waitFor() != 0) {
        throw new TwinException(compiler + " failed: " + firstError(said), null);
      }
      return library;
    } catch (IOException e) {
      throw new TwinException(compiler + " failed: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      gcc.destroy();
      Thread.currentThread().interrupt();
      throw new TwinException(compiler + " was interrupted", e);
    }
  }

  private static String firstError(String said) {
    List<String> lines = said.lines().toList();
    return lines.stream()
        .filter(line -> line.contains("error"))
        .findFirst()
        .orElse(lines.isEmpty() ? "it says nothing" : lines.getFirst())
        .strip();
  }

  /** Loads a compiled twin. Python must have been started: the twin uses its symbols. */
  static Twin load(Path library) {
    return new Twin(SymbolLookup.libraryLookup(library, Arena.global()));
  }

  /** What one operation of that function takes, measured for about so many milliseconds. */
  double nanoseconds(String function, double milliseconds) {
    try {
      return checked(function, (double) handle(function, TIMED).invokeExact(milliseconds));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** What one call from C of a function pointer of type {@code int (*)(int, int)} takes. */
  double upcallNanoseconds(MemorySegment target, double milliseconds) {
    return upcallNanoseconds("upcall", target, milliseconds);
  }

  /** What one operation of that function takes, which calls such a pointer for each item. */
  double upcallNanoseconds(String function, MemorySegment target, double milliseconds) {
    FunctionDescriptor type = FunctionDescriptor.of(JAVA_DOUBLE, JAVA_DOUBLE, ADDRESS);
    try {
      return checked(function, (double) handle(function, type).invokeExact(milliseconds, target));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * The time from one call of {@code spin()} to the next where so many threads, 1 or 2, make them
   * at the same time, each in an interpreter of its own. The Python source defines the function.
   */
  double spinNanoseconds(int threads, double milliseconds, String source) {
    return onThreads("spin_on", threads, milliseconds, source);
  }

  /**
   * The time from one call to the next where so many threads, 1 or 2, make them at the same time
   * into the main interpreter, each of an {@code f} of its own, which the Python source defines.
   */
  double callsNanoseconds(int threads, double milliseconds, String source) {
    return onThreads("call_on", threads, milliseconds, source);
  }

  private double onThreads(String function, int threads, double milliseconds, String source) {
    FunctionDescriptor type = FunctionDescriptor.of(JAVA_DOUBLE, JAVA_INT, JAVA_DOUBLE, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(source);
      return checked(
          function, (double) handle(function, type).invokeExact(threads, milliseconds, text));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The address of the constant that {@link #defineConstants} wants returned. */
  long constantResult() {
    try {
      return (long) handle("constant_result", FunctionDescriptor.of(JAVA_LONG)).invokeExact();
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Defines {@code c_constant} and {@code upcall_constant} in main's {@code __main__}. */
  void defineConstants(MemorySegment target) {
    FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    try {
      checked("define_constants", (int) handle("define_constants", type).invokeExact(target));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Defines {@code c_raise} and {@code bare} in main's {@code __main__}. */
  void defineMembers(MemorySegment target) {
    FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    try {
      checked("define_members", (int) handle("define_members", type).invokeExact(target));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Defines {@code c_text} in main's {@code __main__}. */
  void defineTexts(MemorySegment target) {
    FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    try {
      checked("define_texts", (int) handle("define_texts", type).invokeExact(target));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** A variable of twin.c's, of so many bytes. */
  MemorySegment variable(String name, long bytes) {
    return library.findOrThrow(name).reinterpret(bytes);
  }

  private MethodHandle handle(String function, FunctionDescriptor type) {
    return LINKER.downcallHandle(library.findOrThrow(function), type);
  }

  private static double checked(String function, double result) {
    if (result < 0) {
      throw new IllegalStateException("twin.c: " + function + " met an error in Python");
    }
    return result;
  }

  private static RuntimeException rethrown(Throwable e) {
    return switch (e) {
      case RuntimeException unchecked -> unchecked;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
