package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterFunction;
import dev.vivarium.InterpreterView;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolCaller;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PooledInterpreter;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Everything that a pool can be asked for, at random, by threads of all kinds, while it is renewed
 * and closed; one pool after the other. Each call has to come to one outcome, and nothing to be
 * left. Arguments: a seed, how many pools, how many operations each of eight threads does in each.
 */
final class PoolStorm implements Scenario {

  private static final int THREADS = 8;

  private static final PythonFunction SPIN =
      PythonFunction.source(
          """
          def spin(n):
              t = 0
              for i in range(n): t += i
              return t
          """,
          "spin");

  private final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();
  private final Map<Thread, String> working = new ConcurrentHashMap<>();

  @Override
  public void run(String... arguments) throws Exception {
    long seed = Long.parseLong(arguments[0]);
    int pools = Integer.parseInt(arguments[1]);
    int operations = Integer.parseInt(arguments[2]);
    PythonUnderTest.start();
    List<Long> before = PythonUnderTest.liveIds();
    for (int i = 0; i < pools; i++) {
      System.out.println("seed " + (seed + i));
      round(new Random(seed + i), operations);
      Await.until(
          () -> "no interpreter is left but " + before + ": " + PythonUnderTest.liveIds(),
          () -> PythonUnderTest.liveIds().equals(before));
      Await.until("no thread is left", () -> poolThreads().isEmpty());
    }
    System.out.println("done " + new TreeMap<>(outcomes));
    PythonUnderTest.python().close(Duration.ofSeconds(60));
    System.out.println("closed");
  }

