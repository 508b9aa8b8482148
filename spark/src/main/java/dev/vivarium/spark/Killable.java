package dev.vivarium.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskInterruptListener;
import org.jspecify.annotations.Nullable;

/**
 * What a task does on its own thread for a Python function, and is interrupted in when it is
 * killed: Spark itself may only set a flag.
 */
final class Killable {

  private static final Map<Long, Killable> OF_TASKS = new ConcurrentHashMap<>();

  /** Something that an interrupt ends. */
  @FunctionalInterface
  interface Body<T extends @Nullable Object> {
    T run() throws InterruptedException;
  }

  private final TaskContext context;
  private volatile @Nullable Thread inside;

  private Killable(TaskContext context) {
    this.context = context;
  }

  /** That of the task. */
  static Killable of(TaskContext context) {
    Killable known = OF_TASKS.get(context.taskAttemptId());
    if (known != null) {
      return known;
    }
    Killable made = new Killable(context);
    OF_TASKS.put(context.taskAttemptId(), made);
    context.addTaskCompletionListener(ended -> {
      OF_TASKS.remove(context.taskAttemptId());
    });
    TaskInterruptListener killed = (task, reason) -> made.interrupt();
    context.addTaskInterruptListener(killed);
    return made;
  }

  private void interrupt() {
    Thread thread = inside;
    if (thread != null) {
      thread.interrupt();
    }
  }

  /**
   * On the task's thread.
   *
   * @throws org.apache.spark.TaskKilledException if the task is killed, before it or meanwhile
   */
  <T extends @Nullable Object> T run(Body<T> body) {
    inside = Thread.currentThread();
    try {
      context.killTaskIfInterrupted();
      return body.run();
    } catch (InterruptedException e) {
      context.killTaskIfInterrupted();
      throw ExecutorPython.interrupted(e);
    } finally {
      inside = null;
    }
  }
}
