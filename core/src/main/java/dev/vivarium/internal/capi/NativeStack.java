package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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

  private static final @Nullable MethodHandle SELF = handle("pthread_self", 0);
  private static final @Nullable MethodHandle ATTRIBUTES = handle("pthread_getattr_np", 2);
  private static final @Nullable MethodHandle STACK = handle("pthread_attr_getstack", 3);
  private static final @Nullable MethodHandle DESTROY = handle("pthread_attr_destroy", 1);

  // Writes the registers, and is never jumped back to
  private static final @Nullable MethodHandle SET_JUMP =
      GLIBC ? Linkage.downcall("_setjmp", 1, Linker.Option.critical(false)) : null;

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
      if ((int) (long) Objects.requireNonNull(ATTRIBUTES).invokeExact(self(), attributes) != 0) {
        return null;
      }
      int failed =
          (int) (long) Objects.requireNonNull(STACK).invokeExact(attributes, lowest, bytes);
      long ignored = (long) Objects.requireNonNull(DESTROY).invokeExact(attributes);
      return failed == 0 ? new Bounds(Memory.getLong(lowest), Memory.getLong(bytes)) : null;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("pthread_attr_getstack", t);
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
    try {
      long ignored = (long) Objects.requireNonNull(SET_JUMP).invokeExact(buffer);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("_setjmp", t);
    }
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
    try {
      return (long) Objects.requireNonNull(SELF).invokeExact();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new LinkageError("pthread_self", t);
    }
  }

  private static @Nullable MethodHandle handle(String function, int parameters) {
    return GLIBC ? Linkage.downcall(function, parameters) : null;
  }
}
