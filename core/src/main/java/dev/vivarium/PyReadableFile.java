package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.ToJava;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * A Python file object as a Java channel: what {@code open(…, 'rb')}, {@code io.BytesIO}, {@code
 * gzip}, {@code zipfile} and classes with a {@code read} method give (guide: {@code
 * docs/guide/files.md}).
 *
 * <p>Any thread may read, virtual ones too, whatever interpreter it is attached to; reads of one
 * channel come one after the other. It keeps no interpreter alive: after the interpreter's end, and
 * while it is closing, every read fails with an {@link IOException}.
 *
 * <p>Reads use the file's {@code readinto} where there is one. What Python raises is the cause of
 * an {@code IOException}; so is a file that gives text, more bytes than asked for, or {@code None}
 * because it is non-blocking and has nothing yet. An {@code IOException} that Java code under the
 * Python file has thrown comes back as it was.
 */
public final class PyReadableFile implements SeekableByteChannel {

  private static final int MOST = 1 << 20; // bytes a call: what Python allocates for it

  private final PythonFile file;

  private PyReadableFile(PythonFile file) {
    this.file = file;
  }

  /**
   * Reads from a Python file object, which {@link #close} closes. The object may be closed as a
   * {@code PyObject}; this holds it by itself.
   *
   * @throws IllegalArgumentException if it has neither {@code readinto} nor {@code read}
   */
  public static PyReadableFile of(PyObject file) {
    Interpreter interpreter = Interpreter.of(file.home());
    return interpreter.call(in -> {
      if (!file.hasAttr("read") && !file.hasAttr("readinto")) {
        throw new IllegalArgumentException("not a file to read from: " + file.repr());
      }
      return new PyReadableFile(new PythonFile(in, file.reader()));
    });
  }

  /**
   * Reads some bytes at the file's own position.
   *
   * @return how many, at least one; -1 at the end
   */
  @Override
  public int read(ByteBuffer into) throws IOException {
    int read = (int) read(-1, segment(into), 0);
    advance(into, read);
    return read;
  }

  /**
   * Reads some bytes at a position of the file, and leaves the file's own position as it is.
   *
   * @return how many, at least one; -1 at or past the end
   * @throws IOException also if the file cannot seek
   */
  public int read(long position, ByteBuffer into) throws IOException {
    int read = (int) read(checkPosition(position), segment(into), 0);
    advance(into, read);
    return read;
  }

  /**
   * Fills a segment with the bytes at a position of the file, as Arrow's {@code ReadAt}: short only
   * at the end of the file. The file's own position stays as it is.
   *
   * @return how many bytes, 0 at or past the end
   * @throws IOException also if the file cannot seek
   */
  public long readAt(long position, MemorySegment into) throws IOException {
    checkPosition(position);
    long done = 0;
    while (done < into.byteSize()) {
      long read = read(position + done, into, done);
      if (read < 0) {
        break;
      }
      done += read;
    }
    return done;
  }

  private static void advance(ByteBuffer into, int read) {
    if (read > 0) {
      into.position(into.position() + read);
    }
  }

  private static MemorySegment segment(ByteBuffer into) {
    if (into.isReadOnly()) {
      throw new IllegalArgumentException("a read-only buffer cannot be read into");
    }
    return MemorySegment.ofBuffer(into);
  }

  private static long checkPosition(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("a negative position: " + position);
    }
    return position;
  }

  // What Python fills is Python's own memory: a file that keeps the view it was given cannot write
  // into Java's later
  private long read(long position, MemorySegment into, long offset) throws IOException {
    long wanted = Math.min(into.byteSize() - offset, MOST);
    return file.within(reader -> {
      if (wanted == 0) {
        return 0L;
      }
      try (PyObject read = reader.callMethod("read", position, wanted)) {
        return read.within(bytes -> {
          boolean array = Types.typeOf(bytes) == Types.BYTEARRAY;
          long count = array ? C.PyByteArray_Size(bytes) : C.PyBytes_Size(bytes);
          long data = array ? C.PyByteArray_AsString(bytes) : C.PyBytes_AsString(bytes);
          Memory.copyTo(into, offset, data, count);
          return count == 0 ? -1 : count;
        });
      }
    });
  }

  @Override
  public long position() throws IOException {
    return number("tell");
  }

  /** Moves the file's own position. */
  @Override
  public PyReadableFile position(long position) throws IOException {
    number("seek", checkPosition(position));
    return this;
  }

  @Override
  public long size() throws IOException {
    return number("size");
  }

  private long number(String method, Object... arguments) throws IOException {
    return file.within(reader -> {
      try (PyObject number = reader.callMethod(method, arguments)) {
        return number.within(n -> ToJava.toLong(number.home(), n));
      }
    });
  }

  /** The file as a stream, from its own position on; closing it closes this. */
  public InputStream inputStream() {
    return new Stream();
  }

  // That of Channels asks a channel that could seek for its size, which this may not know
  private final class Stream extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return PyReadableFile.this.read(ByteBuffer.wrap(into, offset, length));
    }

    @Override
    public void close() throws IOException {
      PyReadableFile.this.close();
    }
  }

  /** Not possible: the file is read. */
  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  /** Not possible: the file is read. */
  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
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
    return "PyReadableFile" + file;
  }
}
