package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.behaviour.GilStateClient.Body;
import dev.vivarium.behaviour.GilStateClient.Course;
import dev.vivarium.behaviour.GilStateClient.Seen;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class OlderApiTest {

  /** Main, one with a GIL of its own, one with main's. */
  private interface WithSubs {
    void run(Interpreter main, List<Interpreter> subs) throws Exception;
  }

  private static void withSubs(WithSubs body) throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      body.run(PythonUnderTest.main(), List.of(own, shared));
    }
  }

  /** On every kind of thread: a new one of Java's, one that knows main, one of C's. */
  private static void onEachKindOfThread(Body body) throws Exception {
    Together.elsewhere(body::run);
    Together.elsewhere(() -> {
      PythonUnderTest.main().eval("1").close();
      body.run();
    });
    Together.elsewhere(() -> {
      GilStateClient.rounds(1);
      body.run();
    });
    GilStateClient.onPthread(body);
    GilStateClient.onPthread(() -> {
      GilStateClient.rounds(1);
      body.run();
    });
  }

  private static void assertRestored(Course course) {
    assertThat(course.done()).isEqualTo(course.entered());
    assertThat(course.after().attached()).isEqualTo(course.before().attached());
    assertThat(course.after().id()).isEqualTo(course.before().id());
  }

  @Test
  @Tag("M1")
  @DisplayName(
      "PyGILState_Ensure inside ensure(main); ensure(main) inside PyGILState_Ensure: same thread"
          + " state, any nesting")
  void sameThreadStateInMain() throws Exception {
    InterpreterView main = PythonUnderTest.main().view();
    onEachKindOfThread(() -> {
      try (ThreadState entered = ThreadState.ensure(main)) {
        Seen seen = GilStateClient.look();
        nest(main, seen, 6);
        assertThat(GilStateClient.look()).isEqualTo(seen);
        assertThat(entered.interpreter().id()).isZero();
      }
      assertThat(GilStateClient.look().isAttached()).isFalse();
    });
    onEachKindOfThread(() -> {
      Course course =
          GilStateClient.inGilState(
              3,
              () -> {
                Seen seen = GilStateClient.look();
                assertThat(seen.id()).isZero();
                try (ThreadState entered = ThreadState.ensure(main)) {
                  assertThat(GilStateClient.look()).isEqualTo(seen);
                  nest(main, seen, 5);
                  assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                }
                assertThat(GilStateClient.look()).isEqualTo(seen);
              });
      assertRestored(course);
      assertThat(course.after().isAttached()).isFalse();
    });
  }

  /** Each in the other, with everything seeing one thread state. */
  private static void nest(InterpreterView main, Seen seen, int depth) throws Exception {
    if (depth == 0) {
      return;
    }
    Course course =
        GilStateClient.inGilState(
            depth,
            () -> {
              assertThat(GilStateClient.look()).isEqualTo(seen);
              try (ThreadState entered = ThreadState.ensure(main)) {
                assertThat(GilStateClient.look()).isEqualTo(seen);
                assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                nest(main, seen, depth - 1);
              }
              assertThat(GilStateClient.look()).isEqualTo(seen);
            });
    assertRestored(course);
    assertThat(course.entered()).isEqualTo(seen);
  }

  @Test
  @Tag("M2")
  @DisplayName(
      "PyGILState_Ensure inside ensure(sub) stays in that sub-interpreter and comes back to it")
  void staysInTheSub() throws Exception {
    withSubs((main, subs) -> {
      for (Interpreter sub : subs) {
        onEachKindOfThread(() -> {
          for (int round = 0; round < 20; round++) {
            try (ThreadState entered = ThreadState.ensure(sub.view())) {
              Seen seen = GilStateClient.look();
              Course course =
                  GilStateClient.inGilState(
                      1 + round % 3,
                      () -> {
                        assertThat(GilStateClient.look().id()).isEqualTo(sub.id());
                        assertThat(sub.eval("6 * 7").asInt()).isEqualTo(42);
                      });
              assertRestored(course);
              assertThat(course.entered()).isEqualTo(seen);
              assertThat(GilStateClient.look()).isEqualTo(seen);
              assertThat(entered.interpreter().eval("1").asInt()).isEqualTo(1);
            }
          }
        });
      }
    });
  }

  @Test
  @Tag("M3")
  @DisplayName("ensure(sub) inside PyGILState_Ensure: switches, and the release goes back")
  void switchesAndGoesBack() throws Exception {
    withSubs((main, subs) -> {
      for (Interpreter sub : subs) {
        Interpreter other = sub == subs.get(0) ? subs.get(1) : subs.get(0);
        onEachKindOfThread(() -> {
          for (int round = 0; round < 20; round++) {
            Course course =
                GilStateClient.inGilState(
                    1 + round % 3,
                    () -> {
                      Seen seen = GilStateClient.look();
                      try (ThreadState entered = ThreadState.ensure(sub.view())) {
                        assertThat(GilStateClient.look().id()).isEqualTo(sub.id());
                        try (ThreadState inner = ThreadState.ensure(other.view())) {
                          assertThat(GilStateClient.look().id()).isEqualTo(other.id());
                          try (ThreadState back = ThreadState.ensure(main.view())) {
                            assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
                          }
                        }
                        assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                      }
                      assertThat(GilStateClient.look().attached()).isEqualTo(seen.attached());
                    });
            assertThat(course.entered().id()).isZero();
            assertThat(course.done().attached()).isEqualTo(course.entered().attached());
            assertThat(course.after().isAttached()).isFalse();
          }
        });
      }
    });
  }

  @Test
  @Tag("M4")
  @DisplayName(
      "C code between Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS calls into Java, which"
          + " ensures main, a sub-interpreter, or both: Py_END_ALLOW_THREADS finds its own state"
          + " again")
  void ownStateAgain() throws Exception {
    withSubs((main, subs) -> {
      List<Interpreter> all = List.of(main, subs.get(0), subs.get(1));
      for (Interpreter outer : all) {
        onEachKindOfThread(() -> {
          Random random = new Random(40);
          try (ThreadState entered = ThreadState.ensure(outer.view())) {
            for (int round = 0; round < 30; round++) {
              Course course = allowingThreads(all, random, 3);
              assertThat(course.before().id()).isEqualTo(outer.id());
            }
            assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
          }
          assertThat(GilStateClient.look().isAttached()).isFalse();
        });
      }
      onEachKindOfThread(() -> {
        Random random = new Random(41);
        Course course = GilStateClient.inGilState(1, () -> allowingThreads(all, random, 3));
        assertThat(course.done().attached()).isEqualTo(course.entered().attached());
        assertThat(course.after().isAttached()).isFalse();
      });
    });
  }

  private static Course allowingThreads(List<Interpreter> all, Random random, int depth)
      throws Exception {
    Course course =
        GilStateClient.allowingThreads(() -> {
          assertThat(GilStateClient.look().isAttached()).isFalse();
          int visits = 1 + random.nextInt(3);
          for (int v = 0; v < visits; v++) {
            Interpreter one = all.get(random.nextInt(all.size()));
            try (ThreadState entered = ThreadState.ensure(one.view())) {
              assertThat(GilStateClient.look().id()).isEqualTo(one.id());
              Interpreter two = all.get(random.nextInt(all.size()));
              try (ThreadState inner = ThreadState.ensure(two.view())) {
                assertThat(GilStateClient.look().id()).isEqualTo(two.id());
                if (depth > 0) {
                  allowingThreads(all, random, depth - 1);
                }
              }
              assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
            }
            assertThat(GilStateClient.look().isAttached()).isFalse();
          }
        });
    assertThat(course.entered().isAttached()).isFalse();
    assertThat(course.done().isAttached()).isFalse();
    assertThat(course.after().attached()).isEqualTo(course.before().attached());
    assertThat(course.after().id()).isEqualTo(course.before().id());
    return course;
  }

  @Test
  @Tag("M4")
  @DisplayName("… the same with ctypes, which does both: CDLL allows threads, callbacks ensure")
  void ownStateAgainThroughCtypes() throws Exception {
    withSubs((main, subs) -> {
      for (Interpreter in : List.of(main, subs.get(0), subs.get(1))) {
        if (PythonUnderTest.version().equals("3.12") && in == subs.get(0)) {
          continue; // _ctypes is refused in interpreters with a GIL of their own
        }
        Runnable visit =
            () -> {
              for (Interpreter one : List.of(subs.get(1), main, subs.get(0))) {
                try (ThreadState entered = ThreadState.ensure(one.view())) {
                  assertThat(GilStateClient.look().id()).isEqualTo(one.id());
                }
              }
            };
        PythonUnderTest.define(in, "visit", visit);
        PythonUnderTest.define(in, "library", GilStateClient.file().toString());
        in.exec(
            """
            import ctypes
            lib = ctypes.CDLL(library)
            calls = 0
            errors = []
            @ctypes.CFUNCTYPE(None, ctypes.c_void_p)
            def called(argument):
                global calls
                try:
                    visit()
                    calls += 1
                except BaseException as e:
                    errors.append(repr(e))
            for _ in range(20):
                lib.client_call(called, None)
            """);
        if (in == main) {
          // On a pthread, whose PyGILState_Ensure enters main
          in.exec("for _ in range(20): lib.client_on_pthread(called, None)");
        }
        assertThat(in.eval("errors").as(Object.class)).isEqualTo(List.of());
        assertThat(in.eval("calls").asInt()).isEqualTo(in == main ? 40 : 20);
        assertThat(GilStateClient.look().isAttached()).isFalse();
      }
    });
  }

  @Test
  @Tag("M5")
  @DisplayName(
      "After ensure(sub)/release on a thread with nothing attached, a C library's"
          + " PyGILState_Ensure on that thread enters the main interpreter")
  void olderApiEntersMain() throws Exception {
    withSubs((main, subs) ->
        onEachKindOfThread(() -> {
          for (int round = 0; round < 100; round++) {
            Interpreter sub = subs.get(round % 2);
            try (ThreadState entered = ThreadState.ensure(sub.view())) {
              assertThat(GilStateClient.look().id()).isEqualTo(sub.id());
            }
            Course course =
                GilStateClient.inGilState(
                    1 + round % 2, () -> assertThat(GilStateClient.look().id()).isZero());
            assertThat(course.entered().id()).isZero();
            assertThat(course.after().isAttached()).isFalse();
            if (round % 7 == 0) {
              assertThat(main.eval("6 * 7").asInt()).isEqualTo(42);
            }
          }
        }));
  }

  @Test
  @Tag("M6")
  @DisplayName(
      "The same after that sub-interpreter has ended and its memory has been used again (no stale"
          + " pointer left in the thread's slot): 10,000 rounds under load")
  @Timeout(900)
  void olderApiEntersMainAfterTheEnd() {
    String rounds = Integer.toString(PythonUnderTest.count(10_000));
    ChildJvm.run(Duration.ofMinutes(14), Rounds.class, rounds)
        .expect(0)
        .expectOut("rounds " + rounds);
  }

  /** Threads that live on while the interpreters they have used come and go. */
  static final class Rounds implements Scenario {

    private static final int THREADS = 8;

    @Override
    public void run(String... arguments) throws Exception {
      int cycles = Integer.parseInt(arguments[0]) / THREADS;
      Python python = PythonUnderTest.start(PythonUnderTest.options().site(false).build());
      Interpreter[] current = new Interpreter[1];
      Set<Long> addresses = new HashSet<>();
      int[] reused = {0};
      CyclicBarrier used = new CyclicBarrier(THREADS + 1);
      CyclicBarrier ended = new CyclicBarrier(THREADS + 1);
      CyclicBarrier made = new CyclicBarrier(THREADS + 1);
      AtomicBoolean over = new AtomicBoolean();
      List<Future<Void>> all = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int index = t;
        all.add(
            Together.start(
                "round-" + t,
                () -> {
                  Random random = new Random(600 + index);
                  for (int c = 0; c < cycles; c++) {
                    made.await(120, TimeUnit.SECONDS);
                    try (ThreadState entered = ThreadState.ensure(current[0].view())) {
                      assertThat(GilStateClient.look().id()).isEqualTo(current[0].id());
                      if (random.nextInt(3) == 0) {
                        current[0].eval("[object() for _ in range(100)]").close();
                      }
                    }
                    used.await(120, TimeUnit.SECONDS);
                    ended.await(120, TimeUnit.SECONDS);
                    assertThat(GilStateClient.rounds(1 + random.nextInt(3))).isZero();
                    Seen seen = GilStateClient.look();
                    assertThat(seen.isAttached()).isFalse();
                  }
                }));
      }
      Future<Void> load = Together.start("load", () -> churn(python, over));
      for (int c = 0; c < cycles; c++) {
        current[0] =
            python.newInterpreter(
                c % 25 == 0 ? InterpreterOptions.isolated() : InterpreterOptions.shared());
        made.await(120, TimeUnit.SECONDS);
        used.await(120, TimeUnit.SECONDS);
        try (ThreadState entered = ThreadState.ensure(current[0].view())) {
          reused[0] += addresses.add(GilStateClient.look().interpreter()) ? 0 : 1;
        }
        current[0].close();
        ended.await(120, TimeUnit.SECONDS);
      }
      for (Future<Void> one : all) {
        Await.done(one);
      }
      over.set(true);
      Await.done(load);
      assertThat(reused[0]).as("interpreters in memory that was another's").isPositive();
      python.close();
      System.out.println("rounds " + cycles * THREADS);
    }

    /** Allocates and frees in main, and comes and goes with thread states. */
    private static void churn(Python python, AtomicBoolean over) throws Exception {
      while (!over.get()) {
        python.main().eval("[bytearray(n) for n in range(0, 20000, 300)]").close();
        Together.elsewhere(() -> GilStateClient.rounds(1));
        CountDownLatch pause = new CountDownLatch(1);
        pause.await(1, TimeUnit.MILLISECONDS); // load, not a flood
      }
    }
  }
}
