package dev.vivarium.internal.thread;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Gate;
import dev.vivarium.internal.lifecycle.Hold;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One interpreter of the process: CPython's {@code PyInterpreterState} and what we keep of it. */
public final class InterpreterState {

  /** Who has made an interpreter, and so ends it. */
  enum Maker {
    /** This library, on a thread of its own. */
    LIBRARY,
    /** The Python program that has started this JVM: its main one. */
    PROGRAM,
    /** Python code or C code in this process, on a thread of theirs. */
    PYTHON
  }

  /** Those of ours that it has, each with a thread state; the same one twice but for main. */
  record Threads(@Nullable OwnThread own, long first, @Nullable OwnThread main, long mainState) {

    /** Of one that somebody else has made, on a thread of theirs. */
    static final Threads NONE = new Threads(null, 0, null, 0);

    /** Of one that is made, tended and ended on the same thread. */
    static Threads one(OwnThread own, long first) {
      return new Threads(own, first, own, first);
    }

    /** Of a main that somebody else has made. */
    static Threads tended(OwnThread own, long first) {
      return new Threads(own, first, null, 0);
    }
  }

  private static final boolean NATIVE_GUARDS = LibPython.has("PyInterpreterGuard_FromView");

  final long pointer;
  private final long id;
  private final boolean main;
  private final Gate gate;
  private final WaitTally gilWaits = new WaitTally();
  private final Maker maker;
  private final Consumer<InterpreterState> watch;

  /** The thread that tends it; null where it has none. */
  final @Nullable OwnThread own;

  /** The first thread state of its own thread, or 0. */
  final long first;

  /**
   * The thread that made it and ends it, which Python takes for its main thread, where that is one
   * of ours: for main another one than its own, since a program may keep it busy.
   */
  final @Nullable OwnThread mainThread;

  /** The thread state that it was made with, which is that thread's, or 0. */
  final long mainState;

  @Nullable Companion companion;

  /** For one that we make, whether it is made with a GIL of its own; before anyone knows of it. */
  boolean ownGil;

  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile boolean watched;

  volatile boolean abandoned;
  OwnThread.@Nullable Task<?> abandonedEnd; // the reaper's alone

  // Of an interpreter that is not ours, where CPython has views; never closed, since someone may
  // be asking it at any time, and 16 bytes
  private volatile long nativeView;

  /**
   * @param watch has what ends it tell us, with a state of it attached
   */
  InterpreterState(
      long pointer,
      long id,
      Maker maker,
      boolean tracing,
      Threads threads,
      Consumer<InterpreterState> watch) {
    this.pointer = pointer;
    this.id = id;
    this.main = id == 0;
    this.gate = new Gate(tracing);
    this.maker = maker;
    this.own = threads.own;
    this.first = threads.first;
    this.mainThread = threads.main;
    this.mainState = threads.mainState;
    this.watch = watch;
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
    return maker == Maker.LIBRARY;
  }

  /**
   * In words: {@code own}, {@code main's}, {@code none}, or {@code unknown} where Python made it.
   */
  public String gil() {
    if (!Types.hasGil()) {
      return "none";
    }
    if (main || ownGil) {
      return "own";
    }
    return isOurs() ? "main's" : "unknown";
  }

  public Gate gate() {
    return gate;
  }

  /** Of threads that came in, or back. */
  public WaitTally gilWaits() {
    return gilWaits;
  }

  /**
   * For one of ours that could not be set up, and that nobody knows of: it ends by itself, as soon
   * as there is memory for that. Cannot fail.
   */
  public void abandon() {
    abandoned = true;
    ReaperThread.wake();
  }

  /** What the thread is called that ends it. Systems keep the beginning: the number is in that. */
  public String threadName() {
    return main ? "python-main" : "python-" + id + "-interpreter";
  }

  /** What the rooms above keep of it. */
  public Companion companion() {
    Companion kept = companion;
    if (kept == null) {
      throw new IllegalStateException(this + " is not set up yet");
    }
    return kept;
  }

  /** Tells the rooms above, once, with a state of it attached; again if that has failed. */
  void begin() {
    if (!begun.getPlain() && begun.compareAndSet(false, true)) {
      try {
        watchEnd();
        if (own != null) {
          own.serve(this, main ? null : threadName());
        }
        companion().begin();
      } catch (Throwable t) {
        begun.set(false);
        throw t;
      }
    }
  }

  private void watchEnd() {
    if (!watched) {
      watch.accept(this);
      watched = true;
    }
    if (!isOurs() && NATIVE_GUARDS && nativeView == 0) {
      long view = C.PyInterpreterView_FromCurrent();
      if (view == 0) {
        C.PyErr_Clear();
        throw new OutOfMemoryError("no memory for a view of " + this);
      }
      nativeView = view;
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
    NativeGuard guard = new NativeGuard(); // made first: one that nobody can close would be worse
    hold.holdAlso(guard);
    guard.pointer = C.PyInterpreterGuard_FromView(view);
    if (guard.pointer == 0) {
      hold.release();
      return null;
    }
    return hold;
  }

  private static final class NativeGuard implements Runnable {

    private long pointer;

    @Override
    public void run() {
      if (pointer != 0) {
        C.PyInterpreterGuard_Close(pointer);
      }
    }
  }

  /**
   * The thread that tends it and sees to its end.
   *
   * @throws IllegalStateException if someone else has made it
   */
  OwnThread requireOwnThread() {
    if (own == null || !isOurs()) {
      throw new IllegalStateException(
          maker == Maker.PROGRAM
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
