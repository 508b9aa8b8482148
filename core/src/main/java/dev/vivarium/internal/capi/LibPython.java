package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The libpython of this process: loaded once, with global symbols, and never unloaded. */
public final class LibPython {

  private record Loaded(String name, SymbolLookup symbols) {}

  private static final String PROGRAM = "the running program";

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
      if (before.name.equals(library.toString())) {
        return;
      }
      throw new IllegalStateException(
          "this process has loaded "
              + before.name
              + "; it cannot load "
              + library
              + " as well, since a process has one CPython");
    }
    for (Path needed : preload) {
      DynamicLoader.loadGlobal(needed);
    }
    DynamicLoader.loadGlobal(library);
    loaded = new Loaded(library.toString(), SymbolLookup.libraryLookup(library, Arena.global()));
  }

  /**
   * Takes the CPython that is part of the running program, in a library or linked into it, and has
   * been initialised.
   *
   * @throws UnsatisfiedLinkError if there is none
   */
  public static synchronized void find() {
    if (loaded == null) {
      loaded = program();
    }
  }

  /**
   * Whether the JDK's libjsig was there before the JVM: then the JVM hands on signals that are none
   * of its own to handlers that were installed later, and stays in front of them.
   */
  public static boolean chainsSignals() {
    return DynamicLoader.chainsSignals();
  }

  /** Whether {@link #find} finds one, where none is loaded, or has found one. */
  public static synchronized boolean isInProgram() {
    if (loaded != null) {
      return loaded.name.equals(PROGRAM);
    }
    try {
      return program() != null;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  private static Loaded program() {
    SymbolLookup symbols = DynamicLoader.program();
    Loaded program = new Loaded(PROGRAM, symbols);
    MemorySegment isInitialized = symbols.find("Py_IsInitialized").orElse(null);
    if (isInitialized == null) {
      throw new UnsatisfiedLinkError("there is no CPython in the running program");
    }
    if ((int) Linkage.function(isInitialized.address(), "Py_IsInitialized").call() == 0) {
      throw new UnsatisfiedLinkError("the CPython of the running program is not initialised");
    }
    return program;
  }

  /** What is loaded, in words. */
  static String name() {
    return require().name;
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
            () -> new UnsupportedOperationException(symbol + " is not in " + require().name));
  }

  /** The pointer that a C variable holds, such as {@code PyExc_ValueError}. */
  public static long pointer(String symbol) {
    return Memory.getLong(address(symbol));
  }

  /** What {@code Py_GetVersion} says; callable before Python is started. */
  public static String versionText() {
    return Memory.getString(Linkage.function(address("Py_GetVersion"), "Py_GetVersion").call());
  }

  /** A function pointer for native code, for as long as the process lives. */
  public static long functionPointer(Upcall function) {
    return Linkage.upcall(function, Arena.global());
  }

  /** The same for one that takes a pointer, and gives nothing. */
  public static long destructor(LongConsumer function) {
    return functionPointer(new Destructor(function));
  }

  /** No lambda: one that could not be linked, where the heap was full, never can. */
  private record Destructor(LongConsumer function) implements Upcall {

    @Override
    public long call(long object, long second, long third, long fourth) {
      function.accept(object);
      return 0;
    }
  }

  /**
   * Told apart from all that may go wrong later, since it is an option of {@code java} that is
   * missing.
   *
   * @throws IllegalCallerException if this module's code may not call native code
   */
  public static void requireNativeAccess() {
    if (!MemorySegment.NULL.reinterpret(0).isNative()) { // a restricted method
      throw new IllegalCallerException();
    }
  }

  /**
   * A function pointer for native code that leads to a method handle of {@link Upcall#TYPE}, for
   * the life of an arena; one that throws nothing.
   */
  public static long functionPointer(MethodHandle target, Arena arena) {
    return Linkage.upcall(target, arena);
  }

  private static Loaded require() {
    Loaded now = loaded;
    if (now == null) {
      throw new IllegalStateException("no libpython is loaded: call Python.start() first");
    }
    return now;
  }
}
