package dev.vivarium.cpython;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonOptions;

/** The program of child processes: what becomes of NumPy on the class path. */
final class NumPyProgram {

  private NumPyProgram() {}

  private static final String SOLVE =
      "__import__('numpy').linalg.solve([[2.0, 0], [0, 4]], [2.0, 4]).tolist()";

  public static void main(String[] args) {
    String what = args.length == 0 ? "" : args[0];
    boolean used = !what.equals("without");
    PythonOptions options = PythonOptions.builder().classPathPackages(used).build();
    try (Python python = Python.start(options)) {
      if (what.equals("not in main")) {
        tell("shared", python, InterpreterOptions.shared());
        tell("shared again", python, InterpreterOptions.shared());
        tell("main", python.main());
        return;
      }
      try {
        System.out.println("main " + eval(python.main(), "__import__('numpy').__version__"));
        System.out.println("from " + eval(python.main(), "__import__('numpy').__file__"));
        System.out.println("solve " + eval(python.main(), SOLVE));
        System.out.println("child " + eval(python.main(), CHILD));
      } catch (PythonException e) {
        System.out.println("main " + e.getMessage());
        return;
      }
      tell("shared", python, InterpreterOptions.shared());
      tell("shared again", python, InterpreterOptions.shared());
      tell("own", python, InterpreterOptions.isolated());
      tell("main again", python.main());
    }
  }

  private static final String CHILD =
      "__import__('subprocess').run([__import__('sys').executable, '-c', 'import sys;"
          + " sys.path.append(sys.argv[1]); import numpy; print(numpy.eye(2).sum())',"
          + " __import__('sys').path[-1]], capture_output=True, text=True).stdout.strip()";

  private static void tell(String kind, Python python, InterpreterOptions options) {
    try (Interpreter made = python.newInterpreter(options)) {
      tell(kind, made);
    }
  }

  private static void tell(String kind, Interpreter interpreter) {
    try {
      System.out.println(kind + " " + eval(interpreter, SOLVE));
    } catch (PythonException e) {
      System.out.println(kind + " " + e.getMessage().strip().replace('\n', ' '));
    }
  }

  private static String eval(Interpreter interpreter, String expression) {
    try (PyObject value = interpreter.eval(expression)) {
      return value.toString();
    }
  }
}
