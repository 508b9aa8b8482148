package dev.vivarium.flink;

import dev.vivarium.PyObject;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.pool.PythonTaskException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;
import org.jspecify.annotations.Nullable;

/**
 * A Python function as one of SQL's and the Table API's, of any number of arguments: {@link
 * VivariumFlink#scalar} makes it. Its methods are Flink's to call.
 */
public final class PythonScalarFunction extends ScalarFunction {

  @Serial private static final long serialVersionUID = 1;

  private final PythonFunction function;

  @SuppressWarnings("serial") // each of its classes is serializable
  private final DataType result;

  private transient @Nullable TaskFunction python;
  private transient @Nullable Conversion conversion;

  PythonScalarFunction(PythonFunction function, DataType result) {
    this.function = function;
    this.result = result;
    Conversion _ = TableValues.conversion(result); // which refuses what it has none for
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory types) {
    return TypeInference.newBuilder()
        .inputTypeStrategy(InputTypeStrategies.WILDCARD)
        .outputTypeStrategy(TypeStrategies.explicit(result))
        .build();
  }

  /** In a task, and in the planner for calls that are constant. */
  @Override
  public void open(FunctionContext context) throws Exception {
    Map<String, String> parameters = new HashMap<>();
    for (String name : Settings.NAMES) {
      String value = context.getJobParameter(name, "");
      if (!value.isEmpty()) {
        parameters.put(name, value);
      }
    }
    conversion = TableValues.conversion(result);
    python = TaskFunction.open(function, Settings.of(parameters), context.getUserCodeClassLoader());
  }

  /**
   * Calls it for a row.
   *
   * @throws PythonTaskException what it raises, or if what it gives is not of its type
   * @throws TimeoutException if it is not back within {@code vivarium.deadline}
   * @throws InterruptedException if the task is cancelled
   */
  public @Nullable Object eval(@Nullable Object... arguments)
      throws TimeoutException, InterruptedException {
    TaskFunction opened = python;
    Conversion toResult = conversion;
    if (opened == null || toResult == null) {
      throw new IllegalStateException("Flink calls open before it calls this");
    }
    return opened.<@Nullable Object>call(
        opened.deadline(),
        (in, support, callee) -> {
          List<PyObject> made = new ArrayList<>();
          Object given = Values.toPython(in, Arrays.asList(arguments), made);
          try (PyObject value = support.callMethod("call", callee, given)) {
            return converted(value, toResult);
          } finally {
            made.forEach(PyObject::close);
          }
        });
  }

  private @Nullable Object converted(PyObject value, Conversion toResult) {
    try {
      return toResult.of(value.asNullable(Object.class));
    } catch (IllegalArgumentException e) {
      throw PythonTaskException.mismatch(function, result.toString(), e);
    }
  }

  @Override
  public void close() throws Exception {
    if (python != null) {
      python.close(false);
    }
  }

  @Override
  public String toString() {
    return function.toString();
  }
}
