package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** A native call that uses a segment for as long as a body runs: {@code bsearch} in it. */
final class NativeUse {

  private static final FunctionDescriptor COMPARE =
      FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle BSEARCH;

  static {
    Linker linker = Linker.nativeLinker();
    BSEARCH =
        linker.downcallHandle(
            linker.defaultLookup().find("bsearch").orElseThrow(),
            FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
  }

  private final Runnable body;
  private Throwable thrown;

  private NativeUse(Runnable body) {
    this.body = body;
  }

  static void during(MemorySegment segment, Runnable body) throws Throwable {
    NativeUse use = new NativeUse(body);
    MethodHandle compare =
        MethodHandles.lookup()
            .findVirtual(
                NativeUse.class,
                "compare",
                MethodType.methodType(int.class, MemorySegment.class, MemorySegment.class));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = Linker.nativeLinker().upcallStub(compare.bindTo(use), COMPARE, arena);
      MemorySegment found = (MemorySegment) BSEARCH.invokeExact(segment, segment, 1L, 1L, pointer);
      if (use.thrown != null) {
        throw use.thrown;
      }
      if (found.address() != segment.address()) {
        throw new AssertionError("bsearch has not called back");
      }
    }
  }

  @SuppressWarnings("unused") // from C
  private int compare(MemorySegment key, MemorySegment element) {
    try {
      body.run();
    } catch (Throwable t) {
      thrown = t;
    }
    return 0;
  }
}
