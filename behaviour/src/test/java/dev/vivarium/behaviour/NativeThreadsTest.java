package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads of the operating system that are not what Java takes them for. Each test in a JVM of its
 * own, so that all thread states that are counted are its own.
 */
final class NativeThreadsTest {

  private static final Duration LIMIT = Duration.ofMinutes(4);

  private static void run(Class<? extends Scenario> scenario, String... arguments) {
    run(List.of(), scenario, arguments);
  }

  private static void run(
      List<String> options, Class<? extends Scenario> scenario, String... arguments) {
    ChildJvm.start(LIMIT, options, scenario, arguments).await().expect(0).expectOut("as it was");
  }

  /** Main and two others, and the thread states that each had before. */
  private record Interpreters(Python python, List<Interpreter> all, List<Long> before) {

    static Interpreters start() {
      return of(PythonUnderTest.start());
    }

    static Interpreters of(Python python) {
      List<Interpreter> all =
          List.of(python.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
      counts(all);
      return new Interpreters(python, all, counts(all));
    }

    /** Now: this thread's own among them, as before. */
    private static List<Long> counts(List<Interpreter> all) {
      return all.stream().map(one -> one.call(in -> GilStateClient.countThreadStates())).toList();
    }

    /** Waits until each has that many more than before. */
    void awaitMore(long more) {
      AtomicReference<List<Long>> now = new AtomicReference<>(List.of());
      Await.until(
          () -> more + " more than " + before + ", not " + now,
          () -> {
            now.set(counts(all));
            return IntStream.range(0, all.size())
                .allMatch(i -> now.get().get(i) == before.get(i) + more);
          });
    }

    /** Nothing is left, and all goes on and ends. */
    void end() {
      NativeThreads.check();
      awaitMore(0);
      for (Interpreter one : all) {
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
      python.close(Duration.ofSeconds(60));
      System.out.println("as it was");
    }
  }

  /** Calls Python in all interpreters, and keeps in mind in which thread states. */
  private static final class Visits implements NativeThreads.Body {

    private final List<Interpreter> all;
    private final Map<List<Object>, Set<Long>> states = new ConcurrentHashMap<>();

    Visits(Interpreters interpreters) {
      this.all = interpreters.all;
    }

    @Override
    public void run(int index) {
      for (int i = 0; i < all.size(); i++) {
        visit(index, all.get((i + Math.abs(index)) % all.size()));
      }
    }

    private void visit(int index, Interpreter one) {
      one.run(in -> {
        in.exec("assert 6 * 7 == 42"); // no object for the references' own thread to come for
        GilStateClient.Seen seen = GilStateClient.look();
        assertThat(seen.id()).isEqualTo(in.id());
        assertThat(seen.slot()).isEqualTo(seen.attached());
        states
            .computeIfAbsent(List.of(index, in.id()), key -> ConcurrentHashMap.newKeySet())
            .add(seen.attached());
      });
      GilStateClient.Seen left = GilStateClient.look();
      assertThat(left.attached()).isZero();
    }

    /** Each thread was in one thread state in each. */
    void assertOneEach(int threads) {
      assertThat(states)
          .hasSize(threads * all.size())
          .allSatisfy((key, seen) -> {
            assertThat(seen).hasSize(1);
          });
    }
  }

  @Test
  @Tag("E12")
  @DisplayName(
      "Threads as they are: a native thread that attaches to the JVM, calls Python through Java,"
          + " detaches from the JVM and lives on or ends by itself: one kept state an interpreter,"
          + " none stale, none piled up")
  @Timeout(300)
  void livesOn() {
    run(LivesOn.class, Rounds.inside(8));
  }

  /** Threads come and go three times, and use Python by themselves between. */
  static final class LivesOn implements Scenario {
    @Override
    public void run(String... arguments) {
      int count = Integer.parseInt(arguments[0]);
      Interpreters interpreters = Interpreters.start();
      Visits visits = new Visits(interpreters);
      NativeThreads threads = NativeThreads.start(count, "acdzppacadpwacdp", null, visits);
      Await.until("all have been everywhere", () -> visits.states.size() == count * 3);
      interpreters.awaitMore(count);
      NativeThreads.openGate();
      threads.join();
      visits.assertOneEach(count);
      interpreters.end();
    }
  }

  @Test
  @Tag("E12")
  @DisplayName("… pools of them come and go and end in every way, and what was kept goes with them")
  @Timeout(300)
  void pools() {
    run(Pools.class, Rounds.inside(25));
  }

  /** Ends by return and by pthread_exit, attached by the pointer's call or detached. */
  static final class Pools implements Scenario {
    @Override
    public void run(String... arguments) {
      Interpreters interpreters = Interpreters.start();
      NativeThreads.openGate();
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        for (String script : List.of("acd", "acdpx", "c", "cpcx", "pacdacdp", "pcp")) {
          Visits visits = new Visits(interpreters);
          NativeThreads.run(8, script, null, visits);
          visits.assertOneEach(8);
        }
      }
      interpreters.end();
    }
  }

