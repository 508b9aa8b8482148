package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** An exit of the JVM by a thread that never leaves Python: row F17, and its part of F9. */
@ExtendWith(PythonUnderTest.class)
@Execution(ExecutionMode.CONCURRENT) // its children wait more than they work
final class ExitFromPythonTest {

  private static final int STATUS = 5;

  private static final Duration HOOKS_TIMEOUT = Duration.ofSeconds(2);

  // Who waits for somebody who never leaves takes twice as long as a test would wait
  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(40);
  private static final Duration AT_ONCE = Duration.ofSeconds(20);
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private static final Pattern LEAVES_AT = Pattern.compile("leaves at (\\d+)");

  @TempDir private Path folder;

  @Test
  @Tag("F17")
  @DisplayName(
      "System.exit from Python code, in a callback too: atexit run, files flushed, the status kept,"
          + " at once where nobody else is inside")
  void exitAtOnce() throws Exception {
    for (String way : Rounds.turn("called", "callback", "detached callback", "body")) {
      leaveAtOnce(way, "main", "own GIL", "shared GIL");
    }
  }

  @Test
  @Tag("F17")
  @DisplayName("… nested in main and a sub-interpreter, with atexit run and files flushed in both")
  void exitFromNested() throws Exception {
    for (String way : Rounds.turn("callback", "called")) {
      leftAtOnce(exits("nested", way), "nested " + way, "main", "own GIL");
    }
  }

  @Test
  @Tag("F17")
  @DisplayName(
      "… on a thread of Python's, one of an executor's, and beside one that Java waits for")
  void exitFromPythonsThreads() throws Exception {
    for (String way : Rounds.turn("thread", "executor", "idle executor")) {
      leaveAtOnce(way, "main", "own GIL");
    }
  }

  @Test
  @Tag("F17")
  @DisplayName("… by several threads at once, and under a guard that the exiting thread has taken")
  void exitBySeveral() throws Exception {
    for (String way : Rounds.turn("several", "guarded")) {
      leftAtOnce(exits("main", way), "main " + way, "main");
    }
  }

  @Test
  @Tag("F17")
  @DisplayName("… in an interpreter that Python code has made")
  void exitFromPythonsInterpreter() throws Exception {
    leftAtOnce(exits("main", "made by Python"), "main made by Python", "made by Python");
  }

  @Test
  @Tag("F17")
  @DisplayName("… after those that are inside have let go, or the time is up")
  void exitBesideOthers() throws Exception {
    ChildJvm.Ended ended = left(exits("main", "beside a worker"), STATUS, AT_ONCE);
    ended.expectOut("the worker is done").expectOut("atexit in main");
    assertThat(ended.out().indexOf("the worker")).isLessThan(ended.out().indexOf("atexit in main"));
    left(exits("main", "beside a sleeper"), STATUS, AT_ONCE).expectOut("atexit in main");
    assertThat(folder.resolve("sleeper")).hasContent("written before it slept");
  }

  @Test
  @Tag("F9")
  @DisplayName("… also while an application's shutdown hooks call Python, or close it")
  void hooksCallPython() throws Exception {
    for (String way : Rounds.turn("hook calls", "hook closes", "hook closes in time")) {
      leaveAtOnce(way, "main", "own GIL").forEach(ended -> ended.expectOut("the hook is done"));
    }
  }

  @Test
  @Tag("F9")
  @DisplayName("… also while C code keeps the GIL, or the last functions take their time")
  void exitInBoundedTime() throws Exception {
    // "is late" is an end that comes while the hook waits to say the last words
    for (String kind :
        Rounds.turn("hogs", "hogs a sub-interpreter", "sleeps in atexit", "is late")) {
      leaveStuck(kind);
    }
  }

  @Test
  @Tag("F9")
  @DisplayName("… also while an atexit function exits, or closing fails with an error of the JVM's")
  void exitInSpiteOfFailures() {
    leaveStuck("exits in atexit");
    for (ChildJvm.Ended ended : leaveStuck("fails")) {
      ended.expectOut("atexit has run");
      assertThat(ended.err()).doesNotContain(EndOfProcessTest.EXIT_HANDLER);
    }
  }

