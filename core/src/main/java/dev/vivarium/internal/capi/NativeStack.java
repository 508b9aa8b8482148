package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The calling thread's native stack: where it lies, and how far down the thread is in it. Known
 * with glibc on x86-64; elsewhere both are unknown, and what needs them does without.
 */
public final class NativeStack {

  /** The memory of a stack, which grows downwards from its highest address. */
  public record Bounds(long lowest, long bytes) {

    public long highest() {
      return lowest + bytes;
    }
  }

  /** What {@link #pointer} writes to: glibc's {@code jmp_buf}, and then some. */
  public static final long BUFFER_BYTES = 512;

  private static final long ATTRIBUTES_BYTES = 256; // pthread_attr_t has 56

  // glibc keeps the stack pointer there, mixed with a secret of the process so that an overflow
  // cannot forge it; the secret lies in each thread's descriptor
  private static final int POINTER_IN_BUFFER = 6 * Long.BYTES;
  private static final int SECRET_IN_DESCRIPTOR = 0x30;
  private static final int TURNED_LEFT = 17;

  private static final boolean GLIBC =
      Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").isPresent()
          && System.getProperty("os.arch").equals("amd64");

  private static final @Nullable CFunction SELF = function("pthread_self");
  private static final @Nullable CFunction ATTRIBUTES = function("pthread_getattr_np");
  private static final @Nullable CFunction STACK = function("pthread_attr_getstack");
  private static final @Nullable CFunction DESTROY = function("pthread_attr_destroy");

  // Writes the registers, and is never jumped back to
  private static final @Nullable CFunction SET_JUMP =
      GLIBC ? Linkage.function("_setjmp", Linker.Option.critical(false)) : null;

  private static final long SECRET = GLIBC ? secret() : 0;
  private static final boolean POINTER_IS_KNOWN = GLIBC && isPointerShown();

  private NativeStack() {}

  /** The calling thread's stack, or null where that is not known. */
  public static @Nullable Bounds bounds() {
    if (!GLIBC) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      long attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES).address();
      MemorySegment found = arena.allocate(2 * Long.BYTES, Long.BYTES);
      long lowest = found.address();
      long bytes = lowest + Long.BYTES;
      if ((int) Objects.requireNonNull(ATTRIBUTES).call(self(), attributes) != 0) {
        return null;
      }
      int failed = (int) Objects.requireNonNull(STACK).call(attributes, lowest, bytes);
      Objects.requireNonNull(DESTROY).call(attributes);
      return failed == 0 ? new Bounds(Memory.getLong(lowest), Memory.getLong(bytes)) : null;
    }
  }

  /**
   * The address that the calling thread has come down to, but for a few hundred bytes.
   *
   * @param buffer {@link #BUFFER_BYTES} of the calling thread's own, aligned to 16 bytes
   * @return 0 where that is not known
   */
  public static long pointer(long buffer) {
    return POINTER_IS_KNOWN ? read(buffer) : 0;
  }

  private static long read(long buffer) {
    Objects.requireNonNull(SET_JUMP).call(buffer);
    return Long.rotateRight(Memory.getLong(buffer + POINTER_IN_BUFFER), TURNED_LEFT) ^ SECRET;
  }

  /** Asks here and a few calls further down: both lie in the stack, the second one lower. */
  private static boolean isPointerShown() {
    Bounds bounds = bounds();
    if (bounds == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      long buffer = arena.allocate(BUFFER_BYTES, 16).address();
      long here = read(buffer);
      long lower = readDeeper(buffer, 20);
      return lower < here && lower > bounds.lowest() && here < bounds.highest();
    }
  }

  private static long readDeeper(long buffer, int calls) {
    return calls == 0 ? read(buffer) : readDeeper(buffer, calls - 1);
  }

  private static long secret() {
    return Memory.getLong(self() + SECRET_IN_DESCRIPTOR);
  }

  private static long self() {
    return Objects.requireNonNull(SELF).call();
  }

  private static @Nullable CFunction function(String name) {
    return GLIBC ? Linkage.function(name) : null;
  }
}
