package dev.vivarium.cli.doctor;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonEnvironment;
import dev.vivarium.PythonException;
import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonOptions;
import dev.vivarium.cpython.EmbeddedNumPy;
import java.util.ArrayList;
import java.util.List;

/** Starts Python and looks at it from inside. */
final class PythonChecks {

  private static final List<String> MODULES = List.of("json", "ctypes", "ssl", "sqlite3");
  private static final String CTYPES = "ctypes";

  private static final String PACKAGES =
      """
      (lambda util: ', '.join(
          name + ' ' + getattr(__import__(name), '__version__', '') + ' in '
          + (util.find_spec(name).submodule_search_locations or ['?'])[0]
          for name in ('pip', 'numpy') if util.find_spec(name)) or 'neither pip nor NumPy'
      )(__import__('importlib.util').util)
      """
          .replace("\n", " ");

  private static final String DISTRIBUTIONS =
      """
      lambda folder: ', '.join(sorted(
          one.name + ' ' + one.version
          for one in __import__('importlib.metadata').metadata.distributions(path=[folder])))
      or 'no packages'
      """
          .replace("\n", " ");

  private final List<Finding> findings = new ArrayList<>();

  private PythonChecks() {}

  static List<Finding> all(PythonOptions options) {
    PythonChecks checks = new PythonChecks();
    checks.start(options);
    return checks.findings;
  }

  private void start(PythonOptions options) {
    try (Python python = Python.start(options)) {
      installation(python);
      imports("main", python.main(), true);
      packages(python);
      isolated(python);
    } catch (RuntimeException | LinkageError e) {
      findings.add(
          Finding.fail(
              "python",
              oneLine(e),
              "name another Python with --python, or without it use the one that comes with"
                  + " Vivarium"));
    }
  }

  private void installation(Python python) {
    PythonInstallation installation = python.installation();
    findings.add(Finding.ok("python", python.version() + ", from " + installation.source()));
    findings.add(Finding.ok("libpython", installation.library().toString()));
    findings.add(
        Finding.ok(
            "home",
            installation.home() == null
                ? "found by Python itself"
                : installation.home().toString()));
    findings.add(Finding.ok("prefix", evaluate(python, "__import__('sys').prefix")));
    findings.add(Finding.ok("build", evaluate(python, "__import__('sys').version")));
    findings.add(Finding.ok("flags", evaluate(python, "__import__('sys').flags")));
    findings.add(Finding.ok("gil", gil(python)));
    findings.add(Finding.ok("thread states", threadStates(python)));
  }

  private static String threadStates(Python python) {
    return switch (python.threadStatePolicy()) {
      case KEPT -> "kept between calls, in main and in sub-interpreters";
      case KEPT_IN_MAIN ->
          "kept between calls in main; made anew for each call into a sub-interpreter, since this"
              + " CPython's thread-local slot could not be told for certain";
    };
  }

  private static String gil(Python python) {
    if (!python.version().freeThreaded()) {
      return "one for each interpreter";
    }
    return evaluate(python, "__import__('sys')._is_gil_enabled()").equals("True")
        ? "a free-threaded build that has it on"
        : "none: a free-threaded build";
  }

  private static String evaluate(Python python, String expression) {
    try (PyObject value = python.main().eval(expression)) {
      return value.toString().replace('\n', ' ');
    }
  }

  private void packages(Python python) {
    try {
      findings.add(Finding.ok("packages", evaluate(python, PACKAGES)));
    } catch (PythonException e) {
      findings.add(
          Finding.warn(
              "packages",
              oneLine(e),
              "install what is named anew, or try the Python code that imports it for all of the"
                  + " message"));
    }
    PythonEnvironment environment = python.options().environment();
    if (environment != null) {
      findings.add(Finding.ok("environment folder", inside(environment, python)));
    }
    EmbeddedNumPy numPy = EmbeddedNumPy.find();
    if (numPy != null) {
      String problem = numPy.problem(python.version());
      findings.add(
          problem == null
              ? Finding.ok("numpy", numPy + " on the class path, unpacked in " + numPy.provide())
              : Finding.warn(
                  "numpy",
                  problem,
                  "take the class path's NumPy away, or the one that fits this Python"));
    }
  }

  private static String inside(PythonEnvironment environment, Python python) {
    try (PyObject function = python.main().eval(DISTRIBUTIONS);
        PyObject names = function.call(environment.packages(python.version()).toString())) {
      return environment + ": " + names.asString();
    }
  }

  private void isolated(Python python) {
    try (Interpreter made = python.newInterpreter()) {
      findings.add(Finding.ok("sub-interpreter", "made, with a GIL of its own"));
      imports("sub-interpreter", made, python.version().isAtLeast(3, 13));
    } catch (RuntimeException e) {
      findings.add(
          Finding.fail(
              "sub-interpreter", oneLine(e), "map needs them: use another Python, by --python"));
    }
  }

  private void imports(String where, Interpreter interpreter, boolean withCtypes) {
    String name = "imports, " + where;
    List<String> failed = new ArrayList<>();
    boolean bad = false;
    for (String module : MODULES) {
      try {
        interpreter.importModule(module).close();
      } catch (PythonException e) {
        failed.add(module + ": " + oneLine(e));
        bad |= withCtypes || !module.equals(CTYPES);
      }
    }
    if (failed.isEmpty()) {
      findings.add(Finding.ok(name, String.join(", ", MODULES)));
    } else if (bad) {
      findings.add(
          Finding.fail(
              name,
              String.join("; ", failed),
              "this Python lacks parts: install them, or use another by --python"));
    } else {
      findings.add(
          Finding.warn(
              name,
              String.join("; ", failed),
              "use Python 3.13 or newer if sub-interpreters are to have ctypes"));
    }
  }

  private static String oneLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
  }
}
