package dev.vivarium.flink;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.pool.PythonFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** A Python function that gives a result for each record, or several. */
final class MapOperator<IN, OUT> extends BundleOperator<IN, OUT> {

  private static final long serialVersionUID = 1;

  /** What the function gives for a record. */
  enum Gives {
    ONE("map"),
    SEVERAL("flat_map");

    /** Of {@code flink.py}, and of a class in the place of a function. */
    private final String method;

    Gives(String method) {
      this.method = method;
    }
  }

  private final Gives gives;

  MapOperator(PythonFunction function, TypeInformation<OUT> type, Gives gives) {
    super(function, type);
    this.gives = gives;
  }

  @Override
  PyObject begin(Interpreter in, PyObject support, PyObject callee, PyObject values) {
    return support.callMethod(gives.method, callee, values);
  }
}
