package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Everything at once, at random: several threads of every kind nest, switch, detach, guard, call
 * back, fail, make interpreters and close them, and one closes main for moments. One JVM is one
 * round, which ends by {@code Python.close()}, by {@code System.exit}, or by a signal from outside.
 *
 * <p>Arguments: a seed, seconds, and how it ends: {@code close}, {@code exit}, {@code return}, or
 * {@code signal}, for which it goes on until it is told. It says how many operations of each kind
 * it has done. Status 0 or, by {@code exit}, 7; {@value #WRONG} where something was wrong, {@value
 * #STUCK} where a thread has not come to an end of its operation for {@value #STUCK_SECONDS} s.
 */
public final class Storm {

  static final int EXIT = 7;
  static final int WRONG = 71;
  static final int STUCK = 72;
  static final int STUCK_SECONDS = 60;

  private enum Operation {
    CALL,
    NEST,
    SWITCH,
    DETACH,
    GUARD,
    CALLBACK,
    EXCEPTION,
    OBJECT,
    MAKE,
    MAKE_IN_PYTHON,
    CLOSE,
    CLOSE_SHORT,
    CLOSE_MAIN_SHORT,
    SHORT_THREAD,
    VIRTUAL,
    COMMON_POOL,
    DIES_INSIDE,
    REFUSED
  }

  private static final int MOST_INTERPRETERS = 6;

  private static final String PYTHON =
      """
      try:
          import _interpreters as maker
      except ImportError:
          import _xxsubinterpreters as maker
      def through(f, x): return f(x)
      def fail(text): raise ValueError(text)
      def spin(n):
          t = 0
          for i in range(n): t += i
          return t
      """;

  private final long seed;
  private final Map<Operation, LongAdder> done = new EnumMap<>(Operation.class);
  private final Map<Thread, Long> working = new ConcurrentHashMap<>(); // since when
  private final ConcurrentLinkedDeque<Interpreter> subs = new ConcurrentLinkedDeque<>();
  private final ConcurrentLinkedDeque<InterpreterGuard> guards = new ConcurrentLinkedDeque<>();
  private final AtomicReference<Throwable> wrong = new AtomicReference<>();
  private Python python;
  private volatile boolean over;
  private volatile boolean ending; // of the process, so that nothing is wrong that is refused

  private Storm(long seed) {
    this.seed = seed;
    for (Operation operation : Operation.values()) {
      done.put(operation, new LongAdder());
    }
  }

  public static void main(String[] arguments) throws Exception {
    long seed = Long.parseLong(arguments[0]);
    int seconds = Integer.parseInt(arguments[1]);
    String end = arguments[2];
    System.out.println("seed " + seed + ", " + end);
    new Storm(seed).run(seconds, end);
  }

  private void run(int seconds, String end) throws Exception {
    python =
        PythonUnderTest.start(
            PythonUnderTest.options()
                .site(false)
                .exitTimeout(Duration.ofSeconds(20))
                .busyLogInterval(Duration.ofSeconds(20))
                .build());
    python.main().exec(PYTHON);
    watch();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              ending = true;
              over = true;
              say();
            }));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      threads.add(start("storm-" + i, seed * 31 + i));
    }
    System.out.println("going");
    System.out.flush();
    if (end.equals("signal")) {
      Thread.sleep(Duration.ofHours(1));
    }
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < until && wrong.get() == null) {
      LockSupport.parkNanos(20_000_000);
    }
    if (wrong.get() != null) {
      fail();
    }
    switch (end) {
      case "exit" -> System.exit(EXIT); // with all of it under way
      case "return" -> over = true;
      default -> {
        over = true;
        close(threads);
      }
    }
  }

  private void close(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
    guards.forEach(InterpreterGuard::close);
    if (wrong.get() != null) {
      fail();
    }
    python.close(Duration.ofSeconds(STUCK_SECONDS));
    assertThat(python.main().isAlive()).isFalse();
    System.out.println("closed");
  }

  private void fail() {
    Throwable t = wrong.get();
    t.printStackTrace();
    System.err.println("wrong, with seed " + seed);
    say();
    Runtime.getRuntime().halt(WRONG);
  }

  private void say() {
    System.out.println("done " + done);
    System.out.flush();
  }

  private Thread start(String name, long random) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            work(new Random(random));
          } catch (Throwable t) {
            if (!ending) {
              wrong.compareAndSet(null, new AssertionError(name, t));
            }
          } finally {
            working.remove(Thread.currentThread());
          }
        });
  }

  private void watch() {
    Thread.ofPlatform()
        .daemon()
        .name("watch")
        .start(() -> {
          while (true) {
            LockSupport.parkNanos(500_000_000);
            long longest = System.nanoTime() - TimeUnit.SECONDS.toNanos(STUCK_SECONDS);
            for (Map.Entry<Thread, Long> entry : working.entrySet()) {
              if (entry.getValue() - longest < 0 && !ending) {
                System.err.println("stuck, with seed " + seed + ": " + entry.getKey());
                System.err.println(Together.stacks());
                say();
                Runtime.getRuntime().halt(STUCK);
              }
            }
          }
        });
  }

  private void work(Random random) throws Exception {
    while (!over) {
      operation(random);
    }
  }

  private void operation(Random random) throws Exception {
    Operation operation = choose(random);
    working.put(Thread.currentThread(), System.nanoTime());
    try {
      act(operation, random);
      done.get(operation).increment();
    } catch (InterpreterClosedException | InterpreterBusyException e) {
      done.get(Operation.REFUSED).increment();
    } catch (PythonException e) {
      if (!e.typeName().equals("KeyboardInterrupt")) { // which a closer raises
        throw e;
      }
      done.get(Operation.REFUSED).increment();
    } catch (IllegalStateException e) {
      // Another has that guard, and is about to close it; and Python code may make none just now
      if (!e.getMessage().startsWith("this thread has taken a guard")
          && !e.getMessage().contains(" is closing")) {
        throw e;
      }
      done.get(Operation.REFUSED).increment();
    }
    assertThat(InterpreterView.current()).as("attached after %s", operation).isEmpty();
  }

  private static Operation choose(Random random) {
    int dice = random.nextInt(1000);
    if (dice < 8) {
      return Operation.MAKE;
    }
    if (dice < 10) {
      return Operation.MAKE_IN_PYTHON;
    }
    if (dice < 15) {
      return Operation.CLOSE;
    }
    if (dice < 21) {
      return Operation.CLOSE_SHORT;
    }
    if (dice < 24) {
      return Operation.CLOSE_MAIN_SHORT;
    }
    if (dice < 34) {
      return Operation.SHORT_THREAD;
    }
    if (dice < 54) {
      return Operation.VIRTUAL;
    }
    if (dice < 74) {
      return Operation.COMMON_POOL;
    }
    if (dice < 76) {
      return Operation.DIES_INSIDE;
    }
    Operation[] frequent = {
      Operation.CALL,
      Operation.NEST,
      Operation.SWITCH,
      Operation.DETACH,
      Operation.GUARD,
      Operation.CALLBACK,
      Operation.EXCEPTION,
      Operation.OBJECT
    };
    return frequent[random.nextInt(frequent.length)];
  }

  private Interpreter one(Random random) {
    List<Interpreter> all = List.copyOf(subs);
    int index = random.nextInt(all.size() + 1);
    return index == all.size() ? python.main() : all.get(index);
  }

  private Interpreter aSub(Random random) {
    List<Interpreter> all = List.copyOf(subs);
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  private static PyObject named(Interpreter one, String name) {
    return one.importModule("__main__").attr(name);
  }

  private void act(Operation operation, Random random) throws Exception {
    switch (operation) {
      case CALL -> call(one(random), random.nextInt(300));
      case NEST -> nest(random, 1 + random.nextInt(5));
      case SWITCH -> switchBetween(one(random), one(random), one(random));
      case DETACH -> detach(random);
      case GUARD -> guard(random);
      case CALLBACK -> callBack(one(random), one(random), random.nextInt(1000));
      case EXCEPTION -> exception(one(random), random.nextBoolean());
      case OBJECT -> object(one(random), random.nextInt(50));
      case MAKE -> make(random);
      case MAKE_IN_PYTHON -> makeInPython(random.nextInt(3));
      case CLOSE -> close(aSub(random));
      case CLOSE_SHORT -> closeShort(aSub(random), random);
      case CLOSE_MAIN_SHORT -> closeMainShort(random);
      case SHORT_THREAD -> elsewhere(random, Thread.ofPlatform().daemon().name("short"));
      case VIRTUAL -> elsewhere(random, Thread.ofVirtual().name("virtual"));
      case COMMON_POOL -> commonPool(random);
      case DIES_INSIDE -> diesInside(one(random));
      case REFUSED -> {}
    }
  }

  private static void call(Interpreter one, int n) {
    assertThat(named(one, "spin").call(n).asLong()).isEqualTo(n * (n - 1L) / 2);
  }

  private void nest(Random random, int depth) {
    Interpreter one = one(random);
    try (ThreadState entered = ThreadState.ensure(one.view())) {
      assertThat(InterpreterView.current()).contains(one.view());
      if (depth > 0) {
        try {
          nest(random, depth - 1);
        } catch (InterpreterClosedException e) {
          done.get(Operation.REFUSED).increment();
        }
      }
      assertThat(InterpreterView.current()).contains(one.view());
      assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
    }
  }

  private static void switchBetween(Interpreter a, Interpreter b, Interpreter c) {
    a.run(inA -> {
      b.run(inB -> c.run(inC -> assertThat(inC.eval("6 * 7").asInt()).isEqualTo(42)));
      assertThat(inA.eval("6 * 7").asInt()).isEqualTo(42);
    });
  }

  private void detach(Random random) {
    Interpreter one = one(random);
    Interpreter other = one(random);
    long nanos = random.nextInt(300_000);
    try (ThreadState entered = ThreadState.ensure(one.view())) {
      entered.runDetached(() -> {
        LockSupport.parkNanos(nanos);
        try {
          other.run(in -> assertThat(in.eval("6 * 7").asInt()).isEqualTo(42));
        } catch (InterpreterClosedException e) {
          done.get(Operation.REFUSED).increment();
        }
      });
      assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
    }
  }

  // Some are given back by another thread, a while later
  private void guard(Random random) {
    Interpreter one = one(random);
    InterpreterGuard guard = one.guard();
    try (ThreadState entered = ThreadState.ensure(guard)) {
      assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
    } finally {
      if (random.nextInt(4) == 0) {
        guards.add(guard);
      } else {
        guard.close();
      }
    }
    InterpreterGuard old = guards.size() > 3 ? guards.poll() : null;
    if (old != null) {
      old.close();
    }
  }

  private void dropGuards() {
    for (InterpreterGuard old = guards.poll(); old != null; old = guards.poll()) {
      old.close();
    }
  }

  private static void callBack(Interpreter one, Interpreter other, int value) {
    java.util.function.UnaryOperator<Object> callback =
        x ->
            other.call(in ->
                named(in, "through")
                    .call((java.util.function.LongUnaryOperator) y -> y + 1, x)
                    .asLong());
    assertThat(named(one, "through").call(callback, value).asLong()).isEqualTo(value + 1L);
  }

  private static void exception(Interpreter one, boolean java) {
    if (java) {
      IllegalArgumentException mine = new IllegalArgumentException("on purpose");
      java.util.function.UnaryOperator<Object> throwing =
          x -> {
            throw mine;
          };
      try {
        named(one, "through").call(throwing, 1);
        throw new AssertionError("nothing was thrown");
      } catch (IllegalArgumentException e) {
        assertThat(e).isSameAs(mine);
      }
      return;
    }
    try {
      named(one, "fail").call("on purpose");
      throw new AssertionError("nothing was raised");
    } catch (PythonException e) {
      if (e.typeName().equals("KeyboardInterrupt")) {
        throw e;
      }
      assertThat(e).hasMessage("ValueError: on purpose");
    }
  }

  private static void object(Interpreter one, int size) {
    PyObject list = one.eval("list(range(" + size + "))");
    assertThat(list.len()).isEqualTo(size);
    if (size % 3 == 0) {
      list.close();
    }
  }

  private void make(Random random) {
    if (subs.size() >= MOST_INTERPRETERS) {
      close(aSub(random));
      return;
    }
    Interpreter made =
        random.nextBoolean() ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
    made.exec(PYTHON);
    subs.add(made);
  }

  // By a name of its own, for two threads that destroy the same one crash 3.12
  private void makeInPython(int kind) {
    Interpreter main = python.main();
    switch (kind) {
      case 0 -> main.exec("maker.destroy(maker.create())");
      case 1 ->
          main.exec(
              "(lambda i: (maker.run_string(i, 'import sys'), maker.destroy(i)))(maker.create())");
      default -> {
        if (done.get(Operation.MAKE_IN_PYTHON).sum() < 12) {
          main.exec("maker.create()"); // left behind
        }
      }
    }
  }

  // Guards that nobody is about to close would hold it up
  private void close(Interpreter sub) {
    if (sub == null || !subs.remove(sub)) {
      return;
    }
    dropGuards();
    try {
      sub.close(Duration.ofSeconds(5));
    } finally {
      if (sub.isAlive()) {
        subs.add(sub); // for another time
      }
    }
  }

  private void closeShort(Interpreter sub, Random random) {
    if (sub == null) {
      return;
    }
    Duration moment = Duration.ofNanos(random.nextInt(5_000_000));
    boolean interrupt = random.nextInt(3) == 0;
    try {
      if (interrupt) {
        sub.close(moment, CloseOption.INTERRUPT);
      } else {
        sub.close(moment);
      }
      assertThat(sub.isAlive()).isFalse();
    } finally {
      if (!sub.isAlive()) {
        subs.remove(sub);
      }
    }
  }

  // A guard of another thread holds main, so that it is always in vain
  private void closeMainShort(Random random) throws InterruptedException {
    AtomicReference<InterpreterGuard> keeper = new AtomicReference<>();
    Thread taker =
        Thread.ofPlatform()
            .daemon()
            .name("keeper")
            .start(() -> {
              try {
                keeper.set(python.main().guard());
              } catch (InterpreterClosedException e) {
                // another closer is at it, and has its own keeper
              }
            });
    taker.join();
    if (keeper.get() == null) {
      return;
    }
    try {
      python.close(Duration.ofNanos(random.nextInt(8_000_000)));
      throw new AssertionError("main was closed under a guard");
    } catch (InterpreterBusyException e) {
      assertThat(python.main().isAlive()).isTrue();
      throw e;
    } finally {
      keeper.get().close();
    }
  }

  private void elsewhere(Random random, Thread.Builder builder) throws Exception {
    Interpreter one = one(random);
    Interpreter other = one(random);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    int n = random.nextInt(100);
    Thread thread =
        builder.start(() -> {
          try {
            one.run(in -> other.run(inner -> {}));
            call(other, n);
          } catch (Throwable t) {
            thrown.set(t);
          }
        });
    thread.join();
    rethrow(thrown.get());
  }

  private void commonPool(Random random) throws Exception {
    CountDownLatch all = new CountDownLatch(2);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    for (int i = 0; i < 2; i++) {
      Interpreter one = one(random);
      int n = random.nextInt(100);
      ForkJoinPool.commonPool()
          .execute(() -> {
            try {
              call(one, n);
            } catch (Throwable t) {
              thrown.set(t);
            } finally {
              all.countDown();
            }
          });
    }
    all.await();
    rethrow(thrown.get());
  }

  private static void rethrow(Throwable thrown) throws Exception {
    if (thrown instanceof Exception e) {
      throw e;
    }
    if (thrown != null) {
      throw new AssertionError("on another thread", thrown);
    }
  }

  private static void diesInside(Interpreter one) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("dies inside")
            .start(() -> {
              try {
                ThreadState.ensure(one.view());
              } catch (InterpreterClosedException e) {
                thrown.set(e);
              }
            });
    thread.join();
    if (thrown.get() instanceof InterpreterClosedException e) {
      throw e;
    }
  }
}
