package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterView;
import dev.vivarium.NativeCallback;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.PythonOptions;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Last words, exits and the end of the JVM: rows F6, F9, F12 and R3. */
@ExtendWith(PythonUnderTest.class)
@Execution(ExecutionMode.CONCURRENT) // its children wait more than they work
final class EndOfProcessTest {

  static final String EXIT_HANDLER = "an exit handler of C's has run";

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
                  InterpreterView calling = InterpreterView.current().orElseThrow();
                  long here = calling.id();
                  long seen = GilStateClient.lookIn(calling).id();
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
  @Tag("F9")
  @DisplayName(
      "JVM exit (return of main, System.exit, SIGTERM) with threads inside Python: bounded time,"
          + " atexit run and output flushed where the threads let go, the exit status kept, no crash")
  void exitWithThreadsThatLetGo() {
    for (String way : List.of("return", "exit", "term")) {
      ChildJvm child =
          ChildJvm.start(Duration.ofSeconds(150), List.of(), Exits.class, way, "lets go");
      ChildJvm.Ended ended =
          exit(way, child).expectOut("buffered text").expectOut("atexit has run");
      assertThat(ended.err()).contains(EXIT_HANDLER);
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
        ChildJvm.Ended ended = exit(ways.get(i), children.get(i));
        if (!kind.equals("computes")) { // which an interrupt ends, mostly in time
          assertThat(ended.err()).as(kind).doesNotContain(EXIT_HANDLER);
        }
      }
    }
  }

  @Test
  @Tag("F9")
  @DisplayName("… and where a C library keeps a thread that has called Java, and waits for its end")
  void exitWithAKeptThread() {
    for (String way : List.of("return", "exit", "term")) {
      ChildJvm child =
          ChildJvm.start(Duration.ofSeconds(60), List.of(), KeptThreadAtExit.class, way);
      exit(way, child).expectOut("buffered by C").expectOut("atexit has run");
    }
  }

  /** Ends the JVM where C's exit waits for a thread that the JVM has called its own. */
  static final class KeptThreadAtExit implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Interpreter main = PythonUnderTest.start().main();
      main.exec("import atexit\natexit.register(print, 'atexit has run')");
      NativeCallback callback =
          main.nativeCallback(CallingLibrary.LONG_TO_LONG, main.eval("abs"), -1L);
      assertThat(CallingLibrary.onKeptThread(callback.pointer(), -42)).isEqualTo(42);
      CallingLibrary.say("buffered by C");
      System.out.println("ready");
      System.out.flush();
      leave(arguments[0]);
    }
  }

  @Test
  @Tag("R3")
  @DisplayName(
      "The application's own end comes first: its shutdown hooks may call Python and drain requests;"
          + " ours ends Python after them or at its limit")
  void hooksOfTheApplicationComeFirst() {
    for (String way : List.of("return", "exit", "term")) {
      ChildJvm child =
          ChildJvm.start(Duration.ofSeconds(150), List.of(), HooksAtExit.class, way, "PT100S");
      ChildJvm.Ended ended = exit(way, child);
      assertThat(ended.out().lines().skip(1).sorted())
          .as(way)
          .containsExactlyElementsOf(List.of("atexit after 12", "drained 5"));
      // And the hooks, not the limit, said when
      assertThat(ended.time()).isLessThan(Duration.ofSeconds(60));
    }
    ChildJvm.Ended beside =
        exit(
            "exit",
            ChildJvm.start(Duration.ofSeconds(150), List.of(), HooksAtExit.class, "exit", AT_ONCE));
    // All of them were still at work when its limit came
    assertThat(beside.out().lines().filter("hook refused"::equals)).hasSize(12);
    ChildJvm.Ended open =
        exit(
            "exit",
            ChildJvm.start(
                Duration.ofSeconds(150), List.of(), HooksAtExit.class, "exit", "not at all"));
    assertThat(open.out()).contains("drained 5").doesNotContain("atexit");
  }

  private static final String AT_ONCE = "PT0.05S";

  /** Exits with hooks that call Python, some known before it and some after it, and a server. */
  static final class HooksAtExit implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      AtomicReference<Python> python = new AtomicReference<>();
      boolean untilRefused = arguments[1].equals(AT_ONCE);
      for (int i = 0; i < 6; i++) {
        hook(python, i % 2 == 0, untilRefused);
      }
      PythonOptions.Builder options = PythonUnderTest.options();
      python.set(
          PythonUnderTest.start(
              arguments[1].equals("not at all")
                  ? options.closeAtExit(false).build()
                  : options.hooksTimeout(Duration.parse(arguments[1])).build()));
      for (int i = 0; i < 6; i++) {
        hook(python, i % 2 == 0, untilRefused);
      }
      Interpreter main = python.get().main();
      main.exec(
          """
          import atexit
          calls = []
          atexit.register(lambda: print("atexit after", len(calls), flush=True))
          """);
      // Five requests are at work, on threads that the JVM does not wait for; a hook does
      CountDownLatch working = new CountDownLatch(5);
      CountDownLatch drained = new CountDownLatch(5);
      for (int i = 0; i < 5; i++) {
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              working.countDown();
              try {
                for (int call = 0; call < 40; call++) {
                  pause(10);
                  assertThat(main.eval("6 * 7").asInt()).isEqualTo(42);
                }
              } catch (InterpreterClosedException | PythonException e) {
                System.out.println("closed meanwhile"); // or interrupted, for that
                System.out.flush();
              } finally {
                drained.countDown();
              }
            });
      }
      Await.latch(working);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                Await.latch(drained);
                System.out.println("drained 5");
                System.out.flush();
              }));
      System.out.println("ready");
      System.out.flush();
      leave(arguments[0]);
    }

    // Daemons or not; each leaves a thread behind that is none, as an executor does
    private static void hook(AtomicReference<Python> python, boolean daemon, boolean untilRefused) {
      Thread hook =
          new Thread(() -> {
            pause(300);
            new Thread(() -> pause(100_000)).start();
            try {
              do {
                python.get().main().exec("calls.append(1)");
              } while (untilRefused);
            } catch (InterpreterClosedException | PythonException e) {
              System.out.println("hook refused"); // or interrupted, for that
              System.out.flush();
            }
          });
      hook.setDaemon(daemon);
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private static void pause(long millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void leave(String way) throws InterruptedException {
    switch (way) {
      case "return" -> {}
      case "exit" -> System.exit(7);
      default -> Thread.sleep(Duration.ofHours(1));
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
              PythonUnderTest.options()
                  .exitTimeout(Duration.ofSeconds(kind.equals("lets go") ? 60 : 1))
                  .build());
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
      CallingLibrary.registerExitHandler();
      CountDownLatch inside = new CountDownLatch(kind.equals("waits in Java") ? 2 : 9);
      for (int i = 0; i < 9; i++) {
        Interpreter one = all.get(i % 3);
        Together.start("inside-" + i, () -> stay(one, kind, inside));
      }
      Await.latch(inside);
      System.out.println("ready");
      System.out.flush();
      leave(way);
    }

    private static void stay(Interpreter one, String kind, CountDownLatch inside) throws Exception {
      try (ThreadState entered = ThreadState.ensure(one.view())) {
        inside.countDown();
        Interpreter in = entered.interpreter();
        switch (kind) {
          case "lets go" -> in.exec("import time\nfor _ in range(50): time.sleep(0.005)");
          case "sleeps" -> in.exec("import time; time.sleep(3600)");
          case "computes" -> in.exec("while True: pass");
          case "waits detached" -> entered.runDetached(() -> Thread.sleep(Duration.ofHours(1)));
          default -> Thread.sleep(Duration.ofHours(1)); // with the GIL
        }
      }
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
