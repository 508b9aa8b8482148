package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterView;
import dev.vivarium.Occupant;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.ThreadState;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class FinalizationTest {

  private static Future<Void> closer(Interpreter interpreter) {
    Future<Void> closer = Together.start("closer", interpreter::close);
    Await.until("closing has begun", () -> PythonUnderTest.refuses(interpreter.view()));
    return closer;
  }

  @Test
  @Tag("F1")
  @DisplayName(
      "close() refuses new guards and attachments from that moment, waits for those there are, then"
          + " ends the interpreter")
  void closeRefusesWaitsEnds() throws Exception {
    for (int round = 0; round < 10; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      InterpreterView view = sub.view();
      CountDownLatch inside = new CountDownLatch(2);
      CountDownLatch goOn = new CountDownLatch(1);
      List<String> order = new CopyOnWriteArrayList<>();
      PythonUnderTest.define(sub, "ended", (Runnable) () -> order.add("ended"));
      sub.exec("import atexit; atexit.register(ended)");
      Together.Errand stays =
          () -> {
            try (ThreadState entered = ThreadState.ensure(view)) {
              inside.countDown();
              entered.detached(() -> Await.latch(goOn));
              // One that is inside goes on as before, and may nest
              try (ThreadState nested = ThreadState.ensure(view)) {
                assertThat(nested.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
              }
              order.add("left");
            }
          };
      Future<Void> one = Together.start("one", stays);
      Future<Void> two = Together.start("two", stays);
      Await.latch(inside);
      Future<Void> closer = closer(sub);
      Together.run(
          4,
          i -> {
            assertThatThrownBy(() -> ThreadState.ensure(view))
                .isInstanceOf(InterpreterClosedException.class);
            assertThatThrownBy(view::guard).isInstanceOf(InterpreterClosedException.class);
            assertThatThrownBy(() -> sub.eval("1")).isInstanceOf(InterpreterClosedException.class);
          });
      assertThat(closer.isDone()).isFalse();
      assertThat(view.isAlive()).isTrue();
      goOn.countDown();
      Await.done(one);
      Await.done(two);
      Await.done(closer);
      assertThat(order).containsExactly("left", "left", "ended");
      assertThat(view.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("F2")
  @DisplayName(
      "close(Duration) past its time: InterpreterBusyException naming who is inside; nothing is torn"
          + " down, and it can be called again")
  void closePastItsTime() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      sub.exec("kept = 42");
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Instant before = Instant.now().minusSeconds(3);
      Future<Void> stays =
          Together.start(
              "who is inside",
              () -> {
                try (ThreadState entered = ThreadState.ensure(sub.view())) {
                  inside.countDown();
                  entered.detached(() -> Await.latch(goOn));
                }
              });
      Await.latch(inside);
      for (int round = 0; round < 3; round++) {
        InterpreterBusyException busy =
            catchThrowableOfType(
                InterpreterBusyException.class, () -> sub.close(Duration.ofMillis(20)));
        assertThat(busy).as("thrown").isNotNull();
        assertThat(busy.getMessage()).contains("who is inside");
        assertThat(busy.occupants())
            .singleElement()
            .satisfies(o -> {
              assertThat(o.kind()).isEqualTo(Occupant.Kind.ATTACHMENT);
              assertThat(o.threadName()).isEqualTo("who is inside");
              assertThat(o.since()).isBetween(before, Instant.now());
            });
        assertThat(sub.isAlive()).isTrue();
        assertThat(sub.eval("kept").asInt()).isEqualTo(42);
        sub.guard().close();
      }
      goOn.countDown();
      Await.done(stays);
      sub.close(Duration.ofSeconds(60));
      assertThat(sub.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("F2")
  @DisplayName(
      "… With CloseOption.INTERRUPT, KeyboardInterrupt is first raised in the Python code of whoever"
          + " is inside")
  void closeInterrupts() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      CountDownLatch begun = new CountDownLatch(3);
      PythonUnderTest.define(sub, "begun", (Runnable) begun::countDown);
      sub.exec("cleaned = []");
      List<Throwable> thrown = new CopyOnWriteArrayList<>();
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String code =
            i == 2
                ? "import time\nbegun()\nwhile True: time.sleep(0.01)"
                : "begun()\ntry:\n    while True: pass\nfinally:\n    cleaned.append(1)";
        all.add(
            Together.start("endless-" + i, () -> thrown.add(catchThrowable(() -> sub.exec(code)))));
      }
      Await.latch(begun);
      assertThatThrownBy(() -> sub.close(Duration.ofMillis(20)))
          .isInstanceOfSatisfying(
              InterpreterBusyException.class, e -> assertThat(e.occupants()).hasSize(3));
      sub.close(Duration.ofSeconds(60), CloseOption.INTERRUPT);
      for (Future<Void> one : all) {
        Await.done(one);
      }
      assertThat(thrown)
          .hasSize(3)
          .allSatisfy(t ->
              assertThat(t)
                  .isInstanceOfSatisfying(
                      PythonException.class,
                      e -> assertThat(e.typeName()).isEqualTo("KeyboardInterrupt")));
      assertThat(sub.isAlive()).isFalse();
    }
  }

  @Test
  @Tag("F3")
  @DisplayName(
      "No JVM thread is ever hung or killed by an interpreter's end: 64 threads sleeping in Python,"
          + " computing, blocked in I/O, in detached, in a C extension that released the GIL, waiting"
          + " in ensure; close; every one of them runs its finally")
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void nobodyIsHungOrKilled() {
    int repetitions = Integer.getInteger("vivarium.test.f3.repetitions", 1);
    for (int i = 0; i < repetitions; i++) {
      ChildJvm.run(Duration.ofMinutes(5), SixtyFourThreads.class, "4", Integer.toString(i))
          .expect(0)
          .expectOut("every finally");
    }
  }

  /** Closes interpreters, main at last, with 64 threads in all ways inside them. */
  static final class SixtyFourThreads implements Scenario {

    private static final int THREADS = 64;
    private static final int KINDS = 7;

    @Override
    public void run(String... arguments) throws Exception {
      int rounds = Integer.parseInt(arguments[0]);
      java.util.Random random = new java.util.Random(Long.parseLong(arguments[1]));
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec("import os; pipe_read, pipe_write = os.pipe()");
      int read = main.eval("pipe_read").asInt();
      AtomicBoolean over = new AtomicBoolean();
      try (OutputStream write =
          new FileOutputStream("/proc/self/fd/" + main.eval("pipe_write").asInt())) {
        Future<Void> feeder = Together.start("feeder", () -> feed(write, over));
        for (int round = 0; round < rounds; round++) {
          List<Interpreter> subs = List.of(PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
          closeUnder(subs, read, random, () -> subs.forEach(Interpreter::close));
        }
        List<Interpreter> all =
            List.of(main, PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
        closeUnder(all, read, random, python::close);
        over.set(true);
        Await.done(feeder);
      }
      System.out.println("every finally has run");
    }

    private static void closeUnder(
        List<Interpreter> all, int read, java.util.Random random, Runnable close) throws Exception {
      for (Interpreter one : all) {
        PythonUnderTest.define(one, "pipe_read", read);
        one.exec(
            """
            import os, time, threading
            lock = threading.Lock()
            def sleeping():
                for _ in range(5): time.sleep(0.002)
            def computing():
                return sum(i * i for i in range(20000))
            def reading():
                return os.read(pipe_read, 1)
            def locking():
                with lock: time.sleep(0.001)
            """);
      }
      CountDownLatch finals = new CountDownLatch(THREADS);
      CountDownLatch busy = new CountDownLatch(THREADS);
      List<Throwable> wrong = new CopyOnWriteArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int kind = i % KINDS;
        Interpreter one = all.get(i / KINDS % all.size());
        threads.add(
            Thread.ofPlatform()
                .name("kind " + kind + " in " + one.id() + ", " + i)
                .start(() -> {
                  try {
                    comeAndGo(one.view(), kind, busy);
                  } catch (Throwable t) {
                    wrong.add(t);
                  } finally {
                    finals.countDown();
                  }
                }));
      }
      Await.latch(busy);
      // So that the end meets the threads in other places each time
      long spin = System.nanoTime() + random.nextInt(5_000_000);
      while (System.nanoTime() < spin) {
        Thread.onSpinWait();
      }
      close.run();
      Await.latch(finals);
      for (Thread thread : threads) {
        thread.join(Await.LIMIT.toMillis());
        assertThat(thread.getState()).as(thread.getName()).isEqualTo(Thread.State.TERMINATED);
      }
      assertThat(wrong).isEmpty();
      assertThat(all).noneMatch(Interpreter::isAlive);
    }

    private static void comeAndGo(InterpreterView view, int kind, CountDownLatch busy) {
      boolean first = true;
      while (true) {
        try (ThreadState entered = ThreadState.ensure(view)) {
          if (first) {
            busy.countDown();
            first = false;
          }
          Interpreter in = entered.interpreter();
          switch (kind) {
            case 0 -> in.eval("sleeping()").close();
            case 1 -> in.eval("computing()").close();
            case 2 -> in.eval("reading()").close();
            case 3 -> entered.detached(() -> TimeUnit.MILLISECONDS.sleep(3));
            case 4 -> GilStateClient.sleepReleased(3);
            case 5 -> in.eval("locking()").close();
            default -> {} // the wait is for the GIL, in ensure
          }
        } catch (InterpreterClosedException e) {
          return;
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }

    private static void feed(OutputStream write, AtomicBoolean over) throws Exception {
      while (!over.get()) {
        write.write(1);
        TimeUnit.MICROSECONDS.sleep(500);
      }
    }
  }

  @Test
  @Tag("F4")
  @DisplayName(
      "Garbage collection and __del__ inside an ensured region that detach and reattach (print, file"
          + " close, locks) while a close is under way: they finish")
  void finalizersWhileClosing() throws Exception {
    for (int round = 0; round < 6; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      sub.exec(
          """
          import gc, os, threading, time
          lock = threading.Lock()
          sink = open(os.devnull, 'w')
          finished = 0
          class Cyclic:
              def __init__(self):
                  self.me = self
                  self.file = open(os.devnull, 'w')
              def __del__(self):
                  global finished
                  print('dropped', file=sink, flush=True)
                  self.file.close()
                  with lock:
                      time.sleep(0)
                      finished += 1
          def work():
              for _ in range(20):
                  Cyclic()
              gc.collect()
          done = []
          def settle():
              # gc.collect() does nothing while another thread is at it
              done.append(1)
              while len(done) == 4 and finished < 4 * 10 * 20:
                  gc.collect()
                  time.sleep(.001)
          """);
      CountDownLatch inside = new CountDownLatch(4);
      CountDownLatch closing = new CountDownLatch(1);
      AtomicInteger finished = new AtomicInteger();
      List<Future<Void>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        all.add(
            Together.start(
                "collecting-" + t,
                () -> {
                  try (ThreadState entered = ThreadState.ensure(sub.view())) {
                    inside.countDown();
                    entered.detached(() -> Await.latch(closing));
                    for (int k = 0; k < 10; k++) {
                      entered.interpreter().exec("work()");
                    }
                    entered.interpreter().exec("settle()");
                    finished.accumulateAndGet(sub.eval("finished").asInt(), Math::max);
                  }
                }));
      }
      Await.latch(inside);
      Future<Void> closer = closer(sub);
      closing.countDown();
      for (Future<Void> one : all) {
        Await.done(one);
      }
      Await.done(closer);
      assertThat(finished.get()).isEqualTo(4 * 10 * 20);
    }
  }

  @Test
  @Tag("F5")
  @DisplayName("Python's non-daemon threads are joined before the end")
  void pythonThreadsAreJoined() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      List<Object> order = new CopyOnWriteArrayList<>();
      PythonUnderTest.define(
          sub,
          "note",
          (Function<Object, Object>)
              text -> {
                order.add(text);
                return null;
              });
      sub.exec(
          """
          import threading, time, atexit
          go_on = threading.Event()
          def works():
              note('begun')
              go_on.wait(50)
              for _ in range(20): time.sleep(0.001)
              note('worked')
          t = threading.Thread(target=works, daemon=False)
          t.start()
          atexit.register(note, 'atexit')
          """);
      InterpreterBusyException busy =
          catchThrowableOfType(
              InterpreterBusyException.class, () -> sub.close(Duration.ofMillis(50)));
      assertThat(busy).as("thrown").isNotNull();
      assertThat(busy.occupants())
          .anySatisfy(o -> assertThat(o.kind()).isEqualTo(Occupant.Kind.PYTHON_THREAD));
      assertThat(sub.eval("t.is_alive()").asBoolean()).isTrue();
      sub.exec("go_on.set()");
      sub.close(Duration.ofSeconds(60));
      assertThat(order).containsExactly("begun", "worked", "atexit");
    }
  }

  @Test
  @Tag("F5")
  @DisplayName(
      "… in a sub-interpreter daemon threads too, and those that threading does not know: CPython"
          + " could not end them")
  void threadsOfSubsAreWaitedFor() {
    ChildJvm.run(Duration.ofSeconds(150), ThreadsOfSubs.class)
        .expect(0)
        .expectOut("all waited for");
  }

  /** Closes sub-interpreters that have threads whom CPython itself would not join. */
  static final class ThreadsOfSubs implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      for (String start :
          List.of(
              // A daemon, since the thread of Java's that starts it is one to Python
              "threading.Thread(target=works).start()",
              "threading.Thread(target=works, daemon=True).start()",
              "import _thread; _thread.start_new_thread(works, ())")) {
        Interpreter sub = PythonUnderTest.sharedGil();
        sub.exec(
            """
            import threading, time
            go_on = True
            def works():
                while go_on: time.sleep(0.001)
            """);
        sub.exec(start);
        assertThatThrownBy(() -> sub.close(Duration.ofMillis(50)))
            .as(start)
            .isInstanceOfSatisfying(
                InterpreterBusyException.class,
                e ->
                    assertThat(e.occupants())
                        .anySatisfy(
                            o -> assertThat(o.kind()).isEqualTo(Occupant.Kind.PYTHON_THREAD)));
        assertThat(sub.eval("6 * 7").asInt()).isEqualTo(42);
        sub.exec("go_on = False");
        sub.close(Duration.ofSeconds(60));
      }
      Interpreter sub = PythonUnderTest.sharedGil();
      sub.exec(
          """
          import threading, time
          def works():
              while True: time.sleep(0.001)
          threading.Thread(target=works).start()
          """);
      sub.close(Duration.ofSeconds(60), CloseOption.INTERRUPT);
      python.close();
      System.out.println("all waited for");
    }
  }

  @Test
  @Tag("F5")
  @DisplayName(
      "… daemon threads of the main interpreter that are inside a Java call are let out first")
  void daemonsInsideJavaAreLetOut() {
    ChildJvm.run(Duration.ofSeconds(150), Daemons.class).expect(0).expectOut("all let out");
  }

  /** Ends main with daemon threads of Python inside Java, and others on their way there. */
  static final class Daemons implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      CountDownLatch inside = new CountDownLatch(4);
      CountDownLatch goOn = new CountDownLatch(1);
      AtomicInteger finals = new AtomicInteger();
      List<Throwable> wrong = new CopyOnWriteArrayList<>();
      AtomicInteger visits = new AtomicInteger();
      PythonUnderTest.define(
          main,
          "waits",
          (Runnable)
              () -> {
                try (ThreadState entered = ThreadState.ensure(main.view())) {
                  entered.detached(() -> {
                    inside.countDown();
                    Await.latch(goOn);
                  });
                  assertThat(main.eval("6 * 7").asInt()).isEqualTo(42);
                } catch (Throwable t) {
                  wrong.add(t);
                } finally {
                  finals.incrementAndGet();
                }
              });
      PythonUnderTest.define(main, "visits", (Runnable) visits::incrementAndGet);
      main.exec(
          """
          import threading
          def visiting():
              while True:
                  visits()
          for i in range(4):
              threading.Thread(target=waits, daemon=True).start()
              threading.Thread(target=visiting, daemon=True).start()
          """);
      Await.latch(inside);
      Await.until("visits", () -> visits.get() > 1000);
      assertThatThrownBy(() -> python.close(Duration.ofMillis(100)))
          .isInstanceOfSatisfying(
              InterpreterBusyException.class,
              e ->
                  assertThat(e.occupants())
                      .anySatisfy(o -> assertThat(o.kind()).isEqualTo(Occupant.Kind.CALLBACK)));
      assertThat(finals.get()).isZero();
      assertThat(main.eval("6 * 7").asInt()).isEqualTo(42);
      Future<Void> closer = Together.start("closer", python::close);
      Await.until("closing", () -> PythonUnderTest.refuses(main.view()));
      goOn.countDown();
      Await.done(closer);
      assertThat(finals.get()).isEqualTo(4);
      assertThat(wrong).isEmpty();
      System.out.println("all let out");
    }
  }

  @Test
  @Tag("F6")
  @DisplayName(
      "atexit functions and __del__ methods that call Java during finalization work, and see the"
          + " interpreter that they belong to")
  void finalizersCallJava() {
    ChildJvm.run(Duration.ofSeconds(150), CallingJavaAtTheEnd.class)
        .expect(0)
        .expectOut("all have called");
  }

  /** Ends sub-interpreters and main, whose last words are calls into Java. */
  static final class CallingJavaAtTheEnd implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      List<Interpreter> all =
          List.of(python.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
      Map<Long, List<String>> heard = new java.util.concurrent.ConcurrentHashMap<>();
      for (Interpreter one : all) {
        heard.put(one.id(), new CopyOnWriteArrayList<>());
        PythonUnderTest.define(
            one,
            "call_java",
            (Function<String, Object>)
                what -> {
                  long here = InterpreterView.current().orElseThrow().id();
                  long seen = GilStateClient.look().id();
                  heard
                      .get(one.id())
                      .add(what + " in " + here + (seen == here ? "" : ", really " + seen));
                  return what.length();
                });
        PythonUnderTest.define(
            one,
            "evaluate",
            (Supplier<Object>)
                () -> {
                  // Java enters again what it was called from
                  try (ThreadState entered = ThreadState.ensure(one.view())) {
                    return one.eval("6 * 7").asInt();
                  }
                });
        one.exec(
            """
            import atexit
            atexit.register(lambda: call_java('atexit'))
            def nested():
                if evaluate() == 42:
                    call_java('nested')
            atexit.register(nested)
            class Dropped:
                def __init__(self, call):
                    self.call = call
                def __del__(self):
                    if self.call('del') == 3:
                        self.call('after del')
            dropped = Dropped(call_java)
            """);
      }
      all.get(1).close();
      python.close();
      for (Interpreter one : all) {
        String in = " in " + one.id();
        assertThat(heard.get(one.id()))
            .containsExactlyInAnyOrder("nested" + in, "atexit" + in, "del" + in, "after del" + in);
      }
      System.out.println("all have called");
    }
  }

  @Test
  @Tag("F7")
  @DisplayName(
      "A Java callback called by native code after its interpreter ended: no crash; the caller gets"
          + " the error value, and the Java side is told")
  void nativeCallbackAfterTheEnd() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      InterpreterView view = sub.view();
      PyObject function = sub.eval("lambda: 42");
      LongSupplier typed = function.as(LongSupplier.class);
      AtomicInteger result = new AtomicInteger();
      List<Throwable> told = new CopyOnWriteArrayList<>();
      GilStateClient.Body callback =
          () -> {
            try (ThreadState entered = ThreadState.ensure(view)) {
              result.set((int) typed.getAsLong());
              assertThat(entered.interpreter().id()).isEqualTo(sub.id());
            } catch (InterpreterClosedException e) {
              result.set(-1);
              told.add(e);
            }
          };
      GilStateClient.onPthread(callback);
      assertThat(result.get()).isEqualTo(42);
      sub.close();
      GilStateClient.onPthread(callback);
      assertThat(result.get()).isEqualTo(-1);
      GilStateClient.inGilState(1, callback);
      Together.run(4, i -> GilStateClient.inGilState(1, callback));
      assertThat(told).hasSize(6);
      assertThatThrownBy(typed::getAsLong).isInstanceOf(InterpreterClosedException.class);
    }
  }

  @Test
  @Tag("F8")
  @DisplayName(
      "A Python object held by Java past its interpreter's end: close and garbage collection do"
          + " nothing; any other use throws InterpreterClosedException")
  void objectsPastTheEnd() throws Exception {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter sub = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      PyObject list = sub.eval("[1, 2]");
      PyObject function = sub.eval("lambda *a: a");
      for (int i = 0; i < 10_000; i++) {
        sub.eval("object()");
      }
      PyObject closedBefore = sub.eval("[]");
      closedBefore.close();
      sub.close();
      for (boolean attached : new boolean[] {false, true}) {
        ThreadState entered = attached ? ThreadState.ensure(PythonUnderTest.main().view()) : null;
        assertEnded(() -> list.attr("append"));
        assertEnded(() -> list.hasAttr("append"));
        assertEnded(() -> function.setAttr("x", 1));
        assertEnded(() -> function.delAttr("x"));
        assertEnded(() -> list.item(0));
        assertEnded(() -> list.setItem(0, 1));
        assertEnded(() -> list.delItem(0));
        assertEnded(() -> function.call(1));
        assertEnded(() -> function.callKw(Map.of("a", 1)));
        assertEnded(() -> list.callMethod("append", 1));
        assertEnded(() -> list.as(List.class));
        assertEnded(list::asBoolean);
        assertEnded(list::asInt);
        assertEnded(list::asLong);
        assertEnded(list::asDouble);
        assertEnded(list::asString);
        assertEnded(list::isNone);
        assertEnded(list::len);
        assertEnded(() -> list.contains(1));
        assertEnded(list::type);
        assertEnded(list::repr);
        assertEnded(list::iterator);
        // Given to a living one
        assertThat(catchThrowable(() -> PythonUnderTest.main().eval("len").call(list)))
            .isInstanceOf(IllegalStateException.class);
        assertThat(list.interpreter().isAlive()).isFalse();
        if (entered != null) {
          entered.close();
        }
      }
      list.close();
      list.close();
      closedBefore.close();
      function.close();
      for (int i = 0; i < 3; i++) {
        System.gc();
        try (Interpreter next = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil()) {
          assertThat(next.eval("[object() for _ in range(20000)]").len()).isEqualTo(20_000);
        }
      }
    }
  }

  private static void assertEnded(org.assertj.core.api.ThrowableAssert.ThrowingCallable use) {
    assertThatThrownBy(use).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @Tag("F9")
  @DisplayName(
      "JVM exit (return of main, System.exit, SIGTERM) with threads inside Python: bounded time,"
          + " atexit run and output flushed where the threads let go, the exit status kept, no crash")
  void exitWithThreadsThatLetGo() {
    for (String way : List.of("return", "exit", "term")) {
      ChildJvm child =
          ChildJvm.start(Duration.ofSeconds(150), List.of(), Exits.class, way, "lets go");
      exit(way, child).expectOut("buffered text").expectOut("atexit has run");
    }
  }

  @Test
  @Tag("F9")
  @DisplayName("… in bounded time and with the exit status kept also where they never let go")
  void exitWithThreadsThatStay() {
    List<String> ways = List.of("return", "exit", "term");
    for (String kind : List.of("sleeps", "computes", "waits in Java", "waits detached")) {
      List<ChildJvm> children =
          ways.stream()
              .map(
                  way -> ChildJvm.start(Duration.ofSeconds(150), List.of(), Exits.class, way, kind))
              .toList();
      for (int i = 0; i < ways.size(); i++) {
        exit(ways.get(i), children.get(i));
      }
    }
  }

  private static ChildJvm.Ended exit(String way, ChildJvm child) {
    child.awaitOut("ready");
    if (way.equals("term")) {
      child.terminate();
    }
    int status =
        switch (way) {
          case "return" -> 0;
          case "exit" -> 7;
          default -> 143;
        };
    ChildJvm.Ended ended = child.await().expect(status);
    assertThat(ended.err()).doesNotContain("A fatal error", "Fatal Python error");
    return ended;
  }

  /** Ends the JVM with threads inside Python. */
  static final class Exits implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      String way = arguments[0];
      String kind = arguments[1];
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options().exitTimeout(Duration.ofSeconds(1)).build());
      List<Interpreter> all =
          List.of(python.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
      python
          .main()
          .exec(
              """
              import sys, atexit
              atexit.register(print, 'atexit has run')
              sys.stdout.write('buffered text')
              """);
      CountDownLatch inside = new CountDownLatch(kind.equals("waits in Java") ? 2 : 9);
      for (int i = 0; i < 9; i++) {
        Interpreter one = all.get(i % 3);
        Together.start("inside-" + i, () -> stay(one, kind, inside));
      }
      Await.latch(inside);
      System.out.println("ready");
      System.out.flush();
      switch (way) {
        case "return" -> {}
        case "exit" -> System.exit(7);
        default -> Thread.sleep(Duration.ofHours(1));
      }
    }

    private static void stay(Interpreter one, String kind, CountDownLatch inside) throws Exception {
      try (ThreadState entered = ThreadState.ensure(one.view())) {
        inside.countDown();
        Interpreter in = entered.interpreter();
        switch (kind) {
          case "lets go" -> in.exec("import time\nfor _ in range(50): time.sleep(0.005)");
          case "sleeps" -> in.exec("import time; time.sleep(3600)");
          case "computes" -> in.exec("while True: pass");
          case "waits detached" -> entered.detached(() -> Thread.sleep(Duration.ofHours(1)));
          default -> Thread.sleep(Duration.ofHours(1)); // with the GIL
        }
      }
    }
  }

  @Test
  @Tag("F11")
  @DisplayName(
      "Closing main closes the others first, each by these rules. Concurrent closers: one works, the"
          + " others wait for it. Starting again afterwards: a clear error")
  void closingMain() {
    ChildJvm.run(Duration.ofSeconds(150), ClosingMain.class).expect(0).expectOut("closed once");
  }

  /** Closes Python from many threads, and starts it again. */
  static final class ClosingMain implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      assertThat(Python.running()).containsSame(python);
      List<Interpreter> all =
          List.of(
              python.main(),
              PythonUnderTest.ownGil(),
              PythonUnderTest.sharedGil(),
              PythonUnderTest.ownGil());
      List<Long> order = new CopyOnWriteArrayList<>();
      for (Interpreter one : all) {
        PythonUnderTest.define(one, "ended", (Runnable) () -> order.add(one.id()));
        one.exec("import atexit; atexit.register(ended)");
      }
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Future<Void> stays =
          Together.start(
              "who stays",
              () -> {
                try (ThreadState entered = ThreadState.ensure(all.get(2).view())) {
                  inside.countDown();
                  entered.detached(() -> Await.latch(goOn));
                  assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                }
              });
      Await.latch(inside);
      // By these rules: one that is busy keeps all as they were
      assertThatThrownBy(() -> python.close(Duration.ofMillis(50)))
          .isInstanceOfSatisfying(
              InterpreterBusyException.class,
              e -> assertThat(e.getMessage()).contains("who stays"));
      for (Interpreter one : all) {
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
      assertThat(order).isEmpty();

      List<Future<Void>> closers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Interpreter one = all.get(i % all.size());
        closers.add(
            Together.start(
                "closer-" + i,
                () -> {
                  if (one.id() == 0) {
                    python.close();
                    assertThat(python.main().isAlive()).isFalse();
                  } else {
                    one.close();
                  }
                  assertThat(one.isAlive()).isFalse();
                }));
      }
      Await.until("main closes", () -> PythonUnderTest.refuses(python.main().view()));
      Await.until("so does the busy one", () -> PythonUnderTest.refuses(all.get(2).view()));
      assertThat(closers.getFirst().isDone()).isFalse();
      goOn.countDown();
      Await.done(stays);
      for (Future<Void> closer : closers) {
        Await.done(closer);
      }
      python.close();
      python.main().close();
      all.forEach(Interpreter::close);
      assertThat(order).hasSize(4).doesNotHaveDuplicates().endsWith(0L);
      assertThat(Python.running()).isEmpty();
      assertThatThrownBy(PythonUnderTest::start)
          .isInstanceOf(RuntimeException.class)
          .message()
          .containsIgnoringCase("one");
      assertThatThrownBy(python::newInterpreter).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> python.main().eval("1"))
          .isInstanceOf(InterpreterClosedException.class);
      System.out.println("closed once");
    }
  }

  @Test
  @Tag("F11")
  @DisplayName("… concurrent closers of one sub-interpreter, in a race")
  void concurrentClosers() throws Exception {
    for (int round = 0; round < 20; round++) {
      Interpreter sub = round % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      ConcurrentLinkedQueue<String> ended = new ConcurrentLinkedQueue<>();
      PythonUnderTest.define(sub, "ended", (Runnable) () -> ended.add("ended"));
      sub.exec("import atexit; atexit.register(ended)");
      Together.run(
          6,
          i -> {
            if (i % 2 == 0) {
              sub.close();
            } else {
              sub.close(Duration.ofSeconds(60));
            }
            assertThat(sub.isAlive()).isFalse();
            assertThat(ended).containsExactly("ended");
          });
    }
  }

  @Test
  @Tag("F12")
  @DisplayName(
      "sys.exit() in Python code called from Java is an exception there, with its code; it ends"
          + " neither JVM nor interpreter")
  void sysExitIsAnException() {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter one : List.of(PythonUnderTest.main(), own, shared)) {
        one.exec("import sys");
        assertExit(one, "sys.exit()", 0, "");
        assertExit(one, "sys.exit(None)", 0, "");
        assertExit(one, "sys.exit(0)", 0, "");
        assertExit(one, "sys.exit(3)", 3, "");
        assertExit(one, "sys.exit(True)", 1, "");
        assertExit(one, "sys.exit(255)", 255, "");
        assertExit(one, "sys.exit('what went wrong')", 1, "what went wrong");
        assertExit(one, "raise SystemExit(4)", 4, "");
        assertThat(catchThrowableOfType(PythonExit.class, () -> one.eval("sys.exit(5)")).code())
            .isEqualTo(5);
        PyObject exit = one.eval("sys.exit");
        assertThat(catchThrowableOfType(PythonExit.class, () -> exit.call(6)).code()).isEqualTo(6);
        // Through Java in between
        PythonUnderTest.define(one, "inner", (Runnable) () -> one.exec("sys.exit(9)"));
        assertExit(one, "inner()", 9, "");
        one.exec(
            """
            try:
                inner()
                code = None
            except SystemExit as e:
                code = e.code
            """);
        assertThat(one.eval("code").asInt()).isEqualTo(9);
        assertThat(one.isAlive()).isTrue();
        assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
      }
    }
  }

  private static void assertExit(Interpreter one, String code, int status, String text) {
    AtomicReference<PythonExit> exit = new AtomicReference<>();
    exit.set(catchThrowableOfType(PythonExit.class, () -> one.exec(code)));
    assertThat(exit.get()).as(code).isNotNull();
    assertThat(exit.get().code()).as(code).isEqualTo(status);
    assertThat(exit.get().text()).as(code).isEqualTo(text);
  }
}
