package dev.vivarium.internal.lifecycle;

import java.time.Instant;
import java.util.List;

/**
 * Someone who keeps a gate from being shut, as told to the closer.
 *
 * @param since when it came, for a {@link Kind#INSIDE} to about a second
 * @param where its stack, empty unless tracing is on
 */
public record Stay(Kind kind, Thread thread, Instant since, List<StackTraceElement> where) {

  /** How it stays. */
  public enum Kind {
    /** A thread that has entered. */
    INSIDE,
    /** A call from inside into Java, on a thread that never entered by the gate. */
    CALLBACK,
    /** A hold. */
    HELD
  }
}
