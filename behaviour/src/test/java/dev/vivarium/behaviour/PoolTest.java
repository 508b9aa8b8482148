package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterView;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolCaller;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PooledInterpreter;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class PoolTest {

  private static final PythonFunction SQUARE =
      PythonFunction.source("def square(n): return n * n", "square");

  private static InterpreterPool open(PoolOptions options) throws InterruptedException {
    return InterpreterPool.open(PythonUnderTest.python(), options);
  }

  /** A call that is inside until it is let go, and Python code that waits detached. */
  private static final class Busy {
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final CompletableFuture<Long> done;

    Busy(InterpreterPool pool) {
      done =
          pool.submit(in -> {
            inside.countDown();
            try (ThreadState entered = ThreadState.ensure(in)) {
              entered.runDetached(letGo::await);
            }
            return in.id();
          });
      Await.latch(inside);
    }

    long end() throws Exception {
      letGo.countDown();
      return Await.done(done);
    }
  }

  @Test
  @Tag("P1")
  @DisplayName(
      "Calls from any thread, platform or virtual, are each done in one interpreter at a time, which"
          + " has a thread of its own")
  void fromAnyThread() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(2))) {
      Map<Long, Set<Thread>> threads = new ConcurrentHashMap<>();
      Map<Long, AtomicInteger> inside = new ConcurrentHashMap<>();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        long mine = i;
        Callable<Void> calls =
            () -> {
              for (int call = 0; call < 30; call++) {
                long squared =
                    pool.call(in -> {
                      threads
                          .computeIfAbsent(in.id(), id -> ConcurrentHashMap.newKeySet())
                          .add(Thread.currentThread());
                      AtomicInteger count =
                          inside.computeIfAbsent(in.id(), id -> new AtomicInteger());
                      assertThat(count.incrementAndGet()).isEqualTo(1);
                      try {
                        return in.eval(mine + " ** 2").asLong();
                      } finally {
                        count.decrementAndGet();
                      }
                    });
                assertThat(squared).isEqualTo(mine * mine);
              }
              return null;
            };
        CompletableFuture<Void> done = new CompletableFuture<>();
        (i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform())
            .start(() -> {
              try {
                done.complete(calls.call());
              } catch (Throwable t) {
                done.completeExceptionally(t);
              }
            });
        all.add(done);
      }
      for (Future<?> each : all) {
        Await.done(each);
      }
      assertThat(threads).hasSizeBetween(1, 2).doesNotContainKey(0L);
      assertThat(threads.values()).allSatisfy(own -> assertThat(own).hasSize(1));
      assertThat(pool.statistics().calls()).isEqualTo(1800);
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("What a call throws arrives as it was thrown, and the interpreter goes on")
  void throwing() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      assertThatThrownBy(() -> pool.call(in -> in.eval("1 / 0").asInt()))
          .isInstanceOfSatisfying(
              PythonException.class, e -> assertThat(e.typeName()).isEqualTo("ZeroDivisionError"));
      Exception mine = new Exception("mine");
      assertThatThrownBy(() ->
              pool.run(in -> {
                throw mine;
              }))
          .isSameAs(mine);
      assertThatThrownBy(() ->
              Await.done(
                  pool.submit(in -> {
                    throw mine;
                  })))
          .isSameAs(mine);
      assertThat(pool.call(SQUARE, Integer.class, 7)).isEqualTo(49);
      assertThat(pool.statistics().made()).isEqualTo(1);
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("Functions: attributes of modules, source text, pickles; made once an interpreter")
  void functions() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      assertThat(pool.call(PythonFunction.attribute("math", "sqrt"), Double.class, 16))
          .isEqualTo(4.0);
      assertThat(
              pool.call(
                  PythonFunction.attribute("collections", "Counter.fromkeys.__name__.upper"),
                  String.class))
          .isEqualTo("FROMKEYS");
      PythonFunction counts =
          PythonFunction.source(
              """
              calls = 0
              def count():
                  global calls
                  calls += 1
                  return calls
              """,
              "count");
      assertThat(pool.call(counts, Integer.class)).isEqualTo(1);
      assertThat(pool.call(counts, Integer.class)).isEqualTo(2);
      byte[] pickle =
          pool.call(in -> {
            in.exec("import pickle, operator");
            return in.eval("pickle.dumps(operator.itemgetter(1))").as(byte[].class);
          });
      assertThat(pool.call(PythonFunction.pickled(pickle), String.class, List.of("a", "b")))
          .isEqualTo("b");
      assertThatThrownBy(() -> pool.call(PythonFunction.attribute("math", "pi"), Double.class))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("math.pi is not callable");
      assertThatThrownBy(() -> pool.call(PythonFunction.source("x = 1", "y"), Double.class))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("KeyError");
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("Calls begin in the order in which they came; those of a key in one interpreter")
  void order() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      Busy busy = new Busy(pool);
      List<Integer> begun = Collections.synchronizedList(new ArrayList<>());
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int mine = i;
        all.add(
            (i % 3 == 0 ? pool.forKey(i) : pool.within(Await.LIMIT)).submit(in -> begun.add(mine)));
      }
      assertThat(begun).isEmpty();
      assertThat(pool.statistics().waiting()).isEqualTo(50);
      busy.end();
      for (Future<?> each : all) {
        Await.done(each);
      }
      assertThat(begun).isSorted().hasSize(50);
    }
    try (InterpreterPool pool = open(PoolOptions.isolated(3))) {
      Map<Integer, List<Integer>> seen = new HashMap<>();
      Map<Integer, Set<Long>> where = new HashMap<>();
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        int key = i % 7;
        int mine = i;
        seen.computeIfAbsent(key, k -> Collections.synchronizedList(new ArrayList<>()));
        where.computeIfAbsent(key, k -> ConcurrentHashMap.newKeySet());
        all.add(
            pool.forKey(key)
                .submit(in -> {
                  in.exec("sum(range(100))");
                  where.get(key).add(in.id());
                  return seen.get(key).add(mine);
                }));
      }
      for (Future<?> each : all) {
        Await.done(each);
      }
      assertThat(seen.values()).allSatisfy(calls -> assertThat(calls).isSorted());
      assertThat(where.values()).allSatisfy(ids -> assertThat(ids).hasSize(1));
      Set<Long> ofIntegers = new HashSet<>();
      for (int key = 0; key < 3; key++) {
        ofIntegers.add(pool.forKey(key).<Long, RuntimeException>call(Interpreter::id));
      }
      assertThat(ofIntegers).hasSize(3);
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("Refused are calls when too many wait, and calls whose deadline comes while they do")
  void full() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1).mostWaiting(1))) {
      Busy busy = new Busy(pool);
      CompletableFuture<Integer> waits = pool.submit(SQUARE, Integer.class, 3);
      assertThatThrownBy(() -> pool.call(SQUARE, Integer.class, 4))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("1 calls wait")
          .hasMessageContaining("mostWaiting");
      busy.end();
      assertThat(Await.done(waits)).isEqualTo(9);
    }
    try (InterpreterPool pool = open(PoolOptions.isolated(0, 2).mostWaiting(0))) {
      Busy first = new Busy(pool); // which has an interpreter made, and so does not wait
      Busy second = new Busy(pool);
      assertThatThrownBy(() -> pool.within(Await.LIMIT).run(in -> {}))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("mostWaiting");
      first.end();
      second.end();
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("From inside a call, a call runs at once where it is; no deadline, no other key")
  void nested() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(2))) {
      boolean same = pool.call(in -> pool.call(inner -> inner.id() == in.id() && in.isAlive()));
      assertThat(same).isTrue();
      int squared = pool.call(in -> pool.call(SQUARE, Integer.class, 5));
      assertThat(squared).isEqualTo(25);
      assertThatThrownBy(() -> pool.call(in -> pool.within(Duration.ofSeconds(1)).call(i -> 1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("deadline inside a call");
      assertThatThrownBy(() -> pool.forKey(0).call(in -> pool.forKey(1).call(inner -> 1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("submit it");
      assertThatThrownBy(() -> pool.run(in -> pool.close()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("from inside");
      boolean reversed =
          pool.call(in -> {
            PythonUnderTest.define(
                in, "back", (Callable<Boolean>) () -> pool.call(inner -> inner.id() == in.id()));
            return in.eval("back()").asBoolean();
          });
      assertThat(reversed).isTrue();
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("A caller that is attached, to main even, lets go of its GIL while it waits")
  void attachedCaller() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.main(2))) {
      try (ThreadState attached = ThreadState.ensure(PythonUnderTest.main())) {
        long id = pool.within(Await.LIMIT).call(Interpreter::id);
        assertThat(id).isZero();
        assertThat(InterpreterView.current()).contains(PythonUnderTest.main().view());
      }
      PythonUnderTest.define(
          PythonUnderTest.main(), "pooled", (Callable<Long>) () -> pool.call(Interpreter::id));
      assertThat(PythonUnderTest.main().eval("pooled()").asLong()).isZero();
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("An interpreter that is checked out is nobody else's until it comes back")
  void checkedOut() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      long id;
      PooledInterpreter mine = pool.checkOut();
      try (mine) {
        id = mine.interpreter().id();
        mine.interpreter().exec("kept = 17");
        assertThatThrownBy(() -> pool.within(Duration.ofMillis(20)).checkOut())
            .isInstanceOf(dev.vivarium.pool.DeadlineException.class);
        CompletableFuture<Integer> next = pool.submit(in -> in.eval("kept").asInt());
        assertThat(next).isNotDone();
        mine.close();
        assertThat(Await.done(next)).isEqualTo(17);
        assertThatThrownBy(mine::interpreter)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("returned");
      }
      assertThat(pool.<Long, RuntimeException>call(Interpreter::id)).isEqualTo(id);
      try (PooledInterpreter closed = pool.checkOut()) {
        closed.interpreter().close();
      }
      assertThat(pool.<Long, RuntimeException>call(Interpreter::id)).isNotEqualTo(id);
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("An ExecutorService whose tasks run in the interpreters, and can be cancelled")
  void executor() throws Exception {
    InterpreterPool pool = open(PoolOptions.isolated(2));
    ExecutorService executor = pool.executor();
    Callable<Long> task =
        () -> InterpreterView.current().orElseThrow().call(in -> in.eval("40 + 2").asLong());
    for (Future<Long> each : executor.invokeAll(Collections.nCopies(20, task))) {
      assertThat(each.get()).isEqualTo(42);
    }
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch out = new CountDownLatch(1);
    Future<?> endless =
        executor.submit(() -> {
          inside.countDown();
          try {
            InterpreterView.current().orElseThrow().run(in -> in.exec("while True: pass"));
          } finally {
            out.countDown();
          }
        });
    Await.latch(inside);
    endless.cancel(true);
    Await.latch(out);
    assertThat(executor.submit(task).get()).isEqualTo(42);
    executor.shutdown();
    assertThat(executor.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
    assertThatThrownBy(() -> executor.submit(task)).isInstanceOf(RejectedExecutionException.class);
    pool.close();
  }

  @Test
  @Tag("P1")
  @DisplayName("It grows while calls wait, and is as small as before when they do not")
  void elastic() throws Exception {
    assertElastic(PoolOptions.isolated(0, 3));
    assertElastic(PoolOptions.main(0, 3)); // so many threads
  }

  private static void assertElastic(PoolOptions options) throws Exception {
    try (InterpreterPool pool = open(options.idleTime(Duration.ofMillis(200)))) {
      assertThat(pool.statistics().interpreters()).isZero();
      assertThat(pool.call(SQUARE, Integer.class, 2)).isEqualTo(4);
      Busy first = new Busy(pool);
      Busy second = new Busy(pool);
      Busy third = new Busy(pool);
      assertThat(pool.statistics().interpreters()).isEqualTo(3);
      CompletableFuture<Integer> waits = pool.submit(SQUARE, Integer.class, 3);
      first.end();
      assertThat(Await.done(waits)).isEqualTo(9);
      second.end();
      third.end();
      Await.until("all are gone", () -> pool.statistics().interpreters() == 0);
      assertThat(pool.call(SQUARE, Integer.class, 5)).isEqualTo(25);
      assertThat(pool.forKey("k").call(SQUARE, Integer.class, 6)).isEqualTo(36);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("An initializer that fails: open throws it, and nothing is left")
  void initializerFails() throws Exception {
    List<Long> before = PythonUnderTest.liveIds();
    assertThatThrownBy(() -> open(PoolOptions.isolated(2).initializer(in -> in.exec("1 / 0"))))
        .isInstanceOf(PythonException.class);
    Exception checked = new Exception("checked");
    assertThatThrownBy(() ->
            open(
                PoolOptions.main(2)
                    .initializer(in -> {
                      throw checked;
                    })))
        .isInstanceOf(IllegalStateException.class)
        .hasCause(checked);
    assertThat(PythonUnderTest.liveIds()).isEqualTo(before);
    AtomicInteger made = new AtomicInteger();
    PoolOptions failsLater =
        PoolOptions.isolated(0, 2)
            .initializer(in -> {
              if (made.incrementAndGet() != 2) {
                in.exec("raise ValueError('not yet')");
              }
            });
    try (InterpreterPool pool = open(failsLater)) {
      assertThatThrownBy(() -> pool.call(SQUARE, Integer.class, 2))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("none can be made")
          .hasCauseInstanceOf(PythonException.class);
      Await.until(
          "it is tried again",
          () -> {
            try {
              return pool.call(SQUARE, Integer.class, 2) == 4;
            } catch (RejectedExecutionException e) {
              return false;
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("Renewal brings new modules while calls go on, and none is lost")
  void renewal() throws Exception {
    AtomicInteger version = new AtomicInteger(1);
    PoolOptions options =
        PoolOptions.isolated(2).initializer(in -> in.exec("version = " + version.get()));
    try (InterpreterPool pool = open(options)) {
      AtomicInteger calls = new AtomicInteger();
      Future<Void> load =
          Together.start(
              "load",
              () -> {
                while (version.get() < 5) {
                  int seen = pool.call(in -> in.eval("version").asInt());
                  assertThat(seen).isBetween(1, version.get());
                  calls.incrementAndGet();
                }
              });
      for (int i = 2; i <= 4; i++) {
        version.set(i);
        Await.done(pool.renew());
        for (int call = 0; call < 10; call++) {
          assertThat(pool.<Integer, RuntimeException>call(in -> in.eval("version").asInt()))
              .isEqualTo(i);
        }
        int before = calls.get();
        Await.until("calls go on", () -> calls.get() > before);
      }
      version.set(5);
      Await.done(load);
      assertThat(pool.statistics().made()).isEqualTo(8);
      assertThat(pool.statistics().interpreters()).isEqualTo(2);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("A renewal that fails says so, and those that there were go on")
  void renewalFails() throws Exception {
    AtomicInteger made = new AtomicInteger();
    PoolOptions options =
        PoolOptions.isolated(2)
            .initializer(in -> in.exec(made.incrementAndGet() > 2 ? "import no_such_module" : ""));
    try (InterpreterPool pool = open(options)) {
      assertThatThrownBy(() -> Await.done(pool.renew()))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("no_such_module");
      assertThat(pool.call(SQUARE, Integer.class, 3)).isEqualTo(9);
      assertThat(pool.statistics().interpreters()).isEqualTo(2);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("Replaced: after so many calls, after what means so, and when it is not well")
  void replaced() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1).replaceAfterCalls(5))) {
      Set<Long> ids = ConcurrentHashMap.newKeySet();
      Await.until(
          "the third interpreter",
          () -> {
            try {
              return ids.add(pool.<Long, RuntimeException>call(Interpreter::id)) && ids.size() >= 3;
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
    }
    PoolOptions picky =
        PoolOptions.isolated(1)
            .replaceAfter(t -> t instanceof PythonException e && e.isInstance("MemoryError"));
    try (InterpreterPool pool = open(picky)) {
      long first = pool.call(Interpreter::id);
      assertThatThrownBy(() -> pool.run(in -> in.exec("raise ValueError")))
          .isInstanceOf(PythonException.class);
      assertThat(pool.<Long, RuntimeException>call(Interpreter::id)).isEqualTo(first);
      assertThatThrownBy(() -> pool.run(in -> in.exec("raise MemoryError")))
          .isInstanceOf(PythonException.class);
      assertThat(pool.<Long, RuntimeException>call(Interpreter::id)).isNotEqualTo(first);
    }
    PoolOptions checked =
        PoolOptions.isolated(1)
            .initializer(in -> in.exec("well = True"))
            .healthCheck(Duration.ofMillis(300), in -> in.exec("assert well"));
    Logged.all(); // from here on it listens
    try (InterpreterPool pool = open(checked)) {
      long first = pool.call(Interpreter::id);
      pool.run(in -> in.exec("well = False"));
      Await.until(
          "it is replaced",
          () -> {
            try {
              return pool.<Long, RuntimeException>call(Interpreter::id) != first;
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
      assertThat(Logged.with("Interpreter[" + first))
          .anyMatch(m -> m.contains(" of " + pool.name() + " is not"));
    }
  }

  @Test
  @Tag("P4")
  @DisplayName("close finishes what has come, refuses what comes, and ends the interpreters")
  void closing() throws Exception {
    List<Long> before = PythonUnderTest.liveIds();
    InterpreterPool pool = open(PoolOptions.isolated(2));
    PoolCaller other = pool.forKey(1);
    Busy busy = new Busy(pool);
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(pool.submit(SQUARE, Integer.class, 7));
      all.add(other.submit(SQUARE, Integer.class, 7));
    }
    Future<Void> closed = Together.start("close", pool::close);
    Await.until(
        "it is refused",
        () -> {
          try {
            all.add(other.submit(SQUARE, Integer.class, 7));
            return false;
          } catch (RejectedExecutionException e) {
            return true;
          }
        });
    assertThat(closed.isDone()).isFalse();
    busy.end();
    Await.done(closed);
    for (CompletableFuture<Integer> each : all) {
      assertThat(each.get()).isEqualTo(49);
    }
    assertThat(PythonUnderTest.liveIds()).isEqualTo(before);
    pool.close();
    assertThat(pool.close(Duration.ZERO)).isTrue();
    assertThatThrownBy(pool::renew).isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  @Tag("P4")
  @DisplayName("close with a limit refuses who waits, and interrupts and gives up the others")
  void closingInTime() throws Exception {
    List<Long> before = PythonUnderTest.liveIds();
    InterpreterPool pool = open(PoolOptions.isolated(2).grace(Duration.ofSeconds(1)));
    CountDownLatch inside = new CountDownLatch(2);
    CompletableFuture<Object> loops =
        pool.submit(in -> {
          inside.countDown();
          in.exec("while True: pass");
          return null;
        });
    CompletableFuture<InterpreterView> where = new CompletableFuture<>();
    CompletableFuture<Object> sleeps =
        pool.submit(in -> {
          in.exec("import threading; l = threading.Lock(); l.acquire()");
          where.complete(in.view());
          inside.countDown();
          in.exec("l.acquire()");
          return null;
        });
    Await.latch(inside);
    CompletableFuture<Integer> waits = pool.submit(SQUARE, Integer.class, 2);
    assertThat(pool.close(Duration.ofMillis(50))).isFalse();
    assertThat(pool.statistics().stuck()).isEqualTo(1);
    assertThatThrownBy(() -> Await.done(waits)).isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(() -> Await.done(loops)).isInstanceOf(InterruptedException.class);
    assertThatThrownBy(() -> Await.done(sleeps)).isInstanceOf(RejectedExecutionException.class);
    PoolDeadlinesTest.letGo(where.get(), "l.release()");
    Await.until("the last ends by itself", () -> PythonUnderTest.liveIds().equals(before));
    assertThat(pool.statistics().stuck()).isZero();
  }

  @Test
  @Tag("P4")
  @DisplayName("What is submitted can be cancelled: before it begins, and while it goes on")
  void cancelled() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      CountDownLatch inside = new CountDownLatch(1);
      CompletableFuture<Object> loops =
          pool.submit(in -> {
            inside.countDown();
            in.exec("while True: pass");
            return null;
          });
      Await.latch(inside);
      AtomicInteger begun = new AtomicInteger();
      CompletableFuture<Integer> waits = pool.submit(in -> begun.incrementAndGet());
      assertThat(waits.cancel(true)).isTrue();
      assertThat(loops.cancel(true)).isTrue();
      assertThatThrownBy(loops::join).isInstanceOf(CancellationException.class);
      assertThat(pool.call(SQUARE, Integer.class, 4)).isEqualTo(16);
      assertThat(begun).hasValue(0);
    }
  }
}
