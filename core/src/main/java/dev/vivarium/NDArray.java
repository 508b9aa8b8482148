package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.memory.Borrowed;
import dev.vivarium.internal.memory.DlPack;
import dev.vivarium.internal.memory.Formats;
import dev.vivarium.internal.memory.Geometry;
import dev.vivarium.internal.memory.Layouts;
import dev.vivarium.internal.memory.Lending;
import dev.vivarium.internal.object.Home;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An array of any number of dimensions in memory that Python and Java share: one of NumPy, or of
 * any library that shows its memory as a buffer, by {@code __array_interface__} or over DLPack, as
 * Java sees it; or one of Java's, for Python. It follows strides, so that slices, transposed and
 * Fortran-ordered arrays and such that run backwards are what they are; nothing is copied.
 *
 * <pre>{@code
 * try (NDArray array = NDArray.of(python.eval("numpy.arange(12.0).reshape(3, 4).T"))) {
 *   NDArray.Doubles table = array.doubles();
 *   table.set(3, 2, table.get(3, 2) * 2);
 * }
 * }</pre>
 *
 * <p>What {@link PyBuffer} says of threads, closing, the garbage collector and the interpreter's
 * end is so for an array of Python's too. One of Java's is as long as its memory.
 */
public final class NDArray implements AutoCloseable {

  private final @Nullable Borrowed borrowed; // of Python's
  private final MemorySegment memory;
  private final long origin;
  private final Geometry geometry;
  private final int dimensions;

  // The first two dimensions at hand: most arrays have no more
  private final long length0;
  private final long stride0;
  private final long length1;
  private final long stride1;

  private NDArray(
      @Nullable Borrowed borrowed, MemorySegment memory, long origin, Geometry geometry) {
    this.borrowed = borrowed;
    this.memory = memory;
    this.origin = origin;
    this.geometry = geometry;
    dimensions = geometry.dimensions();
    length0 = dimensions > 0 ? geometry.length(0) : 0;
    stride0 = dimensions > 0 ? geometry.stride(0) : 0;
    length1 = dimensions > 1 ? geometry.length(1) : 0;
    stride1 = dimensions > 1 ? geometry.stride(1) : 0;
  }

  /**
   * The memory of a Python array, for any thread: by its buffer where it has one, else by its
   * {@code __array_interface__}, else over DLPack.
   *
   * @throws PythonException a {@code TypeError} if it has none of them
   */
  public static NDArray of(PyObject array) {
    return of(array, false);
  }

  /** As {@link #of}, for this thread alone: see {@link PyBuffer#confined}. */
  public static NDArray confined(PyObject array) {
    return of(array, !Thread.currentThread().isVirtual());
  }

  private static NDArray of(PyObject array, boolean confined) {
    Home home = array.home();
    return array.within(pointer ->
        switch (PythonArrays.call(home, "kind", array).asString()) {
          case "buffer" -> python(Borrowed.of(home, pointer, confined));
          case "__dlpack__" -> python(dlPack(home, array, confined));
          default -> python(byInterface(home, pointer, array, confined));
        });
  }

  /**
   * The memory of a Python array over DLPack: {@code from_dlpack}.
   *
   * @throws PythonException what its {@code __dlpack__} raises
   * @throws IllegalArgumentException if it is not in the processor's memory, or of a type that Java
   *     lacks
   */
  public static NDArray fromDlPack(PyObject array) {
    return python(array.within(pointer -> dlPack(array.home(), array, false)));
  }

  private static NDArray python(Borrowed borrowed) {
    Geometry geometry = borrowed.geometry();
    return new NDArray(borrowed, borrowed.segment(), geometry.reachBack(), geometry);
  }

  private static Borrowed dlPack(Home home, PyObject array, boolean confined) {
    try (PyObject capsule = PythonArrays.call(home, "dlpack", array)) {
      return DlPack.borrow(home, capsule.referenceIn(home), confined);
    }
  }

