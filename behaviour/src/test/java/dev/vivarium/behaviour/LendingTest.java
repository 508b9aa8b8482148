package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.LendingArena;
import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Memory of Java as Python sees it: {@link Interpreter#lend} and {@link Interpreter#copy}. */
@ExtendWith(PythonUnderTest.class)
final class LendingTest {

  private static Interpreter main() {
    return PythonUnderTest.main();
  }

  private static void define(String name, PyObject value) {
    PythonUnderTest.define(main(), name, value);
    value.close();
  }

  private static void collect() {
    main().exec("import gc\ngc.collect()");
  }

  @Test
  @DisplayName("Memory of ofAuto, global and direct buffers is shared with Python both ways")
  void shared() {
    MemorySegment auto = Arena.ofAuto().allocate(ValueLayout.JAVA_DOUBLE, 4);
    auto.setAtIndex(ValueLayout.JAVA_DOUBLE, 2, 2.5);
    define("lent", main().lend(auto, ValueLayout.JAVA_DOUBLE));
    assertThat(main().eval("lent.format, lent.shape, lent.strides, lent.nbytes").toString())
        .isEqualTo("('d', (4,), (8,), 32)");
    assertThat(main().eval("lent[2]").asDouble()).isEqualTo(2.5);
    main().exec("lent[3] = 7.25");
    assertThat(auto.getAtIndex(ValueLayout.JAVA_DOUBLE, 3)).isEqualTo(7.25);
    main().exec("assert len(lent[1:3]) == 2 and lent[1:3].tolist() == [0.0, 2.5]");
    main().exec("assert bytes(lent.cast('B')) == lent.tobytes()");

    ByteBuffer direct = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    direct.putInt(4, 99).position(4);
    define("ints", main().lend(direct.asIntBuffer()));
    assertThat(main().eval("ints.format, ints.tolist()").toString()).isEqualTo("('i', [99, 0, 0])");
    define("bytes_", main().lend(direct));
    assertThat(main().eval("bytes_.format, len(bytes_)").toString()).isEqualTo("('B', 12)");

    define("global_", main().lend(Arena.global().allocate(3)));
    main().exec("global_[:] = b'xyz'");
    define("table", main().lend(auto, ValueLayout.JAVA_DOUBLE, 2, 2));
    assertThat(main().eval("table.tolist()").toString()).isEqualTo("[[0.0, 0.0], [2.5, 7.25]]");
    define("empty", main().lend(auto.asSlice(0, 0), ValueLayout.JAVA_DOUBLE, 0, 3));
    assertThat(main().eval("empty.shape, empty.nbytes").toString()).isEqualTo("((0, 3), 0)");
    main().exec("del lent, ints, bytes_, global_, table, empty");
  }

  @Test
  @DisplayName("A read-only segment gives a read-only buffer, also to those who ask for more")
  void readOnly() {
    define("fixed", main().lend(Arena.ofAuto().allocate(8).asReadOnly()));
    assertThat(main().eval("fixed.readonly").asBoolean()).isTrue();
    assertThatThrownBy(() -> main().exec("fixed[0] = 1")).hasMessageContaining("read-only");
    assertThatThrownBy(() -> main().exec("import io; io.BytesIO(b'12345678').readinto(fixed)"))
        .isInstanceOf(PythonException.class);
    assertThatThrownBy(() -> main().exec("io.BytesIO(b'12345678').readinto(fixed.obj)"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("must be read-write");
    define("frozen", main().lend(ByteBuffer.allocateDirect(4).asReadOnlyBuffer()));
    assertThat(main().eval("frozen.readonly").asBoolean()).isTrue();
    try (PyBuffer back = PyBuffer.of(main().eval("frozen"))) {
      assertThat(back.isReadOnly()).isTrue();
    }
    main().exec("del fixed, frozen");
  }

  @Test
  @DisplayName("Memory that only Python holds stays valid until its last view is gone")
  void keptWhilePythonHolds() {
    // What tells when an automatic arena goes, is its own clean-up
    boolean[] freed = new boolean[1];
    Object[] java = {lendWatched("held", freed)};
    WeakReference<Object> segment = new WeakReference<>(java[0]);
    java[0] = null;
    main().exec("part = held[10:20].cast('B')\nheld.release()\ndel held");
    for (int i = 0; i < 5; i++) {
      System.gc();
      collect();
      assertThat(main().eval("part[5]").asInt()).isEqualTo(15);
    }
    assertThat(segment.get()).isNotNull();
    assertThat(freed[0]).isFalse();
    main().exec("del part");
    Await.until(
        "the memory is freed",
        () -> {
          System.gc();
          collect();
          return freed[0];
        });
  }

  private static MemorySegment lendWatched(String name, boolean[] freed) {
    MemorySegment raw = Arena.global().allocate(100);
    MemorySegment memory = raw.reinterpret(100, Arena.ofAuto(), gone -> freed[0] = true);
    for (int i = 0; i < 100; i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    define(name, main().lend(memory));
    return memory;
  }

  @Test
  @DisplayName("A LendingArena refuses to close while Python looks, and closes afterwards")
  void lendingArena() {
    LendingArena arena = LendingArena.open();
    MemorySegment memory = arena.allocate(64, 8);
    define("one", main().lend(memory));
    define("two", main().lend(memory.asSlice(8, 8), ValueLayout.JAVA_LONG));
    assertThat(arena.loans()).isEqualTo(2);
    main().exec("more = memoryview(one)[3:]\none.release()");
    assertThatThrownBy(arena::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Python still looks at 2");
    main().exec("two[0] = 5");
    assertThat(memory.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(5);
    main().exec("del more, one, two");
    collect();
    assertThat(arena.loans()).isZero();
    arena.close();
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> main().lend(memory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has been closed");
    assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("A LendingArena that a native call uses stays open and goes on lending")
  void lendingArenaInUse() throws Throwable {
    LendingArena arena = LendingArena.open();
    MemorySegment memory = arena.allocate(8);
    NativeUse.during(
        memory, () -> assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class));
    main().lend(memory).callMethod("release").close();
    arena.close();
  }

  @Test
  @DisplayName("Memory that could be taken away unasked, and memory of the heap, is refused")
  void refused() {
    for (Arena arena : List.of(Arena.ofConfined(), Arena.ofShared())) {
      try (arena) {
        assertThatThrownBy(() -> main().lend(arena.allocate(8)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("LendingArena");
      }
    }
    assertThatThrownBy(() -> main().lend(MemorySegment.ofArray(new byte[8])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("copy(");
    assertThatThrownBy(() -> main().lend(ByteBuffer.allocate(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("copy(");
    // Python's own memory ends with what it was borrowed from
    try (Interpreter other = PythonUnderTest.ownGil();
        PyBuffer theirs = PyBuffer.of(main().eval("bytearray(8)"))) {
      assertThatThrownBy(() -> other.lend(theirs.segment()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("copy(");
      assertThat(other.copy(theirs.segment()).len()).isEqualTo(8);
    }
    MemorySegment ten = Arena.ofAuto().allocate(10);
    assertThatThrownBy(() -> main().lend(ten, ValueLayout.JAVA_INT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no whole number");
    assertThatThrownBy(() -> main().lend(ten, ValueLayout.JAVA_SHORT, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("takes 12 bytes, and there are 10");
    assertThatThrownBy(() -> main().lend(ten, ValueLayout.JAVA_SHORT, -1))
        .hasMessageContaining("negative");
    assertThatThrownBy(() -> main().lend(ten, ValueLayout.JAVA_SHORT, 1L << 40, 1L << 40))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("beyond memory");
  }

  @Test
  @DisplayName("Its Python type makes no objects, and what was given back is not given out again")
  void exporter() {
    define("view", main().lend(Arena.ofAuto().allocate(8)));
    assertThatThrownBy(() -> main().exec("type(view.obj)()")).hasMessageContaining("TypeError");
    assertThatThrownBy(() -> main().exec("class Sub(type(view.obj)): pass"))
        .hasMessageContaining("TypeError");
    main().exec("below = view.obj\nagain = memoryview(below)\nview.release()");
    main().exec("again[0] = 1\nagain.release()");
    assertThatThrownBy(() -> main().exec("memoryview(below)"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("BufferError: Java has taken this memory back");
    main().exec("del below, again, view");
  }

  @Test
  @DisplayName("A copy is Python's own, typed, and outlives what it was made from")
  void copies() {
    double[] values = {1.5, 2.5, 3.5, 4.5};
    define("copied", main().copy(MemorySegment.ofArray(values), ValueLayout.JAVA_DOUBLE, 2, 2));
    values[0] = 0;
    assertThat(main().eval("copied.tolist(), copied.readonly").toString())
        .isEqualTo("([[1.5, 2.5], [3.5, 4.5]], False)");
    define("part", main().copy(DoubleBuffer.wrap(values, 1, 2)));
    assertThat(main().eval("part.tolist()").toString()).isEqualTo("[2.5, 3.5]");
    try (Arena arena = Arena.ofConfined()) {
      define("off", main().copy(arena.allocateFrom("text")));
    }
    assertThat(main().eval("bytes(off)").toString()).isEqualTo("b'text\\x00'");
    define("nothing", main().copy(MemorySegment.ofArray(new long[0]), ValueLayout.JAVA_LONG));
    assertThat(main().eval("nothing.format, nothing.shape").toString()).isEqualTo("('q', (0,))");
    // Not this machine's order: Python sees the format, and does not mix up the bytes
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? ByteOrder.LITTLE_ENDIAN
            : ByteOrder.BIG_ENDIAN;
    ByteBuffer swapped = ByteBuffer.allocate(4).order(other).putInt(0, 258);
    define("swapped", main().copy(swapped.asIntBuffer()));
    assertThat(main().eval("__import__('struct').unpack(swapped.format, swapped)[0]").asInt())
        .isEqualTo(258);
  }

  @Test
  @DisplayName("Own-GIL and shared-GIL interpreters: lent memory comes back at their end")
  void interpreters() {
    for (Interpreter sub : List.of(PythonUnderTest.ownGil(), PythonUnderTest.sharedGil())) {
      LendingArena arena = LendingArena.open();
      MemorySegment memory = arena.allocate(16);
      PyObject view = sub.lend(memory);
      view.setItem(3, 77);
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 3)).isEqualTo((byte) 77);
      assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class);
      sub.close();
      assertThat(arena.loans()).isZero();
      arena.close();
      view.close();
    }
  }

  @Test
  @DisplayName("There and back: the same memory, without a copy")
  void thereAndBack() {
    try (LendingArena arena = LendingArena.open()) {
      MemorySegment memory = arena.allocate(800, 8);
      try (PyObject view = main().lend(memory, ValueLayout.JAVA_DOUBLE);
          PyBuffer back = PyBuffer.of(view)) {
        assertThat(back.segment().address()).isEqualTo(memory.address());
        assertThat(back.shape()).containsExactly(100);
      }
    }
  }

  @Test
  @DisplayName("A mapped file is lent, its size beyond 2 GB, and what Python writes is in the file")
  void mappedFile(@TempDir Path folder) throws IOException {
    long size = (1L << 31) + 4096;
    Path file = folder.resolve("sparse");
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        LendingArena arena = LendingArena.open()) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
      define("mapped", main().lend(mapped));
      main().exec("mapped[-1] = 42\nassert len(mapped) == (1 << 31) + 4096\nmapped.release()");
      ByteBuffer last = ByteBuffer.allocate(1);
      channel.read(last, size - 1);
      assertThat(last.get(0)).isEqualTo((byte) 42);
    }
  }

  @Test
  @DisplayName("Not a byte before or behind lent memory is touched, nor of what Python shows Java")
  void guardPages() {
    ChildJvm.run(Duration.ofSeconds(60), Guarded.class).expect(0).expectOut("untouched");
  }

  /** Whole buffers, read and written, against pages that are not there. */
  static final class Guarded implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      try (var python = PythonUnderTest.start()) {
        Interpreter main = python.main();
        for (boolean behind : new boolean[] {true, false}) {
          for (long doubles : new long[] {1, 511, 512, 513, 100_000}) {
            MemorySegment memory = GuardedPages.allocate(Arena.ofAuto(), 8 * doubles, behind);
            memory.fill((byte) 1);
            PythonUnderTest.define(main, "m", main.lend(memory, ValueLayout.JAVA_DOUBLE));
            main.exec("copy = m.tobytes()\nm[:] = memoryview(copy).cast('d')\nb = m[::-1]");
            main.exec("b[:] = m\nassert m[-1] == m[0]");
            try (PyBuffer back = PyBuffer.of(main.eval("m"))) {
              back.segment().fill((byte) 2);
              byte[] all = back.segment().toArray(ValueLayout.JAVA_BYTE);
              assertThat(all).hasSize((int) (8 * doubles)).containsOnly(2);
              assertThatThrownBy(() -> back.segment().get(ValueLayout.JAVA_BYTE, 8 * doubles))
                  .isInstanceOf(IndexOutOfBoundsException.class);
            }
            PythonUnderTest.define(main, "c", main.copy(memory));
            main.exec("assert c.tobytes() == b'\\x02' * len(c)\ndel m, b, c, copy");
          }
        }
        System.out.println("untouched");
      }
    }
  }

  @Test
  @DisplayName("Loans from 8 threads: all given back, none twice")
  void loansFromManyThreads() throws Exception {
    try (LendingArena arena = LendingArena.open()) {
      MemorySegment memory = arena.allocate(64);
      Together.run(
          8,
          thread -> {
            for (int i = 0; i < 2_000; i++) {
              try (PyObject view = main().lend(memory);
                  PyBuffer back = PyBuffer.confined(view)) {
                assertThat(back.byteSize()).isEqualTo(64);
              }
            }
          });
      assertThat(arena.loans()).isZero();
    }
  }
}
