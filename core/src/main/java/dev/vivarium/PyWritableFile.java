package dev.vivarium;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A Python file object as a Java channel to write bytes to: what {@code open(…, 'wb')}, {@code
 * io.BytesIO}, {@code gzip}, {@code zipfile} and classes with a {@code write} method give.
 *
 * <p>Any thread may write, virtual ones too, whatever interpreter it is attached to. It keeps no
 * interpreter alive: after the interpreter's end, and while it is closing, every write fails with
 * an {@link IOException}. So does a file that takes text, or nothing because it is non-blocking and
 * full; what Python raises is the cause. What the file gets is a copy in memory of Python's, since
 * it may keep it.
 */
public final class PyWritableFile implements WritableByteChannel {

  private static final int MOST = 1 << 20; // bytes a call: what Python allocates for it

  private final PythonFile file;

  private PyWritableFile(PythonFile file) {
    this.file = file;
  }

  /**
   * Writes to a Python file object, which {@link #close} closes. The object may be closed as a
   * {@code PyObject}; this holds it by itself.
   *
   * @throws IllegalArgumentException if it has no {@code write}
   */
  public static PyWritableFile of(PyObject file) {
    Interpreter interpreter = Interpreter.of(file.home());
    return interpreter.call(in -> {
      if (!file.hasAttr("write")) {
        throw new IllegalArgumentException("not a file to write to: " + file.repr());
      }
      PyObject writer = PyObject.ofCall(file.home(), JavaFile.writer(file.home()), file);
      return new PyWritableFile(new PythonFile(in, writer));
    });
  }

  /** Writes all that remains of a buffer. */
  @Override
  public int write(ByteBuffer from) throws IOException {
    int count = from.remaining();
    write(MemorySegment.ofBuffer(from));
    from.position(from.limit());
    return count;
  }

  /** Writes all of a segment. */
  public void write(MemorySegment from) throws IOException {
    Interpreter interpreter = file.interpreter();
    file.within(writer -> {
      for (long done = 0; done < from.byteSize(); done += MOST) {
        long count = Math.min(MOST, from.byteSize() - done);
        try (PyObject part = interpreter.copy(from.asSlice(done, count))) {
          writer.callMethod("write", part).close();
        }
      }
      return from.byteSize();
    });
  }

  /** Has the file write what it has buffered, where it has a {@code flush}. */
  public void flush() throws IOException {
    file.within(writer -> writer.callMethod("flush")).close();
  }

  /** The file as a stream; closing it closes this. */
  public OutputStream outputStream() {
    return new Stream();
  }

  private final class Stream extends OutputStream {

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      PyWritableFile.this.write(MemorySegment.ofArray(from).asSlice(offset, length));
    }

    @Override
    public void flush() throws IOException {
      PyWritableFile.this.flush();
    }

    @Override
    public void close() throws IOException {
      PyWritableFile.this.close();
    }
  }

  /** Whether this has not been closed. The interpreter's end does not close it. */
  @Override
  public boolean isOpen() {
    return file.isOpen();
  }

  /**
   * Closes the Python file, where it has a {@code close} and its interpreter is there. A second
   * time it does nothing.
   */
  @Override
  public void close() throws IOException {
    file.close();
  }

  @Override
  public String toString() {
    return "PyWritableFile" + file;
  }
}
