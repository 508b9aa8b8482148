package dev.vivarium.pool;

import dev.vivarium.internal.lifecycle.Deadline;
import java.util.concurrent.locks.LockSupport;

/**
 * Has a crew try again to make interpreters, for as long as it has fewer than it should and the
 * last one could not be made: who is told that the pool is not well may send no call that would.
 */
final class Retry implements Runnable {

  private static final long FIRST_NANOS = 1_000_000_000L;
  private static final long MOST_NANOS = 60_000_000_000L;

  private final Crew crew;

  Retry(Crew crew) {
    this.crew = crew;
  }

  @Override
  public void run() {
    long pause = FIRST_NANOS;
    boolean goesOn = true;
    while (goesOn) {
      try {
        goesOn = !crew.awaitClosing(Deadline.inNanos(pause)) && crew.retry();
        pause = Math.min(2 * pause, MOST_NANOS);
      } catch (InterruptedException e) {
        goesOn = false; // nobody has this thread, to do that
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(FIRST_NANOS); // others may let go of some
      }
    }
  }
}
