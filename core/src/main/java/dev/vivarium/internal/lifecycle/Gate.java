package dev.vivarium.internal.lifecycle;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way into one interpreter. Open, it lets threads in and gives out holds; closing, it refuses
 * newcomers while those inside go on; shut, nobody is inside but the thread that ends the
 * interpreter; ended, nothing is left of it.
 *
 * <p>Entering writes the thread's own {@link Pass} and then reads the state; closing writes the
 * state and then reads the passes. All four are volatile, so one of the two sees the other. Leaving
 * needs no such fence.
 */
public final class Gate {

  private enum State {
    OPEN,
    CLOSING,
    SHUT,
    ENDED
  }

  // A closer is woken by whoever leaves; it looks again by itself in case one has died instead, or
  // has read the state just before this closer set it
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  private static volatile long coarseMillis = System.currentTimeMillis();

  private final Set<Pass> passes = ConcurrentHashMap.newKeySet();
  private final Set<Hold> holds = ConcurrentHashMap.newKeySet();
  private final boolean tracing;
  private volatile State state = State.OPEN;
  private volatile @Nullable Thread closer;

  /**
   * @param tracing whether passes and holds remember the stack that took them, which is slow
   */
  public Gate(boolean tracing) {
    this.tracing = tracing;
  }

  /** Sets the clock that entering reads, since a real one would cost more than the entering. */
  public static void tick() {
    coarseMillis = System.currentTimeMillis();
  }

  /** Makes a thread known that may come to enter. */
  public void register(Pass pass) {
    passes.add(pass);
  }

  /** Forgets a thread that will not come again, in or out. */
  public void forget(Pass pass) {
    passes.remove(pass);
    pass.depart();
    wakeCloser();
  }

  /** The threads known here. */
  public Iterable<Pass> passes() {
    return passes;
  }

  public int knownThreads() {
    return passes.size();
  }

  /** Enters from outside; false if the gate is not open. Not for a thread that is inside. */
  public boolean enter(Pass pass) {
    pass.arrive(false, coarseMillis, trace());
    if (state == State.OPEN) {
      return true;
    }
    leave(pass);
    return false;
  }

  /** Enters under a hold, which the caller knows to be open: also while closing. */
  public boolean enterHeld(Pass pass, Hold hold) {
    pass.arrive(false, coarseMillis, trace());
    if (state == State.OPEN || (state == State.CLOSING && hold.isOpen())) {
      return true;
    }
    leave(pass);
    return false;
  }

  /** Counts a call that code inside makes into Java: allowed until the gate is shut. */
  public boolean enterCallback(Pass pass) {
    pass.arrive(true, coarseMillis, trace());
    if (state == State.OPEN || state == State.CLOSING) {
      return true;
    }
    leave(pass);
    return false;
  }

  /** Counts the thread that ends the interpreter, while it does. Always allowed. */
  public void enterToEnd(Pass pass) {
    pass.arrive(false, coarseMillis, null);
  }

  public void leave(Pass pass) {
    pass.depart();
    wakeCloser();
  }

  /** A hold, or null at once if closing has begun. */
  public @Nullable Hold hold() {
    Hold hold = new Hold(this, trace());
    holds.add(hold);
    if (state == State.OPEN) {
      return hold;
    }
    hold.release();
    return null;
  }

  void released(Hold hold) {
    holds.remove(hold);
    wakeCloser();
  }

  /** Lets go of what holds hold besides this gate, since nobody waits for them any more. */
  public void releaseOthers() {
    holds.forEach(Hold::releaseOther);
  }

  /** Whether the interpreter has not ended. */
  public boolean isAlive() {
    return state != State.ENDED;
  }

  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether the calling thread has taken a hold that is still open. */
  public boolean isHeldByCaller() {
    return holds.stream().anyMatch(Hold::isMine);
  }

  /** From now on newcomers are refused. */
  public void beginClosing() {
    if (state == State.OPEN) {
      state = State.CLOSING;
    }
  }

  /** Lets newcomers in again, after a closer has given up. */
  public void reopen() {
    if (state == State.CLOSING) {
      state = State.OPEN;
    }
  }

  /** Refuses callbacks too. */
  public void shut() {
    if (state != State.ENDED) {
      state = State.SHUT;
    }
  }

  /** Nothing is left of the interpreter. */
  public void end() {
    state = State.ENDED;
    passes.clear();
    holds.clear();
  }

  /** Who is inside or holds, other than the calling thread's own pass. */
  public List<Stay> stays() {
    List<Stay> stays = new ArrayList<>();
    for (Pass pass : passes) {
      if (pass.isInside() && pass.thread() != Thread.currentThread()) {
        stays.add(pass.stay());
      }
    }
    for (Hold hold : holds) {
      stays.add(hold.stay());
    }
    return stays;
  }

  /**
   * Waits until nobody but the calling thread is inside and nothing is held.
   *
   * @param each called at each look, at least every 20 ms, with a pass at a time that is inside
   * @param look called after each look that has found somebody
   * @return false if the deadline has passed first
   */
  public boolean awaitEmpty(Deadline deadline, Consumer<Pass> each, Runnable look) {
    boolean interrupted = false;
    closer = Thread.currentThread();
    try {
      while (true) {
        boolean empty = holds.isEmpty();
        for (Pass pass : passes) {
          if (pass.isInside() && pass.thread() != Thread.currentThread()) {
            each.accept(pass);
            empty &= !pass.isInside();
          }
        }
        if (empty) {
          return true;
        }
        look.run();
        long left = deadline.nanosLeft();
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, Math.min(left, LOOK_AGAIN_NANOS));
        interrupted |= Thread.interrupted(); // an interrupt must not make this loop spin
      }
    } finally {
      closer = null;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void wakeCloser() {
    if (state != State.OPEN) {
      LockSupport.unpark(closer);
    }
  }

  private @Nullable Throwable trace() {
    return tracing ? new Throwable("entered here") : null;
  }

  @Override
  public String toString() {
    return "Gate[" + state + ", " + stays().size() + " inside or holding]";
  }
}
