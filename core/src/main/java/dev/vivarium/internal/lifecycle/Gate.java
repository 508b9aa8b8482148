package dev.vivarium.internal.lifecycle;

import java.util.ArrayList;
import java.util.Arrays;
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
 *
 * <p>A closer {@linkplain #claim claims} the gate before it changes its state, and has it for
 * itself until it gives up or the interpreter has ended: what another closer does meanwhile opens
 * nothing here. The state goes forward only, but for the one step back of an owner that gives up.
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
  private volatile State state = State.OPEN; // written under this object's monitor
  private @Nullable Closer owner; // under the monitor: who has claimed the gate
  private boolean forGood; // under the monitor: it is certain that the interpreter ends
  private volatile Thread[] waiting = {}; // those in awaitEmpty, to be woken by whoever leaves

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
    wakeWaiting();
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
    wakeWaiting();
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
    wakeWaiting();
  }

  /** Lets go of what holds hold besides this gate, since nobody waits for them any more. */
  public void releaseOthers() {
    for (Hold hold : holds) {
      hold.releaseOther();
    }
  }

  /** Whether the interpreter has not ended. */
  public boolean isAlive() {
    return state != State.ENDED;
  }

  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether nobody is let in any more, not even by a callback, and the end is under way. */
  public boolean isShut() {
    return state == State.SHUT;
  }

  /** Whether the calling thread, or who it works for, has taken a hold that is still open. */
  public boolean isHeldByCaller() {
    for (Hold hold : holds) {
      if (hold.isMine()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Waits until the gate is nobody else's, and takes it.
   *
   * @param closer whose the gate is from now on; it may have it already
   * @param look called at least every 20 ms while another has it; what it throws ends the waiting
   * @return false if the deadline has passed first; true also once the interpreter has ended
   */
  public boolean claim(Closer closer, Deadline deadline, Runnable look) {
    boolean interrupted = false;
    try {
      while (true) {
        if (tryClaim(closer)) {
          return true;
        }
        look.run();
        long left = deadline.nanosLeft();
        if (left <= 0) {
          return false;
        }
        interrupted |= awaitChange(Math.min(left, LOOK_AGAIN_NANOS));
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized boolean tryClaim(Closer closer) {
    if (state != State.ENDED && owner != null && !owner.equals(closer)) {
      return false;
    }
    owner = closer;
    return true;
  }

  @SuppressWarnings("WaitNotInLoop") // its caller looks again
  private synchronized boolean awaitChange(long nanos) {
    try {
      if (owner != null && state != State.ENDED) {
        wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
      }
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** Who has claimed the gate, or null. */
  public synchronized @Nullable Closer owner() {
    return state == State.ENDED ? null : owner;
  }

  /** From now on newcomers are refused, until its owner gives up. */
  public synchronized void refuseNewcomers(Closer closer) {
    if (closer.equals(owner) && state == State.OPEN) {
      state = State.CLOSING;
    }
  }

  /** From now on newcomers are refused for good, whoever has claimed the gate. */
  public synchronized void refuseForGood() {
    forGood = true;
    if (state == State.OPEN) {
      state = State.CLOSING;
    }
  }

  /** Gives the gate back, open where nothing says that the interpreter ends all the same. */
  public synchronized void giveUp(Closer closer) {
    if (closer.equals(owner)) {
      owner = null;
      if (state == State.CLOSING && !forGood) {
        state = State.OPEN;
      }
      notifyAll();
    }
  }

  /** Refuses callbacks too: for whoever ends the interpreter, with nobody else inside. */
  public synchronized void shut() {
    forGood = true;
    if (state != State.ENDED) {
      state = State.SHUT;
    }
  }

  /** Nothing is left of the interpreter. */
  @NoThrow
  public synchronized void end() {
    state = State.ENDED;
    owner = null;
    notifyAll();
  }

  /** After its end: nobody who was or is inside is waited for. */
  public void forgetEveryone() {
    passes.clear();
    holds.clear();
  }

  /** How many holds are open. */
  public int openHolds() {
    int open = 0;
    for (Hold hold : holds) {
      open += hold.isOpen() ? 1 : 0;
    }
    return open;
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
   * @param look called after each look that has found somebody; what it throws ends the waiting
   * @return false if the deadline has passed first
   */
  public boolean awaitEmpty(Deadline deadline, Consumer<Pass> each, Runnable look) {
    boolean interrupted = false;
    beginWaiting();
    try {
      while (true) {
        if (isEmpty(each)) {
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
      endWaiting();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // Twice: a thread already seen outside may be called in by one that is seen outside later. Where
  // nobody has arrived between the two looks, there was a moment with nobody inside
  private boolean isEmpty(Consumer<Pass> each) {
    long arrivals = arrivalsIfEmpty(each);
    return arrivals >= 0 && arrivalsIfEmpty(each) == arrivals;
  }

  /** How often anyone has come in so far, or -1 if somebody is inside or holds. */
  private long arrivalsIfEmpty(Consumer<Pass> each) {
    boolean empty = true;
    for (Hold hold : holds) {
      if (hold.isOpen()) {
        empty = false;
      } else {
        hold.finishRelease();
      }
    }
    long arrivals = 0;
    for (Pass pass : passes) {
      if (pass.thread() == Thread.currentThread()) {
        continue;
      }
      if (pass.isInside()) {
        each.accept(pass);
        empty &= !pass.isInside();
      }
      arrivals += pass.stayNumber();
    }
    return empty ? arrivals : -1;
  }

  private synchronized void beginWaiting() {
    Thread[] more = Arrays.copyOf(waiting, waiting.length + 1);
    more[waiting.length] = Thread.currentThread();
    waiting = more;
  }

  private synchronized void endWaiting() {
    Thread[] now = waiting;
    int at = Arrays.asList(now).indexOf(Thread.currentThread());
    Thread[] fewer = Arrays.copyOf(now, now.length - 1);
    System.arraycopy(now, at + 1, fewer, at, fewer.length - at);
    waiting = fewer;
  }

  // By index: an iterator would be an allocation, and whoever leaves must not fail
  private void wakeWaiting() {
    if (state != State.OPEN) {
      Thread[] now = waiting;
      for (int i = 0; i < now.length; i++) {
        LockSupport.unpark(now[i]);
      }
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
