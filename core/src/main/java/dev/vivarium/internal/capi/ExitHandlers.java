package dev.vivarium.internal.capi;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
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
    // The last to be registered is the first to be called, with the status as its first argument
    if ((int) Linkage.function("on_exit").call(c.findOrThrow("_exit").address()) != 0) {
      LOG.log(System.Logger.Level.WARNING, "no room for another exit handler");
    }
  }

  private static void flush() {
    CFunction fflush = Linkage.function("fflush");
    Thread flushing =
        Thread.ofPlatform().daemon().name("flush-c-streams").start(() -> fflush.call(0));
    try {
      if (!flushing.join(FLUSHING)) {
        LOG.log(System.Logger.Level.DEBUG, "a stream of C code's is locked, and was not flushed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