  @Test
  @Tag("E12")
  @DisplayName("… threads that end without having detached from the JVM are found all the same")
  @Timeout(300)
  void neverDetached() {
    run(NeverDetached.class, Rounds.inside(4));
  }

  /** For the JVM they live for ever. */
  static final class NeverDetached implements Scenario {
    @Override
    public void run(String... arguments) {
      Interpreters interpreters = Interpreters.start();
      NativeThreads.run(Integer.parseInt(arguments[0]), "ac", null, new Visits(interpreters));
      interpreters.end();
    }
  }

  @Test
  @Tag("E12")
  @DisplayName("… workers that clear their ThreadLocals: the common pool's, which were idle")
  @Timeout(300)
  void commonPool() {
    run(workers(1), CommonPool.class, Rounds.inside(1_000));
  }

  private static List<String> workers(int count) {
    return List.of("-Djava.util.concurrent.ForkJoinPool.common.parallelism=" + count);
  }

  /** Each task finds the one worker idle. */
  static final class CommonPool implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Interpreters interpreters = Interpreters.start();
      Visits visits = new Visits(interpreters);
      for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
        Await.done(CompletableFuture.runAsync(() -> visits.run(0)));
      }
      visits.assertOneEach(1);
      interpreters.awaitMore(1);
      System.out.println("as it was");
    }
  }

  @Test
  @Tag("E7")
  @DisplayName("… nor from parallel streams, whose workers clear their ThreadLocals")
  @Timeout(300)
  void parallelStreams() {
    run(workers(3), ParallelStreams.class, Rounds.inside(300));
  }

  /** The calling thread and three workers. */
  static final class ParallelStreams implements Scenario {
    @Override
    public void run(String... arguments) {
      Interpreters interpreters = Interpreters.start();
      Set<Thread> workers = ConcurrentHashMap.newKeySet();
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        int[] squares =
            IntStream.range(0, 8)
                .parallel()
                .map(n -> {
                  workers.add(Thread.currentThread());
                  return interpreters
                      .all
                      .get(n % 3)
                      .view()
                      .call(in -> {
                        try (PyObject square = in.eval(n + " * " + n)) {
                          return square.asInt();
                        }
                      });
                })
                .toArray();
        assertThat(squares).containsExactly(0, 1, 4, 9, 16, 25, 36, 49);
      }
      // Each has been somewhere, though not everywhere
      List<Long> now = Interpreters.counts(interpreters.all);
      for (int i = 0; i < now.size(); i++) {
        assertThat(now.get(i)).isLessThanOrEqualTo(interpreters.before.get(i) + workers.size());
      }
      System.out.println("as it was");
    }
  }

  @Test
  @Tag("E8")
  @DisplayName(
      "… what destructors of thread-specific data find, which call Python by PyGILState and through"
          + " Java when their thread ends")
  @Timeout(300)
  void destructors() {
    run(Destructors.class);
  }

  /** Destructors run before, between and behind CPython's and Vivarium's keys, in each round. */
  static final class Destructors implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      List<Integer> reserved = everyOtherKey();
      Python python = PythonUnderTest.start();
      reserved.forEach(key -> call("pthread_key_delete", key, 0));
      Interpreters interpreters = Interpreters.of(python);
      NativeThreads.makeKeys();
      Visits visits = new Visits(interpreters);
      for (int round = 0; round < 2; round++) {
        for (String atEnd : List.of("p", "acd", "pacdp", "acpcd", "acds")) {
          for (String script : List.of("acd", "acdp", "p", "c", "")) {
            NativeThreads.run(4, script, atEnd, visits);
          }
          Together.run(
              4,
              i -> {
                visits.run(100 + i);
                NativeThreads.atEnd(atEnd, visits);
              });
          // JVM threads end a little later
          NativeThreads.check();
        }
      }
      interpreters.end();
    }
  }

  @Test
  @Tag("E10")
  @DisplayName(
      "… but one that has left the JVM with its ThreadState open, and lives, is not taken for dead")
  @Timeout(300)
  void leftInside() {
    run(LeftInside.class);
  }

  /** Once it comes back and closes, once it ends as it is. */
  static final class LeftInside implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Logged.all();
      Interpreters interpreters = Interpreters.start();
      Interpreter own = interpreters.all.get(1);
      Map<Integer, ThreadState> open = new ConcurrentHashMap<>();
      CountDownLatch inside = new CountDownLatch(1);
      NativeThreads comesBack =
          NativeThreads.start(
              1,
              "acdzzwacd",
              null,
              index -> {
                ThreadState left = open.remove(index);
                if (left != null) {
                  left.close();
                  assertThat(own.eval("6 * 7").asInt()).isEqualTo(42);
                } else {
                  open.put(index, ThreadState.ensure(own.view()));
                  inside.countDown();
                }
              });
      Await.latch(inside);
      assertThatThrownBy(() -> own.close(Duration.ofSeconds(3)))
          .isInstanceOf(InterpreterBusyException.class);
      NativeThreads.openGate();
      comesBack.join();
      assertThat(open).isEmpty();
      assertThat(Logged.with("died inside")).isEmpty();

      NativeThreads.run(1, "acd", null, index -> ThreadState.ensure(own.view()));
      own.close(Duration.ofSeconds(60));
      assertThat(Logged.with("died inside")).hasSize(1);
      interpreters.python.close(Duration.ofSeconds(60));
      System.out.println("as it was");
    }
  }

  @Test
  @Tag("E8")
  @DisplayName("… threads in Python and in Java while others fork and run programs beside them")
  @Timeout(300)
  void forkBeside() {
    run(ForkBeside.class);
  }

  /** Children are spawned inside and outside, on threads of C's and of Java's. */
  static final class ForkBeside implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Interpreters interpreters = Interpreters.start();
      Visits visits = new Visits(interpreters);
      for (int round = 0; round < 10; round++) {
        NativeThreads spawning = NativeThreads.start(4, "sacdsps", null, visits);
        NativeThreads visiting = NativeThreads.start(4, "acdpacdpc", null, visits);
        Together.run(
            2,
            i -> {
              visits.run(100 + i);
              assertThat(new ProcessBuilder("true").start().waitFor()).isZero();
              visits.run(100 + i);
            });
        spawning.join();
        visiting.join();
      }
      interpreters.end();
    }
  }

  // Who makes a key gets the lowest that is free; the others are for the C library
  private static List<Integer> everyOtherKey() {
    List<Integer> keys = IntStream.range(0, 16).mapToObj(i -> createKey()).toList();
    for (int i = 0; i < keys.size(); i += 2) {
      call("pthread_key_delete", keys.get(i), 0);
    }
    return IntStream.range(0, 8).mapToObj(i -> keys.get(2 * i + 1)).toList();
  }

  private static int createKey() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_LONG);
      assertThat(call("pthread_key_create", key.address(), 0)).isZero();
      return key.get(JAVA_INT, 0);
    }
  }

  private static int call(String function, long first, long second) {
    MemoryLayout argument = ValueLayout.JAVA_LONG;
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow(function),
                FunctionDescriptor.of(JAVA_INT, argument, argument));
    try {
      return (int) handle.invokeExact(first, second);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
