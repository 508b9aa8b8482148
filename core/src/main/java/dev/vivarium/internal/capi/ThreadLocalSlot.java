package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A native thread-local slot: {@code pthread_key_t}. Systems without pthreads have none, and what
 * needs one does without it.
 */
public final class ThreadLocalSlot {

  private static final int MOST_KEYS = 1024; // PTHREAD_KEYS_MAX of glibc; others have fewer

  // glibc keeps a thread's first slots in the thread's descriptor, which is larger than this
  private static final int DESCRIPTOR_BYTES = 0x600;
  private static final boolean IN_DESCRIPTOR =
      Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").isPresent();

  private static final boolean AVAILABLE =
      Linker.nativeLinker().defaultLookup().find("pthread_setspecific").isPresent();
  private static final @Nullable CFunction GET =
      AVAILABLE ? Linkage.function("pthread_getspecific", Linker.Option.critical(false)) : null;
  private static final @Nullable CFunction SET =
      AVAILABLE ? Linkage.function("pthread_setspecific", Linker.Option.critical(false)) : null;

  private static final @Nullable CFunction SELF =
      AVAILABLE ? Linkage.function("pthread_self") : null;

  private ThreadLocalSlot() {}

  /** Whether this system has slots of this kind. */
  public static boolean available() {
    return AVAILABLE;
  }

  /** The slot in which the calling thread, and nobody's chance, holds this value. */
  public static OptionalInt find(long value) {
    OptionalInt found = OptionalInt.empty();
    for (int key = 0; AVAILABLE && key < MOST_KEYS; key++) {
      if (get(key) == value) {
        if (found.isPresent()) {
          return OptionalInt.empty(); // two hold it: nobody can say which is CPython's
        }
        found = OptionalInt.of(key);
      }
    }
    return found;
  }

  /**
   * A new slot. When a thread ends with a value other than 0 in it, the system calls the C function
   * with that value, on that thread; 0 for none.
   */
  public static OptionalInt create(long destructor) {
    if (!AVAILABLE) {
      return OptionalInt.empty();
    }
    CFunction create = Linkage.function("pthread_key_create");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(ValueLayout.JAVA_LONG); // 32 bits or 64, by system
      int failed = (int) create.call(key.address(), destructor);
      return failed == 0 ? OptionalInt.of(key.get(ValueLayout.JAVA_INT, 0)) : OptionalInt.empty();
    }
  }

  /**
   * Where the calling thread's value of a slot lies, for as long as the thread lives: writing there
   * costs less than a call. The slot is empty before and after.
   *
   * @return 0 where the value is not found, or does not follow what is written
   */
  public static long cell(int key) {
    if (!IN_DESCRIPTOR) {
      return 0;
    }
    long found = 0;
    long mark = System.nanoTime() | 1;
    set(key, mark);
    long descriptor = self();
    for (long at = descriptor; at < descriptor + DESCRIPTOR_BYTES; at += Long.BYTES) {
      if (Memory.getLong(at) == mark) {
        if (found != 0) {
          set(key, 0);
          return 0; // two hold it
        }
        found = at;
      }
    }
    if (found != 0) {
      Memory.putLong(found, ~mark);
      found = get(key) == ~mark ? found : 0;
    }
    set(key, 0);
    return found != 0 && Memory.getLong(found) == 0 ? found : 0;
  }

  private static long self() {
    return Objects.requireNonNull(SELF).call();
  }

  public static long get(int key) {
    return Objects.requireNonNull(GET).call(key);
  }

  public static void set(int key, long value) {
    Objects.requireNonNull(SET).call(key, value);
  }
}
