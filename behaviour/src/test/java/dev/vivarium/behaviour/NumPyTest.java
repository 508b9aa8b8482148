package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.LendingArena;
import dev.vivarium.NDArray;
import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With the real NumPy, where it comes through Maven. */
@ExtendWith({PythonUnderTest.class, NumPyUnderTest.class})
public final class NumPyTest {

  private static Interpreter main() {
    return PythonUnderTest.main();
  }

  private static NDArray array(String expression) {
    try (PyObject object = main().eval(expression)) {
      return NDArray.of(object);
    }
  }

  private static void define(String name, PyObject value) {
    PythonUnderTest.define(main(), name, value);
    value.close();
  }

  @BeforeAll
  static void importIt() {
    main().exec("import gc\nimport numpy as np");
  }

  public static String over(int i) {
    return "int";
  }

  public static String over(double d) {
    return "double";
  }

  public static String over(boolean b) {
    return "boolean";
  }

  public static String over(Object o) {
    return "Object";
  }

  public static double real(double d) {
    return d;
  }

  public static double[] reals(double[] d) {
    return d;
  }

  @Test
  @DisplayName(
      "a scalar of NumPy's is the bool, int, float or str that it holds; a complex one no double")
  void scalars() {
    main()
        .exec(
            """
            def scalars():
                import random
                from java.lang import Integer, String
                from java.util import ArrayList, HashMap
                from dev.vivarium.behaviour import NumPyTest as T
                rnd = random.Random(7)
                kinds = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.float16,
                         np.float32, np.float64, np.bool_, np.str_, np.longlong, np.uint64]
                for _ in range(2000):
                    one = rnd.choice(kinds)(rnd.randrange(100))
                    own = one.item()
                    what = {bool: 'boolean', int: 'int', float: 'double', str: 'Object'}[type(own)]
                    assert T.over(one) == what, (one, type(one))
                    l = ArrayList([one])
                    assert l[0] == own and type(l[0]) is type(own) and one in l and l.contains(one) and l.indexOf(own) == 0
                    m = HashMap()
                    m[one] = 1
                    assert m[own] == 1 and own in m and m == {own: 1}
                    m[own] = 2
                    assert len(m) == 1 and m[one] == 2
                assert String.format('%d %.1f %b %s', np.int64(5), np.float32(1.5), np.bool_(True), np.str_('s')) == '5 1.5 true s'
                assert Integer(5) == np.int64(5) and np.int64(5) == Integer(5) and ArrayList([1, 2])[np.int8(1)] == 2
                assert T.real(np.longdouble('1.5')) == 1.5 and list(T.reals(np.array([1, 2]))) == [1.0, 2.0]
                for no in np.complex64(1), np.complex128(1 + 5j), np.longdouble('1e400'), np.longdouble(1) / 3, np.int64(2 ** 53 + 1):
                    try:
                        T.real(no)
                    except TypeError:
                        continue
                    raise AssertionError(no)
                try:
                    T.reals(np.array([1 + 5j]))
                except TypeError:
                    return True
            assert scalars()
            """);
  }

  @Test
  @DisplayName("What Java writes to an array that a NumPy one was passed for is written to that")
  void written() {
    main()
        .exec(
            """
            from java.util import Arrays
            from java.nio import ByteBuffer, ByteOrder
            for dtype in ('i1', 'u1', 'i2', 'i4', 'i8', 'f4', 'f8'):
                a = np.array([3, 1, 2], dtype)
                Arrays.sort(a)
                assert a.tolist() == [1, 2, 3], a
                apart = np.array([3, 9, 1, 9, 2, 9], dtype)
                Arrays.sort(apart[::2])
                assert apart.tolist() == [1, 9, 2, 9, 3, 9], apart
            square = np.array([[3, 1], [2, 0]], 'u1')
            Arrays.sort(square)
            assert square.tolist() == [[0, 1], [2, 3]], square
            fixed = np.array([2, 1])
            fixed.flags.writeable = False
            Arrays.sort(fixed)
            assert fixed.tolist() == [2, 1]
            direct = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asDoubleBuffer()
            seen = np.asarray(direct)
            assert seen.dtype == np.float64 and seen.shape == (2,)
            seen[1] = 2.5
            assert direct.get(1) == 2.5
            del Arrays, ByteBuffer, ByteOrder, a, apart, square, fixed, direct, seen
            """);
  }

