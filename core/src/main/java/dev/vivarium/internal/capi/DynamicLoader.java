package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The system's own loader, asked for global symbols: with local ones, as the JDK loads a library,
 * {@code math}, {@code _json} and {@code _ctypes} fail with "undefined symbol".
 */
final class DynamicLoader {

  private static final boolean WINDOWS = osName().startsWith("windows");
  private static final boolean MAC = osName().startsWith("mac");
  private static final int RTLD_NOW = 2;
  private static final int RTLD_GLOBAL = MAC ? 8 : 0x100;

  private DynamicLoader() {}

  static void loadGlobal(Path library) {
    if (WINDOWS) {
      System.load(library.toAbsolutePath().toString()); // symbols are found by library there
      return;
    }
    MethodHandle open =
        Linkage.downcall("dlopen", MethodType.methodType(long.class, long.class, int.class));
    MethodHandle error = Linkage.downcall("dlerror", MethodType.methodType(long.class));
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

  private static String osName() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
  }
}
