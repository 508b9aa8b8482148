package dev.vivarium.internal.thread;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the running CPython does what it has no API for: found out at start-up, and from then on
 * constants for the JIT.
 */
final class Proven {

  private static @Nullable GilStateSlot foundSlot;
  private static @Nullable RecursionLimit foundLimit;

  private Proven() {}

  /** Finds it out, with the main interpreter's first state attached. Once a process. */
  static void prove(long main, long first) {
    foundSlot = GilStateSlot.prove(main, first);
    foundLimit = RecursionLimit.prove(first);
    Objects.requireNonNull(slot()); // here, since another thread may not see what has been found
  }

  /** The slot that {@code PyGILState_Ensure} reads. */
  static GilStateSlot slot() {
    return Chosen.SLOT;
  }

  /** How a thread state is told where its stack ends. */
  static RecursionLimit limit() {
    return Chosen.LIMIT;
  }

  private static final class Chosen {
    private static final GilStateSlot SLOT = Objects.requireNonNull(foundSlot);
    private static final RecursionLimit LIMIT = Objects.requireNonNull(foundLimit);
  }
}
