package dev.vivarium;

import java.io.Serial;
import java.lang.StackWalker.Option;
import org.jspecify.annotations.Nullable;

/**
 * The Python frames of an exception that the JDK prints as the cause of another, as the cause of
 * that one: it has printed the Java frames alone (docs/adr/0036).
 */
final class PythonFrames extends Throwable {

  @Serial private static final long serialVersionUID = 1;

  private static final StackWalker CALLERS = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

  PythonFrames(StackTraceElement[] stackTrace, @Nullable Throwable cause) {
    super("where it came from in Python", cause);
    setStackTrace(stackTrace);
  }

  /** Whether it is Throwable's own code, which prints, that has called the calling method. */
  static boolean areAskedByThrowable() {
    return CALLERS
        .walk(frames -> frames.skip(2).findFirst())
        .map(frame -> frame.getDeclaringClass() == Throwable.class)
        .orElse(false);
  }
}
