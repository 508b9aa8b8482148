package dev.vivarium.cli.map;

import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.pool.InterpreterPool;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * The Python of an executor: each task that runs has a pool of one interpreter, which has loaded
 * the function, and leaves it for the next one.
 */
final class ExecutorCalls {

  private static @Nullable ExecutorCalls only;

  private final SparkWork work;
  private final Python python;
  private final MappedFunction function;
  private final List<InterpreterPool> all = new ArrayList<>(); // under its monitor
  private final Queue<InterpreterPool> free = new ConcurrentLinkedQueue<>();

  private ExecutorCalls(SparkWork work, Python python) {
    this.work = work;
    this.python = python;
    this.function = MappedFunction.isolated(work.reference(), work.kind(), 1);
  }

  /**
   * That of this JVM, which does the work of one application.
   *
   * @throws CommandFailure if the folder of the work is not here, or what the command line says of
   *     Python names none here
   * @throws dev.vivarium.PythonStartException if Python does not start
   */
  static synchronized ExecutorCalls of(SparkWork work) {
    ExecutorCalls known = only;
    if (known == null) {
      Python python = Python.shared(work.python().pythonOptions().build());
      enter(python, work.folder());
      known = new ExecutorCalls(work, python);
      only = known;
    }
    return known;
  }

  // Executors are begun in folders of their own
  private static void enter(Python python, String folder) {
    try {
      python
          .main()
          .run(in -> {
            try (PyObject os = in.importModule("os");
                PyObject here = os.callMethod("getcwd")) {
              if (!here.asString().equals(folder)) {
                os.callMethod("chdir", folder).close();
              }
            }
          });
    } catch (PythonException e) {
      throw new CommandFailure(
          "--engine spark: an executor cannot enter "
              + folder
              + " ("
              + e.pythonMessage()
              + "): all nodes have to have the files under the same paths",
          e);
    }
  }

  /**
   * Calls the function for items.
   *
   * @throws CommandFailure if it cannot be loaded
   * @throws InterruptedException if the task is killed; the call under way has been interrupted
   */
  SparkAnswer call(List<Item> items) throws InterruptedException {
    InterpreterPool pool = take();
    try {
      return call(new Calls(function, pool.forKey(0), work.deadline(), new Waits()), items);
    } finally {
      free.add(pool);
    }
  }

  private InterpreterPool take() throws InterruptedException {
    InterpreterPool known = free.poll();
    if (known != null) {
      return known;
    }
    InterpreterPool made = PoolEngine.pool(python, function);
    synchronized (all) {
      all.add(made);
    }
    return made;
  }

  private SparkAnswer call(Calls calls, List<Item> items) throws InterruptedException {
    int most = Calls.mostAtOnce(function, work.deadline());
    ArrayList<String> lines = new ArrayList<>(items.size());
    BitSet failed = new BitSet();
    long nanos = 0;
    while (lines.size() < items.size()) {
      TaskContext task = TaskContext.get();
      if (task != null && task.isInterrupted()) { // by an interrupt that came as a call returned
        throw new InterruptedException();
      }
      int from = lines.size();
      long began = System.nanoTime();
      Calls.Came came = calls.of(items.subList(from, Math.min(items.size(), from + most)));
      nanos += System.nanoTime() - began;
      for (int i = 0; i < came.size(); i++) {
        lines.add(came.line(i, items.get(from + i)));
        failed.set(from + i, !came.isGood(i));
      }
      if (came.isInterpreterGone()) {
        calls.awaitInterpreter();
      }
    }
    return new SparkAnswer(lines, failed, nanos, null);
  }

  /** Ends that of this JVM, if it has one; whether a thread is still in Python. */
  static synchronized boolean close() {
    ExecutorCalls known = only;
    if (known == null) {
      return false;
    }
    List<InterpreterPool> pools;
    synchronized (known.all) {
      pools = List.copyOf(known.all);
    }
    return pools.parallelStream().map(PoolEngine::close).reduce(false, Boolean::logicalOr);
  }
}
