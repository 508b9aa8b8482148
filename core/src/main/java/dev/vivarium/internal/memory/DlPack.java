package dev.vivarium.internal.memory;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.object.Home;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Arrays over DLPack: capsules that point to a {@code DLManagedTensor}, or from version 1 on a
 * {@code DLManagedTensorVersioned}.
 *
 * <p>Java as producer: the tensor is named by its address until its deleter is called, by whatever
 * thread and whether Python is still there or not. Java as consumer: the capsule is kept as it is,
 * and giving it back makes its own destructor call the deleter, in its interpreter.
 */
public final class DlPack {

  private static final long PLAIN = Arena.global().allocateFrom("dltensor").address();
  private static final long VERSIONED = Arena.global().allocateFrom("dltensor_versioned").address();

  private static final int MAJOR = 1;
  private static final int CPU = 1;
  private static final long READ_ONLY = 1;

  // DLTensor
  private static final long DEVICE = 8;
  private static final long DIMENSIONS = 16;
  private static final long TYPE_CODE = 20;
  private static final long SHAPE = 24;
  private static final long STRIDES = 32;
  private static final long OFFSET = 40;
  private static final long TENSOR_BYTES = 48;

  // Behind it in the one, before it in the other
  private static final long PLAIN_DELETER = TENSOR_BYTES + 8;
  private static final long PLAIN_BYTES = TENSOR_BYTES + 16;
  private static final long VERSIONED_DELETER = 16;
  private static final long VERSIONED_FLAGS = 24;
  private static final long VERSIONED_TENSOR = 32;
  private static final long VERSIONED_BYTES = VERSIONED_TENSOR + TENSOR_BYTES;

  private static final long DELETED = LibPython.destructor(DlPack::deleted);
  private static final long DROPPED = LibPython.destructor(DlPack::dropped);

  private record Tensor(Loan loan, MemorySegment structure) {}

  private static final ConcurrentHashMap<Long, Tensor> LENT = new ConcurrentHashMap<>();

  private DlPack() {}

  /**
   * A new reference to a capsule that lends memory; attached.
   *
   * @param offset of the first element
   * @throws RuntimeException as {@link Loan#of}; or if the elements are none that DLPack knows, or
   *     their strides no whole elements
   */
  public static long lend(
      Home home, MemorySegment memory, long offset, Geometry geometry, boolean versioned) {
    int type = DlType.of(geometry);
    if (memory.isReadOnly() && !versioned) {
      throw new IllegalArgumentException(
          "read-only memory is for consumers of DLPack 1.0 and later alone");
    }
    Loan loan = Loan.of(null, memory);
    boolean lent = loan.addView();
    try {
      long bytes = versioned ? VERSIONED_BYTES : PLAIN_BYTES;
      int dimensions = geometry.dimensions();
      MemorySegment structure = Arena.ofAuto().allocate(bytes + 16L * dimensions, 8);
      long at = structure.address();
      if (versioned) {
        Memory.putInt(at, MAJOR);
        Memory.putLong(at + VERSIONED_DELETER, DELETED);
        Memory.putLong(at + VERSIONED_FLAGS, memory.isReadOnly() ? READ_ONLY : 0);
        describe(at + VERSIONED_TENSOR, memory.address() + offset, type, geometry, at + bytes);
      } else {
        describe(at, memory.address() + offset, type, geometry, at + bytes);
        Memory.putLong(at + PLAIN_DELETER, DELETED);
      }
      LENT.put(at, new Tensor(loan, structure));
      long capsule = C.PyCapsule_New(at, versioned ? VERSIONED : PLAIN, DROPPED);
      if (capsule == 0) {
        delete(at);
        lent = false;
        throw home.raised();
      }
      lent = false; // the capsule has it
      return capsule;
    } finally {
      if (lent) {
        loan.removeView();
      }
    }
  }

