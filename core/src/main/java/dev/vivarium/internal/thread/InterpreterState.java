package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Gate;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One interpreter of the process: CPython's {@code PyInterpreterState} and what we keep of it. */
public final class InterpreterState {

  final long pointer;
  private final long id;
  private final boolean main;
  private final Gate gate;

  /** Its own thread, which made it and ends it; null where Python code made the interpreter. */
  final @Nullable HostThread host;

  /** Its first thread state, its host's; 0 where it has none. */
  final long first;

  @Nullable Companion companion;

  private final AtomicBoolean begun = new AtomicBoolean();

  /** Held by whoever closes it, while others wait for the outcome. */
  final ReentrantLock closers = new ReentrantLock();

  InterpreterState(
      long pointer, long id, boolean main, boolean tracing, @Nullable HostThread host, long first) {
    this.pointer = pointer;
    this.id = id;
    this.main = main;
    this.gate = new Gate(tracing);
    this.host = host;
    this.first = first;
  }

  /** {@code PyInterpreterState_GetID}: 0 for main, never used twice in a process. */
  public long id() {
    return id;
  }

  public boolean isMain() {
    return main;
  }

  public Gate gate() {
    return gate;
  }

  /** What the rooms above keep of it. */
  public Companion companion() {
    Companion kept = companion;
    if (kept == null) {
      throw new IllegalStateException(this + " is not set up yet");
    }
    return kept;
  }

  /** Tells the rooms above, once, with a state of it attached. */
  void begin() {
    if (!begun.getPlain() && begun.compareAndSet(false, true)) {
      companion().begin();
    }
  }

  /** The thread that made it and ends it. */
  HostThread requireHost() {
    HostThread own = host;
    if (own == null) {
      throw new IllegalStateException(
          "Python code has made " + this + ": close it there, as it was made");
    }
    return own;
  }

  @Override
  public String toString() {
    return main ? "the main interpreter" : "interpreter " + id;
  }
}
