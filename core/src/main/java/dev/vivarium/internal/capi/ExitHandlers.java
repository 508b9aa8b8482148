package dev.vivarium.internal.capi;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.time.Duration;

/**
 * What C's {@code exit} does after the JVM has called it: functions given to {@code atexit}, and
 * the ends of C++ libraries.
 */
public final class ExitHandlers {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  // A stream that another thread reads from is locked until it gets something. The standard input
  // comes last, so the others have been flushed by then
  private static final Duration FLUSHING = Duration.ofMillis(200);

  private ExitHandlers() {}

  /**
   * From now on {@code exit} ends the process at once, with its status. What C code has written is
   * flushed. Where the C library is not glibc nothing happens.
   */
  public static void skip() {
    SymbolLookup c = Linker.nativeLinker().defaultLookup();
    if (c.find("on_exit").isEmpty()) {
      return;
    }
    try {
      flush();
    } finally {
      register(c);
    }
  }

  private static void register(SymbolLookup c) {
    MethodHandle onExit = Linkage.downcall("on_exit", 2);
    try {
      // The last to be registered is the first to be called, with the status as its first argument
      if ((int) (long) onExit.invokeExact(c.findOrThrow("_exit").address(), 0L) != 0) {
        LOG.log(System.Logger.Level.WARNING, "no room for another exit handler");
      }
    } catch (Throwable t) {
      throw new LinkageError("on_exit", t);
    }
  }

  private static void flush() {
    MethodHandle fflush = Linkage.downcall("fflush", 1);
    Thread flushing =
        Thread.ofPlatform()
            .daemon()
            .name("flush-c-streams")
            .start(() -> {
              try {
                long ignored = (long) fflush.invokeExact(0L);
              } catch (Throwable t) {
                throw new LinkageError("fflush", t);
              }
            });
    try {
      if (!flushing.join(FLUSHING)) {
        LOG.log(System.Logger.Level.DEBUG, "a stream of C code's is locked, and was not flushed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
