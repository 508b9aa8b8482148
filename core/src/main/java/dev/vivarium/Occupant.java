package dev.vivarium;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Someone who keeps an interpreter from closing. */
public final class Occupant {

  /** How it keeps the interpreter open. */
  public enum Kind {
    /** A thread that has ensured a thread state and not released it. */
    ATTACHMENT,
    /** An open {@link InterpreterGuard}. */
    GUARD,
    /** A thread that Python started, in a call into Java. */
    CALLBACK,
    /** A running thread that Python code has started; of main, one that is not a daemon. */
    PYTHON_THREAD,
    /**
     * The interpreter's own end, which has begun and cannot be stopped: {@code atexit} functions
     * and finalizers. It goes on by itself, and nobody is taken in any more.
     */
    FINALIZATION
  }

  private static final int MOST_LISTED = 20;

  private final Kind kind;
  private final String threadName;
  private final Instant since;
  private final List<StackTraceElement> where;

  Occupant(Kind kind, String threadName, Instant since, List<StackTraceElement> where) {
    this.kind = kind;
    this.threadName = threadName;
    this.since = since;
    this.where = List.copyOf(where);
  }

  /** How it keeps the interpreter open. */
  public Kind kind() {
    return kind;
  }

  /**
   * The thread that is inside, or took the guard; for a thread of Python's, the name that it has
   * there.
   */
  public String threadName() {
    return threadName;
  }

  /** When it came; for an attachment to about a second. */
  public Instant since() {
    return since;
  }

  /** The stack that took it, empty unless {@link PythonOptions#traceGuards} is on. */
  public List<StackTraceElement> where() {
    return where;
  }

  /** As lines of a message, the first ones if there are many. */
  static String list(List<Occupant> occupants) {
    int more = occupants.size() - MOST_LISTED;
    return occupants.stream()
            .limit(MOST_LISTED)
            .map(one -> "\n  " + one)
            .collect(Collectors.joining())
        + (more > 0 ? "\n  … and " + more + " more" : "");
  }

  @Override
  public String toString() {
    String what =
        switch (kind) {
          case ATTACHMENT -> "thread " + threadName + ", inside since " + since;
          case GUARD -> "a guard taken by thread " + threadName + " at " + since;
          case CALLBACK -> "thread " + threadName + ", called from Python since " + since;
          case PYTHON_THREAD -> "Python's thread " + threadName;
          case FINALIZATION ->
              "its own end, which goes on: atexit functions and finalizers, since " + since;
        };
    return where.isEmpty()
        ? what
        : what + where.stream().map(frame -> "\n    at " + frame).collect(Collectors.joining());
  }
}
