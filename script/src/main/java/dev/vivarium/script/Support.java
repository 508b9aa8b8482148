package dev.vivarium.script;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.io.Reader;
import java.io.Writer;
import java.net.URL;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Python code that engines need, in one interpreter. Its methods are called attached.
 *
 * <p>Nothing here takes a Java lock: who waits for one while attached holds up the GIL, and whoever
 * has the lock may wait for that.
 */
final class Support {

  private static final URL SOURCE =
      Objects.requireNonNull(Support.class.getResource("script.py"), "script.py");

  /** A script that has been compiled: its statements, and the expression at its end. */
  record Code(PyObject body, @Nullable PyObject last, String file) {}

  /** Where something went wrong, with -1 for numbers that nobody knows. */
  record Place(@Nullable String file, int line, int column, String message) {}

  private final Interpreter interpreter;
  private final PyObject module;
  private final PyObject exec;
  private final PyObject eval;
  private final PyObject enter;
  private final PyObject leave;

  private Support(Interpreter interpreter, PyObject module) {
    this.interpreter = interpreter;
    this.module = module;
    try (PyObject builtins = interpreter.importModule("builtins")) {
      this.exec = builtins.attr("exec");
      this.eval = builtins.attr("eval");
    }
    this.enter = module.attr("enter");
    this.leave = module.attr("leave");
  }

  /** That of an interpreter, shared by all engines in it. */
  static Support of(Interpreter interpreter) {
    return interpreter.call(in -> {
      PyObject module = in.importModule("_vivarium_script", SOURCE);
      module.callMethod("install").close();
      return new Support(in, module);
    });
  }

  Interpreter interpreter() {
    return interpreter;
  }

  PyObject mainNamespace() {
    return module.callMethod("main_namespace");
  }

  PyObject newNamespace() {
    return module.callMethod("new_namespace");
  }

  PyObject newOutput(Writer to) {
    try (PyObject file = interpreter.file(to)) {
      return module.callMethod("new_output", file);
    }
  }

  PyObject newInput(Reader from) {
    try (PyObject file = interpreter.file(from)) {
      return module.callMethod("new_input", file);
    }
  }

  void enter(PyObject output, PyObject error, PyObject input) {
    enter.call(output, error, input).close();
  }

  void leave() {
    leave.call().close();
  }

  Code compile(String source, String file) {
    try (PyObject both = module.callMethod("compile_script", source, file)) {
      PyObject last = both.item(1);
      return new Code(both.item(0), last.isNone() ? null : last, file);
    }
  }

  /** Runs it, with no frame of ours on Python's stack; gives the value of its last expression. */
  @Nullable Object run(Code code, PyObject variables) {
    exec.call(code.body(), variables).close();
    PyObject last = code.last();
    return last == null ? null : toJava(eval.call(last, variables));
  }

  void setArguments(String file, Object arguments) {
    module.callMethod("set_arguments", file, arguments).close();
  }

  /** Whether an error says that the function cannot be called with such arguments. */
  boolean isUnfit(PyObject error, PyObject function, @Nullable Object[] arguments) {
    try (PyObject fromCall = module.callMethod("is_from_call", error)) {
      if (!fromCall.isTrue()) {
        return false;
      }
      try (PyObject fits = module.callMethod("fits", function, arguments)) {
        return !fits.isTrue();
      }
    }
  }

  Place place(PyObject error, String file) {
    try (PyObject place = module.callMethod("place", error, file)) {
      return new Place(
          place.item(0).as(String.class),
          place.item(1).asInt(),
          place.item(2).asInt(),
          place.item(3).asString());
    }
  }

  /** What Java gets for an object: the nearest value, or the object where there is none. */
  static @Nullable Object toJava(PyObject object) {
    Object value;
    try {
      value = object.asNullable(Object.class);
    } catch (dev.vivarium.ConversionException e) {
      return object; // a list in itself, say
    }
    if (value instanceof PyObject again) {
      again.close();
      return object;
    }
    object.close();
    return value;
  }
}
