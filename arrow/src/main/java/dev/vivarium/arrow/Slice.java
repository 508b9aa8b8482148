package dev.vivarium.arrow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Arrays that begin somewhere in their buffers, as slices do. Arrow Java's importer takes no notice
 * of an array's offset; so such an array is described anew, by structures of ours whose pointers
 * lead to where it begins. Only what lies at no whole byte, and the run ends of a run-end encoded
 * array, are copied.
 */
final class Slice {

  private final BufferAllocator allocator;
  private final DictionaryProvider dictionaries;
  private final long release;
  private final List<AutoCloseable> made;

  /**
   * @param release of the structures that this makes
   * @param made gets what is to be closed when the array is done with
   */
  Slice(
      BufferAllocator allocator,
      DictionaryProvider dictionaries,
      long release,
      List<AutoCloseable> made) {
    this.allocator = allocator;
    this.dictionaries = dictionaries;
    this.release = release;
    this.made = made;
  }

  /** Whether the importer would read an array wrong. */
  boolean isNeeded(ArrowArray.Snapshot array, Field field) {
    ArrowType type = Slots.type(field);
    if (array.offset != 0 || hasUnknownNulls(array, type)) {
      return true;
    }
    for (int i = 0; i < array.n_children; i++) {
      ArrowArray.Snapshot child = CStruct.array(CStruct.pointer(array.children, i));
      long expected = childLength(type, array.length);
      if ((expected >= 0 && child.length != expected)
          || isNeeded(child, field.getChildren().get(i))) {
        return true;
      }
    }
    return array.dictionary != 0 && isNeeded(CStruct.array(array.dictionary), dictionary(field));
  }

  // The importer can do without a validity buffer where it is told that there are no nulls
  private static boolean hasUnknownNulls(ArrowArray.Snapshot array, ArrowType type) {
    return array.null_count < 0
        && Slots.hasValidity(type)
        && array.n_buffers > 0
        && CStruct.pointer(array.buffers, 0) == 0;
  }

  /** The array described anew, from its own offset on. */
  ArrowArray.Snapshot of(ArrowArray.Snapshot array, Field field) {
    return part(array, field, 0, array.length);
  }

  // Of an array, those slots that begin after its own offset and a number of slots more
  private ArrowArray.Snapshot part(ArrowArray.Snapshot array, Field field, long skip, long length) {
    ArrowType type = Slots.type(field);
    if (length < 0 || skip + length > array.length) {
      throw new IllegalArgumentException(
          "this Arrow array is malformed: "
              + field
              + " has "
              + array.length
              + " slots, and "
              + (skip + length)
              + " are asked for");
    }
    long start = array.offset + skip;
    ArrowArray.Snapshot part = new ArrowArray.Snapshot();
    part.length = length;
    part.n_buffers = array.n_buffers;
    part.buffers = buffers(array, type, start, length);
    part.null_count = nulls(array, type, length, part);
    part.n_children = array.n_children;
    part.children =
        type instanceof ArrowType.RunEndEncoded
            ? runs(array, field, start, length)
            : children(array, field, start, length);
    part.dictionary = array.dictionary == 0 ? 0 : whole(array.dictionary, dictionary(field));
    part.release = release;
    return part;
  }

  private long buffers(ArrowArray.Snapshot array, ArrowType type, long start, long length) {
    long[] bits = Slots.bits(type);
    if (array.n_buffers < bits.length) {
      throw new IllegalArgumentException(
          "this Arrow array is malformed: " + array.n_buffers + " buffers for type " + type);
    }
    long table = table(array.n_buffers);
    for (int i = 0; i < array.n_buffers; i++) {
      long buffer = CStruct.pointer(array.buffers, i);
      if (buffer != 0 && i < bits.length) {
        long at = start * bits[i];
        buffer = at % 8 == 0 ? buffer + at / 8 : shifted(buffer, at, length);
      }
      set(table, i, buffer);
    }
    return table;
  }

  // Bits from one that is no byte's first
  private long shifted(long buffer, long at, long count) {
    long bytes = (count + 7) / 8;
    ArrowBuf copy = buffer(bytes);
    MemorySegment from = CStruct.memory(buffer + at / 8, (at % 8 + count + 7) / 8);
    int low = (int) (at % 8);
    for (long i = 0; i < bytes; i++) {
      int two = from.get(JAVA_BYTE, i) & 0xff;
      if (i + 1 < from.byteSize()) {
        two |= (from.get(JAVA_BYTE, i + 1) & 0xff) << 8;
      }
      copy.setByte(i, two >>> low);
    }
    return copy.memoryAddress();
  }