  private static Borrowed byInterface(Home home, long pointer, PyObject array, boolean confined) {
    List<?> said = PythonArrays.call(home, "interface", array).as(List.class);
    Geometry geometry =
        Geometry.of((String) said.get(2), (Long) said.get(3), longs(said, 4), longs(said, 5));
    C.Py_IncRef(pointer);
    return Borrowed.keep(
        home, pointer, (Long) said.get(0), geometry, (Boolean) said.get(1), confined);
  }

  private static long[] longs(List<?> said, int index) {
    return ((List<?>) said.get(index)).stream().mapToLong(n -> (Long) n).toArray();
  }

  /**
   * An array in memory of Java, the last index running fastest.
   *
   * @param shape the length of each dimension; none for one dimension as long as the segment
   * @throws IllegalArgumentException if the elements do not fill the segment exactly
   */
  public static NDArray of(MemorySegment memory, ValueLayout element, long... shape) {
    return new NDArray(null, memory, 0, Formats.of(memory, element, shape));
  }

  /**
   * An array of complex numbers in memory of Java: pairs of doubles, real part first.
   *
   * @throws IllegalArgumentException if the elements do not fill the segment exactly
   */
  public static NDArray ofComplex(MemorySegment memory, long... shape) {
    Geometry geometry = Geometry.contiguous("Zd", 2 * Double.BYTES, shape);
    if (geometry.byteCount() != memory.byteSize()) {
      throw new IllegalArgumentException(
          geometry + " takes " + geometry.byteCount() + " bytes, not " + memory.byteSize());
    }
    return new NDArray(null, memory, 0, geometry);
  }

  /** The same memory, the dimensions in reverse: a Fortran-ordered array of a C-ordered one. */
  public NDArray transposed() {
    long[] shape = geometry.shape();
    long[] strides = geometry.strides();
    for (int i = 0, j = dimensions - 1; i < j; i++, j--) {
      long length = shape[i];
      shape[i] = shape[j];
      shape[j] = length;
      long stride = strides[i];
      strides[i] = strides[j];
      strides[j] = stride;
    }
    return new NDArray(
        borrowed,
        memory,
        origin,
        Geometry.of(geometry.format(), geometry.itemSize(), shape, strides));
  }

  /**
   * Lends it to Python as a NumPy array, without copying; see {@link Interpreter#lend}.
   *
   * @throws IllegalStateException if NumPy does not load there, with what to do instead
   * @throws IllegalArgumentException if its memory cannot be lent
   */
  public PyObject toNumPy(Interpreter interpreter) {
    return interpreter.call(in -> {
      try (PyObject numpy = numPy(in);
          PyObject asarray = numpy.attr("asarray");
          PyObject view = lend(in)) {
        return asarray.call(view);
      }
    });
  }

  private static PyObject numPy(Interpreter in) {
    try {
      return in.importModule("numpy");
    } catch (PythonException e) {
      if (!e.isInstance("ImportError")) {
        throw e;
      }
      throw new IllegalStateException(
          in.id() == 0
              ? "there is no NumPy in this Python: install it there (pip install numpy), or use"
                  + " lend(…), whose memoryview needs none"
              : "NumPy does not load in "
                  + in
                  + ": it loads in the main interpreter and, once it is imported there, in"
                  + " interpreters of InterpreterOptions.shared(). In one with a GIL of its own use"
                  + " lend(…), whose memoryview works everywhere",
          e);
    }
  }

  /** Lends it to Python as a {@code memoryview}, without copying; see {@link Interpreter#lend}. */
  public PyObject lend(Interpreter interpreter) {
    Home home = interpreter.home();
    return interpreter.call(
        in -> PyObject.take(home, Lending.lend(home, memory, origin, geometry)));
  }

  /**
   * Lends it to Python as an object for {@code from_dlpack} of any library: with {@code __dlpack__}
   * of both versions, {@code __array_interface__} and a buffer, and without NumPy. What is taken
   * from it over DLPack may outlive the interpreter.
   *
   * @throws IllegalArgumentException if its memory cannot be lent
   */
  public PyObject toPython(Interpreter interpreter) {
    Home home = interpreter.home();
    return interpreter.call(in -> {
      PythonArrays.Capsule capsule =
          (versioned, list) -> {
            try (list;
                PyObject made =
                    PyObject.take(home, DlPack.lend(home, memory, origin, geometry, versioned))) {
              list.callMethod("append", made).close();
            }
          };
      try (PyObject view = lend(in)) {
        return PythonArrays.call(home, "JavaArray", view, memory.address() + origin, capsule);
      }
    });
  }

