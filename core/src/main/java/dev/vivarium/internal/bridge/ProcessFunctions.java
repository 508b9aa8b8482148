package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.FunctionPointers;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
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
    SIGNALS,
    /** Python's own handlers for what the JVM uses itself, as SIGSEGV. */
    FAULT_HANDLER
  }

  private static final int NAME = 0; // in PyMethodDef
  private static final int FUNCTION = 8;
  private static final int FLAGS = 16;

  // CPython's own
  private static long currentFrames;
  private static long currentExceptions;

  private ProcessFunctions() {}

  /** Refuses those; attached to the main interpreter. */
  public static void refuse(Home main, Set<Refusal> refusals) {
    if (refusals.contains(Refusal.FORK)) {
      long fork = LibPython.functionPointer(ProcessFunctions::fork);
      replace(main, "os", "fork", fork);
      replace(main, "os", "forkpty", fork);
      replace(main, "os", "fork1", fork);
    }
    if (refusals.contains(Refusal.EXIT)) {
      long exit = LibPython.functionPointer(ProcessFunctions::exit);
      replace(main, "os", "_exit", exit);
      replace(main, "os", "abort", exit);
      long exec = LibPython.functionPointer(ProcessFunctions::exec);
      replace(main, "os", "execv", exec);
      replace(main, "os", "execve", exec);
    }
    if (refusals.contains(Refusal.FAULT_HANDLER)) {
      disableFaultHandler(main); // which an environment variable may have enabled
      replace(
          main,
          "faulthandler",
          "enable",
          LibPython.functionPointer(ProcessFunctions::faultHandler));
    }
    if (refusals.contains(Refusal.SIGNALS)) {
      replace(
          main,
          "faulthandler",
          "register",
          LibPython.functionPointer(ProcessFunctions::dumpOnSignal));
      replace(main, "_signal", "signal", LibPython.functionPointer(ProcessFunctions::handler));
      long alarm = LibPython.functionPointer(ProcessFunctions::alarm);
      replace(main, "_signal", "alarm", alarm);
      replace(main, "_signal", "setitimer", alarm);
    }
    if (Types.hasGil()) { // without one it stops all threads first
      currentFrames =
          replace(
              main,
              "sys",
              "_current_frames",
              LibPython.functionPointer(ProcessFunctions::currentFrames));
      currentExceptions =
          replace(
              main,
              "sys",
              "_current_exceptions",
              LibPython.functionPointer(ProcessFunctions::currentExceptions));
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

  /** The function that was there; 0 if there is none, or it cannot be replaced. */
  private static long replace(Home main, String moduleName, String name, long by) {
    long module = main.importModule(moduleName);
    try {
      long function = C.PyObject_GetAttr(module, main.name(name));
      if (function == 0) {
        C.PyErr_Clear(); // this system has no such function
        return 0;
      }
      try {
        long definition = definition(main, function, name);
        if (definition != 0) {
          long before = Memory.getLong(definition + FUNCTION);
          Memory.putLong(definition + FUNCTION, by);
          return before;
        } else {
          System.getLogger("dev.vivarium")
              .log(System.Logger.Level.WARNING, "cannot refuse {0}.{1} here", moduleName, name);
          return 0;
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

  // From C. Whatever a function's arguments are there, it may be called with more

  private static long fork(long self, long arguments, long count, long keywords) {
    return refused(
        "fork() in a JVM leaves a child process with one thread of it, which cannot run Java and"
            + " mostly hangs. Use subprocess, os.posix_spawn, or multiprocessing with"
            + " set_start_method('spawn'); PythonOptions.allowFork(true) allows it");
  }

  private static long exit(long self, long arguments, long count, long keywords) {
    return refused(
        "this would end the JVM that Python runs in, without its shutdown hooks. Raise SystemExit"
            + " (sys.exit) for Java to see; PythonOptions.allowProcessExit(true) allows it");
  }

  private static long exec(long self, long arguments, long count, long keywords) {
    return refused(
        "exec would put another program in place of the JVM that Python runs in. Use subprocess;"
            + " PythonOptions.allowProcessExit(true) allows it");
  }

  // A warning alone: test runners and services enable it in passing, and can do without
  private static long faultHandler(long self, long arguments, long count, long keywords) {
    try {
      return Raising.warn(
          "faulthandler stays off: with a handler of Python's for SIGSEGV the JVM that it runs in"
              + " would end at its next NullPointerException. The JVM writes a report of its own when"
              + " it crashes; started with the JDK's libjsig in LD_PRELOAD it lets Python's come"
              + " first, and PythonOptions.allowSignalHandlers(true) allows this in any case");
    } catch (Throwable t) {
      return 0; // as in refused
    }
  }

  private static long dumpOnSignal(long self, long arguments, long count, long keywords) {
    return refused(
        "signals belong to the JVM that Python runs in. Use faulthandler.dump_traceback or"
            + " dump_traceback_later; PythonOptions.allowSignalHandlers(true) allows this");
  }

  // What signal.signal raises outside Python's main thread, which programs expect and cope with
  private static long handler(long self, long arguments, long count, long keywords) {
    try {
      return Raising.valueError(
          "signal only works in main thread of the main interpreter, and not in a JVM, whose signals"
              + " they are; PythonOptions.allowSignalHandlers(true) allows it in that thread");
    } catch (Throwable t) {
      return 0; // as in refused
    }
  }

  private static long alarm(long self, long arguments, long count, long keywords) {
    return refused(
        "the alarm's signal would end the JVM that Python runs in, since Python has no handlers"
            + " there. Use threading.Timer; PythonOptions.allowSignalHandlers(true) allows this");
  }

  private static long currentFrames(long self, long arguments, long count, long keywords) {
    return ofOneInterpreter(currentFrames, self);
  }

  private static long currentExceptions(long self, long arguments, long count, long keywords) {
    return ofOneInterpreter(currentExceptions, self);
  }

  // CPython's function looks at the threads of all interpreters, whose GILs it does not have, and
  // makes objects of their frames in the memory of this one: the process ends there or later
  private static long ofOneInterpreter(long function, long self) {
    boolean alone;
    try {
      alone = C.PyInterpreterState_Next(C.PyInterpreterState_Head()) == 0;
    } catch (Throwable t) {
      return 0; // as in refused
    }
    return alone
        ? FunctionPointers.callMethod(function, self)
        : refused(
            "CPython would take the frames of other interpreters for its own here, and crash. It"
                + " works while there is only the main interpreter. In Java,"
                + " ThreadState.pythonStack() says where a thread is");
  }

  private static long refused(String message) {
    try {
      return Raising.refused(message);
    } catch (Throwable t) {
      return 0; // CPython reports a SystemError; nothing may be thrown from here
    }
  }
}
