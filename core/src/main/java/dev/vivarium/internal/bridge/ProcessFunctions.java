package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import java.lang.invoke.MethodHandles;
import java.util.Set;

/**
 * Functions of CPython's own modules that would take the JVM down, refused in every interpreter
 * (promise S1, S2). A built-in function points to its {@code PyMethodDef}, which lies in libpython
 * once for all interpreters, those to come and those that Python code makes too: its C function is
 * replaced there, once a process.
 */
public final class ProcessFunctions {

  /** What may be refused, and how an option allows it. */
  public enum Refusal {
    /** A copy of the process that has only the thread that made it. */
    FORK,
    /** An end of the process, or another program in its place. */
    EXIT,
    /** Signal handlers and alarms. */
    SIGNALS
  }

  private static final int NAME = 0; // in PyMethodDef
  private static final int FUNCTION = 8;
  private static final int FLAGS = 16;

  private ProcessFunctions() {}

  /** Refuses those; attached to the main interpreter. */
  public static void refuse(Home main, Set<Refusal> refusals) {
    if (refusals.contains(Refusal.FORK)) {
      long fork = refusing("fork");
      replace(main, "os", "fork", fork);
      replace(main, "os", "forkpty", fork);
      replace(main, "os", "fork1", fork);
    }
    if (refusals.contains(Refusal.EXIT)) {
      long exit = refusing("exit");
      replace(main, "os", "_exit", exit);
      replace(main, "os", "abort", exit);
      long exec = refusing("exec");
      replace(main, "os", "execv", exec);
      replace(main, "os", "execve", exec);
    }
    if (refusals.contains(Refusal.SIGNALS)) {
      disableFaultHandler(main); // which an environment variable may have enabled
      replace(main, "faulthandler", "enable", refusing("faultHandler"));
      replace(main, "faulthandler", "register", refusing("dumpOnSignal"));
      replace(main, "_signal", "signal", refusing("handler"));
      long alarm = refusing("alarm");
      replace(main, "_signal", "alarm", alarm);
      replace(main, "_signal", "setitimer", alarm);
    }
  }

  private static void disableFaultHandler(Home main) {
    long module = main.importModule("faulthandler");
    long disable = main.attribute(module, "disable");
    try (Call call = Call.of(main)) {
      C.Py_DecRef(main.checked(call.callFunction(disable)));
    } finally {
      C.Py_DecRef(disable);
      C.Py_DecRef(module);
    }
  }

  private static long refusing(String method) {
    return LibPython.functionPointer(
        MethodHandles.lookup(),
        ProcessFunctions.class,
        method,
        methodType(long.class, long.class, long.class, long.class, long.class));
  }

  private static void replace(Home main, String moduleName, String name, long by) {
    long module = main.importModule(moduleName);
    try {
      long function = C.PyObject_GetAttr(module, main.name(name));
      if (function == 0) {
        C.PyErr_Clear(); // this system has no such function
        return;
      }
      try {
        long definition = definition(main, function, name);
        if (definition != 0) {
          Memory.putLong(definition + FUNCTION, by);
        } else {
          System.getLogger("dev.vivarium")
              .log(System.Logger.Level.WARNING, "cannot refuse {0}.{1} here", moduleName, name);
        }
      } finally {
        C.Py_DecRef(function);
      }
    } finally {
      C.Py_DecRef(module);
    }
  }

  // The word after the object's head, whose size object() has; shown by what it points to
  private static long definition(Home main, long function, String name) {
    if (Types.typeOf(function) != Types.FUNCTION) {
      return 0;
    }
    long head = main.attribute(LibPython.address("PyBaseObject_Type"), "__basicsize__");
    long offset = C.PyLong_AsSize_t(head);
    C.Py_DecRef(head);
    long definition = Memory.getLong(function + offset);
    boolean shown =
        Memory.getLong(definition + FUNCTION) == C.PyCFunction_GetFunction(function)
            && Memory.getInt(definition + FLAGS) == C.PyCFunction_GetFlags(function)
            && Memory.getString(Memory.getLong(definition + NAME)).equals(name);
    return shown ? definition : 0;
  }

  // Whatever a C function's arguments are, it may be called with more

  @SuppressWarnings("unused") // from C
  static long fork(long self, long arguments, long count, long keywords) {
    return refused(
        "fork() in a JVM leaves a child process with one thread of it, which cannot run Java and"
            + " mostly hangs. Use subprocess, os.posix_spawn, or multiprocessing with"
            + " set_start_method('spawn'); PythonOptions.allowFork(true) allows it");
  }

  @SuppressWarnings("unused") // from C
  static long exit(long self, long arguments, long count, long keywords) {
    return refused(
        "this would end the JVM that Python runs in, without its shutdown hooks. Raise SystemExit"
            + " (sys.exit) for Java to see; PythonOptions.allowProcessExit(true) allows it");
  }

  @SuppressWarnings("unused") // from C
  static long exec(long self, long arguments, long count, long keywords) {
    return refused(
        "exec would put another program in place of the JVM that Python runs in. Use subprocess;"
            + " PythonOptions.allowProcessExit(true) allows it");
  }

  // A warning alone: test runners and services enable it in passing, and can do without
  @SuppressWarnings("unused") // from C
  static long faultHandler(long self, long arguments, long count, long keywords) {
    try {
      return Raising.warn(
          "faulthandler stays off: with a handler of Python's for SIGSEGV the JVM that it runs in"
              + " would end at its next NullPointerException. The JVM writes a report of its own when"
              + " it crashes; PythonOptions.allowSignalHandlers(true) allows this");
    } catch (Throwable t) {
      return 0; // as in refused
    }
  }

  @SuppressWarnings("unused") // from C
  static long dumpOnSignal(long self, long arguments, long count, long keywords) {
    return refused(
        "signals belong to the JVM that Python runs in. Use faulthandler.dump_traceback or"
            + " dump_traceback_later; PythonOptions.allowSignalHandlers(true) allows this");
  }

  // What signal.signal raises outside Python's main thread, which programs expect and cope with
  @SuppressWarnings("unused") // from C
  static long handler(long self, long arguments, long count, long keywords) {
    try {
      return Raising.valueError(
          "signal only works in main thread of the main interpreter, and not in a JVM, whose signals"
              + " they are; PythonOptions.allowSignalHandlers(true) allows it in that thread");
    } catch (Throwable t) {
      return 0; // as in refused
    }
  }

  @SuppressWarnings("unused") // from C
  static long alarm(long self, long arguments, long count, long keywords) {
    return refused(
        "the alarm's signal would end the JVM that Python runs in, since Python has no handlers"
            + " there. Use threading.Timer; PythonOptions.allowSignalHandlers(true) allows this");
  }

  private static long refused(String message) {
    try {
      return Raising.refused(message);
    } catch (Throwable t) {
      return 0; // CPython reports a SystemError; nothing may be thrown from here
    }
  }
}