  /** How many dimensions there are; none for a single element. */
  public int dimensions() {
    return dimensions;
  }

  /** The length of each dimension. */
  public long[] shape() {
    return geometry.shape();
  }

  /** For each dimension, how many bytes lie between an element and the next; may be negative. */
  public long[] strides() {
    return geometry.strides();
  }

  /** How many elements there are. */
  public long size() {
    return geometry.count();
  }

  /** What an element is, as the {@code struct} module and PEP 3118 write it. */
  public String format() {
    return geometry.format();
  }

  /**
   * What an element is: a structure with the fields' names for one of NumPy's structured types.
   *
   * @throws IllegalArgumentException for what Java has no layout of, as Python objects
   */
  public MemoryLayout layout() {
    return Layouts.of(geometry.format(), geometry.itemSize());
  }

  /** Whether the elements lie without gaps, the last index running fastest, as in C. */
  public boolean isContiguous() {
    return geometry.isContiguous();
  }

  /** Whether the elements lie without gaps, the first index running fastest, as in Fortran. */
  public boolean isFortranContiguous() {
    return geometry.isFortranContiguous();
  }

  /** Whether Java may not write to it. */
  public boolean isReadOnly() {
    return memory.isReadOnly();
  }

  /** The memory from the lowest byte of any element to the highest; see {@link #offset}. */
  public MemorySegment memory() {
    return memory;
  }

  /** Where an element lies in {@link #memory}, of a one-dimensional array. */
  public long offset(long i) {
    if (dimensions != 1) {
      throw wrongNumber(1);
    }
    return origin + Objects.checkIndex(i, length0) * stride0;
  }

  /** Where an element lies in {@link #memory}, of a two-dimensional array. */
  public long offset(long i, long j) {
    if (dimensions != 2) {
      throw wrongNumber(2);
    }
    return origin
        + Objects.checkIndex(i, length0) * stride0
        + Objects.checkIndex(j, length1) * stride1;
  }

  /**
   * Where an element lies in {@link #memory}.
   *
   * @throws IndexOutOfBoundsException for another number of indexes than there are dimensions, and
   *     for one beyond its dimension
   */
  public long offset(long... index) {
    if (index.length != dimensions) {
      throw wrongNumber(index.length);
    }
    long offset = origin;
    for (int i = 0; i < index.length; i++) {
      offset += Objects.checkIndex(index[i], geometry.length(i)) * geometry.stride(i);
    }
    return offset;
  }

  private IndexOutOfBoundsException wrongNumber(int given) {
    return new IndexOutOfBoundsException(
        given + " indexes into an array of " + dimensions + " dimensions");
  }

  private MemorySegment elements() {
    return memory.asSlice(origin, geometry.byteCount());
  }

  private void require(String type, String codes, int bytes) {
    String format = Formats.withoutOwnOrder(geometry.format());
    if (format.length() != 1 || codes.indexOf(format.charAt(0)) < 0 || itemSize() != bytes) {
      boolean swapped =
          format.length() == 2 && codes.indexOf(format.charAt(1)) >= 0 && itemSize() == bytes;
      throw new IllegalStateException(
          "the elements are of format \""
              + geometry.format()
              + "\" ("
              + itemSize()
              + " bytes), not "
              + type
              + (swapped
                  ? " in this machine's byte order: x.astype(x.dtype.newbyteorder('=')) makes them"
                  : ": x.astype(…) in Python makes them, or look at format() first"));
    }
  }

  private long itemSize() {
    return geometry.itemSize();
  }

