package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Upcall;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * The last moment of each interpreter but main, and the one when nothing is left of a main that is
 * not ours to end.
 */
final class LastMoment {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final long CAPSULE_NAME =
      Arena.global().allocateFrom("dev.vivarium.last_moment").address();

  // Made when the first is watched, since a process of one interpreter needs none; 0 before
  private static volatile long destructor;

  private LastMoment() {}

  /** With a state of the interpreter attached, once. */
  static void watch(InterpreterState interpreter) {
    if (interpreter.isMain() && interpreter.isOurs()) {
      return;
    }
    if (interpreter.isMain()) {
      if (C.Py_AtExit(LibPython.functionPointer(new AllEnded())) != 0) {
        LOG.log(
            System.Logger.Level.WARNING,
            "this process has too many functions registered with Py_AtExit: Java's shutdown hooks"
                + " will not run at Python's end");
      }
      return;
    }
    // The interpreter's own dict is among the last things to go
    long capsule = C.PyCapsule_New(interpreter.id() + 1, CAPSULE_NAME, destructor());
    long dict = C.PyInterpreterState_GetDict(interpreter.pointer);
    boolean kept =
        capsule != 0 && dict != 0 && C.PyDict_SetItemString(dict, CAPSULE_NAME, capsule) == 0;
    if (capsule != 0) {
      C.Py_DecRef(capsule);
    }
    if (!kept) {
      C.PyErr_Clear();
      throw new OutOfMemoryError("no memory to watch over the end of " + interpreter);
    }
  }

  // Two threads may both make it: either is right
  private static long destructor() {
    long made = destructor;
    if (made == 0) {
      made = LibPython.functionPointer(new Ended());
      destructor = made;
    }
    return made;
  }

  /** From C, when the capsule goes with its interpreter. No lambda: it would be linked late. */
  private static final class Ended implements Upcall {
    @Override
    public long call(long capsule, long second, long third, long fourth) {
      ended(capsule);
      return 0;
    }
  }

  private static void ended(long capsule) {
    InterpreterState gone = null;
    try {
      gone = Interpreters.known(C.PyCapsule_GetPointer(capsule, CAPSULE_NAME) - 1);
      if (gone != null) {
        try {
          gone.companion().lastMoment();
        } finally {
          if (!gone.isOurs()) {
            Finalization.ended(gone);
          }
        }
      }
    } catch (Throwable t) {
      warn(gone, t);
    }
  }

  private static void warn(@Nullable InterpreterState gone, Throwable thrown) {
    String which = gone == null ? "an interpreter" : gone.toString();
    Reaper.warn("at the end of " + which, thrown);
  }

  /** From C, when nothing is left of Python. */
  private static final class AllEnded implements Upcall {
    @Override
    public long call(long first, long second, long third, long fourth) {
      try {
        HostedEnd.afterwards();
      } catch (Throwable t) {
        Reaper.warn("after the end of Python", t);
      }
      return 0;
    }
  }
}
