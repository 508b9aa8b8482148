package dev.vivarium.arrow;

import dev.vivarium.Interpreter;
import dev.vivarium.PyCapsule;
import dev.vivarium.PyObject;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.BaseStruct;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The capsules of the Arrow PyCapsule protocol. One whose structure nobody has taken releases it
 * when it goes.
 */
final class Capsule {

  static final String SCHEMA = "arrow_schema";
  static final String ARRAY = "arrow_array";
  static final String STREAM = "arrow_array_stream";

  private Capsule() {}

  static void addSchema(
      Interpreter in, BufferAllocator allocator, PyObject list, Consumer<ArrowSchema> export) {
    ArrowSchema schema = ArrowSchema.allocateNew(allocator);
    try {
      export.accept(schema);
    } catch (RuntimeException | Error e) {
      drop(schema, () -> schema.snapshot().release != 0);
      throw e;
    }
    add(in, list, SCHEMA, schema, () -> schema.snapshot().release != 0);
  }

  /** An export of an array with its schema. */
  @FunctionalInterface
  interface ArrayExport {
    void to(ArrowArray array, ArrowSchema schema);
  }

  static void addArray(
      Interpreter in, BufferAllocator allocator, PyObject list, ArrayExport export) {
    ArrowArray array = ArrowArray.allocateNew(allocator);
    try {
      addSchema(in, allocator, list, schema -> export.to(array, schema));
    } catch (RuntimeException | Error e) {
      drop(array, () -> array.snapshot().release != 0);
      throw e;
    }
    add(in, list, ARRAY, array, () -> array.snapshot().release != 0);
  }

  static void addStream(
      Interpreter in, BufferAllocator allocator, PyObject list, Consumer<ArrowArrayStream> export) {
    ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator);
    try {
      export.accept(stream);
    } catch (RuntimeException | Error e) {
      drop(stream, () -> stream.snapshot().release != 0);
      throw e;
    }
    add(in, list, STREAM, stream, () -> stream.snapshot().release != 0);
  }

  private static void add(
      Interpreter in, PyObject list, String name, BaseStruct struct, BooleanSupplier isLeft) {
    PyObject capsule;
    try {
      capsule =
          PyCapsule.of(
              in,
              name,
              MemorySegment.ofAddress(struct.memoryAddress()),
              () -> drop(struct, isLeft));
    } catch (RuntimeException | Error e) {
      drop(struct, isLeft);
      throw e;
    }
    try (capsule) {
      list.callMethod("append", capsule).close();
    }
  }

  private static void drop(BaseStruct struct, BooleanSupplier isLeft) {
    try (struct) {
      if (isLeft.getAsBoolean()) {
        struct.release();
      }
    }
  }

  /** A capsule that holds no structure, for what is to be done when a Python object goes. */
  static PyObject onDrop(Interpreter in, Runnable action) {
    return PyCapsule.of(in, "dev.vivarium.arrow", MemorySegment.ofAddress(1), action);
  }

  /** Refuses a structure whose release is NULL. */
  static void requireUntaken(long release, String name) {
    if (release == 0) {
      throw new IllegalArgumentException(
          "what is in this capsule (" + name + ") has been taken already: ask for a new one");
    }
  }

  /** Where the structure in a capsule of anyone's lies. */
  static long address(PyObject capsule, String name) {
    return PyCapsule.pointer(capsule, name).address();
  }
}
