package dev.vivarium.spark;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.pool.PythonTaskException;
import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** A Python function of values, as a task has it: deserialized there, and called once a row. */
final class ScalarFunction implements Serializable {

  private static final long serialVersionUID = 1;

  private final PythonFunction function;

  @SuppressWarnings("serial") // each of its classes is serializable
  private final DataType result;

  // In the driver alone, by the interpreter's id
  private final transient @Nullable Map<Long, PyObject> inDriver = new ConcurrentHashMap<>();

  // Of the task that has called last
  private transient volatile @Nullable InTask inTask;

  /**
   * @throws IllegalArgumentException if the result's type is none that Python has values for
   */
  ScalarFunction(PythonFunction function, DataType result) {
    this.function = Objects.requireNonNull(function, "function");
    this.result = Objects.requireNonNull(result, "result");
    Values.requireKnown(result);
  }

  DataType result() {
    return result;
  }

  /** With Spark's external types, there and back. */
  @Nullable Object call(@Nullable Object... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = Values.toJava(arguments[i]);
    }
    TaskContext context = TaskContext.get();
    return context == null ? inDriver(arguments) : inTask(context).call(arguments);
  }

  // Where Spark's optimizer works out what is constant, and rows that the driver has
  private @Nullable Object inDriver(@Nullable Object... arguments) {
    return PythonTaskException.<@Nullable Object>telling(
        function,
        () -> {
          try {
            return ExecutorPython.start()
                .forValues(function)
                .<@Nullable Object, RuntimeException>call(in -> call(madeIn(in), arguments));
          } catch (InterruptedException e) {
            throw ExecutorPython.interrupted(e);
          }
        });
  }

  private PyObject madeIn(Interpreter in) {
    Map<Long, PyObject> all = inDriver;
    return all == null // sent to a process that has no task
        ? ExecutorPython.make(function, in)
        : all.computeIfAbsent(in.id(), id -> ExecutorPython.make(function, in));
  }

  private InTask inTask(TaskContext context) {
    InTask known = inTask;
    if (known == null || !known.borrowed.isOf(context)) {
      known =
          PythonTaskException.telling(
              function, () -> InTask.begin(this, Borrowed.by(context, function)));
      inTask = known;
    }
    return known;
  }

  private @Nullable Object call(PyObject made, @Nullable Object... arguments) {
    try (PyObject value = made.call(arguments)) {
      return converted(value);
    }
  }

  private @Nullable Object converted(PyObject value) {
    try {
      return Values.toSpark(value, result);
    } catch (PythonException | IllegalArgumentException e) {
      throw PythonTaskException.mismatch(function, result.catalogString(), e);
    }
  }

  /** The function, made for one task. */
  private static final class InTask {

    private final ScalarFunction scalar;
    private final Borrowed borrowed;
    private final PyObject made;

    private InTask(ScalarFunction scalar, Borrowed borrowed, PyObject made) {
      this.scalar = scalar;
      this.borrowed = borrowed;
      this.made = made;
    }

    static InTask begin(ScalarFunction scalar, Borrowed borrowed) {
      PyObject made = borrowed.call(in -> ExecutorPython.make(scalar.function, in));
      borrowed
          .context()
          .addTaskCompletionListener(ended -> {
            made.close();
          });
      return new InTask(scalar, borrowed, made);
    }

    @Nullable Object call(@Nullable Object... arguments) {
      return PythonTaskException.<@Nullable Object>telling(
          scalar.function,
          () -> borrowed.<@Nullable Object>call(in -> scalar.call(made, arguments)));
    }
  }
}
