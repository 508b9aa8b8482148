package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that pass objects, exceptions and callbacks through several interpreters at once. {@code
 * -Dvivarium.test.stress.seconds=600} is the full time.
 */
final class StressTest {

  private static final int SECONDS = Integer.getInteger("vivarium.test.stress.seconds", 10);

  @Test
  @Tag("O2")
  @DisplayName(
      "8 threads × 4 interpreters pass objects, exceptions and callbacks: nothing is lost, and"
          + " memory is flat")
  @Timeout(1200)
  void everythingAtOnce() {
    ChildJvm.start(
            Duration.ofSeconds(SECONDS + SECONDS / 5 + 120L),
            List.of("-Xmx256m"),
            Everything.class,
            Integer.toString(SECONDS))
        .await()
        .expect(0)
        .expectOut("nothing lost");
  }

  static final class Everything implements Scenario {

    private static final int THREADS = 8;
    private static final long SLICE_SECONDS = 30;

    // Without a GIL the allocator keeps whole segments of threads that have ended
    private static final long MAY_GROW_MIB = PythonUnderTest.version().endsWith("t") ? 128 : 64;

    private static final String PYTHON =
        """
        import gc, sys

        class Thing:
            def __init__(self, value): self.value = value
            def add(self, n): return self.value + n

        def through(f, x): return f(x)
        def fail(text): raise ValueError(text)
        def total(numbers): return sum(numbers)
        def keep(reference): return [reference, {"it": reference}]
        def give(kept): return kept[1]["it"]
        def caught(f):
            try:
                f(0)
            except Exception as e:
                return e
        """;

    private final LongAdder done = new LongAdder();
    private List<Interpreter> all;

    @Override
    public void run(String... arguments) throws Exception {
      long seconds = Long.parseLong(arguments[0]);
      try (Python python = PythonUnderTest.start();
          Interpreter shared = PythonUnderTest.sharedGil();
          Interpreter own = PythonUnderTest.ownGil();
          Interpreter other = PythonUnderTest.ownGil()) {
        all = List.of(python.main(), shared, own, other);
        all.forEach(one -> one.exec(PYTHON));
        work(Math.max(2, seconds / 5)); // until everything is loaded, compiled and in pools
        long blocksBefore = settledBlocks();
        long residentBefore = residentMiB();
        long doneBefore = done.sum();
        work(seconds);
        long blocksAfter = settledBlocks();
        long residentAfter = residentMiB();
        System.out.printf(
            "%d passages, %d to %d MiB, %d to %d blocks%n",
            done.sum() - doneBefore, residentBefore, residentAfter, blocksBefore, blocksAfter);
        assertThat(residentAfter).as("MiB").isLessThan(residentBefore + MAY_GROW_MIB);
        // A leak of one block a passage would show as a hundred thousand and more
        assertThat(blocksAfter).as("Python's blocks").isLessThan(blocksBefore + 20_000);
        for (Interpreter one : all) {
          assertThat(one.holdings().javaInPython().getOrDefault(Passed.class.getName(), 0L))
              .isZero();
          assertThat(one.holdings().pythonInJava().getOrDefault("Thing", 0L)).isZero();
        }
      }
      System.out.println("nothing lost");
    }

    private void work(long seconds) throws Exception {
      for (long left = seconds; left > 0; left -= SLICE_SECONDS) {
        long end = System.nanoTime() + Math.min(left, SLICE_SECONDS) * 1_000_000_000;
        Together.run(THREADS, i -> work(new Random(i), end));
      }
    }

    private void work(Random random, long end) {
      Deque<PyObject> mine = new ArrayDeque<>();
      while (System.nanoTime() < end) {
        passage(random, mine);
        done.increment();
      }
      mine.forEach(PyObject::close);
    }

    // Not by eval: each compiling leaks some blocks on a free-threaded 3.13, CPython's own
    private static PyObject named(Interpreter one, String name) {
      try (PyObject main = one.importModule("__main__")) {
        return main.attr(name);
      }
    }

    private void passage(Random random, Deque<PyObject> mine) {
      Interpreter one = all.get(random.nextInt(all.size()));
      Interpreter another = all.get(random.nextInt(all.size()));
      switch (random.nextInt(7)) {
        case 0 -> pythonObject(one, random.nextInt(1000), mine);
        case 1 -> javaObject(one);
        case 2 -> javaException(one);
        case 3 -> pythonException(one);
        case 4 -> callbackThrough(one, another, random.nextInt(1000));
        case 5 -> collection(one, random.nextInt(50));
        default -> entered(one, another);
      }
    }

