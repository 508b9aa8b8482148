package dev.vivarium.cli.shell;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Whether someone looks at a stream. */
public final class Terminal {

  private static final int STANDARD_ERROR = 2;

  private Terminal() {}

  /** Whether standard error is a terminal. The JDK's console only knows about the other two. */
  public static boolean isStandardErrorOne() {
    SymbolLookup libc = Linker.nativeLinker().defaultLookup();
    Optional<MemorySegment> isatty = libc.find("isatty").or(() -> libc.find("_isatty"));
    if (isatty.isEmpty()) {
      return false;
    }
    try {
      return (int)
              Linker.nativeLinker()
                  .downcallHandle(
                      isatty.get(),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact(STANDARD_ERROR)
          != 0;
    } catch (Throwable e) {
      return false; // then there is no progress bar, and nothing else is lost
    }
  }
}
