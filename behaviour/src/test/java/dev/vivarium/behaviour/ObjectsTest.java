package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class ObjectsTest {

  private static void assertWrong(ThrowingCallable use) {
    assertThatThrownBy(use).isInstanceOf(WrongInterpreterException.class);
  }

  @Test
  @Tag("O1")
  @DisplayName(
      "A Python object used while attached to another interpreter than its own: exception, before"
          + " any memory is touched")
  void objectsStayInTheirInterpreter() {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      List<Interpreter> all = List.of(PythonUnderTest.main(), own, shared);
      for (Interpreter mine : all) {
        PyObject list = mine.eval("[1, [2], {'k': 3}]");
        PyObject function = mine.eval("lambda *a, **k: a");
        long count = references(mine, list);
        for (Interpreter other : all) {
          if (other == mine) {
            continue;
          }
          PyObject theirs = other.eval("[]");
          PyObject theirFunction = other.eval("lambda *a, **k: a");
          try (ThreadState entered = ThreadState.ensure(other.view())) {
            assertWrong(() -> list.attr("append"));
            assertWrong(() -> list.hasAttr("append"));
            assertWrong(() -> function.setAttr("x", 1));
            assertWrong(() -> function.delAttr("x"));
            assertWrong(() -> list.item(0));
            assertWrong(() -> list.setItem(0, 5));
            assertWrong(() -> list.delItem(0));
            assertWrong(() -> function.call(1));
            assertWrong(() -> function.callKw(Map.of("a", 1)));
            assertWrong(() -> list.callMethod("append", 1));
            assertWrong(() -> list.as(List.class));
            assertWrong(() -> list.as(Object.class));
            assertWrong(list::asBoolean);
            assertWrong(list::asInt);
            assertWrong(list::asLong);
            assertWrong(list::asDouble);
            assertWrong(list::asString);
            assertWrong(list::isNone);
            assertWrong(list::len);
            assertWrong(() -> list.contains(1));
            assertWrong(list::type);
            assertWrong(list::repr);
            assertWrong(list::iterator);
            assertThat(list.view().id()).isEqualTo(mine.id());
            assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
          }
          // As an argument or a value of the other one, attached or not
          for (boolean attached : new boolean[] {true, false}) {
            ThreadState entered = attached ? ThreadState.ensure(other.view()) : null;
            assertWrong(() -> theirFunction.call(list));
            assertWrong(() -> theirFunction.call(List.of(list)));
            assertWrong(() -> theirFunction.callKw(Map.of("a", list)));
            assertWrong(() -> theirFunction.setAttr("x", list));
            assertWrong(() -> theirs.callMethod("append", list));
            assertWrong(() -> theirs.contains(list));
            assertWrong(() -> other.toPython(list));
            assertThat(theirs.len()).isZero();
            if (entered != null) {
              entered.close();
            }
          }
          // Not attached, an object's interpreter is entered; nested too
          try (ThreadState entered = ThreadState.ensure(other.view())) {
            try (ThreadState inner = ThreadState.ensure(mine.view())) {
              assertThat(list.len()).isEqualTo(3);
              assertThat(inner.interpreter().id()).isEqualTo(mine.id());
            }
            assertThat(entered.interpreter().id()).isEqualTo(other.id());
          }
        }
        assertThat(list.as(Object.class)).isEqualTo(List.of(1L, List.of(2L), Map.of("k", 3L)));
        assertThat(references(mine, list)).as("references").isEqualTo(count);
      }
    }
  }

  private static long references(Interpreter interpreter, PyObject object) {
    return interpreter.call(
        in -> in.importModule("sys").callMethod("getrefcount", object).asLong());
  }

  @Test
  @Tag("O2")
  @Timeout(300)
  @DisplayName(
      "… one that is closed where it cannot be given back at once, twice, and collected then, is"
          + " given back once, and those left before it too")
  void closedElsewhereAndCollected() throws Exception {
    Interpreter main = PythonUnderTest.main();
    try (Interpreter own = PythonUnderTest.ownGil()) {
      for (int round = 0; round < 5; round++) {
        List<WeakReference<PyObject>> left = leave(main, own);
        Await.until(
            "what was left is collected",
            () -> {
              System.gc();
              return left.stream().allMatch(one -> one.refersTo(null));
            });
        Await.until(
            "what was left is given back",
            () -> {
              System.gc();
              return !own.hasObjects();
            });
      }
      assertThat(own.eval("6 * 7").asInt()).isEqualTo(42);
    }
  }

  // In a method of its own, whose variables are gone when it is over
  private static List<WeakReference<PyObject>> leave(Interpreter main, Interpreter own)
      throws Exception {
    List<PyObject> objects = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      objects.add(own.eval("object()"));
    }
    Thread virtual =
        Thread.ofVirtual()
            .start(() -> {
              for (PyObject object : objects.subList(0, 100)) {
                object.close();
                object.close();
              }
            });
    virtual.join();
    main.run(in -> objects.forEach(PyObject::close)); // attached to another
    return objects.stream().map(WeakReference::new).toList();
  }

  @Test
  @Tag("O2")
  @DisplayName(
      "Java wrappers dropped by the garbage collector give their references back to the right"
          + " interpreter, from no particular thread")
  void droppedWrappersGiveBack() throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      List<Interpreter> all = List.of(PythonUnderTest.main(), own, shared);
      for (Interpreter one : all) {
        one.exec(
            """
            import weakref
            class Dropped:
                pass
            made = weakref.WeakSet()
            def make():
                d = Dropped()
                made.add(d)
                return d
            """);
      }
      Together.run(
          4,
          i -> {
            for (int k = 0; k < 500; k++) {
              PyObject dropped = all.get(k % 3).eval("make()");
              assertThat(dropped.view().id()).isEqualTo(all.get(k % 3).id());
            }
          });
      for (Interpreter one : all) {
        Await.until(
            "all wrappers of " + one.id() + " are given back",
            () -> {
              System.gc();
              return one.eval("len(made)").asInt() == 0;
            });
      }
    }
  }

  @Test
  @Tag("O2")
  @DisplayName("… 10 million round trips leave memory flat")
  @Timeout(900)
  void roundTripsLeaveMemoryFlat() {
    ChildJvm.start(
            Duration.ofMinutes(14),
            List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch"),
            RoundTrips.class,
            String.valueOf(PythonUnderTest.count(10_000_000)))
        .await()
        .expect(0)
        .expectOut("flat");
  }

  /** Objects to Python and back, never closed. */
  static final class RoundTrips implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int total = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      Interpreter sub = PythonUnderTest.ownGil();
      trips(main, total / 10);
      trips(sub, total / 10);
      long before = settled(main, sub);
      long blocks = blocks(main, sub);
      trips(main, total - total / 10);
      trips(sub, total / 10);
      // One leaked object of 32 bytes a trip would be 300 MB and ten million blocks (without a GIL
      // each thread has free lists of its own, some thousand blocks). The collector takes its time
      // to name what was dropped
      long grown = blocks(main, sub) - blocks;
      for (long end = System.nanoTime() + Await.LIMIT.toNanos();
          grown >= 20_000 && System.nanoTime() < end; ) {
        System.gc();
        grown = blocks(main, sub) - blocks;
      }
      assertThat(grown).as("growth of Python's blocks").isLessThan(20_000);
      long after = settled(main, sub);
      // Without a GIL the allocator also keeps whole segments of threads that have ended
      assertThat(after - before)
          .as("growth of RSS in KiB, from %d", before)
          .isLessThan(isFreeThreaded() ? 96 << 10 : 64 << 10);
      System.out.println("flat: " + before + " to " + after + " KiB");
      python.close();
    }

    private static void trips(Interpreter one, int trips) throws Exception {
      int threads = 2;
      Together.run(
          threads,
          t -> {
            try (ThreadState entered = ThreadState.ensure(one.view())) {
              PyObject same = entered.interpreter().eval("lambda x: (x, 'text')");
              for (int i = 0; i < trips / threads; i++) {
                PyObject back = same.call(1_000_000_007L + i);
                if ((i & 0xfff) == 0) {
                  assertThat(back.item(0).asLong()).isEqualTo(1_000_000_007L + i);
                  entered.runDetached(Thread::yield);
                }
              }
            }
          });
    }

    private static boolean isFreeThreaded() {
      return PythonUnderTest.version().endsWith("t");
    }

    /**
     * Of all interpreters. CPython counts them without the others' GILs, and dies where one frees
     * memory meanwhile; so this thread keeps the sub-interpreter's.
     */
    private static long blocks(Interpreter main, Interpreter sub) throws Exception {
      if (isFreeThreaded()) { // there it stops all that are attached
        return main.eval("__import__('sys').getallocatedblocks()").asLong();
      }
      return sub.call(in ->
          Together.elsewhere(() -> main.eval("__import__('sys').getallocatedblocks()").asLong()));
    }

    /** Resident KiB, once what was dropped has been given back. */
    private static long settled(Interpreter main, Interpreter sub) throws Exception {
      long blocks = Long.MAX_VALUE;
      for (int calm = 0; calm < 5; ) {
        System.gc();
        long now = blocks(main, sub);
        calm = now < blocks - 100 ? 0 : calm + 1;
        blocks = Math.min(blocks, now);
        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
      }
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
