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
    return isOne(STANDARD_ERROR);
  }

  /** Whether a descriptor leads to one. */
  public static boolean isOne(int descriptor) {
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
                  .invokeExact(descriptor)
          != 0;
    } catch (Throwable e) {
      return false; // then there is no progress bar or prompt, and nothing else is lost
    }
  }
}
