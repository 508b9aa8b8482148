package dev.vivarium.cli.run;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.ThreadState;
import dev.vivarium.cli.shell.ExitStatus;
import dev.vivarium.cli.shell.PythonResource;
import dev.vivarium.cli.shell.Signals;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** A Python program with its arguments. */
record Program(Kind kind, String text, List<String> arguments) {

  // Python expects at least the 8 MiB that a process's first thread has
  private static final long STACK = 64L << 20;

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
    int status = runOnThread(python);
    if (status != THREADS_LEFT) {
      python.close();
      return status;
    }
    return ExitStatus.INTERRUPTED; // the process's exit interrupts them
  }

  private int runOnThread(Python python) {
    FutureTask<Integer> task = new FutureTask<>(() -> runHere(python.main()));
    Thread thread = new Thread(null, task, "python-program", STACK);
    thread.start();
    try {
      return task.get();
    } catch (InterruptedException e) {
      return ExitStatus.INTERRUPTED;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private int runHere(Interpreter main) {
    try (ThreadState state = ThreadState.ensure(main.view());
        PyObject starter = PythonResource.load(main, Program.class, "program.py")) {
      // Not waited for: it needs the GIL, which the program may keep for long
      Signals.onInterrupt(
          _ -> Thread.ofPlatform().daemon().name("interrupt").start(state::interrupt));
      int status = execute(starter);
      if (!waitForThreads(starter)) {
        return THREADS_LEFT;
      }
      return flush(starter) || status != 0 ? status : FLUSH_FAILED;
    }
  }

  private static boolean waitForThreads(PyObject starter) {
    try {
      starter.callMethod("wait").close();
      return true;
    } catch (PythonException e) {
      return !e.isInstance("KeyboardInterrupt");
    }
  }

  private int execute(PyObject starter) {
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
      int status = e.isInstance("KeyboardInterrupt") ? ExitStatus.INTERRUPTED : ExitStatus.FAILED;
      return report(starter, e.value(), ours, e::traceback, status);
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
