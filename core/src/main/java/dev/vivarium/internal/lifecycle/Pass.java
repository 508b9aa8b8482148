package dev.vivarium.internal.lifecycle;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thread's place at one gate: in or out. Each thread writes its own, so that threads that enter
 * together share no written cache line; only a closer reads them all.
 */
public class Pass extends Padded {

  private static final int OUT = 0;
  private static final int IN = 1;
  private static final int IN_BY_CALLBACK = 2;

  private static final VarHandle PLACE;

  static {
    try {
      PLACE = MethodHandles.lookup().findVarHandle(Pass.class, "place", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread thread;

  @SuppressWarnings("unused") // through PLACE
  private volatile int place;

  private long stay; // how often it has come in; its thread's, published by PLACE
  private long since;
  private volatile @Nullable Throwable where;

  protected Pass(Thread thread) {
    this.thread = thread;
  }

  /** Whose it is. */
  public Thread thread() {
    return thread;
  }

  public final boolean isInside() {
    return (int) PLACE.getVolatile(this) != OUT;
  }

  /** The number of the thread's present stay, or of its last one. */
  public final long stayNumber() {
    VarHandle.acquireFence(); // after a look at the place, of that stay or a later one
    return stay;
  }

  final void arrive(boolean callback, long now, @Nullable Throwable trace) {
    since = now;
    stay++;
    if (trace != null || where != null) {
      where = trace;
    }
    // Volatile: a closer that has not seen this is seen by the read of the gate's state after it
    PLACE.setVolatile(this, callback ? IN_BY_CALLBACK : IN);
  }

  final void depart() {
    // Not volatile: a closer that just misses the waking that follows looks again by itself
    PLACE.setRelease(this, OUT);
  }

  final Stay stay() {
    Throwable trace = where;
    return new Stay(
        (int) PLACE.getVolatile(this) == IN_BY_CALLBACK ? Stay.Kind.CALLBACK : Stay.Kind.INSIDE,
        thread(),
        Instant.ofEpochMilli(since),
        trace == null ? List.of() : List.of(trace.getStackTrace()));
  }
}
