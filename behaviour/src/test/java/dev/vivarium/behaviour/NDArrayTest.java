package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.LendingArena;
import dev.vivarium.NDArray;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Arrays that need no NumPy. */
@ExtendWith(PythonUnderTest.class)
final class NDArrayTest {

  private static Interpreter main() {
    return PythonUnderTest.main();
  }

  private static NDArray array(String expression) {
    try (PyObject object = main().eval(expression)) {
      return NDArray.of(object);
    }
  }

  @Test
  @DisplayName("Every type by index, without NumPy")
  void types() {
    try (NDArray doubles = array("memoryview(bytearray(48)).cast('d', [2, 3])");
        NDArray floats = array("memoryview(bytearray(8)).cast('f')");
        NDArray longs = array("__import__('array').array('l', [5, -6])");
        NDArray ints = array("__import__('array').array('I', [2**32 - 1])");
        NDArray shorts = array("memoryview(bytearray(b'\\1\\0\\2\\0')).cast('h')");
        NDArray bytes = array("bytearray(b'\\xff\\x01')");
        NDArray booleans = array("memoryview(bytearray(b'\\0\\1\\2')).cast('?')")) {
      doubles.doubles().set(1, 2, 2.5);
      assertThat(doubles.doubles().get(1, 2)).isEqualTo(2.5);
      assertThat(doubles.doubles().get(new long[] {1, 2})).isEqualTo(2.5);
      assertThat(doubles.doubles().toArray()).containsExactly(0, 0, 0, 0, 0, 2.5);
      assertThat(doubles.size()).isEqualTo(6);
      floats.floats().set(1, 1.5f);
      assertThat(floats.floats().toArray()).containsExactly(0, 1.5f);
      assertThat(longs.longs().get(1)).isEqualTo(-6);
      assertThat(ints.ints().get(0)).isEqualTo(-1);
      assertThat(shorts.shorts().get(1)).isEqualTo((short) 2);
      assertThat(bytes.bytes().toArray()).containsExactly(-1, 1);
      assertThat(booleans.booleans().get(2)).isTrue();
      booleans.booleans().set(0, true);
      assertThat(booleans.booleans().get(0)).isTrue();
      assertThatThrownBy(doubles::floats)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("format \"d\" (8 bytes), not float");
      assertThatThrownBy(doubles::complexes).hasMessageContaining("not complex");
      assertThatThrownBy(() -> doubles.doubles().get(2, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> doubles.doubles().get(0, -1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> doubles.doubles().get(1))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("1 indexes into an array of 2");
    }
  }

  @Test
  @DisplayName("Strides are followed, backwards too, and across memory that is not its own")
  void strided() {
    main().exec("whole = memoryview(bytearray(range(24)))");
    try (NDArray every = array("whole[3:20:4]");
        NDArray backwards = array("whole[20:3:-5]");
        NDArray table = array("whole.cast('B', [4, 6])[::-1]")) {
      assertThat(every.bytes().toArray()).containsExactly(3, 7, 11, 15, 19);
      assertThat(backwards.bytes().toArray()).containsExactly(20, 15, 10, 5);
      assertThat(backwards.memory().byteSize()).isEqualTo(16);
      assertThat(table.bytes().get(0, 5)).isEqualTo((byte) 23);
      try (NDArray turned = table.transposed()) {
        assertThat(turned.shape()).containsExactly(6, 4);
        assertThat(turned.bytes().get(5, 3)).isEqualTo((byte) 5);
        assertThat(turned.bytes().toArray()).startsWith(18, 12, 6, 0, 19);
      }
    }
  }

  @Test
  @DisplayName("An array of Java's is an object with a buffer, __array_interface__ and __dlpack__")
  void toPython() {
    LendingArena arena = LendingArena.open();
    MemorySegment memory = arena.allocate(48, 8);
    NDArray array = NDArray.of(memory, ValueLayout.JAVA_DOUBLE, 2, 3);
    array.doubles().set(1, 0, 1.5);
    PythonUnderTest.define(main(), "a", array.toPython(main()));
    assertThat(main().eval("memoryview(a).tolist()").toString())
        .isEqualTo("[[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]]");
    assertThat(
            main()
                .eval("{k: v for k, v in a.__array_interface__.items() if k != 'data'}")
                .toString())
        .isEqualTo("{'version': 3, 'shape': (2, 3), 'typestr': '<f8', 'strides': (24, 8)}");
    assertThat(main().eval("a.__array_interface__['data']").toString())
        .isEqualTo("(" + memory.address() + ", False)");
    assertThat(main().eval("a.__dlpack_device__()").toString()).isEqualTo("(1, 0)");
    assertThatThrownBy(() -> main().exec("a.__dlpack__(copy=True)"))
        .hasMessageContaining("BufferError");
    for (String made : List.of("a.__dlpack__()", "a.__dlpack__(max_version=(1, 1))")) {
      long before = arena.loans();
      main().exec("capsule = " + made);
      assertThat(arena.loans()).isEqualTo(before + 1);
      main().exec("del capsule"); // nobody has taken it
      assertThat(arena.loans()).isEqualTo(before);
      // There and back, over DLPack
      try (NDArray back = NDArray.fromDlPack(main().eval("a"))) {
        assertThat(back.memory().address()).isEqualTo(memory.address());
        back.doubles().set(0, 1, 7);
      }
      assertThat(array.doubles().get(0, 1)).isEqualTo(7);
    }
    assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class);
    main().exec("del a\nimport gc\ngc.collect()");
    Await.until(
        "the loans are given back",
        () -> {
          System.gc();
          main().exec("gc.collect()"); // where a free-threaded Python takes back what is its own
          return arena.loans() == 0;
        });
    arena.close();
  }

  @Test
  @DisplayName("A DLPack tensor's deleter is called on any thread, after the end too, and twice")
  void deleterAnywhere() throws Exception {
    for (boolean ended : new boolean[] {false, true}) {
      LendingArena arena = LendingArena.open();
      Interpreter sub = PythonUnderTest.sharedGil();
      NDArray array = NDArray.of(arena.allocate(16), ValueLayout.JAVA_LONG);
      try (PyObject lent = array.toPython(sub)) {
        PythonUnderTest.define(sub, "lent", lent);
      }
      // What a C library does that takes the tensor
      sub.exec(
          """
          import ctypes
          api = ctypes.pythonapi
          api.PyCapsule_GetPointer.restype = ctypes.c_void_p
          capsule = lent.__dlpack__()
          address = api.PyCapsule_GetPointer(ctypes.py_object(capsule), b"dltensor")
          name = ctypes.create_string_buffer(b"used_dltensor")
          name_kept = ctypes.pythonapi.Py_IncRef(ctypes.py_object(name))
          api.PyCapsule_SetName(ctypes.py_object(capsule), name)
          del capsule, lent
          """);
      long tensor = sub.eval("address").asLong();
      if (ended) {
        sub.close();
      }
      assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class);
      Together.elsewhere(() -> {
        MemorySegment structure = MemorySegment.ofAddress(tensor).reinterpret(64);
        MemorySegment deleter = structure.get(ValueLayout.ADDRESS, 56);
        MethodHandle delete =
            Linker.nativeLinker()
                .downcallHandle(deleter, FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
        delete.invokeExact(tensor);
        delete.invokeExact(tensor);
      });
      Await.until(
          "nothing is lent",
          () -> {
            System.gc();
            if (!ended) {
              sub.exec("import gc\ngc.collect()");
            }
            return arena.loans() == 0;
          });
      arena.close();
      sub.close();
    }
  }

  @Test
  @DisplayName("An array by __array_interface__, its object held; and one that says nonsense")
  void arrayInterface() {
    main()
        .exec(
            """
            import weakref
            class Shows:
                def __init__(self, like, **more):
                    self.like = like
                    self.__array_interface__ = dict(like.__array_interface__, **more)
            """);
    MemorySegment memory = Arena.ofAuto().allocate(16, 8);
    PythonUnderTest.define(
        main(), "java", NDArray.of(memory, ValueLayout.JAVA_INT, 2, 2).toPython(main()));
    main().exec("shows = Shows(java, strides=(4, 8))\ngone = weakref.ref(shows)");
    try (NDArray array = array("shows")) {
      array.ints().set(1, 0, 9);
      assertThat(memory.getAtIndex(ValueLayout.JAVA_INT, 1)).isEqualTo(9);
      main().exec("del shows");
      assertThat(main().eval("gone() is not None").asBoolean()).isTrue();
    }
    assertThat(main().eval("gone() is None").asBoolean()).isTrue();
    try (NDArray swapped = array("Shows(java, typestr='>i4')")) {
      assertThatThrownBy(swapped::ints).hasMessageContaining("byte order");
    }
    assertThatThrownBy(() -> array("Shows(java, typestr='|O8')"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("no counterpart in Java");
    assertThatThrownBy(() -> array("Shows(java, data=None)"))
        .hasMessageContaining("pass that buffer");
    assertThatThrownBy(() -> array("object()"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("shows no memory");
  }

  @Test
  @DisplayName("What comes over DLPack from elsewhere than memory, twice or not at all is refused")
  void badDlPack() {
    main()
        .exec(
            """
            class Bad:
                device = 1, 0
                def __init__(self, capsule):
                    self.capsule = capsule
                def __dlpack_device__(self):
                    return self.device
                def __dlpack__(self):
                    if isinstance(self.capsule, Exception):
                        raise self.capsule
                    return self.capsule
            class Far(Bad):
                device = 2, 0
            """);
    assertThatThrownBy(() -> NDArray.fromDlPack(main().eval("Bad(3)")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has not returned a capsule");
    assertThatThrownBy(() -> NDArray.fromDlPack(main().eval("Far(3)")))
        .hasMessageContaining("move it there first");
    assertThatThrownBy(() -> NDArray.fromDlPack(main().eval("Bad(MemoryError('no'))")))
        .hasMessageContaining("MemoryError");
    assertThatThrownBy(() -> NDArray.fromDlPack(main().eval("object()")))
        .isInstanceOf(PythonException.class);
  }

  @Test
  @DisplayName("Arrays go with their interpreter; NumPy's absence there says what to do instead")
  void interpreters() {
    for (Interpreter sub : List.of(PythonUnderTest.ownGil(), PythonUnderTest.sharedGil())) {
      LendingArena arena = LendingArena.open();
      NDArray mine = NDArray.of(arena.allocate(8), ValueLayout.JAVA_SHORT);
      PythonUnderTest.define(sub, "a", mine.toPython(sub));
      sub.exec("memoryview(a)[3] = 77\ncapsule = a.__dlpack__()");
      assertThat(mine.shorts().get(3)).isEqualTo((short) 77);
      NDArray theirs = NDArray.of(sub.eval("bytearray(3)"));
      // Debian's own may be there for the CPython under test too
      if (sub.eval("__import__('importlib.util').util.find_spec('numpy') is None").asBoolean()) {
        assertThatThrownBy(() -> mine.toNumPy(sub))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("lend(…)")
            .hasMessageContaining("GIL of its own");
      }
      sub.close();
      assertThat(theirs.isOpen()).isFalse();
      assertThatThrownBy(() -> theirs.bytes().get(0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> mine.lend(sub)).isInstanceOf(InterpreterClosedException.class);
      assertThat(arena.loans()).isZero();
      arena.close();
    }
  }
}
