package dev.vivarium.spark;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonOptions;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PythonFunction;
import java.net.URL;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.jspecify.annotations.Nullable;

/**
 * The Python of this executor, started by its first task, and its interpreters: some with a GIL of
 * their own, for functions that load in such, and threads of the main one, for those that do not.
 * Both are as many as tasks want at a time, since a task that waited for another's would wait for
 * ever; what is idle for a minute goes. Python ends with the executor's JVM.
 */
final class ExecutorPython {

  // More than tasks of one executor can want at a time: each has one for its SQL functions, and one
  // for each of the mapped batches that are chained in it
  private static final int ENOUGH = 4096;

  private static final URL SUPPORT =
      Objects.requireNonNull(ExecutorPython.class.getResource("spark.py"), "spark.py");

  private enum Where {
    AUTO,
    ISOLATED,
    MAIN
  }

  private static @Nullable ExecutorPython only;

  private final Python python;
  private final InterpreterPool main;
  private @Nullable InterpreterPool isolated;

  // Where a function of values is at home
  private final Map<PythonFunction, InterpreterPool> homes = new ConcurrentHashMap<>();

  private ExecutorPython(Python python) throws InterruptedException {
    this.python = python;
    this.main = open(PoolOptions.main(0, ENOUGH));
  }

  private InterpreterPool open(PoolOptions options) throws InterruptedException {
    return InterpreterPool.open(python, options.initializer(in -> support(in).close()));
  }

  /**
   * That of this JVM.
   *
   * @throws IllegalStateException if its Python has not what {@code spark.vivarium.requires} names
   */
  static synchronized ExecutorPython start() throws InterruptedException {
    ExecutorPython known = only;
    SparkConf conf = SparkEnv.get().conf();
    if (known == null) {
      known = new ExecutorPython(Python.shared(options(conf)));
      only = known;
    }
    known.require(conf.get("spark.vivarium.requires", ""));
    return known;
  }

  // Of the session: a JVM may have one after the other
  private static Where where() {
    String text = SparkEnv.get().conf().get("spark.vivarium.interpreters", "auto");
    try {
      return Where.valueOf(text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "spark.vivarium.interpreters is " + text + ": it may be auto, isolated or main", e);
    }
  }

  private static PythonOptions options(SparkConf conf) {
    PythonOptions.Builder options = PythonOptions.builder();
    if (conf.contains("spark.vivarium.python")) {
      options.python(conf.get("spark.vivarium.python"));
    }
    return options.build();
  }

  private void require(String modules) {
    if (modules.isBlank()) {
      return;
    }
    List<String> names = List.of(modules.trim().split("[,\\s]+"));
    List<?> missing =
        python
            .main()
            .call(in -> {
              try (PyObject support = support(in);
                  PyObject found = support.callMethod("missing", names)) {
                return (List<?>) found.as(Object.class);
              }
            });
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "this executor's Python lacks "
              + missing
              + ", which spark.vivarium.requires names: install it on every node, for the Python"
              + " that spark.vivarium.python or VIVARIUM_HOME says, or send it by --files");
    }
  }

  /** Those for functions over Arrow data: pyarrow loads in the main interpreter alone. */
  InterpreterPool forArrow() {
    return where() == Where.ISOLATED ? isolated() : main;
  }

  /**
   * Those for a function of values: with GILs of their own, if it loads there.
   *
   * @throws PythonException if it loads nowhere
   */
  InterpreterPool forValues(PythonFunction function) throws InterruptedException {
    return switch (where()) {
      case ISOLATED -> isolated();
      case MAIN -> main;
      case AUTO -> {
        InterpreterPool known = homes.get(function);
        if (known == null) {
          known = home(function); // which may take for ever
          homes.put(function, known);
        }
        yield known;
      }
    };
  }

  private InterpreterPool home(PythonFunction function) throws InterruptedException {
    InterpreterPool first = python.version().freeThreaded() ? main : isolated();
    try {
      first.run(in -> make(function, in).close());
      return first;
    } catch (PythonException e) {
      if (first == main || !e.isInstance("ImportError")) {
        throw e;
      }
    }
    return main; // an extension module that knows of no other
  }

  /** A function, made anew, among the files that Spark has sent. */
  static PyObject make(PythonFunction function, Interpreter in) {
    support(in).close();
    return function.in(in);
  }

  private synchronized InterpreterPool isolated() {
    InterpreterPool known = isolated;
    if (known == null) {
      try {
        known = open(PoolOptions.isolated(0, ENOUGH));
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      isolated = known;
    }
    return known;
  }

  /** {@code spark.py}, which finds what Spark has sent. */
  static PyObject support(Interpreter in) {
    PyObject support = in.importModule("_vivarium_spark", SUPPORT);
    support.callMethod("use_files", SparkFiles.getRootDirectory()).close();
    return support;
  }

  static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while it waited for Python", e);
  }
}
