package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterNotFoundException;
import dev.vivarium.InterpreterView;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Interpreters that Python code makes and ends. */
@ExtendWith(PythonUnderTest.class)
final class OthersInterpretersTest {

  private static final String MODULE =
      """
      try:
          import _interpreters as maker
      except ImportError:
          import _xxsubinterpreters as maker
      def run_in(made, code):
          maker.run_string(made, code)
      """;

  @BeforeAll
  static void importModule() {
    PythonUnderTest.main().exec(MODULE);
  }

  private static InterpreterView make() {
    PythonUnderTest.main().exec("made = maker.create()");
    return InterpreterView.of(PythonUnderTest.main().eval("int(made)").asLong());
  }

  private static Future<Void> ender(InterpreterView view) {
    long id = view.id();
    Future<Void> ender =
        Together.start("ender", () -> PythonUnderTest.main().exec("maker.destroy(" + id + ")"));
    Await.until("its end has begun", () -> PythonUnderTest.refuses(view));
    return ender;
  }

  private static void assertEnded(InterpreterView view) {
    assertThat(view.isAlive()).isFalse();
    assertThatThrownBy(() -> ThreadState.ensure(view))
        .isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(() -> InterpreterView.of(view.id()))
        .isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("F10")
  @DisplayName(
      "An interpreter that someone else ends (Python code that closes an interpreter it made) waits"
          + " for guards just the same")
  void guardsHoldTheirEnd() throws Exception {
    for (int round = 0; round < 5; round++) {
      InterpreterView view = make();
      InterpreterGuard guard = view.guard();
      Future<Void> ender = ender(view);
      assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
      assertThatThrownBy(() -> view.run(in -> {})).isInstanceOf(InterpreterClosedException.class);
      Together.run(
          4,
          i -> {
            try (ThreadState entered = ThreadState.ensure(guard)) {
              assertThat(GilStateClient.look().id()).isEqualTo(view.id());
              assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
            }
          });
      assertThat(ender.isDone()).isFalse();
      assertThat(view.isAlive()).isTrue();
      guard.close();
      Await.done(ender);
      assertEnded(view);
    }
  }

  @Test
  @Tag("F10")
  @DisplayName("… also without the atexit functions that it had, where CPython has guards itself")
  void nativeGuardsHoldTheirEnd() throws Exception {
    assumeTrue(PythonUnderTest.python().version().isAtLeast(3, 15), "before 3.15 it has none");
    InterpreterView view = make();
    InterpreterGuard guard = view.guard();
    PythonUnderTest.main().exec("run_in(made, 'import atexit; atexit._clear()')");
    Future<Void> ender =
        Together.start(
            "ender", () -> PythonUnderTest.main().exec("maker.destroy(" + view.id() + ")"));
    for (int i = 0; i < 100; i++) {
      Thread.sleep(2);
      try (ThreadState entered = ThreadState.ensure(guard)) {
        assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
      }
      assertThat(ender.isDone()).isFalse();
    }
    guard.close();
    Await.done(ender);
    assertEnded(view);
  }

  @Test
  @Tag("F10")
  @DisplayName("… and for threads that are inside, which none of them hangs or kills")
  void threadsHoldTheirEnd() throws Exception {
    for (int round = 0; round < 5; round++) {
      InterpreterView view = make();
      CountDownLatch inside = new CountDownLatch(4);
      CountDownLatch goOn = new CountDownLatch(1);
      AtomicInteger finals = new AtomicInteger();
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int kind = i;
        all.add(
            Together.start(
                "inside-" + i,
                () -> {
                  try (ThreadState entered = ThreadState.ensure(view)) {
                    entered.interpreter().exec("import time");
                    inside.countDown();
                    entered.runDetached(() -> Await.latch(goOn));
                    if (kind % 2 == 0) {
                      entered.interpreter().exec("time.sleep(0.01)");
                    }
                    assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                  } finally {
                    finals.incrementAndGet();
                  }
                }));
      }
      Await.latch(inside);
      Future<Void> ender = ender(view);
      assertThat(finals.get()).isZero();
      goOn.countDown();
      for (Future<Void> one : all) {
        Await.done(one);
      }
      Await.done(ender);
      assertThat(finals.get()).isEqualTo(4);
      assertEnded(view);
    }
  }

