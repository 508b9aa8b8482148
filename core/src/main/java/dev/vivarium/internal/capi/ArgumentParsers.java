package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.regex.Pattern;

/**
 * What CPython keeps of functions of extension modules that have been called with names of
 * arguments: a tuple of the names each, in the memory of whichever interpreter was first to call
 * it. Up to 3.12.3 the end of main frees them all as its own, which aborts the process where they
 * are those of an interpreter with an allocator of its own (CPython's gh-119213).
 */
public final class ArgumentParsers {

  private static final Pattern AFFECTED = Pattern.compile("3\\.12\\.[0-3]\\b");

  // Of _PyArg_Parser in 3.12
  private static final long SIZE = 72;
  private static final long KEYWORDS = 16;
  private static final long FUNCTION_NAME = 24;

  private static final long NEAR = 8192; // of _PyRuntime, where the list begins at about 2600

  private ArgumentParsers() {}

  /** Keeps main's end from freeing them; attached to main, when no other interpreter is left. */
  public static void forget() {
    if (!AFFECTED.matcher(LibPython.versionText()).lookingAt()
        || !LibPython.has("_PyRuntime")
        || !LibPython.has("_PyArg_UnpackKeywords")) {
      return;
    }
    long parser = useNew();
    long runtime = LibPython.address("_PyRuntime");
    for (long place = runtime; place < runtime + NEAR; place += 8) {
      if (Memory.getLong(place) == parser) { // new ones come first in the list
        Memory.putLong(place, 0);
        return;
      }
    }
  }

  // For as long as the process: CPython keeps it
  private static long useNew() {
    Arena process = Arena.global();
    long keywords = process.allocate(16, 8).address();
    Memory.putLong(keywords, process.allocateFrom("name").address());
    long parser = process.allocate(SIZE, 8).address();
    Memory.putLong(parser + KEYWORDS, keywords);
    Memory.putLong(parser + FUNCTION_NAME, process.allocateFrom("vivarium").address());
    long noArguments = process.allocate(8, 8).address();
    MethodHandle unpack =
        Linker.nativeLinker()
            .downcallHandle(
                MemorySegment.ofAddress(LibPython.address("_PyArg_UnpackKeywords")),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG, // arguments
                    ValueLayout.JAVA_LONG, // how many
                    ValueLayout.JAVA_LONG, // those by name, a dict
                    ValueLayout.JAVA_LONG, // their names
                    ValueLayout.JAVA_LONG, // the parser
                    ValueLayout.JAVA_INT, // the least and
                    ValueLayout.JAVA_INT, // the most by position
                    ValueLayout.JAVA_INT, // the least by name
                    ValueLayout.JAVA_LONG)); // where to put them
    try {
      long ignored = (long) unpack.invokeExact(0L, 0L, 0L, 0L, parser, 0, 1, 0, noArguments);
    } catch (Throwable t) {
      throw new LinkageError("_PyArg_UnpackKeywords", t);
    }
    return parser;
  }
}
