package dev.vivarium.cli.repl;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.ThreadState;
import dev.vivarium.cli.shell.ProgramSignals;
import dev.vivarium.cli.shell.PythonResource;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One interpreter, with what has been typed into it. For the prompt's thread; but {@link
 * #interrupt}.
 */
final class Console {

  private final Interpreter interpreter;
  private final PyObject helper;
  private final PyObject exec;
  private final PyObject variables;
  private final @Nullable MainThread mainThread;
  private final AtomicReference<@Nullable ThreadState> running = new AtomicReference<>();

  /** Where main's inputs run, and what Ctrl-C does there. */
  record MainThread(Python python, ProgramSignals signals) {}

  private Console(Interpreter interpreter, PyObject helper, @Nullable MainThread mainThread) {
    this.interpreter = interpreter;
    this.helper = helper;
    this.mainThread = mainThread;
    try (PyObject builtins = interpreter.importModule("builtins")) {
      this.exec = builtins.attr("exec");
    }
    this.variables = helper.attr("main");
  }

  static Console of(Interpreter interpreter) {
    return of(interpreter, null);
  }

  /** One whose inputs run on Python's main thread. */
  static Console ofMain(MainThread mainThread) {
    return of(mainThread.python.main(), mainThread);
  }

  private static Console of(Interpreter interpreter, @Nullable MainThread mainThread) {
    return interpreter.call(in -> {
      PyObject helper = PythonResource.load(in, Console.class, "repl.py");
      helper.callMethod("begin").close();
      return new Console(in, helper, mainThread);
    });
  }

  Interpreter interpreter() {
    return interpreter;
  }

  boolean isComplete(String source) {
    return interpreter.call(in -> {
      try (PyObject complete = helper.callMethod("is_complete", source)) {
        return complete.isTrue();
      } catch (PythonException e) {
        return true; // running it tells what is wrong
      }
    });
  }

  /** What a word could become; before is what stands in front of it. */
  List<String> complete(String word, String before) {
    return interpreter.call(in -> {
      try (PyObject words = helper.callMethod("complete", word, before)) {
        @SuppressWarnings("unchecked") // as repl.py makes it
        List<String> found = (List<String>) words.as(Object.class);
        return found == null ? List.of() : found;
      } catch (PythonException e) { // of a __dir__, say
        return List.of();
      }
    });
  }

  /**
   * Runs statements, shows the values of expressions, and reports what they raise.
   *
   * @throws PythonExit if they say that the prompt is to end
   */
  void run(String source, PrintStream errors) {
    if (mainThread == null) {
      runHere(source, errors);
    } else {
      mainThread.python.runOnMainThread(in -> {
        settle();
        runHere(source, errors);
      });
    }
  }

  // A Ctrl-C that came when the last input had just ended is not this one's
  private void settle() {
    try {
      helper.callMethod("settle").close();
    } catch (PythonException e) {
      // That is it
    }
  }

  private void runHere(String source, PrintStream errors) {
    try (ThreadState state = ThreadState.ensure(interpreter.view())) {
      running.set(state);
      boolean ours = true;
      try (PyObject code = helper.callMethod("compile_input", source)) {
        ours = false;
        exec.call(code, variables).close();
      } catch (PythonExit exit) {
        throw exit;
      } catch (PythonException e) {
        report(e, ours, errors);
      } catch (Throwable t) { // of Java, checked ones too
        flush();
        errors.print(JavaStack.of(t));
      } finally {
        running.set(null);
        flush();
      }
    }
  }

  private void report(PythonException e, boolean ours, PrintStream errors) {
    if (mainThread != null && mainThread.signals.isExiting() && e.isInstance("KeyboardInterrupt")) {
      return; // by the end of the process, which everybody knows of
    }
    try {
      helper.callMethod("report", e.value(), ours).close();
    } catch (PythonExit exit) { // of a sys.excepthook
      throw exit;
    } catch (PythonException broken) {
      errors.print(e.traceback());
    }
    flush();
  }

  private void flush() {
    try {
      helper.callMethod("flush").close();
    } catch (PythonException e) {
      // Nobody reads it any more
    }
  }

  /** Raises KeyboardInterrupt in what runs; false if nothing does. Waits for the GIL. */
  boolean interrupt() {
    ThreadState state = running.get();
    if (state == null || mainThread == null) {
      return state != null && state.interrupt();
    }
    mainThread.signals.interrupt();
    return true;
  }

  /** Lets go of the interpreter's objects, before its end. */
  void dispose() {
    interpreter.run(in -> {
      exec.close();
      variables.close();
      helper.close();
    });
  }
}
