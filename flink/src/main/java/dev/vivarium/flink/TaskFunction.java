package dev.vivarium.flink;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.pool.PythonTaskException;
import java.net.URL;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/**
 * A Python function as one task has it, made in an interpreter that nobody else uses. It is called
 * on that interpreter's own thread, which can be given up: the task's thread is back by a deadline
 * and when the task is cancelled, whatever the function does. After either it is of no use any
 * more. For the task's thread.
 */
final class TaskFunction {

  private static final System.Logger LOG = System.getLogger("dev.vivarium.flink");

  private static final URL SUPPORT =
      Objects.requireNonNull(TaskFunction.class.getResource("flink.py"), "flink.py");

  // Where it ends because something else has failed
  private static final Duration TO_CLOSE = Duration.ofMillis(300);

  /** What is done in the function's interpreter. */
  @FunctionalInterface
  interface Body<T extends @Nullable Object> {
    /**
     * Does it.
     *
     * @param support {@code flink.py}
     * @param callee the function, or the object of a class
     */
    T run(Interpreter in, PyObject support, PyObject callee);
  }

  /** The pool's one interpreter, and what is made in it. */
  private record Made(InterpreterPool pool, PyObject support, PyObject callee) {}

  private final PythonFunction function;
  private final Duration deadline;
  private final Made made;
  private boolean lost;

  private TaskFunction(PythonFunction function, Duration deadline, Made made) {
    this.function = function;
    this.deadline = deadline;
    this.made = made;
  }

  /**
   * Makes the function, however long that takes. Where its modules load in no interpreter with a
   * GIL of its own, in main, if the settings leave it open.
   *
   * @param job whose classes it may see
   * @throws PythonTaskException what making it raises
   * @throws InterruptedException if the task is cancelled
   */
  static TaskFunction open(PythonFunction function, Settings settings, ClassLoader job)
      throws InterruptedException {
    Python python = TaskPython.start(settings);
    boolean inMain =
        switch (settings.interpreters()) {
          case MAIN -> true;
          case ISOLATED -> false;
          case AUTO -> python.version().freeThreaded();
        };
    Made made;
    if (inMain) {
      made = make(function, TaskPython.ofMain(python));
    } else {
      try {
        made = make(function, TaskPython.isolated(python, job));
      } catch (PythonTaskException e) {
        if (settings.interpreters() == Settings.Where.ISOLATED || !isImport(e)) {
          throw e;
        }
        try {
          made =
              make(function, TaskPython.ofMain(python)); // an extension module that knows no other
        } catch (PythonTaskException other) { // which does not see the job's own modules
          e.addSuppressed(other);
          throw isImport(other) ? e : other;
        }
      }
    }
    return new TaskFunction(function, settings.deadline(), made);
  }

  private static boolean isImport(PythonTaskException e) {
    return e.typeName().endsWith("ImportError") || e.typeName().endsWith("ModuleNotFoundError");
  }

  private static Made make(PythonFunction function, InterpreterPool pool)
      throws InterruptedException {
    boolean done = false;
    try {
      Made made =
          pool.call(in ->
              PythonTaskException.telling(
                  function,
                  () -> {
                    PyObject support = in.importModule("_vivarium_flink", SUPPORT);
                    try (PyObject itself = function.in(in)) {
                      return new Made(pool, support, support.callMethod("callee", itself));
                    }
                  }));
      done = true;
      return made;
    } finally {
      if (!done) {
        pool.close(TO_CLOSE);
      }
    }
  }

  /** How long one call may take. */
  Duration deadline() {
    return deadline;
  }

  /**
   * Has something done in its interpreter, and waits for it.
   *
   * @throws PythonTaskException what the function raises
   * @throws TimeoutException if it takes longer
   * @throws InterruptedException if the task is cancelled
   */
  <T extends @Nullable Object> T call(Duration limit, Body<T> body)
      throws TimeoutException, InterruptedException {
    boolean back = false;
    try {
      T result =
          made.pool()
              .within(limit)
              .call(in ->
                  PythonTaskException.telling(
                      function, () -> body.run(in, made.support(), made.callee())));
      back = true;
      return result;
    } catch (PythonTaskException e) {
      back = true;
      throw e;
    } catch (DeadlineException e) {
      TimeoutException told =
          new TimeoutException(
              function
                  + " is not back within "
                  + Settings.DEADLINE
                  + ", which is "
                  + TimeUtils.formatWithHighestUnit(deadline)
                  + ": "
                  + e.getMessage());
      told.initCause(e);
      throw told;
    } finally {
      lost |= !back;
    }
  }

  /**
   * Ends it: an object of a class has its {@code close} called.
   *
   * @param inOrder whether the task has done all it had to; else there is little time for this
   * @throws PythonTaskException what that raises, if in order
   * @throws TimeoutException if that takes longer than the deadline, if in order
   */
  void close(boolean inOrder) throws TimeoutException, InterruptedException {
    try {
      if (!lost) {
        end(inOrder);
      }
    } finally {
      made.pool().close(TO_CLOSE);
    }
  }

  private void end(boolean inOrder) throws TimeoutException, InterruptedException {
    try {
      this.<@Nullable Object>call(
          inOrder ? deadline : TO_CLOSE,
          (in, support, callee) -> {
            try (support;
                callee) {
              support.callMethod("close", callee).close();
            }
            return null;
          });
    } catch (PythonTaskException | TimeoutException e) {
      if (inOrder) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, "the end of " + function, e);
    }
  }
}
