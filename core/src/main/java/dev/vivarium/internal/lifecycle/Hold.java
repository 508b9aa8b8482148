package dev.vivarium.internal.lifecycle;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What a guard holds of a gate: while it is open, the gate is not shut. Any thread may let go. */
public final class Hold {

  private final Gate gate;
  private final Thread thread = Thread.currentThread();
  private final Instant since = Instant.now();
  private final @Nullable Throwable where;
  private final AtomicBoolean open = new AtomicBoolean(true);

  Hold(Gate gate, @Nullable Throwable where) {
    this.gate = gate;
    this.where = where;
  }

  public boolean isOpen() {
    return open.get();
  }

  /** Whether the calling thread took it. */
  public boolean isMine() {
    return thread == Thread.currentThread();
  }

  /** Lets go; a second time does nothing. */
  public void release() {
    if (open.compareAndSet(true, false)) {
      gate.released(this);
    }
  }

  Stay stay() {
    return new Stay(
        Stay.Kind.HELD, thread, since, where == null ? List.of() : List.of(where.getStackTrace()));
  }
}
