package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Hold;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One interpreter of the process: CPython's {@code PyInterpreterState} and what we keep of it. */
public final class InterpreterState {

  private static final boolean NATIVE_GUARDS = LibPython.has("PyInterpreterGuard_FromView");

  final long pointer;
  private final long id;
  private final boolean main;
  private final Gate gate;

  final boolean ours;

  /** The thread that tends it, and that made it where it is ours; null where it needs none. */
  final @Nullable HostThread host;

  /** The thread state of its host, or 0. */
  final long first;

  @Nullable Companion companion;

  private final AtomicBoolean begun = new AtomicBoolean();

  // Of an interpreter that is not ours, where CPython has views; never closed, since someone may
  // be asking it at any time, and 16 bytes
  private volatile long nativeView;

  /** Held by whoever closes it, while others wait for the outcome. */
  final ReentrantLock closers = new ReentrantLock();

  InterpreterState(
      long pointer,
      long id,
      boolean main,
      boolean tracing,
      boolean ours,
      @Nullable HostThread host,
      long first) {
    this.pointer = pointer;
    this.id = id;
    this.main = main;
    this.gate = new Gate(tracing);
    this.ours = ours;
    this.host = host;
    this.first = first;
  }

  /** {@code PyInterpreterState*}, good while it lives. */
  public long pointer() {
    return pointer;
  }

  /** {@code PyInterpreterState_GetID}: 0 for main, never used twice in a process. */
  public long id() {
    return id;
  }

  public boolean isMain() {
    return main;
  }

  /** Whether we made it, so that we end it; else Python does. */
  public boolean isOurs() {
    return ours;
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
      LastMoment.watch(this);
      if (!ours && NATIVE_GUARDS) {
        nativeView = C.PyInterpreterView_FromCurrent();
        if (nativeView == 0) {
          C.PyErr_Clear();
          throw new OutOfMemoryError("no memory for a view of " + this);
        }
      }
      companion().begin();
    }
  }

  /**
   * A hold, or null at once if closing has begun. What ends an interpreter that is not ours may
   * come by without our noticing, so CPython's own guard is taken too where it has one.
   */
  public @Nullable Hold hold() {
    Hold hold = gate.hold();
    long view = nativeView;
    if (hold == null || view == 0) {
      return hold;
    }
    long guard = C.PyInterpreterGuard_FromView(view);
    if (guard == 0) {
      hold.release();
      return null;
    }
    hold.holdAlso(() -> C.PyInterpreterGuard_Close(guard));
    return hold;
  }

  /** The thread that made it and ends it. */
  HostThread requireHost() {
    HostThread own = host;
    if (own == null || !ours) {
      throw new IllegalStateException(
          main
              ? "the Python program of this process has started main, and ends it"
              : "Python code has made " + this + ": close it there, as it was made");
    }
    return own;
  }

  @Override
  public String toString() {
    return main ? "the main interpreter" : "interpreter " + id;
  }
}
