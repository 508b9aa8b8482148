package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PooledInterpreter;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pools whose users' code fails, blocks, or asks for something at the wrong moment. */
@ExtendWith(PythonUnderTest.class)
final class PoolTroubleTest {

  private static final PythonFunction SQUARE =
      PythonFunction.source("def square(n): return n * n", "square");

  private static InterpreterPool open(PoolOptions options) throws InterruptedException {
    return InterpreterPool.open(PythonUnderTest.python(), options);
  }

  /** A call that is inside until it is let go. */
  private static CompletableFuture<Integer> busy(InterpreterPool pool, CountDownLatch letGo) {
    CountDownLatch inside = new CountDownLatch(1);
    CompletableFuture<Integer> done =
        pool.forKey(0)
            .submit(in -> {
              inside.countDown();
              try (ThreadState entered = ThreadState.ensure(in)) {
                entered.runDetached(letGo::await);
              }
              return 1;
            });
    Await.latch(inside);
    return done;
  }

  // Calls

  /** Whoever opens a pool, or waits for its end, has main's GIL, which its threads want. */
  static final class Attached implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      PythonUnderTest.start();
      try (ThreadState attached = ThreadState.ensure(PythonUnderTest.main())) {
        for (PoolOptions options :
            new PoolOptions[] {PoolOptions.main(2), PoolOptions.isolated(2)}) {
          InterpreterPool pool = open(options.initializer(in -> in.exec("import json")));
          ExecutorService executor = pool.executor();
          Future<Integer> six = executor.submit(() -> 6);
          executor.shutdown();
          assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
          assertThat(six.get()).isEqualTo(6);
          pool.close();
        }
      }
      PythonUnderTest.python().close();
      System.out.println("closed");
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("A thread that is attached to main opens a pool, and waits for an executor's end")
  void attached() {
    ChildJvm.run(Duration.ofMinutes(2), Attached.class).expect(0).expectOut("closed");
  }

  @Test
  @Tag("P1")
  @DisplayName("An initializer that leaves its thread interrupted interrupts no call")
  void interruptedInitializer() throws Exception {
    PoolOptions options =
        PoolOptions.isolated(0, 1).initializer(in -> Thread.currentThread().interrupt());
    try (InterpreterPool pool = open(options)) {
      assertThat(pool.call(SQUARE, Integer.class, 3)).isEqualTo(9);
    }
  }

