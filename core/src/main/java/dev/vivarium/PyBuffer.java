package dev.vivarium;

import dev.vivarium.internal.memory.Borrowed;
import dev.vivarium.internal.memory.Formats;
import dev.vivarium.internal.memory.Geometry;
import dev.vivarium.internal.memory.Layouts;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * The memory of a Python object that has a buffer ({@code bytes}, {@code bytearray}, {@code array},
 * {@code memoryview}, {@code mmap}, a NumPy array) as Java's own, without copying: {@code
 * PyObject_GetBuffer} and {@code PyBuffer_Release}.
 *
 * <p>While it is open, Python keeps the memory where it is: a {@code bytearray} refuses to be
 * resized, a {@code mmap} to be closed. Closing gives it back, and from then on every use of its
 * segments throws. Where nobody closes it, it is given back after the garbage collector has found
 * neither it nor any of its segments in use. The end of the interpreter closes it as well, before
 * the memory goes; it waits for no one to close it, only for native calls and I/O operations under
 * way that use it.
 *
 * <p>Any thread may use and close it, also one that is not attached, unless it is {@link
 * #confined}. What the memory holds, Python code may change at the same time.
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="buffer" :
 * try (PyObject bytes = main.eval("bytearray(b'abc')");
 *     PyBuffer buffer = PyBuffer.of(bytes)) {
 *   buffer.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 'A'); // no copy: b'Abc'
 * }
 * }
 */
public final class PyBuffer implements AutoCloseable {

  private final Borrowed borrowed;

  private PyBuffer(Borrowed borrowed) {
    this.borrowed = borrowed;
  }

  /**
   * The buffer of an object. The object may be closed as a {@code PyObject}; this holds it by
   * itself.
   *
   * @throws PythonException a {@code TypeError} if it has none, a {@code BufferError} if it does
   *     not give it now
   * @throws IllegalArgumentException if its rows lie apart, behind pointers
   */
  public static PyBuffer of(PyObject object) {
    return new PyBuffer(object.within(pointer -> Borrowed.of(object.home(), pointer, false)));
  }

  /**
   * As {@link #of}, for this thread alone, which must close it: much cheaper (closing one that is
   * for any thread takes a halt of all threads, some 20 µs). Until it is closed the interpreter
   * does not end, as with an {@link InterpreterGuard}. On a virtual thread it is not for this but
   * for any thread.
   *
   * @throws PythonException as {@link #of}
   * @throws InterpreterClosedException if the interpreter is closing
   */
  public static PyBuffer confined(PyObject object) {
    boolean confined = !Thread.currentThread().isVirtual();
    return new PyBuffer(object.within(pointer -> Borrowed.of(object.home(), pointer, confined)));
  }

  /**
   * The memory, from the first element to the end of the last; read-only where the buffer is. It
   * does not end at 2 GB. In which byte order elements lie, {@link #format} says.
   *
   * @throws IllegalStateException if elements lie with gaps or backwards between them, or this has
   *     been closed
   */
  public MemorySegment segment() {
    checkOpen();
    Geometry geometry = borrowed.geometry();
    if (!geometry.isContiguous() && !geometry.isFortranContiguous()) {
      throw new IllegalStateException(
          "this buffer is not contiguous ("
              + geometry
              + "): copy it in Python first (x.tobytes(), numpy.ascontiguousarray(x)), or use"
              + " NDArray, which follows strides");
    }
    return borrowed.segment();
  }

  /**
   * The memory as a direct buffer, in the byte order that the format says.
   *
   * @throws IllegalStateException as {@link #segment} does, and for 2 GB or more, where {@link
   *     #segment} is the way
   */
  public ByteBuffer byteBuffer() {
    MemorySegment segment = segment();
    if (segment.byteSize() > Integer.MAX_VALUE) {
      throw new IllegalStateException(
          "a ByteBuffer ends at 2 GB, and this buffer has "
              + segment.byteSize()
              + " bytes: use segment(), or a slice of it");
    }
    return segment.asByteBuffer().order(Formats.order(format()));
  }

  private void checkOpen() {
    if (!borrowed.isOpen()) {
      throw borrowed.home().state().gate().isAlive() && borrowed.home().state().gate().isOpen()
          ? new IllegalStateException("this buffer has been closed")
          : borrowed.home().closed();
    }
  }

  /** What an element is, as the {@code struct} module writes it; {@code "B"} for plain bytes. */
  public String format() {
    return borrowed.geometry().format();
  }

  /**
   * What an element is, as Java lays it out: a structure with the fields' names for one of NumPy's
   * structured types.
   *
   * @throws IllegalArgumentException for what Java has no layout of, as Python objects
   */
  public MemoryLayout layout() {
    return Layouts.of(format(), itemSize());
  }

  /** The bytes of one element. */
  public long itemSize() {
    return borrowed.geometry().itemSize();
  }

  /** How many dimensions there are; none for a single element. */
  public int dimensions() {
    return borrowed.geometry().dimensions();
  }

  /** The length of each dimension. */
  public long[] shape() {
    return borrowed.geometry().shape();
  }

  /** For each dimension, how many bytes lie between an element and the next; may be negative. */
  public long[] strides() {
    return borrowed.geometry().strides();
  }

  /** The bytes of all elements: {@code memoryview.nbytes}. */
  public long byteSize() {
    return borrowed.geometry().byteCount();
  }

  /** Whether Java may not write to it. */
  public boolean isReadOnly() {
    return borrowed.segment().isReadOnly();
  }

  /** Whether the elements lie without gaps, the last index running fastest, as in C. */
  public boolean isContiguous() {
    return borrowed.geometry().isContiguous();
  }

  /** Whether the elements lie without gaps, the first index running fastest, as in Fortran. */
  public boolean isFortranContiguous() {
    return borrowed.geometry().isFortranContiguous();
  }

  /** Whether neither this nor the interpreter's end has closed it. */
  public boolean isOpen() {
    return borrowed.isOpen();
  }

  /**
   * Gives the memory back: at once where this thread is attached to the interpreter or free to
   * attach, and soon on another thread otherwise. A second time, and after the interpreter's end,
   * it does nothing.
   *
   * @throws IllegalStateException while a native call or an I/O operation uses the memory; nothing
   *     has changed then
   * @throws WrongThreadException if it is confined to another thread
   */
  @Override
  public void close() {
    borrowed.close();
  }

  @Override
  public String toString() {
    return "PyBuffer["
        + borrowed.geometry()
        + (isReadOnly() ? ", read-only" : "")
        + (isOpen() ? "]" : ", closed]");
  }
}