  @Test
  @Tag("F10")
  @DisplayName("… also where dropping the last reference to it is what ends it")
  void droppedOnesWaitToo() throws Exception {
    Interpreter main = PythonUnderTest.main();
    for (int round = 0; round < 5; round++) {
      // 3.12's ids are objects that count themselves
      main.exec(
          """
          import sys
          if sys.version_info < (3, 13):
              counted = maker.create()
          else:
              counted = maker.create(reqrefs=True)
              maker.incref(counted)
          def drop():
              global counted
              if isinstance(counted, int):
                  maker.decref(counted)
              del counted
          """);
      InterpreterView view = InterpreterView.of(main.eval("int(counted)").asLong());
      view.run(in -> in.exec("only_here = 1"));
      InterpreterGuard guard = view.guard();
      Future<Void> ender = Together.start("ender", () -> main.exec("drop()"));
      Await.until("its end has begun", () -> PythonUnderTest.refuses(view));
      assertThat(ender.isDone()).isFalse();
      guard.close();
      Await.done(ender);
      assertEnded(view);
    }
  }

  @Test
  @Tag("F10")
  @DisplayName(
      "… Java functions can be called from them, from their atexit functions and __del__ methods"
          + " too, and see the interpreter that called")
  void theyCallJava() throws Exception {
    Interpreter main = PythonUnderTest.main();
    for (int round = 0; round < 5; round++) {
      InterpreterView view = make();
      long id = view.id();
      List<String> heard = new CopyOnWriteArrayList<>();
      view.run(in -> {
        PythonUnderTest.define(
            in,
            "call_java",
            (Function<String, Object>)
                what -> {
                  InterpreterView calling = InterpreterView.current().orElseThrow();
                  long here = calling.id();
                  long seen = GilStateClient.lookIn(calling).id();
                  heard.add(what + (seen == here ? " in " : " not ") + here);
                  return what.length();
                });
        PythonUnderTest.define(
            in,
            "evaluate",
            (Supplier<Object>) () -> view.call(again -> again.eval("6 * 7").asInt()));
        in.exec(
            """
            import atexit
            atexit.register(lambda: call_java('atexit'))
            class Dropped:
                def __init__(self, call):
                    self.call = call
                def __del__(self):
                    self.call('del')
            dropped = Dropped(call_java)
            """);
      });
      main.exec(
          "run_in(" + id + ", \"\"\"assert call_java('code') == 4; assert evaluate() == 42\"\"\")");
      main.exec("maker.destroy(" + id + ")");
      assertThat(heard).containsExactly("code in " + id, "atexit in " + id, "del in " + id);
      assertEnded(view);
    }
  }

  @Test
  @Tag("F10")
  @DisplayName("… states of threads that have come and gone do not pile up in them")
  void deadThreadsAreReaped() throws Exception {
    InterpreterView view = make();
    for (int round = 0; round < 20; round++) {
      Together.run(20, i -> view.run(in -> in.eval("1").close()));
    }
    Await.until(
        "they are reaped",
        () -> {
          try (ThreadState entered = ThreadState.ensure(view)) {
            return GilStateClient.countThreadStates() < 40;
          }
        });
    PythonUnderTest.main().exec("maker.destroy(" + view.id() + ")");
    assertEnded(view);
  }

  @Test
  @Tag("V3")
  @DisplayName(
      "… of interpreters that Python code makes in one that Python code made, from inside them")
  void viewsFromInside() throws Exception {
    Interpreter main = PythonUnderTest.main();
    InterpreterView view = make();
    AtomicLong inner = new AtomicLong(-1);
    view.run(in -> {
      PythonUnderTest.define(in, "tell", (LongConsumer) inner::set);
      in.exec(MODULE);
    });
    main.exec("run_in(" + view.id() + ", 'made = maker.create(); tell(int(made))')");
    InterpreterView innerView = InterpreterView.of(inner.get());
    assertThat(innerView.id()).isNotEqualTo(view.id());
    List<InterpreterView> seen = new CopyOnWriteArrayList<>();
    innerView.run(in ->
        PythonUnderTest.define(
            in, "look", (Runnable) () -> seen.add(InterpreterView.current().orElseThrow())));
    main.exec("run_in(" + inner.get() + ", 'look()')");
    assertThat(seen).containsExactly(innerView);
    InterpreterGuard guard = innerView.guard();
    Future<Void> ender =
        Together.start("ender", () -> view.run(in -> in.exec("maker.destroy(made)")));
    Await.until("its end has begun", () -> PythonUnderTest.refuses(innerView));
    assertThat(ender.isDone()).isFalse();
    guard.close();
    Await.done(ender);
    assertEnded(innerView);
    main.exec("maker.destroy(" + view.id() + ")");
    assertEnded(view);
  }

