package dev.vivarium.internal.memory;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.BufferStruct;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Owned;
import dev.vivarium.internal.object.PerInterpreter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Java's memory as Python buffers: without copying by an object whose type has the buffer protocol,
 * or as a copy that is Python's own. What Python code gets is a memoryview of it, so that CPython
 * answers for slices and further views, and calls Java for the first view and after the last.
 *
 * <p>The object is as Java sees it: behind its head lie the loan's number, what a {@code Py_buffer}
 * is filled in with, shape, strides and format.
 */
public final class Lending {

  private static final PerInterpreter<PerInterpreter.Kept> LOANS = new PerInterpreter<>(Loans::new);

  private static final int GET_BUFFER_SLOT = 1;
  private static final int RELEASE_BUFFER_SLOT = 2;
  private static final int DISALLOW_INSTANTIATION = 1 << 7;
  private static final int IMMUTABLE = 1 << 8;

  // Behind the head of an object of variable size
  private static final long HANDLE = 0;
  private static final long ADDRESS = 8;
  private static final long LENGTH = 16;
  private static final long ITEM_SIZE = 24;
  private static final long READ_ONLY = 32;
  private static final long DIMENSIONS = 36;
  private static final long ORDER = 40;
  private static final long SHAPE = 48;

  private static final int IN_C_ORDER = 1;
  private static final int IN_FORTRAN_ORDER = 2;

  private static final long HEAD = Types.headBytes() + (long) Long.BYTES; // and its size
  private static final long SPEC = spec();
  private static final PerInterpreter<Owned> TYPE =
      PerInterpreter.owned(home -> home.checked(C.PyType_FromSpec(SPEC)));

  private Lending() {}

  /**
   * Lends memory: a new reference to a memoryview of it, as which it stays valid; attached.
   *
   * @param offset of the first element
   * @throws RuntimeException if it cannot be lent, as {@link Loan#of} says, or does not hold what
   *     the geometry says
   */
  public static long lend(Home home, MemorySegment memory, long offset, Geometry geometry) {
    check(memory, offset, geometry);
    long type = TYPE.in(home).pointer();
    LOANS.in(home);
    Loan loan = Loan.of(home, memory);
    try {
      byte[] format = (geometry.format() + "\0").getBytes(StandardCharsets.UTF_8);
      long words = 2L * geometry.dimensions() + (format.length + 7) / 8;
      long object = home.checked(C.PyType_GenericAlloc(type, words));
      try {
        describe(object + HEAD, memory.address() + offset, memory.isReadOnly(), geometry, format);
        Memory.putLong(object + HEAD + HANDLE, loan.handle());
        return home.checked(C.PyMemoryView_FromObject(object));
      } finally {
        C.Py_DecRef(object);
      }
    } finally {
      loan.drop(); // unless there is a view of it now
    }
  }

  private static void check(MemorySegment memory, long offset, Geometry geometry) {
    long lowest = offset - geometry.reachBack();
    long end = Math.addExact(offset, geometry.reachOn());
    if (lowest < 0 || end > memory.byteSize()) {
      throw new IllegalArgumentException(
          geometry
              + " takes the bytes from "
              + lowest
              + " to "
              + end
              + ", and the segment has "
              + memory.byteSize());
    }
  }

  private static void describe(
      long at, long address, boolean readOnly, Geometry geometry, byte[] format) {
    int dimensions = geometry.dimensions();
    Memory.putLong(at + ADDRESS, address);
    Memory.putLong(at + LENGTH, geometry.byteCount());
    Memory.putLong(at + ITEM_SIZE, geometry.itemSize());
    Memory.putInt(at + READ_ONLY, readOnly ? 1 : 0);
    Memory.putInt(at + DIMENSIONS, dimensions);
    Memory.putLong(
        at + ORDER,
        (geometry.isContiguous() ? IN_C_ORDER : 0)
            | (geometry.isFortranContiguous() ? IN_FORTRAN_ORDER : 0));
    for (int i = 0; i < dimensions; i++) {
      Memory.putLong(at + SHAPE + 8L * i, geometry.length(i));
      Memory.putLong(at + SHAPE + 8L * (dimensions + i), geometry.stride(i));
    }
    Memory.putBytes(at + SHAPE + 16L * dimensions, format);
  }

  /**
   * Copies memory, of Java's heap or off it, in one pass: a new reference to a memoryview of a
   * bytearray; attached.
   *
   * @param geometry without gaps, in C's order
   */
  public static long copy(Home home, MemorySegment memory, Geometry geometry) {
    long bytes = geometry.byteCount();
    check(memory, 0, geometry);
    if (!canCast(geometry)) {
      MemorySegment copy = Arena.ofAuto().allocate(bytes, 16).copyFrom(memory.asSlice(0, bytes));
      return lend(home, copy, 0, geometry);
    }
    long array = home.checked(C.PyByteArray_FromStringAndSize(0, bytes));
    try {
      Memory.copyFrom(memory, 0, C.PyByteArray_AsString(array), bytes);
      long view = home.checked(C.PyMemoryView_FromObject(array));
      return geometry.dimensions() == 1 && geometry.format().equals("B")
          ? view
          : cast(home, view, geometry);
    } finally {
      C.Py_DecRef(array);
    }
  }

