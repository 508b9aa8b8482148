package dev.vivarium.cli.doctor;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonOptions;
import java.util.ArrayList;
import java.util.List;

/** Starts Python and looks at it from inside. */
final class PythonChecks {

  private static final List<String> MODULES = List.of("json", "ctypes", "ssl", "sqlite3");
  private static final String CTYPES = "ctypes";

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