  private static long nulls(
      ArrowArray.Snapshot array, ArrowType type, long length, ArrowArray.Snapshot part) {
    if (!Slots.hasValidity(type)) {
      return type instanceof ArrowType.Null ? length : 0;
    }
    if (array.null_count >= 0 && length == array.length) {
      return array.null_count;
    }
    long validity = CStruct.pointer(part.buffers, 0);
    if (validity == 0) {
      return 0;
    }
    MemorySegment bits = CStruct.memory(validity, (length + 7) / 8);
    long valid = 0;
    for (long i = 0; i < length / 8; i++) {
      valid += Integer.bitCount(bits.get(JAVA_BYTE, i) & 0xff);
    }
    if (length % 8 != 0) {
      valid += Integer.bitCount(bits.get(JAVA_BYTE, length / 8) & ((1 << length % 8) - 1));
    }
    return length - valid;
  }

  // How long children have to be, or -1 where they may be of any length
  private static long childLength(ArrowType type, long length) {
    return switch (type) {
      case ArrowType.Struct ignored -> length;
      case ArrowType.FixedSizeList list -> length * list.getListSize();
      case ArrowType.Union union when union.getMode() == UnionMode.Sparse -> length;
      default -> -1;
    };
  }

  private long children(ArrowArray.Snapshot array, Field field, long start, long length) {
    if (array.n_children == 0) {
      return 0;
    }
    ArrowType type = Slots.type(field);
    long table = table(array.n_children);
    for (int i = 0; i < array.n_children; i++) {
      long pointer = CStruct.pointer(array.children, i);
      Field child = field.getChildren().get(i);
      long expected = childLength(type, length);
      set(
          table,
          i,
          expected < 0
              ? whole(pointer, child)
              : struct(part(CStruct.array(pointer), child, childLength(type, start), expected)));
    }
    return table;
  }

  private long whole(long pointer, Field field) {
    return struct(of(CStruct.array(pointer), field));
  }

  // Run ends count from the array's beginning, so those of a slice are other numbers
  private long runs(ArrowArray.Snapshot array, Field field, long start, long length) {
    ArrowArray.Snapshot ends = CStruct.array(CStruct.pointer(array.children, 0));
    Field endsField = field.getChildren().get(0);
    int bytes = ((ArrowType.Int) endsField.getType()).getBitWidth() / 8;
    MemorySegment numbers =
        CStruct.memory(CStruct.pointer(ends.buffers, 1) + ends.offset * bytes, ends.length * bytes);
    long first = 0;
    while (first < ends.length && number(numbers, first, bytes) <= start) {
      first++;
    }
    long count = 0;
    ArrowBuf renumbered = buffer(Math.max(1, ends.length - first) * bytes);
    for (long from = start; from < start + length; count++) {
      from = number(numbers, first + count, bytes);
      setNumber(renumbered, count, bytes, Math.min(from, start + length) - start);
    }
    ArrowArray.Snapshot newEnds = new ArrowArray.Snapshot();
    newEnds.length = count;
    newEnds.null_count = 0;
    newEnds.n_buffers = 2;
    newEnds.buffers = table(2);
    set(newEnds.buffers, 1, renumbered.memoryAddress());
    newEnds.release = release;
    long table = table(2);
    set(table, 0, struct(newEnds));
    ArrowArray.Snapshot values = CStruct.array(CStruct.pointer(array.children, 1));
    set(table, 1, struct(part(values, field.getChildren().get(1), first, count)));
    return table;
  }

  private static long number(MemorySegment numbers, long index, int bytes) {
    return switch (bytes) {
      case Short.BYTES -> numbers.get(JAVA_SHORT_UNALIGNED, index * bytes);
      case Integer.BYTES -> numbers.get(JAVA_INT_UNALIGNED, index * bytes);
      default -> numbers.get(JAVA_LONG_UNALIGNED, index * bytes);
    };
  }

  private static void setNumber(ArrowBuf numbers, long index, int bytes, long number) {
    switch (bytes) {
      case Short.BYTES -> numbers.setShort(index * bytes, (short) number);
      case Integer.BYTES -> numbers.setInt(index * bytes, (int) number);
      default -> numbers.setLong(index * bytes, number);
    }
  }

  private Field dictionary(Field field) {
    Dictionary dictionary =
        field.getDictionary() == null ? null : dictionaries.lookup(field.getDictionary().getId());
    return Objects.requireNonNull(dictionary, "no dictionary of " + field).getVector().getField();
  }

  private long struct(ArrowArray.Snapshot fields) {
    ArrowArray struct = ArrowArray.allocateNew(allocator);
    made.add(struct);
    struct.save(fields);
    return struct.memoryAddress();
  }

  private long table(long pointers) {
    ArrowBuf table = buffer(Math.max(1, pointers) * Long.BYTES);
    table.setZero(0, table.capacity());
    return table.memoryAddress();
  }

  private static void set(long table, long index, long pointer) {
    CStruct.memory(table, (index + 1) * Long.BYTES).setAtIndex(JAVA_LONG, index, pointer);
  }

  private ArrowBuf buffer(long bytes) {
    ArrowBuf buffer = allocator.buffer(bytes);
    made.add(buffer);
    return buffer;
  }
}