  @Test
  @DisplayName("Arrays of each type are seen as they are")
  void types() {
    try (NDArray doubles = array("np.arange(6.0).reshape(2, 3)");
        NDArray floats = array("np.float32([1.5])");
        NDArray longs = array("np.array([1, -2])");
        NDArray ints = array("np.array([1, -2], 'i4')");
        NDArray shorts = array("np.array([[1, -2]]).astype('u2')");
        NDArray bytes = array("np.array([1, -2], 'i1')");
        NDArray booleans = array("np.array([True, False])");
        NDArray complexes = array("np.array([[1 + 2j, 3 - 4j]])");
        NDArray singles = array("np.array([1 + 2j], np.complex64)")) {
      assertThat(doubles.doubles().get(1, 2)).isEqualTo(5);
      assertThat(floats.floats().get(0)).isEqualTo(1.5f);
      assertThat(longs.longs().toArray()).containsExactly(1, -2);
      assertThat(ints.ints().toArray()).containsExactly(1, -2);
      assertThat(shorts.shorts().get(0, 1)).isEqualTo((short) -2);
      assertThat(bytes.bytes().toArray()).containsExactly(1, -2);
      assertThat(booleans.booleans().get(0)).isTrue();
      assertThat(complexes.complexes().real(0, 1)).isEqualTo(3);
      assertThat(complexes.complexes().imaginary(0, 1)).isEqualTo(-4);
      singles.complexes().set(0, 5, 6);
      assertThat(singles.complexes().imaginary(0)).isEqualTo(6);
    }
    for (String other : List.of("np.array(['a'])", "np.float16([1])", "np.array([None])")) {
      try (NDArray array = array(other)) {
        assertThatThrownBy(array::doubles)
            .as(other)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("not double");
      }
    }
    try (NDArray swapped = array("np.array([1.0], '>f8')")) {
      assertThatThrownBy(swapped::doubles).hasMessageContaining("newbyteorder");
    }
    assertThatThrownBy(() -> array("np.array(['2026-01-01'], 'M8[D]')"))
        .hasMessageContaining("no counterpart in Java");
  }

