package dev.vivarium.internal.memory;

import dev.vivarium.internal.object.Home;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Memory of Java that others look at, kept for as long as they do. It is named by a number, so that
 * a name that has been let go means nothing, whatever comes after.
 */
final class Loan {

  private static final int OVER = -1;

  private static final ConcurrentHashMap<Long, Loan> OPEN = new ConcurrentHashMap<>();
  private static final AtomicLong LAST = new AtomicLong();

  private final long handle = LAST.incrementAndGet();
  private final AtomicInteger views = new AtomicInteger();
  private final @Nullable Home home; // whose end ends it; null for one that outlives Python

  @SuppressWarnings("unused") // that it is reachable is what counts
  private final MemorySegment memory;

  private final @Nullable Tally tally;

  private Loan(@Nullable Home home, MemorySegment memory, @Nullable Tally tally) {
    this.home = home;
    this.memory = memory;
    this.tally = tally;
  }

  /**
   * Begins a loan, which {@link #drop} or the last of its views ends.
   *
   * @throws IllegalArgumentException for heap memory, and memory that could be taken away
   * @throws IllegalStateException if it has been taken away already
   */
  static Loan of(@Nullable Home home, MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "memory of Java's heap moves, so Python cannot look at it: give it a copy, with copy(…),"
              + " or allocate off the heap, in a LendingArena or in Arena.ofAuto()");
    }
    Tally tally = Tally.of(memory);
    if (tally != null && !tally.lend()) {
      throw new IllegalStateException("the arena of this memory has been closed");
    }
    Loan loan = new Loan(home, memory, tally);
    OPEN.put(loan.handle, loan);
    return loan;
  }

  static @Nullable Loan open(long handle) {
    return OPEN.get(handle);
  }

  long handle() {
    return handle;
  }

  /** Counts one who looks; false if the loan is over. */
  boolean addView() {
    int now = views.get();
    while (now != OVER) {
      if (views.compareAndSet(now, now + 1)) {
        return true;
      }
      now = views.get();
    }
    return false;
  }

  void removeView() {
    if (views.decrementAndGet() == 0) {
      drop();
    }
  }

  /** Ends it, unless somebody looks. */
  void drop() {
    if (views.compareAndSet(0, OVER)) {
      end();
    }
  }

  private void end() {
    if (OPEN.remove(handle) != null && tally != null) {
      tally.giveBack();
    }
  }

  /** An interpreter has ended, and with it all who looked. */
  static void endAll(Home home) {
    for (Loan loan : OPEN.values()) {
      if (loan.home == home) {
        loan.views.set(OVER);
        loan.end();
      }
    }
  }
}
