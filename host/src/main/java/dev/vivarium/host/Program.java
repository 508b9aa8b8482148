package dev.vivarium.host;

import dev.vivarium.Interpreter;
import dev.vivarium.JavaClasses;
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

  /**
   * From {@code vivarium_host}, with nothing attached.
   *
   * @param javaPackages those whose classes Python code may see, with commas between; null for all
   */
  @SuppressWarnings("unused") // through JNI
  static void attach(String module, long exitTimeoutMillis, @Nullable String javaPackages) {
    List<String> packages = javaPackages == null ? null : List.of(javaPackages.split(",", -1));
    PythonOptions.Builder options =
        PythonOptions.builder().exitTimeout(Duration.ofMillis(exitTimeoutMillis));
    if (packages != null) {
      options.javaClasses(JavaClasses.packages(packages.toArray(String[]::new)));
    }
    Interpreter main = Python.attachToHost(options.build()).main();
    main.run(in -> {
      try (PyObject host = in.importModule(module)) {
        host.setAttr(
            "_call",
            (StaticCall)
                (target, arguments) -> {
                  check(target, packages);
                  return call(main, target, arguments);
                });
      }
    });
  }

  private static void check(String target, @Nullable List<String> packages) {
    String type = target.substring(0, target.lastIndexOf('.'));
    String inPackage = type.substring(0, Math.max(0, type.lastIndexOf('.')));
    if (packages != null && !packages.contains(inPackage)) {
      throw new IllegalArgumentException(
          type + " is in none of the java_packages that start() was given");
    }
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
      return entered.<@Nullable Object, Throwable>callDetached(bound::invoke);
    }
  }
}
