package dev.vivarium.arrow;

import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;

/** What {@code __arrow_c_array__} gives: the capsules of a schema and an array. */
record PythonArray(InterpreterView interpreter, PyObject schema, PyObject array)
    implements AutoCloseable {

  static PythonArray of(PyObject object) {
    try (PyObject pair = object.callMethod("__arrow_c_array__")) {
      return new PythonArray(object.view(), pair.item(0), pair.item(1));
    }
  }

  /** Takes the schema. */
  Field field(BufferAllocator allocator, CDataDictionaryProvider dictionaries) {
    ArrowSchema struct = ArrowSchema.wrap(Capsule.address(schema, Capsule.SCHEMA));
    Capsule.requireUntaken(struct.snapshot().release, Capsule.SCHEMA);
    return Producer.call(
        interpreter, () -> Data.importField(allocator, struct, dictionaries, false));
  }

  /** The array, which is to be taken. */
  ArrowArray struct() {
    ArrowArray struct = ArrowArray.wrap(Capsule.address(array, Capsule.ARRAY));
    Capsule.requireUntaken(struct.snapshot().release, Capsule.ARRAY);
    return struct;
  }

  @Override
  public void close() {
    schema.close();
    array.close();
  }
}
