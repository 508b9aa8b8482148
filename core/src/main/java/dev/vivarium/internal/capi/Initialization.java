package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Starts CPython: through {@code PyInitConfig} (PEP 741) where there is one, which is 3.14 and
 * later, and through {@code PyConfig} before.
 *
 * <p>In either way without Python's signal handlers, which belong to the JVM, and in UTF-8 mode,
 * since a JVM's locale says little about what its Python code reads and writes.
 */
public final class Initialization {

  /**
   * What Python is started with.
   *
   * @param home what {@code sys.prefix} is found from, or null to find it from the program
   * @param program what {@code sys.executable} is found from
   * @param isolated neither environment variables nor the user's site-packages
   * @param site whether {@code site} is imported
   */
  public record Settings(
      @Nullable Path home,
      @Nullable Path program,
      boolean isolated,
      boolean useEnvironment,
      boolean site,
      List<String> argv) {}

  private Initialization() {}

  /**
   * Initialises Python on the calling thread, which becomes its main thread and has the main
   * interpreter's first thread state attached afterwards.
   *
   * @throws IllegalStateException with CPython's reason, if it cannot
   */
  public static void initialize(Settings settings) {
    try (Arena arena = Arena.ofConfined()) {
      if (LibPython.has("Py_InitializeFromInitConfig")) {
        new InitConfig(arena).initialize(settings);
      } else {
        new CompatConfig(arena).initialize(settings);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("cannot initialise Python", t);
    }
  }

  private static CFunction function(String name) {
    return Linkage.function(LibPython.address(name), name);
  }

  /** PEP 741: options by name. */
  private record InitConfig(Arena arena) {

    void initialize(Settings settings) {
      CFunction free = function("PyInitConfig_Free");
      CFunction start = function("Py_InitializeFromInitConfig");
      long config = function("PyInitConfig_Create").call();
      try {
        setInt(config, "isolated", settings.isolated() ? 1 : 0);
        setInt(config, "use_environment", settings.useEnvironment() ? 1 : 0);
        setInt(config, "user_site_directory", settings.isolated() ? 0 : 1);
        setInt(config, "site_import", settings.site() ? 1 : 0);
        setInt(config, "install_signal_handlers", 0);
        setInt(config, "utf8_mode", 1);
        if (settings.home() != null) {
          setText(config, "home", settings.home().toString());
        }
        if (settings.program() != null) {
          setText(config, "program_name", settings.program().toString());
          setText(config, "executable", settings.program().toString());
        }
        setArgv(config, settings.argv());
        check(config, start.call(config));
      } finally {
        free.call(config);
      }
    }

    private void setInt(long config, String name, long value) {
      check(config, function("PyInitConfig_SetInt").call(config, text(name), value));
    }

    private void setText(long config, String name, String value) {
      check(config, function("PyInitConfig_SetStr").call(config, text(name), text(value)));
    }

    private void setArgv(long config, List<String> argv) {
      CFunction set = function("PyInitConfig_SetStrList");
      MemorySegment items = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, argv.size()));
      for (int i = 0; i < argv.size(); i++) {
        items.setAtIndex(ValueLayout.JAVA_LONG, i, text(argv.get(i)));
      }
      check(config, set.call(config, text("argv"), argv.size(), items.address()));
    }

    private void check(long config, long result) {
      if ((int) result == 0) {
        return;
      }
      CFunction error = function("PyInitConfig_GetError");
      MemorySegment message = arena.allocate(ValueLayout.JAVA_LONG);
      boolean given = (int) error.call(config, message.address()) != 0;
      throw new IllegalStateException(
          given
              ? Memory.getString(message.get(ValueLayout.JAVA_LONG, 0))
              : "CPython gives no reason");
    }

    private long text(String value) {
      return arena.allocateFrom(value).address();
    }
  }

  /** {@code PyConfig} as {@code Py_Initialize} fills it, so that the old setters hold for it. */
  private record CompatConfig(Arena arena) {

    // The first ints of PyConfig, the same since 3.8
    private static final int ISOLATED = 4;
    private static final int USE_ENVIRONMENT = 8;
    private static final int INSTALL_SIGNAL_HANDLERS = 16;
    private static final long ROOM = 4096; // sizeof(PyConfig) is about 500

    void initialize(Settings settings) throws Throwable {
      CFunction defaults = function("_PyConfig_InitCompatConfig");
      CFunction clear = function("PyConfig_Clear");
      MethodHandle start =
          Linker.nativeLinker()
              .downcallHandle(
                  MemorySegment.ofAddress(LibPython.address("Py_InitializeFromConfig")),
                  FunctionDescriptor.of(PyStatus.LAYOUT, ValueLayout.JAVA_LONG));
      Memory.putInt(LibPython.address("Py_UTF8Mode"), 1);
      Memory.putInt(LibPython.address("Py_NoSiteFlag"), settings.site() ? 0 : 1);
      Memory.putInt(LibPython.address("Py_NoUserSiteDirectory"), settings.isolated() ? 1 : 0);
      Memory.putInt(LibPython.address("Py_IsolatedFlag"), settings.isolated() ? 1 : 0);
      Memory.putInt(
          LibPython.address("Py_IgnoreEnvironmentFlag"), settings.useEnvironment() ? 0 : 1);
      setWide("Py_SetPythonHome", settings.home());
      setWide("Py_SetProgramName", settings.program());
      long config = arena.allocate(ROOM, 16).address();
      defaults.call(config);
      if (Memory.getInt(config + INSTALL_SIGNAL_HANDLERS) != 1) {
        throw new IllegalStateException("this CPython lays PyConfig out in an unknown way");
      }
      Memory.putInt(config + INSTALL_SIGNAL_HANDLERS, 0);
      Memory.putInt(config + ISOLATED, settings.isolated() ? 1 : 0);
      Memory.putInt(config + USE_ENVIRONMENT, settings.useEnvironment() ? 1 : 0);
      try {
        PyStatus status =
            PyStatus.of((MemorySegment) start.invokeExact((SegmentAllocator) arena, config));
        if (status.failed()) {
          throw new IllegalStateException(status.message());
        }
        setArgv(settings.argv());
      } finally {
        clear.call(config);
      }
    }

    private void setArgv(List<String> argv) {
      MemorySegment items = arena.allocate(ValueLayout.JAVA_LONG, argv.size());
      for (int i = 0; i < argv.size(); i++) {
        items.setAtIndex(ValueLayout.JAVA_LONG, i, wide(argv.get(i)).address());
      }
      // sys.path stays as it is
      function("PySys_SetArgvEx").call(argv.size(), items.address(), 0);
    }

    // Python keeps the pointer, so the text lives as long as the process
    private static void setWide(String function, @Nullable Path value) {
      if (value != null) {
        function(function).call(wide(value.toString()).address());
      }
    }

    private static MemorySegment wide(String text) {
      MemoryLayout wchar =
          Objects.requireNonNull(Linker.nativeLinker().canonicalLayouts().get("wchar_t"));
      int[] codePoints = (text + '\0').codePoints().toArray();
      if (wchar.byteSize() == 2) {
        return Arena.global().allocateFrom(ValueLayout.JAVA_CHAR, (text + '\0').toCharArray());
      }
      return Arena.global().allocateFrom(ValueLayout.JAVA_INT, codePoints);
    }
  }
}
