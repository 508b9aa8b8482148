package dev.vivarium.internal.lifecycle;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What a guard holds of a gate: while it is open, the gate is not shut. Any thread may let go. */
public final class Hold {

  private final Gate gate;
  private final Thread thread = Thread.currentThread();
  private final Thread caller = Caller.current();
  private final Instant since = Instant.now();
  private final @Nullable Throwable where;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final AtomicReference<@Nullable Runnable> also = new AtomicReference<>();

  Hold(Gate gate, @Nullable Throwable where) {
    this.gate = gate;
    this.where = where;
  }

  public boolean isOpen() {
    return open.get();
  }

  /** Who took it. */
  public Thread thread() {
    return thread;
  }

  /** Whether the calling thread took it, or who it works for. */
  public boolean isMine() {
    return caller == Caller.current();
  }

  /** What is to be let go of together with this; before anyone else has this hold. */
  public void holdAlso(Runnable release) {
    also.set(release);
  }

  /**
   * Lets go; a second time does nothing.
   *
   * @return whether it was open
   */
  public boolean release() {
    if (!open.compareAndSet(true, false)) {
      return false;
    }
    gate.released(this);
    releaseOther();
    return true;
  }

  /** After a release that could not be finished, for want of stack or memory. */
  void finishRelease() {
    gate.released(this);
    releaseOther();
  }

  void releaseOther() {
    Runnable release = also.getAndSet(null);
    if (release != null) {
      release.run();
    }
  }

  Stay stay() {
    return new Stay(
        Stay.Kind.HELD, thread, since, where == null ? List.of() : List.of(where.getStackTrace()));
  }
}