    /** Some are closed, some left to the collector, and some used again later. */
    private static void pythonObject(Interpreter one, int value, Deque<PyObject> mine) {
      PyObject thing = named(one, "Thing").call(value);
      assertThat(thing.callMethod("add", 1).asInt()).isEqualTo(value + 1);
      if (value % 3 == 0) {
        thing.close();
      } else if (value % 3 == 1) {
        mine.add(thing);
        if (mine.size() > 20) {
          PyObject old = mine.remove();
          assertThat(old.attr("value").asInt()).isBetween(0, 999);
        }
      }
    }

    private record Passed(int number) {}

    private static void javaObject(Interpreter one) {
      Passed passed = new Passed(7);
      try (PyObject kept = named(one, "keep").call(one.reference(passed))) {
        assertThat(named(one, "give").call(kept).as(Object.class)).isSameAs(passed);
      }
    }

    private static void javaException(Interpreter one) {
      IllegalStateException mine = new IllegalStateException("thrown on purpose");
      UnaryOperator<Object> throwing =
          x -> {
            throw mine;
          };
      try {
        named(one, "through").call(throwing, 1);
        throw new AssertionError("nothing was thrown");
      } catch (IllegalStateException e) {
        assertThat(e).isSameAs(mine);
      }
      assertThat(named(one, "caught").call(throwing).toString()).contains("thrown on purpose");
    }

    private static void pythonException(Interpreter one) {
      UnaryOperator<Object> fails = text -> named(one, "fail").call(text);
      try {
        named(one, "through").call(fails, "wrong value");
        throw new AssertionError("nothing was raised");
      } catch (PythonException e) {
        assertThat(e.getMessage()).isEqualTo("ValueError: wrong value");
      }
    }

    /** Python of one interpreter calls Java, which calls Python of another, which calls Java. */
    private static void callbackThrough(Interpreter one, Interpreter another, int value) {
      LongUnaryOperator inner = x -> x + 1;
      UnaryOperator<Object> outer =
          x -> another.call(in -> named(in, "through").call(inner, x).asLong());
      assertThat(named(one, "through").call(outer, value).asLong()).isEqualTo(value + 1L);
    }

    private static void collection(Interpreter one, int size) {
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        numbers.add(i);
      }
      long expected = (long) size * (size - 1) / 2;
      assertThat(named(one, "total").call(numbers).asLong()).isEqualTo(expected);
      assertThat(named(one, "total").call(one.reference(numbers)).asLong()).isEqualTo(expected);
    }

    private static void entered(Interpreter one, Interpreter another) {
      one.run(in -> {
        PyObject here = named(in, "Thing").call(5);
        another.run(there ->
            assertThat(named(there, "Thing").call(6).callMethod("add", 1).asInt()).isEqualTo(7));
        assertThat(here.callMethod("add", 1).asInt()).isEqualTo(6);
      });
    }

    /** Python's own count of blocks, when what was dropped has been given back. */
    private long settledBlocks() throws Exception {
      long least = Long.MAX_VALUE;
      for (int calm = 0; calm < 5; ) {
        System.gc();
        all.forEach(one -> one.exec("gc.collect()"));
        long now = blocks();
        calm = now < least - 100 ? 0 : calm + 1;
        least = Math.min(least, now);
        LockSupport.parkNanos(20_000_000);
      }
      return least;
    }

    // Of all interpreters. CPython counts them without the others' GILs, and dies where one frees
    // memory meanwhile, so both are kept; without a GIL it stops all that are attached
    private long blocks() throws Exception {
      Interpreter main = all.getFirst();
      if (PythonUnderTest.version().endsWith("t")) {
        return count(main);
      }
      return all.get(2)
          .call(own ->
              Together.elsewhere(
                  () -> all.get(3).call(other -> Together.elsewhere(() -> count(main)))));
    }

    private static long count(Interpreter main) {
      return main.eval("sys.getallocatedblocks()").asLong();
    }

    private static long residentMiB() throws Exception {
      long pid = ManagementFactory.getRuntimeMXBean().getPid();
      return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
          .findFirst()
          .orElseThrow();
    }
  }
}
