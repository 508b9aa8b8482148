package dev.vivarium.internal.memory;

import dev.vivarium.internal.lifecycle.Hold;
import dev.vivarium.internal.lifecycle.ServiceThread;
import dev.vivarium.internal.object.Home;
import java.lang.foreign.Arena;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * For how long Java may look at memory of an interpreter: a shared arena, which the interpreter's
 * end closes, or a confined one, which nobody but its own thread can close and which therefore
 * holds the interpreter open.
 */
final class Lifetime {

  private static final Cleaner FORGOTTEN =
      Cleaner.create(body -> ServiceThread.named("python-buffers", body));

  private final Arena arena;
  private final @Nullable Borrowings borrowings; // of a shared one
  private final Cleaner.@Nullable Cleanable held; // of a confined one

  private Lifetime(Arena arena, @Nullable Borrowings borrowings, Cleaner.@Nullable Cleanable held) {
    this.arena = arena;
    this.borrowings = borrowings;
    this.held = held;
  }

  /** For any thread; attached. */
  @SuppressWarnings("MustBeClosed") // by whoever borrows, the end, or never
  static Lifetime shared(Home home) {
    Borrowings borrowings = Borrowings.of(home);
    Arena arena = Arena.ofShared();
    if (!borrowings.add(arena)) {
      arena.close();
      throw home.closed();
    }
    return new Lifetime(arena, borrowings, null);
  }

  /** For this thread, attached. */
  @SuppressWarnings("MustBeClosed") // by this thread, or never
  static Lifetime confined(Home home) {
    Hold hold = home.state().hold();
    if (hold == null) {
      throw home.closed();
    }
    Arena arena = Arena.ofConfined();
    return new Lifetime(arena, null, FORGOTTEN.register(arena, hold::release));
  }

  Arena arena() {
    return arena;
  }

  /** The arena is being closed. */
  void over() {
    if (borrowings != null) {
      borrowings.remove(arena);
    }
    if (held != null) {
      held.clean();
    }
  }
}
