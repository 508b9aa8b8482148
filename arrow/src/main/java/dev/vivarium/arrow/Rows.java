package dev.vivarium.arrow;

import dev.vivarium.InterpreterGuard;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Arrays of Python's into vectors, without copying. */
final class Rows {

  private Rows() {}

  /** The schema of record batches whose rows are structs of a type. */
  static Schema schema(Field row) {
    if (!(row.getType() instanceof ArrowType.Struct)) {
      throw new IllegalArgumentException(
          "these are values of type "
              + row.getType()
              + ", not record batches: take one array with Arrow.vector(…), or make a table in"
              + " Python, with pyarrow.table({\"name\": x})");
    }
    return new Schema(row.getChildren(), row.getMetadata());
  }

  /**
   * Loads an array of structs into a root.
   *
   * @param guard which this takes over
   * @param row the struct
   * @throws IllegalArgumentException if it cannot be; it has been released then
   */
  static void load(
      ArrowArray producers,
      InterpreterGuard guard,
      Field row,
      BufferAllocator allocator,
      VectorSchemaRoot root,
      DictionaryProvider dictionaries) {
    try (ArrowArray taken = Taken.from(producers, guard, row, allocator, dictionaries)) {
      try {
        ArrowArray.Snapshot array = taken.snapshot();
        if (array.null_count != 0 && CStruct.pointer(array.buffers, 0) != 0) {
          throw new IllegalArgumentException(
              "some rows of this array of structs are null, as rows of a record batch cannot be:"
                  + " take it as a vector");
        }
        Data.importIntoVectorSchemaRoot(allocator, taken, root, dictionaries, false);
      } finally {
        releaseIfLeft(taken);
      }
    }
  }

  /** Loads an array into a vector of its type. As {@link #load}. */
  static void load(
      ArrowArray producers,
      InterpreterGuard guard,
      FieldVector vector,
      BufferAllocator allocator,
      DictionaryProvider dictionaries) {
    try (ArrowArray taken =
        Taken.from(producers, guard, vector.getField(), allocator, dictionaries)) {
      try {
        Data.importIntoVector(allocator, taken, vector, dictionaries, false);
      } finally {
        releaseIfLeft(taken);
      }
    }
  }

  private static void releaseIfLeft(ArrowArray taken) {
    if (taken.snapshot().release != 0) {
      taken.release();
    }
  }
}
