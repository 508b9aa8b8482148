package dev.vivarium;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Someone who keeps an interpreter from closing.
 *
 * @param threadName the thread that is inside, or took the guard; for a thread of Python's, the
 *     name that it has there
 * @param since when it came; for an attachment to about a second
 * @param where the stack that took it, empty unless {@link PythonOptions#traceGuards} is on
 */
public record Occupant(Kind kind, String threadName, Instant since, List<StackTraceElement> where) {

  /** How it keeps the interpreter open. */
  public enum Kind {
    /** A thread that has ensured a thread state and not released it. */
    ATTACHMENT,
    /** An open {@link InterpreterGuard}. */
    GUARD,
    /** A thread that Python started, in a call into Java. */
    CALLBACK,
    /** A running thread that Python code has started; of main, one that is not a daemon. */
    PYTHON_THREAD
  }

  @Override
  public String toString() {
    String what =
        switch (kind) {
          case ATTACHMENT -> "thread " + threadName + ", inside since " + since;
          case GUARD -> "a guard taken by thread " + threadName + " at " + since;
          case CALLBACK -> "thread " + threadName + ", called from Python since " + since;
          case PYTHON_THREAD -> "Python's thread " + threadName;
        };
    return where.isEmpty()
        ? what
        : what + where.stream().map(frame -> "\n    at " + frame).collect(Collectors.joining());
  }
}