  @Test
  @DisplayName(
      "Slices, Fortran order, negative strides, broadcast, empty and 0-d ones, and read-only")
  void shapes() {
    main().exec("whole = np.arange(60.0).reshape(3, 4, 5)");
    try (NDArray slice = array("whole[::2, 1:3, ::-2]");
        NDArray fortran = array("np.asfortranarray(whole[0])");
        NDArray empty = array("np.zeros((3, 0, 2))");
        NDArray scalar = array("np.array(7.5)");
        NDArray broadcast = array("np.broadcast_to(np.float64(2), (2, 2))");
        PyBuffer buffer = PyBuffer.of(main().eval("whole[:, ::2]"))) {
      assertThat(slice.shape()).containsExactly(2, 2, 3);
      assertThat(slice.doubles().get(1, 1, 0)).isEqualTo(54);
      slice.doubles().set(new long[] {0, 0, 2}, -1);
      assertThat(main().eval("float(whole[0, 1, 0])").asDouble()).isEqualTo(-1);
      double[] expected = doubles("whole[::2, 1:3, ::-2]");
      assertThat(slice.doubles().toArray()).isEqualTo(expected);
      assertThat(fortran.isFortranContiguous()).isTrue();
      assertThat(fortran.isContiguous()).isFalse();
      assertThat(fortran.doubles().get(3, 1)).isEqualTo(16);
      assertThat(empty.size()).isZero();
      assertThat(empty.doubles().toArray()).isEmpty();
      assertThatThrownBy(() -> empty.doubles().get(0, 0, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(scalar.doubles().get()).isEqualTo(7.5);
      assertThat(broadcast.doubles().get(1, 1)).isEqualTo(2);
      assertThat(broadcast.isReadOnly()).isTrue();
      assertThatThrownBy(() -> broadcast.doubles().set(0, 0, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(buffer::segment).hasMessageContaining("ascontiguousarray");
    }
  }

  private static double[] doubles(String expression) {
    try (PyObject list = main().eval("(" + expression + ").ravel().tolist()")) {
      @SuppressWarnings("unchecked")
      List<Double> values = list.as(List.class);
      return values.stream().mapToDouble(d -> d).toArray();
    }
  }

  @Test
  @DisplayName("Java's memory is NumPy's, of every type and order, and back, without a copy")
  void toNumPy() {
    try (LendingArena arena = LendingArena.open()) {
      MemorySegment memory = arena.allocate(48, 8);
      NDArray java = NDArray.of(memory, ValueLayout.JAVA_DOUBLE, 2, 3);
      java.doubles().set(1, 2, 2.5);
      define("a", java.toNumPy(main()));
      assertThat(main().eval("a.dtype, a.shape, a.flags.owndata, float(a[1, 2])").toString())
          .isEqualTo("(dtype('float64'), (2, 3), False, 2.5)");
      main().exec("a += 1");
      assertThat(java.doubles().get(0, 0)).isEqualTo(1);
      define("t", java.transposed().toNumPy(main()));
      assertThat(main().eval("t.shape, t.flags.f_contiguous, float(t[2, 1])").toString())
          .isEqualTo("((3, 2), True, 3.5)");
      try (NDArray back = array("a.T")) {
        assertThat(back.memory().address()).isEqualTo(memory.address());
        back.doubles().set(0, 0, -1);
      }
      assertThat(java.doubles().get(0, 0)).isEqualTo(-1);
      define("z", NDArray.ofComplex(memory, 3).toNumPy(main()));
      assertThat(main().eval("z.dtype, z.shape").toString())
          .isEqualTo("(dtype('complex128'), (3,))");
      define("i", main().lend(memory, ValueLayout.JAVA_INT));
      assertThat(main().eval("np.asarray(i).dtype").toString()).isEqualTo("int32");
      define("r", NDArray.of(memory.asReadOnly(), ValueLayout.JAVA_LONG).toNumPy(main()));
      assertThat(main().eval("r.flags.writeable, r.dtype").toString())
          .isEqualTo("(False, dtype('int64'))");
      define("e", NDArray.of(memory.asSlice(0, 0), ValueLayout.JAVA_FLOAT, 0, 4).toNumPy(main()));
      assertThat(main().eval("e.shape").toString()).isEqualTo("(0, 4)");
      main().exec("kept = a[1:]\ndel a, t, z, i, r, e\ngc.collect()");
      assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class);
      main().exec("del kept\ngc.collect()");
    }
    define("c", main().copy(MemorySegment.ofArray(new double[] {1, 2}), ValueLayout.JAVA_DOUBLE));
    assertThat(main().eval("np.asarray(c).sum()").toString()).isEqualTo("3.0");
  }

  @Test
  @DisplayName("from_dlpack takes Java's arrays, and Java takes NumPy's, given back by either side")
  void dlPack() {
    LendingArena arena = LendingArena.open();
    MemorySegment memory = arena.allocate(24, 8);
    NDArray java = NDArray.of(memory, ValueLayout.JAVA_INT, 2, 3).transposed();
    define("taken", java.toPython(main()));
    main().exec("taken = np.from_dlpack(taken)");
    assertThat(main().eval("taken.shape, taken.dtype").toString())
        .isEqualTo("((3, 2), dtype('int32'))");
    memory.setAtIndex(ValueLayout.JAVA_INT, 4, 44);
    assertThat(main().eval("int(taken[1, 1])").asInt()).isEqualTo(44);
    main().exec("gc.collect()");
    assertThat(arena.loans()).isPositive();
    main().exec("del taken\ngc.collect()");
    Await.until(
        "NumPy has called the deleter, and the object is gone",
        () -> {
          System.gc();
          main().exec("gc.collect()");
          return arena.loans() == 0;
        });
    arena.close();

    main().exec("import weakref\ntheirs = np.arange(12.0).reshape(3, 4)[:, ::2]");
    main().exec("alive = weakref.ref(theirs)");
    try (PyObject theirs = main().eval("theirs");
        NDArray array = NDArray.fromDlPack(theirs)) {
      theirs.close();
      assertThat(array.shape()).containsExactly(3, 2);
      assertThat(array.doubles().get(2, 1)).isEqualTo(10);
      array.doubles().set(2, 1, 99);
      assertThat(main().eval("float(theirs[2, 1])").asDouble()).isEqualTo(99);
      main().exec("del theirs\ngc.collect()");
      assertThat(array.doubles().get(2, 1)).isEqualTo(99);
    }
    assertThat(main().eval("alive() is None").asBoolean()).isTrue();
  }

  @Test
  @DisplayName("A structured type is a layout with its fields' names")
  void structured() {
    main()
        .exec(
            """
            point = np.dtype([('id', 'i4'), ('where', 'f8', (2,)), ('ok', '?')], align=True)
            points = np.zeros(3, point)
            points[1] = (7, (1.5, 2.5), True)
            packed = np.zeros(2, np.dtype([('a', 'i1'), ('b', '<f8'), ('c', [('d', 'i2')])]))
            packed['c']['d'] = 5
            """);
    try (NDArray array = array("points");
        NDArray packed = array("packed")) {
      MemoryLayout layout = array.layout();
      VarHandle id = layout.varHandle(PathElement.groupElement("id"));
      VarHandle y =
          layout.varHandle(PathElement.groupElement("where"), PathElement.sequenceElement(1));
      MemorySegment memory = array.memory();
      assertThat((int) id.get(memory, array.offset(1))).isEqualTo(7);
      assertThat((double) y.get(memory, array.offset(1))).isEqualTo(2.5);
      y.set(memory, array.offset(2), 9.25);
      assertThat(main().eval("float(points['where'][2, 1])").asDouble()).isEqualTo(9.25);
      VarHandle d =
          packed.layout().varHandle(PathElement.groupElement("c"), PathElement.groupElement("d"));
      assertThat((short) d.get(packed.memory(), packed.offset(1))).isEqualTo((short) 5);
      assertThatThrownBy(array::doubles).hasMessageContaining("not double");
    }
  }

  @Test
  @DisplayName("Where NumPy refuses to load, the error says what to do, and buffers work")
  void ownGil() {
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      NumPyUnderTest.addPath(sub);
      MemorySegment memory = Arena.ofAuto().allocate(16);
      NDArray java = NDArray.of(memory, ValueLayout.JAVA_DOUBLE);
      assertThatThrownBy(() -> java.toNumPy(sub))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("NumPy does not load in")
          .hasMessageContaining("InterpreterOptions.shared()")
          .hasMessageContaining("lend(…)");
      try (PyObject view = java.lend(sub)) {
        view.setItem(1, 2.5);
      }
      assertThat(java.doubles().get(1)).isEqualTo(2.5);
    }
  }

  @Test
  @DisplayName("Not a byte outside of a lent array is touched by NumPy")
  void guardPages() {
    ChildJvm.run(Duration.ofSeconds(120), Guarded.class).expect(0).expectOut("untouched");
  }

  /** NumPy's loops, vectorised ones too, against pages that are not there. */
  static final class Guarded implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      try (var python = PythonUnderTest.start()) {
        Interpreter main = python.main();
        NumPyUnderTest.load(main);
        main.exec("import numpy as np");
        for (boolean behind : new boolean[] {true, false}) {
          for (long doubles : new long[] {1, 3, 511, 512, 513}) {
            MemorySegment memory = GuardedPages.allocate(Arena.ofAuto(), 8 * doubles, behind);
            NDArray java = NDArray.of(memory, ValueLayout.JAVA_DOUBLE);
            PythonUnderTest.define(main, "a", java.toNumPy(main));
            main.exec("a[:] = np.arange(a.size)\na += a[::-1].copy()\ns = float(a.sum())");
            double sum = main.eval("s").asDouble();
            if (sum != doubles * (doubles - 1.0)) {
              throw new AssertionError(doubles + ": " + sum);
            }
            try (NDArray back = NDArray.of(main.eval("a[::-1]"))) {
              double[] all = back.doubles().toArray();
              if (all.length != doubles || all[0] != doubles - 1) {
                throw new AssertionError("backwards");
              }
            }
            main.exec("del a");
          }
        }
        System.out.println("untouched");
      }
    }
  }