  /**
   * The elements as {@code double}.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Doubles doubles() {
    require("double", "d", 8);
    return new Doubles(this);
  }

  /**
   * The elements as {@code float}.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Floats floats() {
    require("float", "f", 4);
    return new Floats(this);
  }

  /**
   * The elements as {@code long}, also unsigned ones, whose bits they are.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Longs longs() {
    require("long", "lqLQ", 8);
    return new Longs(this);
  }

  /**
   * The elements as {@code int}, also unsigned ones, whose bits they are.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Ints ints() {
    require("int", "iIlL", 4);
    return new Ints(this);
  }

  /**
   * The elements as {@code short}, also unsigned ones, whose bits they are.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Shorts shorts() {
    require("short", "hH", 2);
    return new Shorts(this);
  }

  /**
   * The elements as {@code byte}, also unsigned ones, whose bits they are.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Bytes bytes() {
    require("byte", "bB", 1);
    return new Bytes(this);
  }

  /**
   * The elements as {@code boolean}.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Booleans booleans() {
    require("boolean", "?", 1);
    return new Booleans(this);
  }

  /**
   * The elements as complex numbers, of doubles or of floats.
   *
   * @throws IllegalStateException if they are something else, which the message says
   */
  public Complexes complexes() {
    String format = Formats.withoutOwnOrder(geometry.format());
    if (!format.equals("Zd") && !format.equals("Zf")) {
      throw new IllegalStateException(
          "the elements are of format \"" + geometry.format() + "\", not complex numbers");
    }
    return new Complexes(this, format.equals("Zf"));
  }

  /** Whether it can be used: it is Java's, or has not been closed by {@link #close} or the end. */
  public boolean isOpen() {
    return memory.scope().isAlive();
  }

  /** Gives Python's memory back, as {@link PyBuffer#close}; of Java's memory, nothing. */
  @Override
  public void close() {
    if (borrowed != null) {
      borrowed.close();
    }
  }

  @Override
  public String toString() {
    return "NDArray[" + geometry + (isOpen() ? "]" : ", closed]");
  }

  /**
   * Elements of type {@code double}, by index; nothing is boxed. Views as long as its array does.
   */
  public static final class Doubles {

    private final NDArray array;
    private final MemorySegment memory;

    private Doubles(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public double get(long i) {
      return memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, array.offset(i));
    }

