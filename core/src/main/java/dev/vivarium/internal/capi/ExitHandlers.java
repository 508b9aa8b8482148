package dev.vivarium.internal.capi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
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
    Linker linker = Linker.nativeLinker();
    SymbolLookup c = linker.defaultLookup();
    MemorySegment onExit = c.find("on_exit").orElse(MemorySegment.NULL);
    if (onExit.equals(MemorySegment.NULL)) {
      return;
    }
    flush(
        linker.downcallHandle(
            c.findOrThrow("fflush"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)));
    MethodHandle register =
        linker.downcallHandle(
            onExit,
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    try {
      // The last to be registered is the first to be called, with the status as its first argument
      int failed = (int) register.invokeExact(c.findOrThrow("_exit"), MemorySegment.NULL);
      if (failed != 0) {
        LOG.log(System.Logger.Level.WARNING, "no room for another exit handler");
      }
    } catch (Throwable t) {
      throw new LinkageError("on_exit", t);
    }
  }

  private static void flush(MethodHandle fflush) {
    Thread flushing =
        Thread.ofPlatform()
            .daemon()
            .name("flush-c-streams")
            .start(() -> {
              try {
                int ignored = (int) fflush.invokeExact(MemorySegment.NULL);
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