  // memoryview.cast knows the native formats of one letter, and no empty shapes
  private static boolean canCast(Geometry geometry) {
    return geometry.format().length() == 1 && !geometry.isEmpty() && geometry.byteCount() > 0;
  }

  private static long cast(Home home, long view, Geometry geometry) {
    List<Long> shape = new ArrayList<>();
    for (long length : geometry.shape()) {
      shape.add(length);
    }
    try {
      long cast = home.attribute(view, "cast");
      try (Call call = Call.of(home)) {
        return home.checked(call.add((Object) geometry.format()).add(shape).callFunction(cast));
      } finally {
        C.Py_DecRef(cast);
      }
    } finally {
      C.Py_DecRef(view);
    }
  }

  /** Python asks for a view. Nothing may be thrown from here: it would end the JVM. */
  private static int getBuffer(long object, long view, int flags) {
    try {
      long at = object + HEAD;
      String refusal = refusal(at, flags);
      Loan loan = Loan.open(Memory.getLong(at + HANDLE));
      if (refusal == null && (loan == null || !loan.addView())) {
        refusal = "Java has taken this memory back, after the last view of it was released";
      }
      if (refusal != null) {
        return refuse(view, refusal);
      }
      fill(object, at, view, flags);
      return 0;
    } catch (Throwable t) {
      return refuseAtLast(view, t);
    }
  }

  private static @Nullable String refusal(long at, int flags) {
    if (isSet(flags, BufferStruct.WRITABLE) && Memory.getInt(at + READ_ONLY) != 0) {
      return "this memory of Java is read-only";
    }
    long order = Memory.getLong(at + ORDER);
    boolean c = (order & IN_C_ORDER) != 0;
    boolean fortran = (order & IN_FORTRAN_ORDER) != 0;
    boolean fits =
        isSet(flags, BufferStruct.C_CONTIGUOUS)
            ? c
            : isSet(flags, BufferStruct.F_CONTIGUOUS)
                ? fortran
                : isSet(flags, BufferStruct.ANY_CONTIGUOUS)
                    ? c || fortran
                    : c || isSet(flags, BufferStruct.STRIDES);
    return fits ? null : "this memory of Java is not contiguous as was asked for";
  }

  private static boolean isSet(int flags, int wanted) {
    return (flags & wanted) == wanted;
  }

  private static void fill(long object, long at, long view, int flags) {
    int dimensions = Memory.getInt(at + DIMENSIONS);
    boolean shaped = isSet(flags, BufferStruct.ND);
    C.Py_IncRef(object);
    BufferStruct.fill(
        view,
        object,
        Memory.getLong(at + ADDRESS),
        Memory.getLong(at + LENGTH),
        Memory.getLong(at + ITEM_SIZE),
        Memory.getInt(at + READ_ONLY) != 0,
        shaped ? dimensions : 1,
        isSet(flags, BufferStruct.FORMAT) ? at + SHAPE + 16L * dimensions : 0,
        shaped ? at + SHAPE : 0,
        isSet(flags, BufferStruct.STRIDES) ? at + SHAPE + 8L * dimensions : 0);
  }

  private static int refuse(long view, String message) {
    BufferStruct.clear(view);
    try (Arena arena = Arena.ofConfined()) {
      C.PyErr_SetString(
          LibPython.pointer("PyExc_BufferError"), arena.allocateFrom(message).address());
    }
    return -1;
  }

  private static int refuseAtLast(long view, Throwable thrown) {
    try {
      return refuse(view, thrown.toString());
    } catch (Throwable t) {
      return -1; // CPython reports a SystemError; nothing may be thrown from here
    }
  }

  /** From C, once for each view that was given. */
  private static long releaseBuffer(long object) {
    try {
      Loan loan = Loan.open(Memory.getLong(object + HEAD + HANDLE));
      if (loan != null) {
        loan.removeView();
      }
    } catch (Throwable t) {
      // Nobody is there to be told; what is lost is one entry of a table
    }
    return 0;
  }

  /** All that are open when an interpreter ends. */
  private record Loans(Home home) implements PerInterpreter.Kept {

    @Override
    public void ended() {
      Loan.endAll(home);
    }
  }

  private static long spec() {
    Arena arena = Arena.global();
    long slots = arena.allocate(48, 8).address();
    Memory.putInt(slots, GET_BUFFER_SLOT);
    Memory.putLong(
        slots + 8,
        LibPython.functionPointer(
            (object, view, flags, _) -> getBuffer(object, view, (int) flags)));
    Memory.putInt(slots + 16, RELEASE_BUFFER_SLOT);
    Memory.putLong(
        slots + 24, LibPython.functionPointer((object, _, _, _) -> releaseBuffer(object)));
    long spec = arena.allocate(32, 8).address();
    Memory.putLong(spec, arena.allocateFrom("vivarium.JavaMemory").address());
    Memory.putInt(spec + 8, (int) (HEAD + SHAPE));
    Memory.putInt(spec + 12, Long.BYTES);
    Memory.putInt(spec + 16, DISALLOW_INSTANTIATION | IMMUTABLE);
    Memory.putLong(spec + 24, slots);
    return spec;
  }
}
