package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Memory between two pages that nobody may touch: one byte too far ends the process. */
final class GuardedPages {

  private static final long PAGE = 4096;
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;

  private static final MethodHandle MMAP =
      c(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MPROTECT =
      c("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MUNMAP =
      c("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private GuardedPages() {}

  private static MethodHandle c(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
  }

  /**
   * A segment of that size that ends (or begins) at a page that is not there.
   *
   * @param arena unmaps it when it closes
   */
  static MemorySegment allocate(Arena arena, long bytes, boolean guardBehind) throws Throwable {
    long inner = (bytes + PAGE - 1) / PAGE * PAGE;
    long all = inner + 2 * PAGE;
    long base = (long) MMAP.invokeExact(0L, all, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
    if (base == -1
        || (int) MPROTECT.invokeExact(base, PAGE, 0) != 0
        || (int) MPROTECT.invokeExact(base + PAGE + inner, PAGE, 0) != 0) {
      throw new OutOfMemoryError("mmap or mprotect");
    }
    long first = guardBehind ? base + PAGE + inner - bytes : base + PAGE;
    return MemorySegment.ofAddress(first).reinterpret(bytes, arena, gone -> unmap(base, all));
  }

  private static void unmap(long base, long bytes) {
    try {
      int ignored = (int) MUNMAP.invokeExact(base, bytes);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