  @Test
  @Tag("P1")
  @DisplayName("Of what waits to check an interpreter out, and from inside a call, refused")
  void checkOutRefused() throws Exception {
    InterpreterPool pool = open(PoolOptions.isolated(1));
    assertThatThrownBy(() -> pool.run(in -> pool.checkOut().close()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("inside a call of python-pool-");
    CountDownLatch letGo = new CountDownLatch(1);
    CompletableFuture<Integer> busy = busy(pool, letGo);
    Future<Void> waits = Together.start("waits", () -> pool.checkOut().close());
    Await.until("it waits", () -> pool.statistics().waiting() == 1);
    assertThat(pool.close(Duration.ZERO)).isFalse();
    assertThatThrownBy(() -> Await.done(waits)).isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(() -> Await.done(busy)).isInstanceOf(InterruptedException.class);
  }

  @Test
  @Tag("P1")
  @DisplayName("An executor's tasks that never have their turn are cancelled; exceptions are told")
  void executor() throws Exception {
    InterpreterPool pool = open(PoolOptions.isolated(1));
    AtomicReference<Throwable> told = new AtomicReference<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> told.set(thrown));
    try {
      RuntimeException mine = new RuntimeException("mine");
      pool.executor()
          .execute(() -> {
            throw mine;
          });
      Await.until("it is told", () -> told.get() == mine);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    CountDownLatch letGo = new CountDownLatch(1);
    CompletableFuture<Integer> busy = busy(pool, letGo);
    Future<?> waits = pool.executor().submit(() -> 7);
    assertThat(pool.executor().shutdownNow()).isEmpty();
    Await.until("it is cancelled", waits::isCancelled);
    assertThatThrownBy(() -> Await.done(busy)).isInstanceOf(InterruptedException.class);
    pool.close();
  }

  @Test
  @Tag("P1")
  @DisplayName("Idle for long: times of any length; a health check is no work, and keeps nobody")
  void idleTime() throws Exception {
    Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
    PoolOptions longest = PoolOptions.isolated(0, 1).idleTime(ever).grace(ever);
    try (InterpreterPool pool = open(longest.healthCheck(ever, in -> {}))) {
      assertThat(pool.call(SQUARE, Integer.class, 3)).isEqualTo(9);
      assertThat(pool.within(ever.minusSeconds(1)).toString()).contains("within");
      assertThat(pool.call(SQUARE, Integer.class, 4)).isEqualTo(16);
    }
    PoolOptions checked =
        PoolOptions.isolated(0, 1)
            .idleTime(Duration.ofMillis(500))
            .healthCheck(Duration.ofMillis(50), in -> in.exec("1"));
    try (InterpreterPool pool = open(checked)) {
      assertThat(pool.call(SQUARE, Integer.class, 3)).isEqualTo(9);
      Await.until("it is gone", () -> pool.statistics().interpreters() == 0);
      assertThat(pool.statistics().calls()).isEqualTo(1);
    }
  }

  // Interpreters that cannot be made

  @Test
  @Tag("P3")
  @DisplayName(
      "Where the predicate of replaceAfter throws, what it was asked about even, as where it"
          + " says yes")
  void predicateThrows() throws Exception {
    PoolOptions options =
        PoolOptions.isolated(1)
            .replaceAfter(thrown -> {
              throw (RuntimeException) thrown;
            });
    try (InterpreterPool pool = open(options)) {
      CompletableFuture<Integer> fails = pool.submit(in -> in.eval("1 / 0").asInt());
      assertThatThrownBy(() -> Await.done(fails)).isInstanceOf(PythonException.class);
      assertThat(Await.done(pool.submit(SQUARE, Integer.class, 3))).isEqualTo(9);
      assertThat(pool.statistics().made()).isEqualTo(2);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("A call for a key whose place is empty is refused while none can be made")
  void emptyPlace() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    PoolOptions options =
        PoolOptions.isolated(0, 2).initializer(in -> in.exec(fails.get() ? "1 / 0" : ""));
    try (InterpreterPool pool = open(options)) {
      assertThat(pool.forKey(0).call(SQUARE, Integer.class, 3)).isEqualTo(9);
      fails.set(true);
      assertThatThrownBy(() -> Await.done(pool.renew())).isInstanceOf(PythonException.class);
      assertThatThrownBy(() -> Await.done(pool.forKey(1).submit(SQUARE, Integer.class, 3)))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("none can be made")
          .hasCauseInstanceOf(PythonException.class);
      assertThat(pool.forKey(0).call(SQUARE, Integer.class, 4)).isEqualTo(16);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("What waits for an interpreter whose successor cannot be made is done by itself")
  void successorFails() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    PoolOptions options =
        PoolOptions.isolated(1).initializer(in -> in.exec(fails.get() ? "1 / 0" : ""));
    try (InterpreterPool pool = open(options)) {
      CountDownLatch letGo = new CountDownLatch(1);
      CompletableFuture<Integer> busy = busy(pool, letGo);
      CompletableFuture<Integer> waits = pool.forKey(0).submit(SQUARE, Integer.class, 3);
      fails.set(true);
      assertThatThrownBy(() -> Await.done(pool.renew())).isInstanceOf(PythonException.class);
      letGo.countDown();
      assertThat(Await.done(busy)).isEqualTo(1);
      assertThat(Await.done(waits)).isEqualTo(9);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName(
      "A pool that has lost its interpreters and can make none says why, refuses calls with that,"
          + " and is whole by itself when it can")
  void allSuccessorsFail() throws Exception {
    for (int least = 0; least <= 2; least += 2) {
      AtomicBoolean fails = new AtomicBoolean();
      PoolOptions options =
          PoolOptions.isolated(least, 2)
              .initializer(in -> in.exec(fails.get() ? "1 / 0" : ""))
              .replaceAfter(thrown -> true);
      try (InterpreterPool pool = open(options)) {
        assertThat(pool.call(SQUARE, Integer.class, 3)).isEqualTo(9);
        assertThat(pool.failure()).isEmpty();
        fails.set(true);
        while (pool.statistics().interpreters() > 0) {
          assertThatThrownBy(() -> pool.run(in -> in.exec("broken"))).isInstanceOf(Exception.class);
        }
        for (int i = 0; i < 2; i++) { // at once, and when it has been tried again
          assertThatThrownBy(() -> pool.within(Await.LIMIT).call(SQUARE, Integer.class, 3))
              .isInstanceOf(RejectedExecutionException.class)
              .hasMessageContaining("none can be made")
              .hasRootCauseMessage("ZeroDivisionError: division by zero");
          long before = pool.statistics().notMade();
          assertThat(before).isPositive();
          assertThat(pool.failure()).containsInstanceOf(PythonException.class);
          assertThat(pool.statistics().waiting()).isZero();
          Await.until("it is tried again", () -> pool.statistics().notMade() > before);
        }
        fails.set(false);
        int whole = Math.max(1, least);
        Await.until("it is whole", () -> pool.statistics().interpreters() == whole);
        assertThat(pool.failure()).isEmpty();
        assertThat(pool.call(SQUARE, Integer.class, 4)).isEqualTo(16);
      }
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("A pool that is opened empty and can make none tries again by itself, too")
  void firstFails() throws Exception {
    AtomicBoolean fails = new AtomicBoolean(true);
    PoolOptions options =
        PoolOptions.isolated(0, 1).initializer(in -> in.exec(fails.get() ? "1 / 0" : ""));
    try (InterpreterPool pool = open(options)) {
      assertThatThrownBy(() -> pool.call(SQUARE, Integer.class, 3))
          .isInstanceOf(RejectedExecutionException.class);
      assertThat(pool.failure()).containsInstanceOf(PythonException.class);
      fails.set(false);
      Await.until("there is one", () -> pool.statistics().interpreters() == 1);
      assertThat(pool.failure()).isEmpty();
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("open throws what one initializer has thrown, whatever becomes of the others")
  void oneFails() throws Exception {
    for (int i = 0; i < 6; i++) {
      AtomicInteger begun = new AtomicInteger();
      int bad = 1 + i % 2;
      PoolOptions options =
          PoolOptions.isolated(2)
              .initializer(in -> in.exec(begun.incrementAndGet() == bad ? "1 / 0" : ""));
      Future<Void> opened = Together.start("open", () -> open(options).close());
      assertThatThrownBy(() -> Await.done(opened)).isInstanceOf(PythonException.class);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("An interpreter that is closed behind the pool's back takes no call")
  void closedBehind() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      Interpreter its;
      try (PooledInterpreter mine = pool.checkOut()) {
        its = mine.interpreter();
      }
      its.close();
      assertThat(pool.call(SQUARE, Integer.class, 3)).isEqualTo(9);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("In main, renewal has Python functions made anew, too")
  void functionsOfMain() throws Exception {
    PythonFunction counts =
        PythonFunction.source(
            "calls = 0\ndef count():\n  global calls\n  calls += 1\n  return calls", "count");
    try (InterpreterPool pool = open(PoolOptions.main(2))) {
      assertThat(pool.call(counts, Integer.class)).isEqualTo(1);
      assertThat(pool.call(counts, Integer.class)).isEqualTo(2);
      Await.done(pool.renew());
      assertThat(pool.call(counts, Integer.class)).isEqualTo(1);
    }
  }

  @Test
  @Tag("P3")
  @DisplayName("Whoever logs has no lock of the pool's")
  void logging() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    List<String> seen = new CopyOnWriteArrayList<>();
    AtomicReference<InterpreterPool> its = new AtomicReference<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (record.getMessage().contains("was not made")) {
              try {
                Together.start("asks", () -> its.get().statistics()).get(20, TimeUnit.SECONDS);
                seen.add("answered");
              } catch (Exception e) {
                seen.add(e.toString());
              }
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.vivarium");
    logger.addHandler(handler);
    try (InterpreterPool pool =
        open(PoolOptions.isolated(1).initializer(in -> in.exec(fails.get() ? "1 / 0" : "")))) {
      its.set(pool);
      fails.set(true);
      assertThatThrownBy(() -> Await.done(pool.renew())).isInstanceOf(PythonException.class);
      Await.until("it is logged", () -> !seen.isEmpty());
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(seen).containsExactly("answered");
  }

  // The end

  @Test
  @Tag("P4")
  @DisplayName("Nothing holds a pool that is closed, whose health was to be asked for in an hour")
  void nothingHoldsIt() throws Exception {
    WeakReference<InterpreterPool> pool = new WeakReference<>(closed());
    Await.until(
        "it is free",
        () -> {
          System.gc();
          return pool.get() == null;
        });
  }

  private static InterpreterPool closed() throws Exception {
    AtomicReference<InterpreterPool> its = new AtomicReference<>();
    PoolOptions options =
        PoolOptions.isolated(1).healthCheck(Duration.ofHours(1), in -> assertThat(its).isNotNull());
    InterpreterPool pool = open(options);
    its.set(pool); // which the check holds, and who asks holds the check
    try (PooledInterpreter mine = pool.checkOut()) {
      assertThat(mine.interpreter().isAlive()).isTrue();
    }
    pool.close();
    return pool;
  }
}
