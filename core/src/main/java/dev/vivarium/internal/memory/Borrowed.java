package dev.vivarium.internal.memory;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.BufferStruct;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Reference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Memory of a Python object that Java looks at: a reference to what keeps it exported, and a
 * segment that is valid until that reference is given back.
 *
 * <p>The reference is given back when the arena is closed or, where nobody does that, when neither
 * the arena nor any segment of it is reachable any more. The arena's own clean-up names the arena,
 * and so whoever holds a segment holds it too.
 */
public final class Borrowed {

  private final Home home;
  private final Lifetime lifetime;
  private final MemorySegment segment;
  private final Geometry geometry;

  private Borrowed(Home home, Lifetime lifetime, MemorySegment segment, Geometry geometry) {
    this.home = home;
    this.lifetime = lifetime;
    this.segment = segment;
    this.geometry = geometry;
  }

  /**
   * The memory of an object, which is borrowed; attached.
   *
   * @throws RuntimeException if it has no buffer, or one that Java cannot see as a whole
   */
  public static Borrowed of(Home home, long object, boolean confined) {
    // Its memoryview holds the export, so that giving back is giving back a reference
    long holder = home.checked(C.PyMemoryView_FromObject(object));
    try (Arena scratch = Arena.ofConfined()) {
      long view = scratch.allocate(BufferStruct.BYTES, 8).address();
      home.checked(C.PyObject_GetBuffer(holder, view, BufferStruct.FULL_RO));
      try {
        if (BufferStruct.isIndirect(view)) {
          throw new IllegalArgumentException(
              "this buffer's rows lie apart, behind pointers (suboffsets): copy it in Python first,"
                  + " with memoryview(x).tobytes() or numpy.array(x)");
        }
        Geometry geometry =
            Geometry.of(
                BufferStruct.format(view),
                BufferStruct.itemSize(view),
                BufferStruct.shape(view),
                BufferStruct.strides(view));
        boolean readOnly = BufferStruct.isReadOnly(view);
        C.Py_IncRef(holder);
        return keep(home, holder, BufferStruct.address(view), geometry, readOnly, confined);
      } finally {
        C.PyBuffer_Release(view);
      }
    } finally {
      C.Py_DecRef(holder);
    }
  }

  /**
   * The bytes of an object, which is borrowed, for as long as a body runs on this thread, attached
   * or inside a detached stretch.
   *
   * @throws RuntimeException if it has no contiguous buffer, or what the body throws
   */
  public static <T extends @Nullable Object> T during(
      Home home, long object, Function<MemorySegment, T> body) {
    try (Arena arena = Arena.ofConfined()) {
      long view = arena.allocate(BufferStruct.BYTES, 8).address();
      home.checked(C.PyObject_GetBuffer(object, view, BufferStruct.SIMPLE));
      try (Arena exported = Arena.ofConfined()) {
        MemorySegment segment =
            MemorySegment.ofAddress(BufferStruct.address(view))
                .reinterpret(BufferStruct.length(view), exported, null);
        return body.apply(BufferStruct.isReadOnly(view) ? segment.asReadOnly() : segment);
      } finally {
        C.PyBuffer_Release(view);
      }
    }
  }

  /**
   * Memory that a Python object keeps; attached.
   *
   * @param holder a new reference to the object, which this takes over
   * @param first where the first element lies
   * @param confined whether only this thread is to use and to close it, which costs a hundredth;
   *     the interpreter does not end before
   */
  public static Borrowed keep(
      Home home, long holder, long first, Geometry geometry, boolean readOnly, boolean confined) {
    Lifetime lifetime;
    try {
      lifetime = confined ? Lifetime.confined(home) : Lifetime.shared(home);
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(holder);
      throw e;
    }
    Reference reference = home.references().keep(lifetime.arena(), holder);
    MemorySegment segment =
        MemorySegment.ofAddress(first - geometry.reachBack())
            .reinterpret(
                geometry.reachBack() + geometry.reachOn(),
                lifetime.arena(),
                gone -> {
                  home.references().giveBack(reference);
                  lifetime.over();
                });
    return new Borrowed(home, lifetime, readOnly ? segment.asReadOnly() : segment, geometry);
  }

  public Home home() {
    return home;
  }

  /** From the lowest byte of any element to the highest. */
  public MemorySegment segment() {
    return segment;
  }

  public Geometry geometry() {
    return geometry;
  }

  public boolean isOpen() {
    return segment.scope().isAlive();
  }

  /**
   * Gives the memory back. A second time it does nothing.
   *
   * @throws IllegalStateException if a native call or an I/O operation of another thread uses it at
   *     this moment; nothing has changed then
   * @throws WrongThreadException if it is confined to another thread
   */
  public void close() {
    if (!isOpen()) {
      return;
    }
    try {
      lifetime.arena().close();
    } catch (IllegalStateException e) {
      if (isOpen()) {
        throw new IllegalStateException(
            "this buffer cannot be closed while a native call or an I/O operation uses its memory:"
                + " close it afterwards",
            e);
      }
    }
  }
}
