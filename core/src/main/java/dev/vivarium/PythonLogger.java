package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import java.text.MessageFormat;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A Java logger that writes to one of Python's {@code logging}. */
final class PythonLogger implements System.Logger {

  // Those of logging, and what comes before them
  static final int DEBUG = 10;
  static final int INFO = 20;
  static final int WARNING = 30;
  static final int ERROR = 40;
  private static final int TRACE = 5;

  // Where the default logger leads back to here
  private static final ThreadLocal<Boolean> ELSEWHERE = new ThreadLocal<>();

  private static final StackWalker STACK = StackWalker.getInstance();

  private final Interpreter interpreter;
  private final String name;

  PythonLogger(Interpreter interpreter, String name) {
    this.interpreter = interpreter;
    this.name = name;
  }

  @Override
  public String getName() {
    return name;
  }

  private static int number(Level level) {
    return switch (level) {
      case ALL, TRACE -> TRACE;
      case DEBUG -> DEBUG;
      case INFO -> INFO;
      case WARNING -> WARNING;
      case ERROR, OFF -> ERROR;
    };
  }

  @Override
  public boolean isLoggable(Level level) {
    if (level == Level.OFF) {
      return false;
    }
    try {
      return interpreter.call(in -> {
        try (Call call = Call.of(in.home())) {
          return isTrue(in.home(), call.add(name).add(number(level)), "takes_level");
        }
      });
    } catch (InterpreterClosedException e) {
      boolean[] loggable = new boolean[1];
      elsewhere(logger -> loggable[0] = logger.isLoggable(level));
      return loggable[0];
    }
  }

  private static boolean isTrue(Home home, Call call, String function) {
    long result = home.checked(call.callFunction(home.support(function)));
    try {
      return ToJava.toBoolean(home, result);
    } finally {
      C.Py_DecRef(result);
    }
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String message,
      @Nullable Throwable thrown) {
    if (isLoggable(level)) {
      write(level, localized(bundle, message), thrown);
    }
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String format,
      @Nullable Object @Nullable ... parameters) {
    if (isLoggable(level)) {
      write(level, formatted(localized(bundle, format), parameters), null);
    }
  }

  private static String localized(@Nullable ResourceBundle bundle, @Nullable String message) {
    if (bundle == null || message == null) {
      return String.valueOf(message);
    }
    try {
      return bundle.getString(message);
    } catch (MissingResourceException | ClassCastException e) {
      return message;
    }
  }

  private static String formatted(String format, @Nullable Object @Nullable [] parameters) {
    if (parameters == null || parameters.length == 0) {
      return format;
    }
    try {
      return MessageFormat.format(format, parameters);
    } catch (IllegalArgumentException e) {
      return format; // as the JDK's own loggers
    }
  }

  private void write(Level level, String message, @Nullable Throwable thrown) {
    StackWalker.StackFrame caller = caller();
    String thread = Thread.currentThread().getName();
    try {
      interpreter.run(in -> {
        Home home = in.home();
        try (Call call = Call.of(home)) {
          call.add(name).add(number(level)).add(message).add(thrown);
          call.add(caller == null ? null : caller.getFileName());
          call.add(caller == null ? 0 : caller.getLineNumber());
          call.add(caller == null ? null : caller.getMethodName()).add(thread);
          C.Py_DecRef(home.checked(call.callFunction(home.support("log"))));
        }
      });
    } catch (InterpreterClosedException e) {
      elsewhere(logger -> logger.log(level, (ResourceBundle) null, message, thrown));
    }
  }

  // Nothing but the default methods of System.Logger lies between
  private static StackWalker.@Nullable StackFrame caller() {
    return STACK.walk(frames ->
        frames
            .filter(frame ->
                !frame.getClassName().equals(PythonLogger.class.getName())
                    && !frame.getClassName().equals(System.Logger.class.getName()))
            .findFirst()
            .orElse(null));
  }

  private void elsewhere(Consumer<System.Logger> use) {
    if (ELSEWHERE.get() != null) {
      return;
    }
    ELSEWHERE.set(true);
    try {
      use.accept(System.getLogger(name));
    } finally {
      ELSEWHERE.remove();
    }
  }

  @Override
  public String toString() {
    return "PythonLogger[" + name + ", " + interpreter + "]";
  }
}
