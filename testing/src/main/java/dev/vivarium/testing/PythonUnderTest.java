package dev.vivarium.testing;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The CPython that this JVM tests: the one that the properties {@code vivarium.test.library} and
 * {@code vivarium.test.home} name, or else what {@code Python.start()} takes: {@code
 * VIVARIUM_LIBRARY}, or the embedded one. As an extension, starts it before the first test class
 * that asks, and closes it after the last.
 */
public final class PythonUnderTest implements BeforeAllCallback {

  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(1);

  private static volatile Python started;

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .computeIfAbsent(Started.class, key -> new Started(), Started.class);
  }

  /** In the store of the whole run: closed when all tests are done. */
  private static final class Started implements AutoCloseable {
    Started() {
      start(options().build());
    }

    @Override
    public void close() {
      // Also a test: whatever the tests have left behind, the end must come
      python().close(CLOSE_LIMIT);
    }
  }

  /** The version, as in the property: 3.12 to 3.15, or 3.13t for one without a GIL. */
  public static String version() {
    return property("vivarium.test.python");
  }

  /**
   * How often something is done that is to hold so often: in full on one CPython, and a tenth of
   * that on the others, or in full on all with {@code -Dvivarium.test.full=true}.
   */
  public static int count(int full) {
    return countsInFull() ? full : full / 10;
  }

  /** Whether this is the CPython that all is done on, or all are. */
  public static boolean countsInFull() {
    return version().equals("3.14") || Boolean.getBoolean("vivarium.test.full");
  }

  /** Options that name this CPython; more can be added. */
  public static PythonOptions.Builder options() {
    if (System.getProperty("vivarium.test.library") == null) {
      return PythonOptions.builder().useEnvironment(true);
    }
    boolean checked = System.getenv("VIVARIUM_MEMCHECK") != null; // and PYTHONMALLOC counts
    return PythonOptions.builder()
        .isolated(!checked)
        .useEnvironment(checked)
        .library(Path.of(property("vivarium.test.library")))
        .home(Path.of(property("vivarium.test.home")));
  }

  public static Python start(PythonOptions options) {
    Python python = Python.start(options);
    started = python;
    return python;
  }

  public static Python start() {
    return start(options().build());
  }

  public static Python python() {
    return started;
  }

  public static Interpreter main() {
    return started.main();
  }

  public static Interpreter ownGil() {
    return started.newInterpreter(InterpreterOptions.isolated());
  }

  public static Interpreter sharedGil() {
    return started.newInterpreter(InterpreterOptions.shared());
  }

  /** Gives a Java value a name in the interpreter's {@code __main__}. */
  public static void define(Interpreter interpreter, String name, Object value) {
    interpreter.importModule("__main__").setAttr(name, value);
  }

  /** Ids of all live interpreters, as CPython itself lists them. */
  public static List<Long> liveIds() {
    Object ids =
        main()
            .call(in -> {
              in.exec(
                  """
                  try:
                      import _interpreters as _i
                  except ImportError:
                      import _xxsubinterpreters as _i
                  _live = [int(x[0]) if isinstance(x, tuple) else int(x) for x in _i.list_all()]
                  """);
              return in.eval("_live").as(List.class);
            });
    @SuppressWarnings("unchecked")
    List<Long> live = (List<Long>) ids;
    return live;
  }

  /** Whether the interpreter takes no newcomers any more. */
  public static boolean refuses(InterpreterView view) {
    try {
      view.guard().close();
      return false;
    } catch (dev.vivarium.InterpreterClosedException e) {
      return true;
    }
  }

  public static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(
          "system property " + name + " is not set; run these tests through Maven");
    }
    return value;
  }
}