    /** The element of a two-dimensional array. */
    public double get(long i, long j) {
      return memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, array.offset(i, j));
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public double get(long... index) {
      return memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, array.offset(index));
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, double value) {
      memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, array.offset(i), value);
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, double value) {
      memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, array.offset(i, j), value);
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, double value) {
      memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, array.offset(index), value);
    }

    /** All elements, the last index running fastest. */
    public double[] toArray() {
      if (array.isContiguous()) {
        return array.elements().toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
      }
      double[] all = new double[Math.toIntExact(array.size())];
      Walk walk = new Walk(array);
      for (int i = 0; i < all.length; i++) {
        all[i] = memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, walk.next());
      }
      return all;
    }
  }

  /**
   * Elements of type {@code float}, by index; nothing is boxed. Views as long as its array does.
   */
  public static final class Floats {

    private final NDArray array;
    private final MemorySegment memory;

    private Floats(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public float get(long i) {
      return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, array.offset(i));
    }

    /** The element of a two-dimensional array. */
    public float get(long i, long j) {
      return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, array.offset(i, j));
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public float get(long... index) {
      return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, array.offset(index));
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, float value) {
      memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, array.offset(i), value);
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, float value) {
      memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, array.offset(i, j), value);
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, float value) {
      memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, array.offset(index), value);
    }

    /** All elements, the last index running fastest. */
    public float[] toArray() {
      if (array.isContiguous()) {
        return array.elements().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      }
      float[] all = new float[Math.toIntExact(array.size())];
      Walk walk = new Walk(array);
      for (int i = 0; i < all.length; i++) {
        all[i] = memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, walk.next());
      }
      return all;
    }
  }

  /** Elements of type {@code long}, by index; nothing is boxed. Views as long as its array does. */
  public static final class Longs {

    private final NDArray array;
    private final MemorySegment memory;

    private Longs(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public long get(long i) {
      return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, array.offset(i));
    }

    /** The element of a two-dimensional array. */
    public long get(long i, long j) {
      return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, array.offset(i, j));
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public long get(long... index) {
      return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, array.offset(index));
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, long value) {
      memory.set(ValueLayout.JAVA_LONG_UNALIGNED, array.offset(i), value);
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, long value) {
      memory.set(ValueLayout.JAVA_LONG_UNALIGNED, array.offset(i, j), value);
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, long value) {
      memory.set(ValueLayout.JAVA_LONG_UNALIGNED, array.offset(index), value);
    }

    /** All elements, the last index running fastest. */
    public long[] toArray() {
      if (array.isContiguous()) {
        return array.elements().toArray(ValueLayout.JAVA_LONG_UNALIGNED);
      }
      long[] all = new long[Math.toIntExact(array.size())];
      Walk walk = new Walk(array);
      for (int i = 0; i < all.length; i++) {
        all[i] = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, walk.next());
      }
      return all;
    }
  }

  /** Elements of type {@code int}, by index; nothing is boxed. Views as long as its array does. */
  public static final class Ints {

    private final NDArray array;
    private final MemorySegment memory;

    private Ints(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public int get(long i) {
      return memory.get(ValueLayout.JAVA_INT_UNALIGNED, array.offset(i));
    }

    /** The element of a two-dimensional array. */
    public int get(long i, long j) {
      return memory.get(ValueLayout.JAVA_INT_UNALIGNED, array.offset(i, j));
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public int get(long... index) {
      return memory.get(ValueLayout.JAVA_INT_UNALIGNED, array.offset(index));
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, int value) {
      memory.set(ValueLayout.JAVA_INT_UNALIGNED, array.offset(i), value);
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, int value) {
      memory.set(ValueLayout.JAVA_INT_UNALIGNED, array.offset(i, j), value);
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, int value) {
      memory.set(ValueLayout.JAVA_INT_UNALIGNED, array.offset(index), value);
    }

    /** All elements, the last index running fastest. */
    public int[] toArray() {
      if (array.isContiguous()) {
        return array.elements().toArray(ValueLayout.JAVA_INT_UNALIGNED);
      }
      int[] all = new int[Math.toIntExact(array.size())];
      Walk walk = new Walk(array);
      for (int i = 0; i < all.length; i++) {
        all[i] = memory.get(ValueLayout.JAVA_INT_UNALIGNED, walk.next());
      }
      return all;
    }
  }

  /**
   * Elements of type {@code short}, by index; nothing is boxed. Views as long as its array does.
   */
  public static final class Shorts {

    private final NDArray array;
    private final MemorySegment memory;

    private Shorts(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public short get(long i) {
      return memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, array.offset(i));
    }

    /** The element of a two-dimensional array. */
    public short get(long i, long j) {
      return memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, array.offset(i, j));
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public short get(long... index) {
      return memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, array.offset(index));
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, short value) {
      memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, array.offset(i), value);
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, short value) {
      memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, array.offset(i, j), value);
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, short value) {
      memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, array.offset(index), value);
    }

    /** All elements, the last index running fastest. */
    public short[] toArray() {
      if (array.isContiguous()) {
        return array.elements().toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
      }
      short[] all = new short[Math.toIntExact(array.size())];
      Walk walk = new Walk(array);
      for (int i = 0; i < all.length; i++) {
        all[i] = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, walk.next());
      }
      return all;
    }
  }

  /** Elements of type {@code byte}, by index; nothing is boxed. Views as long as its array does. */
  public static final class Bytes {

    private final NDArray array;
    private final MemorySegment memory;

    private Bytes(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public byte get(long i) {
      return memory.get(ValueLayout.JAVA_BYTE, array.offset(i));
    }

    /** The element of a two-dimensional array. */
    public byte get(long i, long j) {
      return memory.get(ValueLayout.JAVA_BYTE, array.offset(i, j));
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public byte get(long... index) {
      return memory.get(ValueLayout.JAVA_BYTE, array.offset(index));
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, byte value) {
      memory.set(ValueLayout.JAVA_BYTE, array.offset(i), value);
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, byte value) {
      memory.set(ValueLayout.JAVA_BYTE, array.offset(i, j), value);
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, byte value) {
      memory.set(ValueLayout.JAVA_BYTE, array.offset(index), value);
    }

    /** All elements, the last index running fastest. */
    public byte[] toArray() {
      if (array.isContiguous()) {
        return array.elements().toArray(ValueLayout.JAVA_BYTE);
      }
      byte[] all = new byte[Math.toIntExact(array.size())];
      Walk walk = new Walk(array);
      for (int i = 0; i < all.length; i++) {
        all[i] = memory.get(ValueLayout.JAVA_BYTE, walk.next());
      }
      return all;
    }
  }

  /**
   * Elements of type {@code boolean}, by index; nothing is boxed. Views as long as its array does.
   */
  public static final class Booleans {

    private final NDArray array;
    private final MemorySegment memory;

    private Booleans(NDArray array) {
      this.array = array;
      this.memory = array.memory;
    }

    /** The element of a one-dimensional array. */
    public boolean get(long i) {
      return memory.get(ValueLayout.JAVA_BYTE, array.offset(i)) != 0;
    }

    /** The element of a two-dimensional array. */
    public boolean get(long i, long j) {
      return memory.get(ValueLayout.JAVA_BYTE, array.offset(i, j)) != 0;
    }

    /** The element at an index for each dimension; none for an array without dimensions. */
    public boolean get(long... index) {
      return memory.get(ValueLayout.JAVA_BYTE, array.offset(index)) != 0;
    }

    /** Sets the element of a one-dimensional array. */
    public void set(long i, boolean value) {
      memory.set(ValueLayout.JAVA_BYTE, array.offset(i), (byte) (value ? 1 : 0));
    }

    /** Sets the element of a two-dimensional array. */
    public void set(long i, long j, boolean value) {
      memory.set(ValueLayout.JAVA_BYTE, array.offset(i, j), (byte) (value ? 1 : 0));
    }

    /** Sets the element at an index for each dimension. */
    public void set(long[] index, boolean value) {
      memory.set(ValueLayout.JAVA_BYTE, array.offset(index), (byte) (value ? 1 : 0));
    }
  }

  /** Complex elements, by index; nothing is boxed. Views as long as its array does. */
  public static final class Complexes {

    private final NDArray array;
    private final boolean floats;

    private Complexes(NDArray array, boolean floats) {
      this.array = array;
      this.floats = floats;
    }

    /** The real part of an element. */
    public double real(long... index) {
      return get(array.offset(index));
    }

    /** The imaginary part of an element. */
    public double imaginary(long... index) {
      return get(array.offset(index) + array.itemSize() / 2);
    }

    private double get(long offset) {
      return floats
          ? array.memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset)
          : array.memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset);
    }

    /** Sets an element. Of floats, both parts are rounded. */
    public void set(long[] index, double real, double imaginary) {
      put(array.offset(index), real, imaginary);
    }

    /** Sets the element of a one-dimensional array. Of floats, both parts are rounded. */
    public void set(long i, double real, double imaginary) {
      put(array.offset(i), real, imaginary);
    }

    /** Sets the element of a two-dimensional array. Of floats, both parts are rounded. */
    public void set(long i, long j, double real, double imaginary) {
      put(array.offset(i, j), real, imaginary);
    }

    private void put(long offset, double real, double imaginary) {
      put(offset, real);
      put(offset + array.itemSize() / 2, imaginary);
    }

    private void put(long offset, double value) {
      if (floats) {
        array.memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset, (float) value);
      } else {
        array.memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset, value);
      }
    }
  }

  /** Offsets of all elements in turn, the last index running fastest. */
  private static final class Walk {

    private final NDArray array;
    private final long[] index;
    private long offset;

    Walk(NDArray array) {
      this.array = array;
      this.index = new long[array.dimensions];
      this.offset = array.origin;
    }

    long next() {
      long here = offset;
      for (int i = index.length - 1; i >= 0; i--) {
        offset += array.geometry.stride(i);
        if (++index[i] < array.geometry.length(i)) {
          break;
        }
        offset -= index[i] * array.geometry.stride(i);
        index[i] = 0;
      }
      return here;
    }
  }
}
