package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** An interpreter, and the functions that have been made in it. */
final class Workplace {

  private static final int MOST_FUNCTIONS = 256;

  private final Interpreter interpreter;

  // What it no longer holds another thread may be calling: the collector gives it back
  private final Map<PythonFunction, PyObject> functions =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PythonFunction, PyObject> eldest) {
          return size() > MOST_FUNCTIONS;
        }
      };

  Workplace(Interpreter interpreter) {
    this.interpreter = interpreter;
  }

  Interpreter interpreter() {
    return interpreter;
  }

  /** The function, made here when it is called for the first time. */
  PyObject function(PythonFunction function) {
    synchronized (functions) {
      PyObject known = functions.get(function);
      if (known != null) {
        return known;
      }
    }
    PyObject made = function.in(interpreter); // not under the lock, which one with the GIL may want
    synchronized (functions) {
      PyObject other = functions.putIfAbsent(function, made);
      return other == null ? made : other;
    }
  }
}
