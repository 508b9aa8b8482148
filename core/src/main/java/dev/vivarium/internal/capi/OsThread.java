package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * One thread of the operating system, which is not a {@link Thread}: native code detaches its
 * threads from the JVM and attaches them again, each time as another {@code Thread}, and ends them
 * when it likes.
 *
 * <p>It is known by a slot of its own, and alive for as long as it holds a mutex of its own. That
 * is a robust one: when a thread ends, the kernel lets go of those that it held, after all code
 * that the thread runs. Where there are none, the slot's destructor unlocks an ordinary one. And
 * where there are no pthreads, an OS thread is what its {@code Thread} is.
 */
public final class OsThread {

  private static final long MUTEX_BYTES = 128; // pthread_mutex_t has 40 to 64
  private static final long ROBUST = 1; // PTHREAD_MUTEX_ROBUST
  private static final int OWNER_DEAD = 130; // EOWNERDEAD

  // For the code that a thread still runs when its slot's destructor has run, or its Thread ended
  private static final long GRACE_NANOS = 200_000_000L;

  private static final boolean AVAILABLE = ThreadLocalSlot.available();
  private static final @Nullable CFunction INIT = function("pthread_mutex_init");
  private static final @Nullable CFunction TRY_LOCK = function("pthread_mutex_trylock");
  private static final @Nullable CFunction UNLOCK = function("pthread_mutex_unlock");
  private static final @Nullable CFunction DESTROY = function("pthread_mutex_destroy");

  /** {@code pthread_mutexattr_t*} of a robust mutex, or 0 where there are none. */
  private static final long ROBUST_ATTRIBUTES = robustAttributes();

  private static final int NO_KEY = -1;
  private static final int KEY =
      ThreadLocalSlot.create(ROBUST_ATTRIBUTES != 0 ? 0 : address("pthread_mutex_unlock"))
          .orElse(NO_KEY);

  // Memory of mutexes is used again and never freed: the system writes there when a thread ends
  private static final Queue<Long> UNUSED = new ConcurrentLinkedQueue<>();

  private final long mutex; // or 0
  private final @Nullable Thread thread; // where there is no mutex
  private boolean letGo;
  private long endSeen;
  private volatile boolean ended;

  private OsThread(long mutex, @Nullable Thread thread) {
    this.mutex = mutex;
    this.thread = thread;
  }

  /** The {@link #id} of the calling thread, or that of none if it has not been met. */
  public static long callingId() {
    return KEY == NO_KEY ? Thread.currentThread().threadId() : ThreadLocalSlot.get(KEY);
  }

  /** Meets the calling thread, a platform thread, for the first time. */
  public static OsThread meet() {
    if (KEY == NO_KEY) {
      return new OsThread(0, Thread.currentThread());
    }
    Long unused = UNUSED.poll();
    long mutex =
        unused == null ? Arena.global().allocate(MUTEX_BYTES, MUTEX_BYTES).address() : unused;
    OsThread met = new OsThread(mutex, null);
    if (call(INIT, mutex, ROBUST_ATTRIBUTES) != 0 || call(TRY_LOCK, mutex) != 0) {
      throw new IllegalStateException("the system has no mutex for a thread");
    }
    ThreadLocalSlot.set(KEY, mutex);
    if (ThreadLocalSlot.get(KEY) != mutex) {
      throw new OutOfMemoryError("no memory for a thread-local slot");
    }
    return met;
  }

  /** What it is found by while it is alive; later another thread may have it. */
  public long id() {
    return thread != null ? thread.threadId() : mutex;
  }

  /** Whether it has ended, so that none of its code runs any more; then for good. */
  public boolean hasEnded() {
    return ended || looksEnded();
  }

  private synchronized boolean looksEnded() {
    if (!ended && hasLetGo()) {
      if (endSeen == 0) {
        endSeen = System.nanoTime() | 1;
      }
      boolean exact = mutex != 0 && ROBUST_ATTRIBUTES != 0;
      ended = exact || System.nanoTime() - endSeen > GRACE_NANOS;
    }
    return ended;
  }

  private boolean hasLetGo() {
    if (thread != null) {
      return thread.getState() == Thread.State.TERMINATED;
    }
    if (!letGo) {
      int result = call(TRY_LOCK, mutex);
      if (result == 0 || result == OWNER_DEAD) {
        letGo = true;
        int ignored = call(UNLOCK, mutex) | call(DESTROY, mutex);
      }
    }
    return letGo;
  }

  /** Once, after its end, when nobody looks for it by its {@link #id}: another may have that. */
  public void forget() {
    if (mutex != 0) {
      UNUSED.add(mutex);
    }
  }

  private static long robustAttributes() {
    Linker linker = Linker.nativeLinker();
    if (!AVAILABLE || linker.defaultLookup().find("pthread_mutexattr_setrobust").isEmpty()) {
      return 0;
    }
    long attributes = Arena.global().allocate(MUTEX_BYTES, MUTEX_BYTES).address();
    long tried = Arena.global().allocate(MUTEX_BYTES, MUTEX_BYTES).address();
    boolean robust =
        call(function("pthread_mutexattr_init"), attributes) == 0
            && call(function("pthread_mutexattr_setrobust"), attributes, ROBUST) == 0
            && call(INIT, tried, attributes) == 0;
    return robust ? attributes : 0;
  }

  private static long address(String function) {
    return Linker.nativeLinker()
        .defaultLookup()
        .find(function)
        .map(MemorySegment::address)
        .orElse(0L);
  }

  private static @Nullable CFunction function(String name) {
    return AVAILABLE
        ? Linkage.function(name, Linker.Option.critical(false)) // none of them waits
        : null;
  }

  private static int call(@Nullable CFunction function, long argument) {
    return call(function, argument, 0);
  }

  private static int call(@Nullable CFunction function, long argument, long second) {
    return (int) Objects.requireNonNull(function).call(argument, second);
  }
}
