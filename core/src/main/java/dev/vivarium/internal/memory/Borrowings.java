package dev.vivarium.internal.memory;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PerInterpreter;
import java.lang.foreign.Arena;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What Java looks at in one interpreter, so that it can be taken away before the interpreter's end:
 * no segment may outlive the memory that it shows.
 */
final class Borrowings implements PerInterpreter.Kept {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final PerInterpreter<Borrowings> ALL = new PerInterpreter<>(Borrowings::new);
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private final Home home;
  private final Set<Entry> arenas = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Arena> collected = new ReferenceQueue<>();
  private volatile boolean ended;

  /** An arena, by identity. */
  private static final class Entry extends WeakReference<Arena> {

    private final int hash;

    Entry(Arena arena, @Nullable ReferenceQueue<Arena> queue) {
      super(arena, queue);
      this.hash = System.identityHashCode(arena);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      Arena mine = get();
      return mine != null && other instanceof Entry entry && entry.refersTo(mine);
    }
  }

  private Borrowings(Home home) {
    this.home = home;
  }

  static Borrowings of(Home home) {
    return ALL.in(home);
  }

  /** False if the interpreter is past the point where its memory was taken away; attached. */
  boolean add(Arena arena) {
    for (Object gone = collected.poll(); gone != null; gone = collected.poll()) {
      arenas.remove(gone);
    }
    arenas.add(new Entry(arena, collected));
    return !ended;
  }

  void remove(Arena arena) {
    arenas.remove(new Entry(arena, null));
  }

  /**
   * Takes away whatever Java still looks at. On the thread that ends the interpreter, attached,
   * when nobody else is inside any more. Waits for native calls and I/O that use such memory.
   */
  @Override
  public void ending() {
    ended = true; // only this thread can borrow now, and not any more
    for (Entry entry : arenas) {
      Arena arena = entry.get();
      if (arena != null) {
        takeAway(arena);
      }
    }
    arenas.clear();
  }

  private void takeAway(Arena arena) {
    boolean told = false;
    while (!closed(arena)) {
      if (!told) {
        told = true;
        LOG.log(
            System.Logger.Level.WARNING,
            "the end of "
                + home.state()
                + " waits for a native call or an I/O operation that uses memory of it");
      }
      home.<@Nullable Object, RuntimeException>detached(() -> {
        LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
        return null;
      });
    }
  }

  private static boolean closed(Arena arena) {
    try {
      arena.close();
      return true;
    } catch (IllegalStateException e) {
      return !arena.scope().isAlive();
    }
  }
}
