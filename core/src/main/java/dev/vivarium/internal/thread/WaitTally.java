package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.NoThrow;
import java.util.concurrent.atomic.AtomicLong;

/** Long waits for the GIL of one interpreter, as far as they have been counted. */
public final class WaitTally {

  private final AtomicLong waits = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();

  WaitTally() {}

  @NoThrow
  void add(long waited) {
    waits.getAndIncrement();
    nanos.getAndAdd(waited);
  }

  /** How many. */
  public long waits() {
    return waits.get();
  }

  /** How long, all together; each to a hundredth of a second, and never as longer than it was. */
  public long nanos() {
    return nanos.get();
  }
}
