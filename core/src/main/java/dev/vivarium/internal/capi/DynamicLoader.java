package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
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
    MethodHandle open = Linkage.downcall("dlopen", 2);
    MethodHandle error = Linkage.downcall("dlerror", 0);
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(library.toAbsolutePath().toString()).address();
      if ((long) open.invokeExact(name, RTLD_NOW | RTLD_GLOBAL) == 0) {
        throw new UnsatisfiedLinkError(Memory.getString((long) error.invokeExact()));
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("dlopen", t);
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
    MethodHandle open = Linkage.downcall("dlopen", 2);
    MethodHandle find = Linkage.downcall("dlsym", 2);
    try {
      long program = (long) open.invokeExact(0L, RTLD_NOW);
      return name -> {
        long address = find(find, program, name);
        return address == 0 ? Optional.empty() : Optional.of(MemorySegment.ofAddress(address));
      };
    } catch (Throwable t) {
      throw new LinkageError("dlopen", t);
    }
  }

  /** Of {@link LibPython#chainsSignals}. */
  static boolean chainsSignals() {
    String preloaded = System.getenv(MAC ? "DYLD_INSERT_LIBRARIES" : "LD_PRELOAD");
    return !WINDOWS
        && preloaded != null
        && preloaded.contains("jsig")
        && program().find("JVM_begin_signal_setting").isPresent(); // what the JVM asks for
  }

  private static long find(MethodHandle find, long library, String name) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) find.invokeExact(library, arena.allocateFrom(name).address());
    } catch (Throwable t) {
      throw new LinkageError("dlsym", t);
    }
  }

  private static String osName() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
  }
}
