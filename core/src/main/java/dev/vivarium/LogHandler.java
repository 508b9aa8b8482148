package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.Detachment;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.PerInterpreter;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where Python's {@code logging} meets Java's loggers: what {@code log_handler.py} asks of Java.
 * Java's part is done detached, since it may block.
 */
final class LogHandler implements PerInterpreter.Kept {

  private static final Detachment IS_LOGGABLE =
      Detachment.of(System.Logger.class, "isLoggable", System.Logger.Level.class);
  private static final OwnSource SOURCE = new OwnSource(LogHandler.class, "log_handler.py");
  private static final PerInterpreter<LogHandler> ALL =
      new PerInterpreter<>(home -> new LogHandler(home, System::getLogger));

  /** Whether a logger takes a level. */
  @FunctionalInterface
  private interface Enabled {
    @SuppressWarnings("UnusedMethod") // from Python
    boolean isEnabled(String name, long level);
  }

  /** Writes to a logger. */
  @FunctionalInterface
  private interface Log {
    @SuppressWarnings("UnusedMethod") // from Python
    void log(String name, long level, String message, @Nullable PyObject exception);
  }

  private final Home home;
  private final Map<String, System.Logger> known = new ConcurrentHashMap<>();
  private final ThreadLocal<Boolean> writing = new ThreadLocal<>();
  private volatile @Nullable Function<? super String, ? extends System.Logger> loggers;

  private LogHandler(Home home, Function<? super String, ? extends System.Logger> loggers) {
    this.home = home;
    this.loggers = loggers;
  }

  /** Adds a handler to the interpreter's root logger; attached. */
  static void install(Home home, Function<? super String, ? extends System.Logger> loggers) {
    LogHandler handler = new LogHandler(home, loggers);
    ALL.set(home, handler);
    Enabled enabled = handler::isEnabled;
    Log log = handler::log;
    C.Py_DecRef(SOURCE.run(home, Map.of("enabled", enabled, "log", log)));
  }

  // Python code may leak the handler; what it leads to shall not live on with it
  @Override
  public void ended() {
    loggers = null;
    known.clear();
  }

  /** The levels of {@code System.Logger} begin where those of {@code logging} do. */
  static System.Logger.Level level(long number) {
    if (number >= PythonLogger.ERROR) {
      return System.Logger.Level.ERROR;
    }
    if (number >= PythonLogger.WARNING) {
      return System.Logger.Level.WARNING;
    }
    if (number >= PythonLogger.INFO) {
      return System.Logger.Level.INFO;
    }
    return number >= PythonLogger.DEBUG ? System.Logger.Level.DEBUG : System.Logger.Level.TRACE;
  }

  // Attached, once the logger is known not to block: a GIL let go for each debug() would be fought
  // for
  private boolean isEnabled(String name, long level) {
    try {
      System.Logger logger = known.get(name);
      if (logger == null) {
        logger = home.detached(() -> logger(name));
      }
      System.Logger asked = logger;
      System.Logger.Level at = level(level);
      return asked != null
          && (IS_LOGGABLE.keeps(home, asked)
              ? asked.isLoggable(at)
              : home.<Boolean, RuntimeException>detached(() -> asked.isLoggable(at)));
    } catch (RuntimeException e) {
      return true; // so that it is written, which says what is wrong
    }
  }

  private void log(String name, long level, String message, @Nullable PyObject exception) {
    if (writing.get() != null) {
      return; // Java's logger has written to Python's, which would go on for ever
    }
    Throwable thrown = exception == null ? null : throwable(exception);
    writing.set(true);
    try {
      home.<@Nullable Object, RuntimeException>detached(() -> {
        System.Logger logger = logger(name);
        if (logger != null) {
          logger.log(level(level), (ResourceBundle) null, message, thrown);
        }
        return null;
      });
    } finally {
      writing.remove();
    }
  }

  private Throwable throwable(PyObject exception) {
    try (exception) {
      return RaisedException.toJava(home, exception.referenceIn(home));
    }
  }

  private System.@Nullable Logger logger(String name) {
    System.Logger before = known.get(name);
    Function<? super String, ? extends System.Logger> live = loggers;
    if (before != null || live == null) {
      return before;
    }
    System.Logger found = live.apply(name);
    System.Logger first = known.putIfAbsent(name, found);
    return first == null ? found : first;
  }
}
