package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The system's own loader, asked for global symbols: with local ones, as the JDK loads a library,
 * {@code math}, {@code _json} and {@code _ctypes} fail with "undefined symbol".
 */
final class DynamicLoader {

  private static final boolean WINDOWS = osName().startsWith("windows");
  private static final boolean MAC = osName().startsWith("mac");
  private static final long RTLD_NOW = 2;
  private static final long RTLD_GLOBAL = MAC ? 8 : 0x100;

  private DynamicLoader() {}

  static void loadGlobal(Path library) {
    if (WINDOWS) {
      System.load(library.toAbsolutePath().toString()); // symbols are found by library there
      return;
    }
    CFunction open = Linkage.function("dlopen");
    CFunction error = Linkage.function("dlerror");
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(library.toAbsolutePath().toString()).address();
      if (open.call(name, RTLD_NOW | RTLD_GLOBAL) == 0) {
        throw new UnsatisfiedLinkError(Memory.getString(error.call()));
      }
    }
  }

  /**
   * What the running program and the libraries that it was linked against define.
   *
   * @throws UnsatisfiedLinkError where the system cannot be asked
   */
  static SymbolLookup program() {
    if (WINDOWS) {
      throw new UnsatisfiedLinkError("a program's own symbols cannot be looked up on Windows yet");
    }
    long program = Linkage.function("dlopen").call(0, RTLD_NOW);
    CFunction find = Linkage.function("dlsym");
    return name -> {
      long address;
      try (Arena arena = Arena.ofConfined()) {
        address = find.call(program, arena.allocateFrom(name).address());
      }
      return address == 0 ? Optional.empty() : Optional.of(MemorySegment.ofAddress(address));
    };
  }

  /** Of {@link LibPython#chainsSignals}. */
  static boolean chainsSignals() {
    String preloaded = System.getenv(MAC ? "DYLD_INSERT_LIBRARIES" : "LD_PRELOAD");
    return !WINDOWS
        && preloaded != null
        && preloaded.contains("jsig")
        && program().find("JVM_begin_signal_setting").isPresent(); // what the JVM asks for
  }

  private static String osName() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
  }
}
