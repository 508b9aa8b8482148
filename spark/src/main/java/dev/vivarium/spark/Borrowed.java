package dev.vivarium.spark;

import dev.vivarium.InterpreterFunction;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PooledInterpreter;
import dev.vivarium.pool.PythonFunction;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * An interpreter that a task has for its functions of values, all of them: its own thread is inside
 * then, which costs a tenth of what another's would. Back in the pool when the task ends.
 */
final class Borrowed {

  private record Key(long task, InterpreterPool pool) {}

  private static final Map<Key, Borrowed> OF_TASKS = new ConcurrentHashMap<>();

  private final TaskContext context;
  private final Killable killable;
  private final PooledInterpreter interpreter;

  private Borrowed(TaskContext context, Killable killable, PooledInterpreter interpreter) {
    this.context = context;
    this.killable = killable;
    this.interpreter = interpreter;
  }

  /** That of the task, for a function. */
  static Borrowed by(TaskContext context, PythonFunction function) {
    Killable killable = Killable.of(context);
    InterpreterPool pool = killable.run(() -> ExecutorPython.start().forValues(function));
    Key key = new Key(context.taskAttemptId(), pool);
    Borrowed known = OF_TASKS.get(key);
    if (known != null) {
      return known;
    }
    PooledInterpreter taken = killable.run(pool::checkOut);
    Borrowed borrowed = new Borrowed(context, killable, taken);
    OF_TASKS.put(key, borrowed);
    // The last that is registered is the first that is called: functions are closed before this
    context.addTaskCompletionListener(ended -> {
      OF_TASKS.remove(key);
      taken.close();
    });
    return borrowed;
  }

  TaskContext context() {
    return context;
  }

  /** Whether it is that task's. */
  @SuppressWarnings("ReferenceEquality") // one that runs has one context
  boolean isOf(TaskContext task) {
    return context == task;
  }

  /** Runs a body in it, on the calling thread, until the task is killed. */
  <T extends @Nullable Object> T call(InterpreterFunction<T, RuntimeException> body) {
    return killable.run(() -> interpreter.interpreter().callInterruptibly(body));
  }
}