  @Test
  @Tag("V3")
  @DisplayName("… by concurrent.interpreters and InterpreterPoolExecutor, where there are such")
  void viewsOfPooledInterpreters() {
    ChildJvm.run(Duration.ofSeconds(150), Pooled.class).expect(0).expectOut("all met");
  }

  /** Runs the pools of 3.14 with views and guards of the interpreters in them. */
  static final class Pooled implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      if (python.version().isAtLeast(3, 14)) {
        Interpreter main = python.main();
        main.exec(
            """
            import _interpreters
            from concurrent import interpreters
            from concurrent.futures import InterpreterPoolExecutor
            one = interpreters.create()
            one.exec("x = 5")
            pool = InterpreterPoolExecutor(3)
            # Not list_all(): it may end one that the pool has not quite made yet
            asked = [pool.submit(_interpreters.get_current) for i in range(20)]
            live = sorted({f.result()[0] for f in asked})
            """);
        InterpreterView view = InterpreterView.of(main.eval("one.id").asLong());
        assertThat(view.<Integer, RuntimeException>call(in -> in.eval("x").asInt())).isEqualTo(5);
        InterpreterGuard guard = view.guard();
        Future<Void> ender = Together.start("ender", () -> main.exec("one.close()"));
        Await.until("its end has begun", () -> PythonUnderTest.refuses(view));
        assertThat(ender.isDone()).isFalse();
        guard.close();
        Await.done(ender);
        assertThat(view.isAlive()).isFalse();

        List<InterpreterView> pooled = new ArrayList<>();
        for (Object id : main.eval("live").as(List.class)) {
          pooled.add(InterpreterView.of(((Number) id).longValue()));
        }
        assertThat(pooled).isNotEmpty();
        Together.run(
            6,
            i ->
                assertThat(
                        pooled
                            .get(i % pooled.size())
                            .<Integer, RuntimeException>call(in -> in.eval("6 * 7").asInt()))
                    .isEqualTo(42));
        InterpreterGuard held = pooled.getFirst().guard();
        Future<Void> shutdown = Together.start("shutdown", () -> main.exec("pool.shutdown()"));
        Await.until("the pool ends", () -> PythonUnderTest.refuses(pooled.getFirst()));
        assertThat(shutdown.isDone()).isFalse();
        held.close();
        Await.done(shutdown);
        assertThat(pooled).noneMatch(InterpreterView::isAlive);
      }
      python.close();
      System.out.println("all met");
    }
  }

  @Test
  @Tag("V3")
  @DisplayName(
      "… a look-up by id that races such an interpreter's end gives it, or says it has ended")
  @Timeout(600)
  void lookUpsRaceEnds() {
    ChildJvm.run(Duration.ofMinutes(9), Races.class, "12").expect(0).expectOut("all raced");
  }

  /** Threads of Python make and end interpreters whose ids threads of Java look up. */
  static final class Races implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int rounds = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start(PythonUnderTest.options().site(false).build());
      Interpreter main = python.main();
      main.exec(MODULE);
      AtomicLong newest = new AtomicLong(1_000_000_007);
      AtomicInteger enders = new AtomicInteger(2);
      AtomicInteger served = new AtomicInteger();
      PythonUnderTest.define(main, "tell", (LongConsumer) newest::set);
      PythonUnderTest.define(main, "rounds", rounds);
      main.exec(
          """
          import time
          def cycle():
              for i in range(rounds):
                  made = maker.create()
                  tell(int(made))
                  time.sleep(0.0005 * (i % 4))
                  maker.destroy(made)
          """);
      Together.run(
          6,
          i -> {
            if (i < 2) {
              try {
                main.exec("cycle()");
              } finally {
                enders.decrementAndGet();
              }
              return;
            }
            Await.until("the first is made", () -> newest.get() < 1_000_000_007);
            while (enders.get() > 0) {
              long id = newest.get();
              try {
                InterpreterView view = InterpreterView.of(id);
                view.run(in -> {
                  assertThat(GilStateClient.look().id()).isEqualTo(id);
                  served.incrementAndGet();
                });
              } catch (InterpreterClosedException | InterpreterNotFoundException e) {
                Thread.onSpinWait();
              }
            }
          });
      assertThat(served.get()).isPositive();
      System.out.println("all raced, " + served);
      python.close();
    }
  }
}
