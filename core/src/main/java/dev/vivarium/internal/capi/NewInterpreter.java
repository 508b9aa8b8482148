package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** {@code Py_NewInterpreterFromConfig} and the structure that it takes. */
public final class NewInterpreter {

  /**
   * {@code PyInterpreterConfig}: the same seven ints in 3.12 to 3.15.
   *
   * @param checkMultiInterpExtensions refuse extension modules that do not know of several
   *     interpreters; without a GIL CPython wants it in every one but main, and it is set there
   * @param ownGil a GIL of its own, else that of the main interpreter
   */
  public record Config(
      boolean useMainObmalloc,
      boolean allowFork,
      boolean allowExec,
      boolean allowThreads,
      boolean allowDaemonThreads,
      boolean checkMultiInterpExtensions,
      boolean ownGil) {

    private static final int SHARED_GIL = 1;
    private static final int OWN_GIL = 2;

    private MemorySegment write(Arena arena) {
      return arena.allocateFrom(
          ValueLayout.JAVA_INT,
          flag(useMainObmalloc),
          flag(allowFork),
          flag(allowExec),
          flag(allowThreads),
          flag(allowDaemonThreads),
          flag(checkMultiInterpExtensions || !Types.hasGil()),
          ownGil ? OWN_GIL : SHARED_GIL);
    }

    private static int flag(boolean on) {
      return on ? 1 : 0;
    }
  }

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              MemorySegment.ofAddress(LibPython.address("Py_NewInterpreterFromConfig")),
              FunctionDescriptor.of(PyStatus.LAYOUT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));

  private NewInterpreter() {}

  /**
   * Makes an interpreter and leaves its first thread state attached.
   *
   * @param first where that thread state is put as soon as there is one: nothing that fails can
   *     come in between
   * @throws IllegalStateException with CPython's reason, if it cannot
   */
  public static void create(Config config, long[] first) {
    try (Arena arena = Arena.ofConfined()) {
      long created = arena.allocate(ValueLayout.JAVA_LONG).address();
      MemorySegment status =
          (MemorySegment) CALL.invokeExact((SegmentAllocator) arena, created, config.write(arena));
      first[0] = Memory.getLong(created);
      if (first[0] == 0) {
        throw new IllegalStateException(PyStatus.of(status).message());
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("Py_NewInterpreterFromConfig", t);
    }
  }
}
