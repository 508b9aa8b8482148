package dev.vivarium.spark;

import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.pool.PythonFunction;
import java.io.Serial;
import java.util.function.Supplier;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * A Python function has failed a task. The message has Python's traceback, so that Spark's own
 * messages and pages have it; what can be sent to the driver is the text alone.
 */
public final class PythonTaskException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  private final String typeName;

  /** Runs what calls a function, and tells what it raises as one of these. */
  static <T extends @Nullable Object> T telling(PythonFunction function, Supplier<T> body) {
    try {
      return body.get();
    } catch (PythonException e) {
      throw new PythonTaskException(function, e);
    } catch (PythonExit e) {
      throw new PythonTaskException(function, e);
    }
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

  PythonTaskException(PythonFunction function, DataType result, RuntimeException mismatch) {
    super(
        function + " is declared to give " + result.catalogString() + ": " + mismatch.getMessage());
    this.typeName = "TypeError";
  }

  /** The name of the exception's type in Python, {@code ValueError} say. */
  public String typeName() {
    return typeName;
  }
}
