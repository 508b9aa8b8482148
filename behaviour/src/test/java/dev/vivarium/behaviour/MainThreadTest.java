package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.Occupant;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Programs on Python's main thread: row R2's part of the library. */
@ExtendWith(PythonUnderTest.class)
final class MainThreadTest {

  private static final int STATUS = 5;
  private static final Duration LIMIT = Duration.ofSeconds(120);

  // The exit's own limit is 5 seconds, for those that do not let go
  private static final Duration AT_ONCE = Duration.ofSeconds(20);

  @Test
  @Tag("R2")
  @DisplayName(
      "What runs on Python's main thread is what Python takes for it, whoever asks: attached,"
          + " inside a sub-interpreter, a virtual thread, and that thread itself")
  void isPythonsMainThread() throws Exception {
    Python python = PythonUnderTest.python();
    Interpreter main = python.main();
    long ident = python.callOnMainThread(MainThreadTest::identOfMain);
    assertThat(ident).isNotEqualTo(main.eval("__import__('threading').get_ident()").asLong());
    long attached = main.call(in -> python.callOnMainThread(MainThreadTest::identOfMain));
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      long inside = sub.call(in -> python.callOnMainThread(MainThreadTest::identOfMain));
      assertThat(inside).isEqualTo(ident);
    }
    AtomicReference<Long> virtual = new AtomicReference<>();
    Thread.ofVirtual()
        .start(() -> virtual.set(python.callOnMainThread(MainThreadTest::identOfMain)))
        .join();
    long nested =
        python.callOnMainThread(in -> python.callOnMainThread(MainThreadTest::identOfMain));
    assertThat(new long[] {attached, virtual.get(), nested}).containsOnly(ident);
  }

  private static long identOfMain(Interpreter in) {
    in.exec(
        """
        import threading
        assert threading.current_thread() is threading.main_thread()
        """);
    return in.eval("threading.get_ident()").asLong();
  }

  @Test
  @Tag("R2")
  @DisplayName(
      "… its results, exceptions and class loader are the caller's, its thread state stays")
  void isTransparent() {
    Python python = PythonUnderTest.python();
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = new ClassLoader(before) {};
    Thread.currentThread().setContextClassLoader(loader);
    try {
      assertThat(
              python.<ClassLoader, RuntimeException>callOnMainThread(
                  in -> Thread.currentThread().getContextClassLoader()))
          .isSameAs(loader);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    IOException thrown = new IOException("on purpose");
    assertThatThrownBy(() ->
            python.runOnMainThread(in -> {
              throw thrown;
            }))
        .isSameAs(thrown);
    assertThatThrownBy(() -> python.runOnMainThread(in -> in.exec("raise KeyError('x')")))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("KeyError");
    python.runOnMainThread(
        in -> in.exec("import threading; local = threading.local(); local.kept = 6"));
    python.runOnMainThread(in -> assertThat(in.eval("local.kept").asInt()).isEqualTo(6));
    assertThatThrownBy(() ->
            python.runOnMainThread(in -> {
              ThreadState forgotten = ThreadState.ensure(in.view());
            }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(python.<Integer, RuntimeException>callOnMainThread(in -> in.eval("7").asInt()))
        .isEqualTo(7);
  }

  @Test
  @Tag("R2")
  @DisplayName(
      "… recursion without end is a RecursionError there too, and its stack is a large one")
  void isDeep() {
    PythonUnderTest.python()
        .runOnMainThread(in ->
            in.exec(
                """
                import sys
                def f(n): return f(n + 1)
                try: f(0)
                except RecursionError: pass
                else: raise AssertionError
                def nested(depth):
                    made = []
                    for _ in range(depth): made = [made]
                    return made
                one, other = nested(1_000_000), nested(1_000_000)
                try: one == other
                except RecursionError: pass
                else: raise AssertionError
                while one: one = one.pop()
                while other: other = other.pop()
                """));
  }

  @Test
  @Tag("R2")
  @DisplayName("… a body that stays there for long holds up no interpreter, reaping or closing")
  void holdsNothingUp() throws Exception {
    Python python = PythonUnderTest.python();
    CountDownLatch there = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    Future<Void> staying =
        Together.start(
            "asks",
            () ->
                python.runOnMainThread(in -> {
                  try (ThreadState state = ThreadState.ensure(in)) {
                    state.runDetached(() -> {
                      there.countDown();
                      leave.await();
                    });
                  }
                }));
    Await.latch(there);
    int before = states(python.main());
    for (int i = 0; i < 8; i++) {
      Together.elsewhere(() -> python.main().exec("1"));
      try (Interpreter sub = PythonUnderTest.ownGil()) {
        assertThat(sub.eval("2 * 3").asInt()).isEqualTo(6);
      }
    }
    Await.until("dead threads' states reaped", () -> states(python.main()) <= before);
    InterpreterBusyException busy =
        catchThrowableOfType(
            InterpreterBusyException.class, () -> python.close(Duration.ofMillis(50)));
    assertThat(busy.occupants())
        .extracting(Occupant::toString)
        .anyMatch(s -> s.contains("python-main"));
    assertThat(python.main().eval("1").asInt()).isEqualTo(1); // open again
    leave.countDown();
    Await.done(staying);
  }

  private static int states(Interpreter main) {
    return main.eval("len(__import__('sys')._current_frames())").asInt();
  }

  /** Closes main under bodies on its main thread. */
  static final class Closes implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      python.main().exec("import atexit; atexit.register(print, 'atexit has run', flush=True)");
      CountDownLatch there = new CountDownLatch(1);
      Future<Void> looping =
          Together.start(
              "first",
              () ->
                  assertThatThrownBy(() ->
                          python.runOnMainThread(in -> {
                            there.countDown();
                            in.exec("while True: pass");
                          }))
                      .hasMessageContaining("KeyboardInterrupt"));
      Await.latch(there);
      Future<Void> waiting =
          Together.start(
              "second",
              () ->
                  assertThatThrownBy(() -> python.runOnMainThread(in -> in.exec("never = 1")))
                      .isInstanceOf(InterpreterClosedException.class));
      assertThatThrownBy(() -> python.close(Duration.ofMillis(100)))
          .isInstanceOf(InterpreterBusyException.class)
          .hasMessageContaining("python-main");
      python.close(Duration.ofSeconds(60), CloseOption.INTERRUPT);
      Await.done(looping);
      Await.done(waiting);
      assertThatThrownBy(() -> python.runOnMainThread(in -> in.exec("late = 1")))
          .isInstanceOf(InterpreterClosedException.class);
      System.out.println("closed in order");
    }
  }

  /** Closes main without a limit, which waits for the body; inside, it refuses. */
  static final class Waits implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      CountDownLatch there = new CountDownLatch(1);
      Future<Void> slow =
          Together.start(
              "slow",
              () ->
                  python.runOnMainThread(in -> {
                    assertThatThrownBy(python::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("wait for itself");
                    there.countDown();
                    in.exec("import time; time.sleep(0.5); print('slept', flush=True)");
                  }));
      Await.latch(there);
      python.close();
      System.out.println("closed");
      Await.done(slow);
    }
  }

  /** Exits: on that thread from Python code or from Java, or elsewhere while a body runs there. */
  static final class Exits implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start();
      python
          .main()
          .exec(
              """
              import atexit
              atexit.register(print, 'atexit has run', flush=True)
              """);
      switch (arguments[0]) {
        case "Python" ->
            python.runOnMainThread(in ->
                in.exec(
                    """
                    from java.lang import System
                    print('unflushed', end=' ')
                    System.exit(5)
                    """));
        case "Java" -> python.runOnMainThread(in -> System.exit(STATUS));
        default -> {
          CountDownLatch there = new CountDownLatch(1);
          Together.start(
              "asks",
              () ->
                  python.runOnMainThread(in -> {
                    there.countDown();
                    in.exec(
                        arguments[0].equals("loops")
                            ? "while True: pass"
                            : "import time; time.sleep(90)");
                  }));
          Await.latch(there);
          System.exit(STATUS);
        }
      }
    }
  }

  /** Handles signals there. */
  static final class HandlesSignals implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python =
          PythonUnderTest.start(PythonUnderTest.options().allowSignalHandlers(true).build())) {
        python.runOnMainThread(in ->
            in.exec(
                """
                import os, signal, threading, time
                seen = []
                def note(number, frame):
                    assert threading.current_thread() is threading.main_thread()
                    seen.append(number)
                for number in signal.SIGUSR1, signal.SIGALRM, signal.SIGURG:
                    assert signal.signal(number, note) == signal.SIG_DFL
                os.kill(os.getpid(), signal.SIGUSR1)
                signal.setitimer(signal.ITIMER_REAL, 0.01)
                end = time.monotonic() + 60
                while len(seen) < 2 and time.monotonic() < end: pass
                assert seen == [signal.SIGUSR1, signal.SIGALRM], seen

                import _thread, asyncio, queue, socket, subprocess
                signal.signal(signal.SIGINT, signal.default_int_handler)
                main = threading.get_ident()
                over = threading.Event()
                def interrupt(): # as the commands run and repl do
                    time.sleep(0.2)
                    _thread.interrupt_main(signal.SIGINT)
                    while not over.wait(0.05):
                        signal.pthread_kill(main, signal.SIGURG)
                server = socket.create_server(("127.0.0.1", 0))
                server.settimeout(60)
                lock = threading.Lock()
                lock.acquire()
                for wait in (
                    lambda: time.sleep(60),
                    server.accept,
                    lambda: lock.acquire(timeout=60),
                    lambda: threading.Event().wait(60),
                    lambda: queue.Queue().get(timeout=60),
                    lambda: subprocess.run(["sleep", "60"]),
                    lambda: asyncio.run(asyncio.sleep(60)),
                ):
                    over.clear()
                    interrupting = threading.Thread(target=interrupt)
                    began = time.monotonic()
                    try:
                        interrupting.start()
                        wait()
                    except KeyboardInterrupt: pass
                    else: raise AssertionError
                    finally:
                        over.set()
                        interrupting.join()
                    assert time.monotonic() - began < 30
                """));
        assertThatThrownBy(
                () -> python.main().exec("signal.signal(signal.SIGUSR1, signal.SIG_DFL)"))
            .hasMessageContaining("main thread");
      }
      System.out.println("handled");
    }
  }

  @Test
  @Tag("R2")
  @DisplayName(
      "… closing waits for what runs there, with a limit and without, and what has not begun is"
          + " refused")
  void closing() {
    ChildJvm.Ended closed = ChildJvm.run(LIMIT, Closes.class).expect(0);
    closed.expectOut("closed in order").expectOut("atexit has run");
    ChildJvm.Ended waited = ChildJvm.run(LIMIT, Waits.class).expect(0);
    assertThat(waited.out()).containsSubsequence("slept", "closed");
  }

  @Test
  @Tag("R2")
  @DisplayName("… System.exit there, and elsewhere meanwhile: atexit run, the status kept, at once")
  void exiting() {
    for (String way : new String[] {"Python", "Java", "loops", "sleeps"}) {
      ChildJvm.Ended ended = ChildJvm.run(LIMIT, Exits.class, way).expect(STATUS);
      ended.expectOut("atexit has run");
      assertThat(ended.time()).as(way).isLessThan(AT_ONCE);
      if (way.equals("Python")) {
        ended.expectOut("unflushed");
      }
    }
  }

  @Test
  @Tag("R2")
  @DisplayName(
      "Exit status, tracebacks, signals (signal.signal, Ctrl-C at once out of sleep, socket, lock and"
          + " subprocess waits), as under python: what Python's main thread makes of them")
  void signals() {
    ChildJvm.run(LIMIT, HandlesSignals.class).expect(0).expectOut("handled");
  }
}
