package dev.vivarium.internal.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.MemorySegment.Scope;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** How many loans there are of the memory of an arena that may lend, which keep it from closing. */
public final class Tally {

  private static final int CLOSED = -1;

  private static final Map<Scope, Tally> LENDING = Collections.synchronizedMap(new WeakHashMap<>());

  // The kinds of scope that nobody can close, taken only if they differ from those that can be
  private static final Class<?> AUTO = Arena.ofAuto().scope().getClass();
  private static final Class<?> GLOBAL = Arena.global().scope().getClass();
  private static final Class<?> DIRECT =
      MemorySegment.ofBuffer(ByteBuffer.allocateDirect(0)).scope().getClass();
  private static final Set<Class<?>> FOREVER = Set.copyOf(List.of(AUTO, GLOBAL, DIRECT));
  private static final boolean TELLS =
      !FOREVER.contains(closeable(true)) && !FOREVER.contains(closeable(false));

  private final AtomicInteger loans = new AtomicInteger();

  private Tally() {}

  /** For an arena that asks {@link #close} before it closes. */
  public static Tally of(Scope scope) {
    Tally tally = new Tally();
    LENDING.put(scope, tally);
    return tally;
  }

  /**
   * What has to be told of loans of a segment's memory; null if nobody can take that away.
   *
   * @throws IllegalArgumentException if somebody can who would not ask
   */
  static @Nullable Tally of(MemorySegment segment) {
    Scope scope = segment.scope();
    Tally known = LENDING.get(scope);
    if (known != null) {
      return known;
    }
    if (TELLS && FOREVER.contains(scope.getClass())) {
      return null;
    }
    throw new IllegalArgumentException(
        "this memory belongs to an arena that can be closed while Python still looks at it:"
            + " allocate or map it in a LendingArena or in Arena.ofAuto(), or give Python a copy,"
            + " with copy(…)");
  }

  private static Class<?> closeable(boolean shared) {
    try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
      return arena.scope().getClass();
    }
  }

  /** Counts a loan; false if the arena has been closed. */
  boolean lend() {
    int now = loans.get();
    while (now != CLOSED) {
      if (loans.compareAndSet(now, now + 1)) {
        return true;
      }
      now = loans.get();
    }
    return false;
  }

  void giveBack() {
    loans.decrementAndGet();
  }

  /** From now on nothing is lent; false, and nothing has changed, while something is. */
  public boolean close() {
    return loans.compareAndSet(0, CLOSED) || loans.get() == CLOSED;
  }

  /** Takes a {@link #close} back. */
  public void reopen() {
    loans.compareAndSet(CLOSED, 0);
  }

  public int loans() {
    return Math.max(0, loans.get());
  }
}
