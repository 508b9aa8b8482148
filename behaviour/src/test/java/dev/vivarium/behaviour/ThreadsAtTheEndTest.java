package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterView;
import dev.vivarium.Occupant;
import dev.vivarium.Python;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Threads that an end finds inside: rows F3 and F5. */
@ExtendWith(PythonUnderTest.class)
final class ThreadsAtTheEndTest {

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
            case 3 -> entered.runDetached(() -> TimeUnit.MILLISECONDS.sleep(3));
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
  @Tag("R1")
  @DisplayName(
      "Threads that Python code starts are daemons only where it says so; the others are waited for"
          + " by close, and at the return of main")
  void childrenOfJavaThreads() {
    for (String end : List.of("close", "return")) {
      ChildJvm.run(Duration.ofSeconds(150), ChildrenOfJavaThreads.class, end)
          .expect(0)
          .expectOut("done 4\natexit");
    }
  }

  /** Ends main under threads that Java's threads have had Python code start. */
  static final class ChildrenOfJavaThreads implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec(
          """
          import atexit, threading, time
          from concurrent.futures import ThreadPoolExecutor
          atexit.register(print, "atexit", flush=True)
          done = []
          def works():
              time.sleep(0.5)
              done.append(1)
              if len(done) == 4:
                  print("done", len(done), flush=True)
          def start():
              assert not threading.current_thread().daemon
              thread = threading.Thread(target=works)
              assert not thread.daemon
              assert threading.Thread(daemon=True).daemon
              thread.start()
          class Stoppable(threading.Thread):
              def join(self, timeout=None):
                  raise ValueError("nobody has to call this")
          # Others may have their own ways of starting threads
          begun = []
          before = threading.Thread.start
          def instrumented(self):
              begun.append(self)
              before(self)
          threading.Thread.start = instrumented
          start()
          Stoppable(target=works).start()
          assert len(begun) == 2 and threading.Thread.start is instrumented
          pool = ThreadPoolExecutor(1)
          pool.submit(works)
          """);
      Together.run(1, i -> main.exec("start()"));
      try (Interpreter shared = PythonUnderTest.sharedGil()) {
        shared.exec(
            """
            import threading, importlib.util
            assert not threading.current_thread().daemon
            assert not threading.Thread().daemon
            # What finds it is as everywhere
            assert importlib.util.find_spec("threading").loader is threading.__loader__
            """);
      }
      if (arguments[0].equals("close")) {
        python.close();
        assertThat(python.main().isAlive()).isFalse();
      }
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
                  entered.runDetached(() -> {
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
  @Tag("F5")
  @DisplayName(
      "… others stop where they are, also in the middle of a print, or of the report of a Java call"
          + " that came too late")
  void daemonsThatPrintAreLeft() {
    for (int i = 0; i < 3; i++) {
      ChildJvm.Ended ended =
          ChildJvm.run(Duration.ofSeconds(150), PrintingDaemons.class)
              .expect(0)
              .expectOut("ended beside them");
      assertThat(ended.err()).doesNotContain("Fatal Python error", "Traceback");
    }
  }

  /** Ends main with daemon threads of Python that print all the time. */
  static final class PrintingDaemons implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      AtomicInteger visits = new AtomicInteger();
      PythonUnderTest.define(main, "visits", (Runnable) visits::incrementAndGet);
      main.exec(
          """
          import sys, threading
          def printing(file):
              while True:
                  print('o', end='', file=file, flush=True)
          def visiting():
              while True:
                  visits()
          for _ in range(2):
              threading.Thread(target=printing, args=(sys.stdout,), daemon=True).start()
              threading.Thread(target=printing, args=(sys.stderr,), daemon=True).start()
              threading.Thread(target=visiting, daemon=True).start()
          """);
      Await.until("visits", () -> visits.get() > 100);
      python.close();
      System.out.println("ended beside them");
    }
  }
}