  /** One child for each way in which a JVM ends. */
  private static List<ChildJvm.Ended> leaveStuck(String kind) {
    Function<String, ChildJvm> start =
        way -> ChildJvm.start(LIMIT, List.of(), Stuck.class, kind, way);
    ChildJvm returning = start.apply("return");
    ChildJvm exiting = start.apply("exit");
    ChildJvm terminated = start.apply("term");
    terminated.awaitOut("ready").terminate();
    return List.of(
        left(returning, 0, AT_ONCE),
        left(exiting, STATUS, AT_ONCE),
        left(terminated, 143, AT_ONCE));
  }

  private ChildJvm exits(String where, String way) {
    return ChildJvm.start(LIMIT, List.of(), Exits.class, where, way, folder.toString());
  }

  /** One child for each of these interpreters, which it leaves from. */
  private List<ChildJvm.Ended> leaveAtOnce(String way, String... interpreters) throws IOException {
    List<String> from = Rounds.turn(interpreters);
    List<ChildJvm> children = from.stream().map(where -> exits(where, way)).toList();
    List<ChildJvm.Ended> ended = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      String where = from.get(i);
      ended.add(leftAtOnce(children.get(i), where + " " + way, where));
    }
    return ended;
  }

  private ChildJvm.Ended leftAtOnce(ChildJvm child, String file, String... interpreters)
      throws IOException {
    ChildJvm.Ended ended = left(child, STATUS, AT_ONCE);
    for (String interpreter : interpreters) {
      ended.expectOut("atexit in " + interpreter);
      Path written = folder.resolve(file + " in " + interpreter);
      assertThat(Files.readString(written)).as(written + ended.all()).isEqualTo("text é");
    }
    return ended;
  }

  /** Waits for the end, which comes that soon after the child has said that it leaves. */
  private static ChildJvm.Ended left(ChildJvm child, int status, Duration limit) {
    ChildJvm.Ended ended = child.await();
    long now = System.currentTimeMillis();
    ended.expect(status);
    assertThat(ended.err()).doesNotContain("A fatal error", "Fatal Python error");
    Matcher leaves = LEAVES_AT.matcher(ended.out());
    assertThat(leaves.find()).as(ended.all()).isTrue();
    Duration time = Duration.ofMillis(now - Long.parseLong(leaves.group(1)));
    assertThat(time).as(ended.all()).isLessThan(limit);
    return ended;
  }

  static void leaves() {
    System.out.println("leaves at " + System.currentTimeMillis());
    System.out.flush();
  }

  /** Ends the JVM by a thread that is inside Python, with files open. */
  static final class Exits implements Scenario {

    private String where = "";
    private String way = "";
    private Path folder = Path.of("");

    @Override
    public void run(String... arguments) throws Exception {
      where = arguments[0];
      way = arguments[1];
      folder = Path.of(arguments[2]);
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options()
                  .hooksTimeout(HOOKS_TIMEOUT) // one of the hooks calls until Python is closed
                  .exitTimeout(EXIT_TIMEOUT)
                  .build());
      Interpreter main = prepared(python.main(), "main");
      Interpreter own = prepared(PythonUnderTest.ownGil(), "own GIL");
      Interpreter shared = prepared(PythonUnderTest.sharedGil(), "shared GIL");
      switch (where) {
        case "main" -> exit(main);
        case "own GIL" -> exit(own);
        case "shared GIL" -> exit(shared);
        default -> {
          PythonUnderTest.define(main, "enter_sub", (Runnable) () -> exit(own));
          main.exec("writes(enter_sub)");
        }
      }
    }

    private Interpreter prepared(Interpreter one, String name) {
      PythonUnderTest.define(one, "leaves", (Runnable) ExitFromPythonTest::leaves);
      PythonUnderTest.define(one, "callback", (Runnable) () -> System.exit(STATUS));
      PythonUnderTest.define(
          one,
          "detached_callback",
          (Runnable)
              () -> {
                try (ThreadState here = ThreadState.ensure(one.view())) {
                  here.runDetached(() -> System.exit(STATUS));
                }
              });
      PythonUnderTest.define(one, "file", folder.resolve(where + " " + way + " in " + name) + "");
      PythonUnderTest.define(one, "name", name);
      one.exec(
          """
          import atexit
          atexit.register(lambda: print('atexit in', name))
          def called():
              from java.lang import System
              System.exit(5)
          def writes(function):
              local = open(file, 'w', encoding='utf-8')
              local.write('text é')
              function()
          def writes_and_leaves(function):
              local = open(file, 'w', encoding='utf-8')
              local.write('text é')
              leaves()
              function()
          """);
      return one;
    }

    // The thread that is started may exit before this one is out of Python, which interrupts it
    // then
    private static void start(Interpreter one, String code) {
      try {
        one.exec(code);
      } catch (PythonException e) {
        if (!e.isInstance("KeyboardInterrupt")) {
          throw e;
        }
        Await.latch(new CountDownLatch(1)); // for the exit
      }
    }

    private void exit(Interpreter one) {
      switch (way) {
        case "called" -> one.exec("writes_and_leaves(called)");
        case "callback" -> one.exec("writes_and_leaves(callback)");
        case "detached callback" -> one.exec("writes_and_leaves(detached_callback)");
        case "body" ->
            one.run(in -> {
              in.exec("left_open = open(file, 'w', encoding='utf-8')\nleft_open.write('text é')");
              leaves();
              System.exit(STATUS);
            });
        case "thread" ->
            start(
                one,
                """
                import threading
                threading.Thread(target=writes_and_leaves, args=(called,)).start()
                """);
        case "executor" ->
            start(
                one,
                """
                from concurrent.futures import ThreadPoolExecutor
                executor = ThreadPoolExecutor(2)
                executor.submit(writes_and_leaves, callback)
                """);
        case "idle executor" ->
            one.exec(
                """
                from concurrent.futures import ThreadPoolExecutor
                executor = ThreadPoolExecutor(2)
                executor.submit(abs, -1).result()
                writes_and_leaves(callback)
                """);
        case "several" -> several(one);
        case "guarded" -> guarded(one);
        case "made by Python" -> madeByPython(one);
        case "beside a worker" -> besideAWorker(one);
        case "beside a sleeper" -> besideASleeper(one);
        case "hook calls" -> hook(one, () -> callUntilClosed(one));
        case "hook closes" -> hook(one, () -> PythonUnderTest.python().close());
        default -> hook(one, () -> PythonUnderTest.python().close(AT_ONCE, CloseOption.INTERRUPT));
      }
      rest();
    }

    private static void rest() {
      try {
        Thread.sleep(Duration.ofHours(1));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void several(Interpreter one) {
      one.exec("writes(lambda: None)");
      CountDownLatch inside = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        String mine = "mine" + i; // they share their globals
        Together.start(
            "leaves-" + i,
            () ->
                one.run(in -> {
                  in.exec(mine + " = open(file, 'w', encoding='utf-8')");
                  in.exec(mine + ".write('text é')");
                  inside.countDown();
                  try (ThreadState here = ThreadState.ensure(one.view())) {
                    here.runDetached(() -> Await.latch(inside));
                  }
                  leaves();
                  in.exec("called()");
                }));
      }
    }

    private void guarded(Interpreter one) {
      try (InterpreterGuard guard = one.guard();
          ThreadState entered = ThreadState.ensure(guard)) {
        one.exec("writes_and_leaves(callback)");
      }
    }

    private void madeByPython(Interpreter one) {
      String code =
          """
          import atexit
          atexit.register(lambda: print('atexit in made by Python', flush=True))
          def leave():
              local = open(%r, 'w', encoding='utf-8')
              local.write('text \\u00e9')
              from java.lang import System
              print('leaves at', System.currentTimeMillis(), flush=True)
              System.exit(5)
          leave()
          """;
      PythonUnderTest.define(one, "template", code);
      PythonUnderTest.define(
          one, "theirs", folder.resolve("main made by Python in made by Python") + "");
      one.exec(
          """
          try:
              import _interpreters
          except ImportError:
              import _xxsubinterpreters as _interpreters
          made = _interpreters.create()
          _interpreters.run_string(made, template % theirs)
          """);
    }

    private void besideAWorker(Interpreter one) {
      CountDownLatch inside = new CountDownLatch(1);
      Together.start(
          "worker",
          () ->
              one.run(in -> {
                inside.countDown();
                in.exec(
                    """
                    import time
                    for _ in range(100):
                        try:
                            time.sleep(0.02)
                        except KeyboardInterrupt:
                            break
                    print('the worker is done')
                    """);
              }));
      Await.latch(inside);
      one.exec("writes_and_leaves(called)");
    }

    private void besideASleeper(Interpreter one) {
      CountDownLatch inside = new CountDownLatch(1);
      PythonUnderTest.define(one, "inside", (Runnable) inside::countDown);
      PythonUnderTest.define(one, "sleepers", folder.resolve("sleeper").toString());
      one.exec(
          """
          import threading, time
          def sleep():
              mine = open(sleepers, 'w')
              mine.write('written before it slept')
              inside()
              time.sleep(3600)
          threading.Thread(target=sleep, daemon=True).start()
          """);
      Await.latch(inside);
      one.exec("writes_and_leaves(called)");
    }

    private void hook(Interpreter one, Runnable body) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                body.run();
                System.out.println("the hook is done");
                System.out.flush();
              }));
      one.exec("writes_and_leaves(callback)");
    }

    private static void callUntilClosed(Interpreter one) {
      try {
        while (true) {
          one.exec("called = None");
        }
      } catch (InterpreterClosedException | PythonException e) {
        // refused, or interrupted as everyone inside
      }
    }
  }

  /** Ends the JVM while something in Python does not end. */
  static final class Stuck implements Scenario {

    private static final String HOG =
        """
        import re
        def hog():
            inside()
            re.match(r'(a+)+$', 'a' * 40 + 'b')
        """;

    @Override
    public void run(String... arguments) throws Exception {
      String kind = arguments[0];
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options()
                  .exitTimeout(Duration.ofSeconds(1))
                  .busyLogInterval(Duration.ofMillis(100))
                  .build());
      Interpreter main = python.main();
      switch (kind) {
        case "hogs" -> hog(main);
        case "hogs a sub-interpreter" -> hog(PythonUnderTest.ownGil());
        case "sleeps in atexit" ->
            main.exec("import atexit, time\natexit.register(time.sleep, 3600)");
        case "is late" -> main.exec("import atexit, time\natexit.register(time.sleep, 2)");
        case "exits in atexit" -> {
          // After the hooks of a JVM whose main has returned, another's exit may still come through
          int status = arguments[1].equals("return") ? 0 : STATUS + 1;
          PythonUnderTest.define(main, "leave", (Runnable) () -> System.exit(status));
          main.exec("import atexit\natexit.register(leave)");
        }
        default -> failToClose(main);
      }
      System.out.println("ready");
      leaves();
      switch (arguments[1]) {
        case "return" -> {}
        case "exit" -> System.exit(STATUS);
        default -> Thread.sleep(Duration.ofHours(1));
      }
    }

    // By what the closing logs, since there is somebody that it waits for
    private static void failToClose(Interpreter one) {
      CallingLibrary.registerExitHandler();
      CountDownLatch inside = new CountDownLatch(1);
      PythonUnderTest.define(one, "inside", (Runnable) inside::countDown);
      one.exec("import atexit\natexit.register(print, 'atexit has run')");
      Together.start("sleeps", () -> one.exec("inside()\nimport time\ntime.sleep(3600)"));
      Await.latch(inside);
      Logger.getLogger("")
          .addHandler(
              new Handler() {
                @Override
                public void publish(LogRecord entry) {
                  throw new OutOfMemoryError("for a test");
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
              });
    }

    private static void hog(Interpreter one) {
      CountDownLatch inside = new CountDownLatch(1);
      PythonUnderTest.define(one, "inside", (Runnable) inside::countDown);
      one.exec(HOG);
      Together.start("hog", () -> one.exec("hog()"));
      Await.latch(inside);
    }
  }
}