  private static void describe(long at, long address, int type, Geometry geometry, long rest) {
    int dimensions = geometry.dimensions();
    Memory.putLong(at, address);
    Memory.putInt(at + DEVICE, CPU);
    Memory.putInt(at + DIMENSIONS, dimensions);
    Memory.putInt(at + TYPE_CODE, type);
    Memory.putLong(at + SHAPE, rest);
    Memory.putLong(at + STRIDES, rest + 8L * dimensions);
    for (int i = 0; i < dimensions; i++) {
      if (geometry.stride(i) % geometry.itemSize() != 0) {
        throw new IllegalArgumentException(
            "DLPack counts strides in elements, and these are no whole ones: " + geometry);
      }
      Memory.putLong(rest + 8L * i, geometry.length(i));
      Memory.putLong(rest + 8L * (dimensions + i), geometry.stride(i) / geometry.itemSize());
    }
  }

  /**
   * The array in a capsule that nobody has taken anything from; attached.
   *
   * @param capsule a new reference, which this takes over
   */
  public static Borrowed borrow(Home home, long capsule, boolean confined) {
    boolean handedOn = false;
    try {
      boolean versioned = C.PyCapsule_IsValid(capsule, VERSIONED) != 0;
      if (!versioned && C.PyCapsule_IsValid(capsule, PLAIN) == 0) {
        throw new IllegalArgumentException(
            "__dlpack__() has not returned a capsule of an array that is still to be taken");
      }
      long at = C.PyCapsule_GetPointer(capsule, versioned ? VERSIONED : PLAIN);
      if (versioned && Memory.getInt(at) != MAJOR) {
        throw new IllegalArgumentException("an array of DLPack version " + Memory.getInt(at));
      }
      boolean readOnly = versioned && (Memory.getLong(at + VERSIONED_FLAGS) & READ_ONLY) != 0;
      long tensor = versioned ? at + VERSIONED_TENSOR : at;
      if (Memory.getInt(tensor + DEVICE) != CPU) {
        throw new IllegalArgumentException(
            "this array is not in the processor's memory (DLPack device type "
                + Memory.getInt(tensor + DEVICE)
                + "): move it there first, with x.cpu() or its like");
      }
      Geometry geometry = geometry(tensor);
      long first = Memory.getLong(tensor) + Memory.getLong(tensor + OFFSET);
      handedOn = true;
      return Borrowed.keep(home, capsule, first, geometry, readOnly, confined);
    } finally {
      if (!handedOn) {
        C.Py_DecRef(capsule);
      }
    }
  }

  private static Geometry geometry(long tensor) {
    int dimensions = Memory.getInt(tensor + DIMENSIONS);
    String format = DlType.format(Memory.getInt(tensor + TYPE_CODE));
    long itemSize = DlType.bytes(Memory.getInt(tensor + TYPE_CODE));
    long lengths = Memory.getLong(tensor + SHAPE);
    long steps = Memory.getLong(tensor + STRIDES);
    long[] shape = new long[dimensions];
    long[] strides = new long[dimensions];
    for (int i = 0; i < dimensions; i++) {
      shape[i] = Memory.getLong(lengths + 8L * i);
      strides[i] = steps == 0 ? 0 : Memory.getLong(steps + 8L * i) * itemSize;
    }
    return steps == 0
        ? Geometry.contiguous(format, itemSize, shape)
        : Geometry.of(format, itemSize, shape, strides);
  }

  private static void delete(long tensor) {
    Tensor gone = LENT.remove(tensor);
    if (gone != null) {
      gone.loan.removeView();
    }
  }

  /** From C, by whoever has taken the tensor, on any thread. */
  private static void deleted(long tensor) {
    try {
      delete(tensor);
    } catch (Throwable t) {
      // Nobody is there to be told; what is lost is one entry of a table
    }
  }

  /** From C, when the capsule's last reference goes. */
  private static void dropped(long capsule) {
    try {
      for (long name : new long[] {PLAIN, VERSIONED}) {
        if (C.PyCapsule_IsValid(capsule, name) != 0) { // nobody has taken the tensor
          delete(C.PyCapsule_GetPointer(capsule, name));
        }
      }
    } catch (Throwable t) {
      // As above
    }
  }
}
