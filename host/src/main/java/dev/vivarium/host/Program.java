package dev.vivarium.host;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.ThreadState;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Python program that has started this JVM, as Java meets it. Called once, through JNI; from
 * then on Python calls the functions that this gives it.
 */
final class Program {

  /** What Python calls as {@code jvm.call}: a function of two arguments. */
  @FunctionalInterface
  interface StaticCall {
    @Nullable Object call(String target, PyObject arguments) throws Throwable;
  }

  private Program() {}

  /** From {@code vivarium_host}, with nothing attached. */
  @SuppressWarnings("unused") // through JNI
  static void attach(String module, long exitTimeoutMillis) {
    Python python =
        Python.attachToHost(
            PythonOptions.builder().exitTimeout(Duration.ofMillis(exitTimeoutMillis)).build());
    Interpreter main = python.main();
    main.run(in -> {
      try (PyObject host = in.importModule(module)) {
        host.setAttr("_call", (StaticCall) (target, arguments) -> call(main, target, arguments));
      }
    });
  }

  private static @Nullable Object call(Interpreter main, String target, PyObject arguments)
      throws Throwable {
    List<PyObject> items = new java.util.ArrayList<>();
    for (PyObject item : arguments) {
      items.add(item);
    }
    StaticMethod.Bound bound = StaticMethod.find(target, items);
    // Attached already, by the Python code that calls; others run Python while Java works
    try (ThreadState entered = ThreadState.ensure(main.view())) {
      return entered.<@Nullable Object, Throwable>detached(bound::invoke);
    }
  }
}
