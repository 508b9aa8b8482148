package dev.vivarium.internal.lifecycle;

import java.time.Duration;

/** A point in time by which something is to be done, or none. */
public final class Deadline {

  /** There is time for ever. */
  public static final Deadline NONE = new Deadline(0, false);

  private final long at;
  private final boolean limited;

  private Deadline(long at, boolean limited) {
    this.at = at;
    this.limited = limited;
  }

  /** From now. A negative duration has passed already; one beyond 100 years is none. */
  public static Deadline in(Duration duration) {
    if (duration.compareTo(Duration.ofDays(36_500)) > 0) {
      return NONE;
    }
    return new Deadline(System.nanoTime() + Math.max(0, duration.toNanos()), true);
  }

  /** As {@link #in}, in nanoseconds. */
  public static Deadline inNanos(long nanos) {
    return nanos == Long.MAX_VALUE
        ? NONE
        : new Deadline(System.nanoTime() + Math.max(0, nanos), true);
  }

  /** The earlier of this and that from now. */
  public Deadline atMost(Duration duration) {
    Deadline other = in(duration);
    return other.nanosLeft() < nanosLeft() ? other : this;
  }

  /** Later by that. */
  public Deadline plus(Duration duration) {
    return limited ? new Deadline(at + duration.toNanos(), true) : this;
  }

  /** Nanoseconds until then; at most 0 once passed. */
  public long nanosLeft() {
    return limited ? at - System.nanoTime() : Long.MAX_VALUE;
  }

  public boolean hasPassed() {
    return nanosLeft() <= 0;
  }
}