  @Test
  @DisplayName("Arrays of each type and shape are the Java arrays that lists of their items are")
  void javaArrays() {
    Interpreter in = PythonUnderTest.main();
    in.exec(
        """
        import numpy, random
        TYPES = 'int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64 >i4 >f8'
        def made(seed, truth):
            rnd = random.Random(seed)
            kind = numpy.dtype('bool' if truth else rnd.choice(TYPES.split()))
            shape = [rnd.choice([1, 2, 3, 5]) for _ in range(rnd.choice([1, 1, 1, 2, 3]))]
            if len(shape) == 1 and rnd.random() < 0.1:
                shape = [0]
            a = numpy.array([rnd.randrange(0, 2 if kind.kind == 'b' else 100)
                             for _ in range(int(numpy.prod(shape)))]).astype(kind).reshape(shape)
            if rnd.random() < 0.3:
                a = a.T
            if rnd.random() < 0.3:
                a = a[::rnd.choice([-1, 2, -2])]
            return a, a.tolist(), a.ndim
        """);
    List<Class<?>> elements =
        List.of(
            short.class,
            int.class,
            long.class,
            float.class,
            double.class,
            boolean.class,
            Long.class);
    PyObject made = in.eval("made");
    for (int seed = 0; seed < 1_000; seed++) {
      Class<?> type = elements.get(seed % elements.size());
      try (PyObject triple = made.call(seed, type == boolean.class);
          PyObject array = triple.item(0);
          PyObject list = triple.item(1)) {
        for (int d = triple.item(2).asInt(); d > 0; d--) {
          type = type.arrayType();
        }
        assertThat(orRefused(array, type))
            .as("seed %s: %s", seed, array)
            .isEqualTo(orRefused(list, type));
      }
    }
    for (String refused :
        List.of("numpy.ma.array([1, 2], mask=[0, 1])", "numpy.array(['2026-01-01'], 'M8[D]')")) {
      assertThat(orRefused(in.eval(refused), long[].class)).isEqualTo("refused");
    }
  }

  private static String orRefused(PyObject object, Class<?> type) {
    try {
      Object array = object.as(type);
      return array.getClass().getTypeName() + Arrays.deepToString(new Object[] {array});
    } catch (ConversionException e) {
      return "refused";
    }
  }
}
