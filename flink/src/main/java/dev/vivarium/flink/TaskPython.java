package dev.vivarium.flink;

import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import java.time.Duration;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.jspecify.annotations.Nullable;

/**
 * The Python of this task manager, which the first task starts and which ends with the JVM, and
 * interpreters in it for tasks.
 */
final class TaskPython {

  // None goes because it is idle: it has a function's state
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private TaskPython() {}

  /**
   * Starts it, if it does not run yet.
   *
   * @throws IllegalStateException if this library is a job's own, in its class loader
   */
  static Python start(Settings settings) {
    requireShared(TaskPython.class.getClassLoader(), StreamOperator.class.getClassLoader());
    PythonOptions.Builder options = PythonOptions.builder();
    if (settings.python() != null) {
      options.python(settings.python());
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    // Main outlives the job that comes first, whose loader it must not hold
    thread.setContextClassLoader(TaskPython.class.getClassLoader());
    try {
      return Python.shared(options.build());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /**
   * Refuses a copy of this library that goes with its job: Flink makes a new class loader for each
   * job, and for a job that is begun again, and one process has one Python.
   */
  static void requireShared(@Nullable ClassLoader ours, @Nullable ClassLoader flinks) {
    for (ClassLoader each = flinks; each != null; each = each.getParent()) {
      if (each.equals(ours)) {
        return;
      }
    }
    throw new IllegalStateException(
        "vivarium-flink is in the job's own jar: a task manager has one Python, which would end up"
            + " with the class loader of one job. Put vivarium-core, vivarium-flink and"
            + " vivarium-cpython into Flink's lib folder, and mark them as provided in the job's"
            + " build");
  }

  /** One interpreter with a GIL of its own, which sees the classes of a job. */
  static InterpreterPool isolated(Python python, ClassLoader job) throws InterruptedException {
    return InterpreterPool.open(
        python,
        PoolOptions.isolated(0, 1)
            .interpreters(
                InterpreterOptions.isolated().javaClasses(JavaClasses.all().loadedBy(job)))
            .idleTime(FOR_EVER));
  }

  /** One thread of the main interpreter. */
  static InterpreterPool ofMain(Python python) throws InterruptedException {
    return InterpreterPool.open(python, PoolOptions.main(0, 1).idleTime(FOR_EVER));
  }
}
