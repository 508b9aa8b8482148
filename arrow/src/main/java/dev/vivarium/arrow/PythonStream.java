package dev.vivarium.arrow;

import dev.vivarium.DetachedSupplier;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import java.io.IOException;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** A stream that has been taken from a Python producer. It holds no interpreter open. */
final class PythonStream implements AutoCloseable {

  private final InterpreterView interpreter;
  private final ArrowArrayStream stream;
  private boolean closed;

  private PythonStream(InterpreterView interpreter, ArrowArrayStream stream) {
    this.interpreter = interpreter;
    this.stream = stream;
  }

  /** Takes what {@code __arrow_c_stream__} gives; attached. */
  static PythonStream of(PyObject object, BufferAllocator allocator) {
    try (PyObject capsule = object.callMethod("__arrow_c_stream__")) {
      ArrowArrayStream producers = ArrowArrayStream.wrap(Capsule.address(capsule, Capsule.STREAM));
      Capsule.requireUntaken(producers.snapshot().release, Capsule.STREAM);
      ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator);
      stream.save(producers.snapshot());
      producers.markReleased();
      return new PythonStream(object.view(), stream);
    }
  }

  /** The type of a row. */
  Field row(BufferAllocator allocator, CDataDictionaryProvider dictionaries) throws IOException {
    try (ArrowSchema schema = ArrowSchema.allocateNew(allocator)) {
      schema.save(new ArrowSchema.Snapshot()); // for producers that leave out what is NULL
      return asked(() -> {
        stream.getSchema(schema);
        return Data.importField(allocator, schema, dictionaries, false);
      });
    }
  }

  /**
   * The next array into a structure, with what holds its interpreter open; null after the last.
   *
   * @throws IOException what the producer says, or that the interpreter has ended
   */
  @Nullable InterpreterGuard next(ArrowArray next) throws IOException {
    next.save(new ArrowArray.Snapshot());
    return asked(() -> {
      stream.getNext(next);
      if (next.snapshot().release == 0) {
        return null;
      }
      try {
        return interpreter.guard();
      } catch (RuntimeException e) {
        next.release();
        throw e;
      }
    });
  }

  /** Gives an array back that nobody wants. */
  void drop(ArrowArray array, InterpreterGuard guard) {
    try (guard) {
      Producer.run(guard, array::release);
    }
  }

  // A stream that outlives its interpreter fails as any whose source has gone
  private <T extends @Nullable Object> T asked(DetachedSupplier<T, IOException> question)
      throws IOException {
    if (closed) {
      throw new IOException("this stream has been closed");
    }
    try {
      return Producer.call(interpreter, question);
    } catch (InterpreterClosedException e) {
      throw new IOException("these Arrow data cannot be read any more: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (stream) {
      Producer.<@Nullable Object, RuntimeException>call(
          interpreter,
          () -> {
            stream.release();
            return null;
          });
    } catch (InterpreterClosedException e) {
      // What the stream had went with its interpreter
    }
  }
}
