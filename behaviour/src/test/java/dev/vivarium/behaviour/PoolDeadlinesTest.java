package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterAction;
import dev.vivarium.InterpreterView;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.DeadlineException.Reached;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class PoolDeadlinesTest {

  private static final Duration SHORT = Duration.ofMillis(150);

  /** Time enough to let go, on a busy machine too. */
  private static final Duration LONG = Await.LIMIT;

  private static InterpreterPool open(PoolOptions options) throws InterruptedException {
    return InterpreterPool.open(PythonUnderTest.python(), options);
  }

  private static DeadlineException late(
      InterpreterPool pool, InterpreterAction<? extends Exception> body) {
    long began = System.nanoTime();
    DeadlineException late =
        catchThrowableOfType(
            DeadlineException.class,
            () ->
                pool.within(SHORT)
                    .call(in -> {
                      body.run(in);
                      return "done";
                    }));
    assertThat(late).as("not late").isNotNull();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(SHORT);
    return late;
  }

  @Test
  @Tag("P2")
  @DisplayName("Python code that runs is interrupted; its interpreter goes on")
  void loops() throws Exception {
    for (PoolOptions options : new PoolOptions[] {PoolOptions.isolated(1), PoolOptions.main(1)}) {
      try (InterpreterPool pool = open(options.grace(LONG))) {
        long id = pool.call(Interpreter::id);
        DeadlineException late = late(pool, in -> in.exec("while True: pass"));
        assertThat(late.reached()).isEqualTo(Reached.INTERRUPTED);
        assertThat(late).hasMessageContaining("not done within 150 ms");
        assertThat(late.getCause())
            .isInstanceOfSatisfying(
                PythonException.class,
                e -> assertThat(e.typeName()).isEqualTo("KeyboardInterrupt"));
        assertThat(pool.<Long, RuntimeException>call(Interpreter::id)).isEqualTo(id);
        late = late(pool, in -> new SynchronousQueue<String>().take());
        assertThat(late.reached()).isEqualTo(Reached.INTERRUPTED);
        assertThat(pool.statistics().interrupted()).isEqualTo(2);
        assertThat(pool.statistics().made()).isEqualTo(1);
      }
    }
  }

  @Test
  @Tag("P2")
  @DisplayName(
      "Sleep, lock, socket, Python code that catches everything: given up, with its Python stack; the"
          + " pool is whole at once, and what was given up ends by itself")
  void blocks() throws Exception {
    InterpreterAction<RuntimeException> prepare =
        in ->
            in.exec(
                "import socket, threading, time\nl = threading.Lock(); l.acquire()\na, b = socket.socketpair()");
    try (InterpreterPool pool =
        open(
            PoolOptions.isolated(1)
                .grace(Duration.ofSeconds(1)) // in which the stack is looked for
                .initializer(prepare))) {
      boolean hasGil = !PythonUnderTest.version().endsWith("t");
      List<InterpreterView> stuck = new ArrayList<>();
      for (String code :
          new String[] {
            "def sleeps():\n  time.sleep(20)\nsleeps()",
            "l.acquire()",
            "a.recv(1)",
            """
            go_on = True
            while go_on:
                try:
                    while go_on: time.sleep(0.01)
                except BaseException: pass
            """
          }) {
        stuck.add(pool.<InterpreterView, RuntimeException>call(Interpreter::view));
        DeadlineException late = late(pool, in -> in.exec(code, "stuck.py"));
        assertThat(late.reached()).as(code).isEqualTo(Reached.GIVEN_UP);
        // The caller is back before what only this test lets go, later: all but the sleep
        assertThat(pool.statistics().stuck())
            .as(code)
            .isGreaterThanOrEqualTo(Math.max(1, stuck.size() - 1));
        if (hasGil) { // else frames change under whoever looks
          assertThat(late.pythonStack())
              .as(code)
              .anySatisfy(frame -> assertThat(frame.getFileName()).isEqualTo("stuck.py"));
          assertThat(late).hasMessageContaining("stuck.py");
        }
        assertThat(pool.within(LONG).<InterpreterView, RuntimeException>call(Interpreter::view))
            .isNotEqualTo(stuck.getLast());
        assertThat(pool.statistics().givenUp()).isEqualTo(stuck.size());
        assertThat(pool.statistics().interpreters()).isEqualTo(1);
      }
      letGo(stuck.get(1), "l.release()");
      letGo(stuck.get(2), "b.send(b'x')");
      letGo(stuck.get(3), "go_on = False");
      Await.until("all have ended", () -> pool.statistics().stuck() == 0);
    }
  }

  // What is let go ends its interpreter at once, and interrupts who is inside: this thread, maybe
  static void letGo(InterpreterView stuck, String code) {
    try {
      stuck.run(in -> in.exec(code));
    } catch (PythonException e) {
      assertThat(e.typeName()).isEqualTo("KeyboardInterrupt");
    }
  }

  @Test
  @Tag("P2")
  @DisplayName("C code that keeps the GIL: given up, and where it is cannot be told")
  void keepsTheGil() throws Exception {
    PoolOptions options = PoolOptions.isolated(1).initializer(in -> in.exec("import re"));
    try (InterpreterPool pool = open(options)) {
      // Two to the 24th steps and more, without a look at anything
      DeadlineException late =
          late(pool, in -> in.exec("for _ in range(3): re.match('(a+)+$', 'a' * 25 + 'b')"));
      assertThat(late.reached()).isEqualTo(Reached.GIVEN_UP);
      assertThat(pool.within(LONG).<Integer, RuntimeException>call(in -> in.eval("1 + 1").asInt()))
          .isEqualTo(2);
      Await.until("it has ended", () -> pool.statistics().stuck() == 0);
    }
  }

  @Test
  @Tag("P2")
  @DisplayName("Those given up are no more than said: beyond that, calls wait for one to end")
  void bounded() throws Exception {
    CountDownLatch letGo = new CountDownLatch(1);
    try (InterpreterPool pool = open(PoolOptions.isolated(2).mostStuck(2))) {
      InterpreterAction<Exception> stuck =
          in -> {
            try (ThreadState entered = ThreadState.ensure(in)) {
              entered.runDetached(() -> {
                while (letGo.getCount() > 0) {
                  try {
                    letGo.await();
                  } catch (InterruptedException e) {
                    // as code does that is not to be stopped
                  }
                }
              });
            }
          };
      for (int i = 0; i < 4; i++) {
        Await.until("there is another", () -> pool.statistics().idle() > 0);
        assertThat(late(pool, stuck).reached()).isEqualTo(Reached.GIVEN_UP);
      }
      assertThat(pool.statistics().stuck()).isEqualTo(4);
      assertThat(pool.statistics().interpreters()).isZero();
      DeadlineException late = late(pool, stuck);
      assertThat(late.reached()).isEqualTo(Reached.WAITING);
      assertThat(late).hasMessageContaining("no interpreter of python-pool-");
      CompletableFuture<Integer> waits = pool.submit(in -> in.eval("6 * 7").asInt());
      letGo.countDown();
      assertThat(Await.done(waits)).isEqualTo(42);
      Await.until("it is whole", () -> pool.statistics().stuck() == 0);
    }
  }

  @Test
  @Tag("P2")
  @DisplayName("An interrupt of who calls, or waits, is a deadline that has come")
  void interruptedCaller() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1).grace(LONG))) {
      for (Thread.Builder kind : new Thread.Builder[] {Thread.ofPlatform(), Thread.ofVirtual()}) {
        CountDownLatch inside = new CountDownLatch(1);
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread caller =
            kind.start(() -> {
              try {
                pool.run(in -> {
                  inside.countDown();
                  in.exec("while True: pass");
                });
              } catch (Throwable t) {
                outcome.complete(t);
              }
            });
        Await.latch(inside);
        CountDownLatch waiting = new CountDownLatch(1);
        Future<Void> waits =
            Together.start(
                "waits",
                () -> {
                  Thread.currentThread().interrupt();
                  waiting.countDown();
                  assertThatThrownBy(() -> pool.call(in -> 1))
                      .isInstanceOf(InterruptedException.class)
                      .hasMessageContaining("while it waited");
                });
        Await.done(waits);
        caller.interrupt();
        assertThat(Await.done(outcome))
            .isInstanceOf(InterruptedException.class)
            .hasCauseInstanceOf(PythonException.class);
        assertThat(pool.<Integer, RuntimeException>call(in -> in.eval("3").asInt())).isEqualTo(3);
        assertThat(pool.statistics().waiting()).isZero();
      }
    }
  }

  @Test
  @Tag("P2")
  @DisplayName("A submitted call's deadline, and a result that comes just after it")
  void submitted() throws Exception {
    try (InterpreterPool pool = open(PoolOptions.isolated(1).grace(LONG))) {
      CompletableFuture<Object> loops =
          pool.within(SHORT)
              .submit(in -> {
                in.exec("while True: pass");
                return null;
              });
      assertThatThrownBy(() -> Await.done(loops)).isInstanceOf(DeadlineException.class);
      String caught =
          pool.within(SHORT)
              .call(in -> {
                in.exec(
                    """
                    try:
                        while True: sum(range(10))
                    except KeyboardInterrupt:
                        result = 'in time after all'
                    """);
                return in.eval("result").asString();
              });
      assertThat(caught).isEqualTo("in time after all");
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  @Test
  @Tag("P2")
  @DisplayName("No interrupt reaches the next call, however close to its end it comes")
  void hitsNobodyElse() throws Exception {
    int rounds = PythonUnderTest.count(300);
    try (InterpreterPool pool = open(PoolOptions.isolated(1))) {
      int late = 0;
      for (int i = 0; i < rounds; i++) {
        int millis = i % 16;
        try {
          pool.within(Duration.ofMillis(2))
              .call(in -> {
                in.exec(
                    "import time\nend = time.monotonic() + %d / 1000\nwhile time.monotonic() < end: pass"
                        .formatted(millis + 1));
                return null;
              });
        } catch (DeadlineException e) {
          late++;
        }
        assertThat(pool.<Integer, RuntimeException>call(in -> in.eval("sum(range(1000))").asInt()))
            .isEqualTo(499500);
      }
      assertThat(late).isPositive();
    }
  }

  @Test
  @Tag("P2")
  @DisplayName(
      "Loops, sleeps, locks, sockets and C that keeps the GIL, hundreds of times under a deadline:"
          + " each caller is back, the pool whole, threads bounded")
  void manyTimes() throws Exception {
    int rounds = Integer.getInteger("vivarium.test.deadlines", PythonUnderTest.count(200));
    String[] bodies = {
      "while True: pass",
      "time.sleep(1)",
      "l = threading.Lock(); l.acquire(); l.acquire(timeout=1)",
      "a, b = socket.socketpair(); a.settimeout(1); a.recv(1)",
      "re.match('(a+)+$', 'a' * 22 + 'b')\nwhile True: pass"
    };
    PoolOptions options =
        PoolOptions.isolated(4).initializer(in -> in.exec("import re, socket, threading, time"));
    try (InterpreterPool pool = open(options)) {
      AtomicInteger next = new AtomicInteger();
      int threadsBefore = Thread.activeCount();
      Together.run(
          4,
          caller -> {
            for (int i = next.getAndIncrement(); i < rounds; i = next.getAndIncrement()) {
              String body = bodies[i % bodies.length];
              assertThatThrownBy(() ->
                      pool.within(SHORT)
                          .call(in -> {
                            in.exec(body);
                            return null;
                          }))
                  .isInstanceOf(DeadlineException.class);
            }
          });
      Await.until("all have ended", () -> pool.statistics().stuck() == 0);
      Await.until("it is whole", () -> pool.statistics().interpreters() == 4);
      assertThat(Thread.activeCount()).isLessThan(threadsBefore + 30);
    }
  }
}
