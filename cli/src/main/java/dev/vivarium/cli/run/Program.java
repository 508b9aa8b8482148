package dev.vivarium.cli.run;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.cli.shell.ExitStatus;
import dev.vivarium.cli.shell.ProgramSignals;
import dev.vivarium.cli.shell.PythonResource;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** A Python program with its arguments. */
record Program(Kind kind, String text, List<String> arguments) {

  // What multiprocessing has for a child's first argument
  private static final String CHILD = "--multiprocessing-fork";

  private static final int FLUSH_FAILED = 120;
  private static final int THREADS_LEFT = -1; // by Ctrl-C while they were waited for

  /** Where the code of a program comes from. */
  enum Kind {
    FILE,
    CODE,
    MODULE,
    STDIN
  }

  /**
   * Runs it to its end, and closes Python; gives the status that {@code python} would exit with.
   */
  int run(Python python) {
    int status;
    try {
      status = python.<Integer, RuntimeException>callOnMainThread(this::runHere);
    } catch (InterpreterClosedException e) { // the process ends before the program has begun
      return ExitStatus.INTERRUPTED;
    }
    if (status != THREADS_LEFT) {
      python.close();
      return status;
    }
    return ExitStatus.INTERRUPTED; // the process's exit interrupts them
  }

  private int runHere(Interpreter main) {
    try (PyObject starter = PythonResource.load(main, Program.class, "program.py");
        ProgramSignals signals =
            isChild() ? ProgramSignals.beginChild(main) : ProgramSignals.begin(main, null)) {
      int status = execute(starter, signals);
      if (!waitForThreads(starter)) {
        return THREADS_LEFT;
      }
      return flush(starter) || status != 0 ? status : FLUSH_FAILED;
    }
  }

  private boolean isChild() {
    return kind == Kind.CODE && arguments.equals(List.of(CHILD));
  }

  private static boolean waitForThreads(PyObject starter) {
    try {
      starter.callMethod("wait").close();
      return true;
    } catch (PythonException e) {
      return !e.isInstance("KeyboardInterrupt");
    }
  }

  private int execute(PyObject starter, ProgramSignals signals) {
    boolean ours = true;
    try (PyObject prepared =
            starter.callMethod("prepare", kind.name().toLowerCase(Locale.ROOT), text, arguments);
        PyObject function = prepared.item(0);
        PyObject operands = prepared.item(1);
        PyObject first = operands.item(0)) {
      ours = false;
      if (operands.len() == 1) {
        function.call(first).close();
      } else {
        try (PyObject second = operands.item(1)) {
          function.call(first, second).close();
        }
      }
      return ExitStatus.OK;
    } catch (PythonExit exit) {
      return ended(exit, starter);
    } catch (PythonException e) {
      boolean interrupted = e.isInstance("KeyboardInterrupt");
      int status = interrupted ? ExitStatus.INTERRUPTED : ExitStatus.FAILED;
      return interrupted && signals.isExiting()
          ? status
          : report(starter, e.value(), ours, e::traceback, status);
    } catch (Throwable javas) { // of Java code that the program called: in Python as it left there
      if (ours) {
        throw javas;
      }
      return report(starter, javas, false, () -> javas + "\n", ExitStatus.FAILED);
    }
  }

  private static int report(
      PyObject starter, Object exception, boolean ours, Supplier<String> otherwise, int status) {
    try {
      starter.callMethod("report", exception, ours).close();
    } catch (PythonExit exit) { // of a sys.excepthook
      return ended(exit, starter);
    } catch (PythonException broken) {
      System.err.print(otherwise.get());
      System.err.flush();
    }
    return status;
  }

  private static int ended(PythonExit exit, PyObject starter) {
    if (!exit.text().isEmpty()) {
      flush(starter);
      System.err.println(exit.text());
      System.err.flush();
    }
    return exit.code();
  }

  private static boolean flush(PyObject starter) {
    try {
      starter.callMethod("flush").close();
      return true;
    } catch (PythonException e) {
      System.err.println("Exception ignored on flushing sys.stdout: " + e.getMessage());
      return false;
    }
  }
}
