package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The libpython of this process: loaded once, with global symbols, and never unloaded. */
public final class LibPython {

  private record Loaded(Path path, SymbolLookup symbols) {}

  private static volatile @Nullable Loaded loaded;

  private LibPython() {}

  /**
   * Loads a libpython so that extension modules find its symbols, after the libraries that it
   * needs. The same path again does nothing.
   *
   * @throws UnsatisfiedLinkError if one cannot be loaded, with the system's own reason
   * @throws IllegalStateException if another libpython is loaded already
   */
  public static synchronized void load(Path library, List<Path> preload) {
    Loaded before = loaded;
    if (before != null) {
      if (before.path.equals(library)) {
        return;
      }
      throw new IllegalStateException(
          "this process has loaded "
              + before.path
              + "; it cannot load "
              + library
              + " as well, since a process has one CPython");
    }
    for (Path needed : preload) {
      DynamicLoader.loadGlobal(needed);
    }
    DynamicLoader.loadGlobal(library);
    loaded = new Loaded(library, SymbolLookup.libraryLookup(library, Arena.global()));
  }

  /** Where the loaded library lies. */
  static Path path() {
    return require().path;
  }

  /** Whether the loaded CPython has a symbol, for what only some versions have. */
  public static boolean has(String symbol) {
    return find(symbol).isPresent();
  }

  static OptionalLong find(String symbol) {
    return require()
        .symbols
        .find(symbol)
        .map(s -> OptionalLong.of(s.address()))
        .orElse(OptionalLong.empty());
  }

  /** The address of a function or a static structure, such as {@code PyLong_Type}. */
  public static long address(String symbol) {
    return find(symbol)
        .orElseThrow(
            () -> new UnsupportedOperationException(symbol + " is not in " + require().path));
  }

  /** The pointer that a C variable holds, such as {@code PyExc_ValueError}. */
  public static long pointer(String symbol) {
    return Memory.getLong(address(symbol));
  }

  /** What {@code Py_GetVersion} says; callable before Python is started. */
  public static String versionText() {
    MethodHandle getVersion =
        Linker.nativeLinker()
            .downcallHandle(
                MemorySegment.ofAddress(address("Py_GetVersion")),
                java.lang.foreign.FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    try {
      return Memory.getString((long) getVersion.invokeExact());
    } catch (Throwable t) {
      throw new LinkageError("Py_GetVersion", t);
    }
  }

  /** A function pointer for native code, for as long as the process lives. */
  public static long functionPointer(
      java.lang.invoke.MethodHandles.Lookup lookup, Class<?> owner, String name, MethodType type) {
    return Linkage.upcall(lookup, owner, name, type, Arena.global());
  }

  private static Loaded require() {
    Loaded now = loaded;
    if (now == null) {
      throw new IllegalStateException("no libpython is loaded: call Python.start() first");
    }
    return now;
  }
}
