package dev.vivarium.bench;

import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A million doubles from Java's memory off the heap to a NumPy array, and that array's memory back
 * in Java, on a thread that stays attached.
 */
@SuppressWarnings("NullAway.Init") // see prepare()
public class ArrayTrips extends PythonBenchmark {

  private static final int DOUBLES = 1_000_000;
  private static final long MANY = 100_000_000;

  private MemorySegment memory;
  private MemorySegment large;
  private double[] onHeap;
  private PyObject asarray;
  private ThreadState entered;

  /** The same with more, a copy from the heap, and what C takes to copy. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** A hundred million doubles. */
    public double large;

    /** As the trip itself, with a buffer for any thread. */
    public double shared;

    /** From a {@code double[]}, copied, and not back. */
    public double copy;

    /** {@code memcpy} of a million doubles. */
    public double memcpy;

    /** {@code malloc}, the same, and {@code free}. */
    public double fresh;

    /** Detaches before the C side. */
    @TearDown(Level.Iteration)
    public void measure(ArrayTrips benchmark) {
      large = nanoseconds(1, () -> benchmark.trip(benchmark.large, true));
      shared = nanoseconds(1, () -> benchmark.trip(benchmark.memory, false));
      copy = nanoseconds(1, benchmark::copy);
      benchmark.entered.close();
      memcpy = benchmark.twin("memcpy_doubles");
      fresh = benchmark.twin("memcpy_fresh");
    }
  }

  @Override
  void prepare() throws IOException {
    asarray = main.importModule("numpy").attr("asarray");
    memory = Arena.ofAuto().allocate(ValueLayout.JAVA_DOUBLE, DOUBLES).fill((byte) 1);
    onHeap = new double[DOUBLES];
    Path sparse = Files.createTempFile("vivarium-bench", ".doubles");
    try (FileChannel channel =
        FileChannel.open(
            sparse,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      large = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8 * MANY, Arena.ofAuto());
    }
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side. */
  @Benchmark
  public double lend(Beside beside) {
    return trip(memory, true);
  }

  private double trip(MemorySegment there, boolean confined) {
    try (PyObject view = main.lend(there, ValueLayout.JAVA_DOUBLE);
        PyObject array = asarray.call(view);
        PyBuffer back = confined ? PyBuffer.confined(array) : PyBuffer.of(array)) {
      return back.segment().get(ValueLayout.JAVA_DOUBLE, 8);
    }
  }

  private void copy() {
    try (PyObject view = main.copy(MemorySegment.ofArray(onHeap), ValueLayout.JAVA_DOUBLE);
        PyObject array = asarray.call(view)) {
      if (array.isNone()) {
        throw new IllegalStateException("no array");
      }
    }
  }
}
