package dev.vivarium.internal.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * Who calls: a thread itself, or the one that has handed it a body and waits. A virtual thread's
 * calls run on another thread, and what is taken there is the virtual thread's.
 */
public final class Caller {

  /** A {@link Thread} that works for others. */
  public interface Worker {

    /** Whom it works for now, or null. */
    @Nullable Thread caller();
  }

  private Caller() {}

  /** The calling thread, or the one that it works for. */
  public static Thread current() {
    Thread here = Thread.currentThread();
    Thread caller = here instanceof Worker worker ? worker.caller() : null;
    return caller == null ? here : caller;
  }
}
