package dev.vivarium.pool;

import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import java.io.Serial;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A Python function has failed a task of an engine that spreads work over processes, as Spark and
 * Flink are. The message has Python's traceback, so that the engine's own messages and pages have
 * it; what can be sent to another process is the text alone.
 */
public final class PythonTaskException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  private final String typeName;

  /**
   * Runs what calls a function, in the function's interpreter, and tells what it raises as one of
   * these: any thread that may call it.
   *
   * @throws PythonTaskException in place of a {@link PythonException} or {@link PythonExit}; the
   *     Python exception is closed then, and lets go of its frames
   */
  public static <T extends @Nullable Object> T telling(PythonFunction function, Supplier<T> body) {
    try {
      return body.get();
    } catch (PythonException e) {
      throw new PythonTaskException(function, e);
    } catch (PythonExit e) {
      throw new PythonTaskException(function, e);
    }
  }

  /**
   * That what a function gave is not of the type that it is declared to give.
   *
   * @param declared what that type is called
   * @param mismatch which says in its message what was given
   */
  public static PythonTaskException mismatch(
      PythonFunction function, String declared, RuntimeException mismatch) {
    return new PythonTaskException(
        function + " is declared to give " + declared + ": " + mismatch.getMessage());
  }

  /** From one that is of no use any more: with it go the frames, and the batches that they have. */
  private PythonTaskException(PythonFunction function, PythonException raised) {
    super(function + " has raised an exception:\n" + raised.traceback());
    this.typeName = raised.typeName();
    setStackTrace(raised.getStackTrace());
    raised.value().close();
  }

  private PythonTaskException(PythonFunction function, PythonExit exit) {
    super(function + " has ended itself: " + exit.getMessage(), exit);
    this.typeName = "SystemExit";
  }

  private PythonTaskException(String mismatch) {
    super(mismatch);
    this.typeName = "TypeError";
  }

  /** The name of the exception's type in Python, {@code ValueError} say. */
  public String typeName() {
    return typeName;
  }
}