  static List<String> poolThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("python-pool-"))
        .toList();
  }

  private void count(String outcome) {
    outcomes.computeIfAbsent(outcome, key -> new LongAdder()).increment();
  }

  private static PoolOptions options(Random random, AtomicInteger fails) {
    PoolOptions options =
        switch (random.nextInt(4)) {
          case 0 -> PoolOptions.isolated(1);
          case 1 -> PoolOptions.isolated(0, 1 + random.nextInt(3));
          case 2 -> PoolOptions.isolated(2);
          default -> PoolOptions.main(1 + random.nextInt(2));
        };
    options =
        options
            .grace(Duration.ofMillis(20 + random.nextInt(200)))
            .idleTime(Duration.ofMillis(1 + random.nextInt(50)))
            .mostStuck(random.nextInt(3))
            .initializer(in -> {
              in.exec("import time");
              if (fails.get() > 0 && fails.decrementAndGet() >= 0) {
                in.exec("raise ValueError('not made')");
              }
            })
            .replaceAfter(
                thrown -> thrown instanceof PythonException e && e.isInstance("MemoryError"));
    if (random.nextInt(3) == 0) {
      options = options.replaceAfterCalls(1 + random.nextInt(20));
    }
    if (random.nextInt(3) == 0) {
      options = options.mostWaiting(1 + random.nextInt(5));
    }
    if (random.nextInt(3) == 0) {
      options = options.healthCheck(Duration.ofMillis(1 + random.nextInt(30)), in -> in.exec("1"));
    }
    return options;
  }

  private void round(Random random, int operations) throws Exception {
    AtomicInteger fails = new AtomicInteger();
    InterpreterPool pool = InterpreterPool.open(PythonUnderTest.python(), options(random, fails));
    System.out.println(pool.statistics());
    int closesAt = random.nextInt(4) == 0 ? random.nextInt(operations) : operations;
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Random own = new Random(random.nextLong());
      int index = i;
      CompletableFuture<Void> done = new CompletableFuture<>();
      Runnable work =
          () -> {
            try {
              for (int n = 0; n < operations; n++) {
                if (index == 0 && n == closesAt) {
                  working.put(Thread.currentThread(), "close");
                  pool.close(Duration.ofMillis(own.nextInt(300)));
                }
                operation(pool, own, fails);
              }
              done.complete(null);
            } catch (Throwable t) {
              done.completeExceptionally(t);
            } finally {
              working.remove(Thread.currentThread());
            }
          };
      switch (i % 4) {
        case 0, 1 -> Thread.ofPlatform().daemon().name("storm-" + i).start(work);
        case 2 -> Thread.ofVirtual().name("storm-" + i).start(work);
        default -> new Thread(() -> ForkJoinPool.commonPool().execute(work)).start();
      }
      all.add(done);
    }
    for (Future<?> each : all) {
      wait(each, pool);
    }
    Future<Void> closed =
        Together.start(
            "close",
            () -> {
              if (random.nextBoolean()) {
                pool.close();
              } else {
                pool.close(Duration.ofMillis(random.nextInt(100)));
              }
            });
    wait(closed, pool);
    Await.until(() -> "all have ended: " + pool.statistics(), () -> pool.statistics().stuck() == 0);
    assertThat(pool.statistics().interpreters()).as("%s", pool.statistics()).isZero();
    assertThat(pool.statistics().idle()).isZero();
    assertThat(pool.statistics().waiting()).isZero();
    assertThat(pool.executor().awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  private void wait(Future<?> each, InterpreterPool pool) throws Exception {
    try {
      each.get(90, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(
          "hangs: " + working + "\n" + pool.statistics() + Together.stacks(), e);
    } catch (ExecutionException e) {
      throw new AssertionError(pool.statistics().toString(), e.getCause());
    }
  }

  private void operation(InterpreterPool pool, Random random, AtomicInteger fails)
      throws Exception {
    int dice = random.nextInt(100);
    working.put(Thread.currentThread(), "operation " + dice);
    boolean flagged = dice >= 40 && dice < 48;
    try {
      act(pool, random, fails, dice);
      count("done");
    } catch (RejectedExecutionException e) {
      count(e.getCause() == null ? "refused" : "not made");
    } catch (DeadlineException e) {
      count(e.reached().toString());
    } catch (InterruptedException e) {
      count("interrupted");
      flagged = true; // if it was for a call of this one's
    } catch (CancellationException e) {
      count("cancelled");
    } catch (ExecutionException | CompletionException e) {
      expected(e.getCause());
    } catch (PythonException | InterpreterClosedException e) {
      expected(e);
    }
    boolean left = Thread.interrupted();
    assertThat(left && !flagged).as("an interrupt out of nowhere, after " + dice).isFalse();
    assertThat(InterpreterView.current()).isEmpty();
  }

  private void expected(Throwable thrown) {
    switch (thrown) {
      case RejectedExecutionException e -> count("refused");
      case DeadlineException e -> count(e.reached().toString());
      case InterruptedException e -> count("interrupted");
      case PythonException e -> {
        assertThat(e.typeName()).isIn("MemoryError", "KeyboardInterrupt");
        count(e.typeName());
      }
      default -> throw new AssertionError("an outcome that is none", thrown);
    }
  }

  private static long sum(int n) {
    return n * (n - 1L) / 2;
  }

  private static PoolCaller caller(InterpreterPool pool, Random random) {
    PoolCaller any = pool.within(Await.LIMIT);
    PoolCaller some =
        random.nextInt(3) == 0 ? any.within(Duration.ofMillis(random.nextInt(60))) : any;
    return random.nextInt(3) == 0 ? some.forKey(random.nextInt(5)) : some;
  }

  private static InterpreterFunction<Long, RuntimeException> busy(String code) {
    return in -> {
      in.exec(code);
      return in.eval("1 + 1").asLong();
    };
  }

  private void act(InterpreterPool pool, Random random, AtomicInteger fails, int dice)
      throws Exception {
    PoolCaller caller = caller(pool, random);
    int n = random.nextInt(300);
    if (dice < 30) {
      assertThat(caller.call(SPIN, Long.class, n)).isEqualTo(sum(n));
    } else if (dice < 36) {
      assertThat(caller.submit(SPIN, Long.class, n).get()).isEqualTo(sum(n));
    } else if (dice < 40) {
      try (PooledInterpreter mine = caller.checkOut()) {
        assertThat(mine.interpreter().eval("6 * 7").asLong()).isEqualTo(42);
      }
    } else if (dice < 48) { // an interrupt, at some moment of a call
      Thread self = Thread.currentThread();
      Thread interrupter =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  Thread.sleep(Duration.ofNanos(random.nextInt(3_000_000)));
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                self.interrupt();
              });
      try {
        assertThat(caller.call(SPIN, Long.class, n * 50)).isEqualTo(sum(n * 50));
      } finally {
        boolean before = Thread.interrupted();
        while (true) {
          try {
            interrupter.join();
            break;
          } catch (InterruptedException e) {
            before = true;
          }
        }
        if (before) {
          self.interrupt();
        }
      }
    } else if (dice < 56) {
      CompletableFuture<Long> future = caller.submit(SPIN, Long.class, n * 100);
      Thread.sleep(Duration.ofNanos(random.nextInt(500_000)));
      future.cancel(true);
      assertThat(future.get()).isEqualTo(sum(n * 100));
    } else if (dice < 62) { // past its deadline, and lets go
      pool.within(Duration.ofMillis(random.nextInt(30))).call(busy("while True: pass"));
      throw new AssertionError("an endless loop is done");
    } else if (dice < 64) { // past its deadline, and does not
      pool.within(Duration.ofMillis(5)).call(busy("time.sleep(%s)".formatted(n / 500.0)));
    } else if (dice < 68) {
      caller.call(busy("raise MemoryError"));
      throw new AssertionError("nothing was raised");
    } else if (dice < 72) { // from inside an interpreter that may be the pool's own
      try (ThreadState entered = inside()) {
        assertThat(caller.call(SPIN, Long.class, n)).isEqualTo(sum(n));
        if (entered != null) {
          assertThat(InterpreterView.current()).isNotEmpty();
        }
      }
    } else if (dice < 76) { // from inside a call, in a callback even
      long squared =
          pool.call(in -> {
            Callable<Long> back = () -> pool.call(SPIN, Long.class, n);
            return in.eval("lambda f: f()").call(back).asLong();
          });
      assertThat(squared).isEqualTo(sum(n));
    } else if (dice < 80) {
      Future<Long> future =
          pool.executor()
              .submit(() ->
                  InterpreterView.current()
                      .orElseThrow()
                      .call(in -> in.eval("sum(range(%d))".formatted(n)).asLong()));
      if (random.nextInt(3) == 0) {
        future.cancel(true);
      }
      assertThat(future.get()).isEqualTo(sum(n));
    } else if (dice < 83) {
      CompletableFuture<Void> renewed = pool.renew();
      if (random.nextBoolean()) {
        renewed.handle((nothing, thrown) -> null).get();
      }
    } else if (dice < 85) {
      fails.set(random.nextInt(40) == 0 ? random.nextInt(3) : 0);
    } else if (dice < 87) {
      try (PooledInterpreter mine = caller.checkOut()) {
        if (mine.interpreter().id() != 0) {
          mine.interpreter().close();
        }
      }
    } else {
      long got =
          caller.call(in -> {
            InterpreterView own = in.view();
            long result = in.eval("sum(range(%d))".formatted(n)).asLong();
            assertThat(InterpreterView.current()).contains(own);
            return result;
          });
      assertThat(got).isEqualTo(sum(n));
    }
  }

  private static ThreadState inside() {
    return Thread.currentThread().isVirtual() ? null : ThreadState.ensure(PythonUnderTest.main());
  }
}
