package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.JavaClasses;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In child JVMs, since what is tried here ends processes. */
final class ProcessTest {

  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final Duration CHILDREN_LIMIT = Duration.ofSeconds(300); // a dozen of JVMs

  /**
   * The code below in main, in both kinds of sub-interpreter, and in one that Python code makes.
   */
  private static void everywhere(Python python, String code) {
    python.main().exec(code);
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      own.exec(code);
      shared.exec(code);
    }
    PythonUnderTest.define(python.main(), "code", code);
    python
        .main()
        .exec(
            """
            try:
                import _interpreters as i
            except ImportError:
                import _xxsubinterpreters as i
            other = i.create()
            failed = i.run_string(other, code)
            assert failed is None, failed
            i.destroy(other)
            """);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  static void nullPointers() {
    for (int i = 0; i < 50_000; i++) {
      try {
        ((String) nothing()).length();
        throw new AssertionError("no NullPointerException");
      } catch (NullPointerException e) {
        continue;
      }
    }
  }

  private static Object nothing() {
    return null;
  }

  static final class Signals implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      try (Python python = PythonUnderTest.start()) {
        String before = handlers();
        everywhere(
            python,
            """
            import signal
            try:
                import faulthandler
            except ImportError:
                faulthandler = None  # some versions keep it out of isolated interpreters
            def refused(what, kind, *arguments):
                try:
                    what(*arguments)
                except kind as e:
                    assert 'JVM' in str(e) and 'PythonOptions.allow' in str(e), e
                else:
                    raise AssertionError(what)
            if faulthandler is not None:
                import warnings
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter('always')
                    assert faulthandler.enable(all_threads=True) is None
                assert caught[0].category is RuntimeWarning, caught
                assert 'PythonOptions.allow' in str(caught[0].message), caught
                with warnings.catch_warnings():
                    warnings.simplefilter('error')
                    refused(faulthandler.enable, RuntimeWarning)
                refused(faulthandler.register, RuntimeError, signal.SIGUSR1)
                assert not faulthandler.is_enabled()
            refused(signal.signal, ValueError, signal.SIGINT, lambda *a: None)
            refused(signal.alarm, RuntimeError, 1)
            refused(signal.setitimer, RuntimeError, signal.ITIMER_REAL, 1)
            """);
        nullPointers();
        assertThat(handlers()).isEqualTo(before);
      }
      nullPointers();
      System.out.println("survived");
    }

    // The kernel's own list of the signals that are caught; the JVM may add some of its own late
    private static String handlers() throws Exception {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("SigCgt"))
          .findFirst()
          .orElseThrow();
    }
  }

  static final class NoSignals implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      String before = Signals.handlers();
      try (Python python = PythonUnderTest.start()) {
        python.main().exec("import signal, asyncio, threading, subprocess");
        assertThat(Signals.handlers()).isEqualTo(before);
      }
      System.out.println("none");
    }
  }

  static final class Allowed implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python =
          PythonUnderTest.start(
              PythonUnderTest.options()
                  .allowSignalHandlers(true)
                  .allowFork(true)
                  .allowProcessExit(true)
                  .build())) {
        python
            .main()
            .exec(
                """
                import faulthandler, os, sys
                faulthandler.enable()
                assert faulthandler.is_enabled()
                faulthandler.disable()
                child = os.fork()
                if child == 0:
                    os._exit(7)
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
                print("allowed", flush=True)
                os._exit(9)
                """);
      }
    }
  }

  static final class Forks implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start()) {
        everywhere(
            python,
            """
            import os
            def refused(what, *arguments):
                try:
                    what(*arguments)
                except RuntimeError as e:
                    assert 'JVM' in str(e) and 'PythonOptions.allow' in str(e), e
                else:
                    raise AssertionError(what)
            refused(os.fork)
            refused(os.forkpty)
            refused(os._exit, 3)
            refused(os.abort)
            refused(os.execv, '/bin/true', ['true'])
            refused(os.execve, '/bin/true', ['true'], {})
            """);
        assertThatThrownBy(() ->
                python
                    .main()
                    .exec(
                        """
                        import multiprocessing
                        multiprocessing.get_context('fork').Process(target=print).start()
                        """))
            .isInstanceOf(PythonException.class)
            .hasMessageContaining("set_start_method('spawn')");
        assertThatThrownBy(() -> python.main().exec("import sys; sys.exit(3)"))
            .isInstanceOf(PythonExit.class);
      }
      System.out.println("survived");
    }
  }

  static final class Spawns implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Path folder = Files.createTempDirectory("vivarium-spawn-");
      Files.writeString(folder.resolve("spawned.py"), "def square(x):\n    return x * x\n");
      try (Python python =
          PythonUnderTest.start(PythonUnderTest.options().addPath(folder).build())) {
        String subprocess =
            """
            import subprocess, sys
            out = subprocess.run(
                [sys.executable, '-I', '-c', 'import sys; print(sys.version_info[:2])'],
                capture_output=True, text=True, check=True).stdout
            assert out.strip() == str(sys.version_info[:2]), out
            assert subprocess.run(['sh', '-c', 'exit 5']).returncode == 5
            """;
        python.main().exec(subprocess);
        try (Interpreter own = PythonUnderTest.ownGil()) {
          own.exec(subprocess);
        }
        python
            .main()
            .exec(
                """
                import multiprocessing, spawned
                with multiprocessing.get_context('spawn').Pool(2) as pool:
                    assert pool.map(spawned.square, range(10)) == [x * x for x in range(10)]
                """);
      } finally {
        delete(folder);
      }
      System.out.println("spawned");
    }
  }

  /** Children that need Java, in a program that has Python as a library. */
  static final class JavaChildren implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Path folder = Files.createTempDirectory("vivarium-children-");
      Files.writeString(
          folder.resolve("children.py"),
          """
          import os, signal, sys, time
          from java.lang import Integer, ProcessHandle
          from java.util import ArrayList

          def size(x):
              return ArrayList([x, x]).size() + x, ProcessHandle.current().pid() == os.getpid()

          def fails(x):
              raise KeyError(Integer.toHexString(x))

          def leaves(x):
              ArrayList()
              sys.exit(x)

          def waits(begun):
              ArrayList()
              begun.set()
              time.sleep(100)

          def shares(values):
              values.append(ArrayList([1]).size())
          """);
      String code =
          """
          import children, multiprocessing, sys, time
          from concurrent.futures import ProcessPoolExecutor

          assert multiprocessing.get_start_method() == 'spawn'
          with multiprocessing.Pool(2) as pool:
              assert pool.map(children.size, range(4)) == [(x + 2, True) for x in range(4)]
              try:
                  pool.apply(children.fails, (7,))
              except KeyError as e:
                  assert e.args == ('7',), e
              else:
                  raise AssertionError('no KeyError')
          with ProcessPoolExecutor(2) as executor:
              assert executor.submit(children.size, 1).result() == (3, True)

          def ended(function, *arguments, end=None):
              child = multiprocessing.Process(target=function, args=arguments)
              child.start()
              if end is not None:
                  arguments[0].wait()
                  getattr(child, end)()
              child.join()
              return child.exitcode

          assert ended(children.leaves, 3) == 3
          assert ended(children.fails, 3) == 1
          assert ended(children.waits, multiprocessing.Event(), end='terminate') == -15
          assert ended(children.waits, multiprocessing.Event(), end='kill') == -9
          with multiprocessing.Manager() as manager:
              values = manager.list()
              assert ended(children.shares, values) == 0
              assert list(values) == [1]
          begun = multiprocessing.Event()
          multiprocessing.Process(target=children.waits, args=(begun,), daemon=True).start()
          begun.wait()
          """;
      try (Python python =
          PythonUnderTest.start(PythonUnderTest.options().addPath(folder).build())) {
        python.main().exec(code);
      } finally {
        delete(folder);
      }
      // Of the resource tracker, which goes when it hears that we do, its parent knows
      Await.until(
          "no child JVM is left",
          () ->
              ProcessHandle.current()
                  .descendants()
                  .noneMatch(p -> p.info().command().orElse("").endsWith("java")));
      System.out.println("all with Java");
    }
  }

  /** Children of which nobody could know that they want Java, or that cannot have it. */
  static final class ChildrenWithoutJava implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Path folder = Files.createTempDirectory("vivarium-children-");
      Files.writeString(
          folder.resolve("children.py"),
          "def pid():\n    from java.lang import ProcessHandle\n    return 1\n");
      String code =
          """
          import children, multiprocessing
          with multiprocessing.Pool(1) as pool:
              try:
                  pool.apply(children.pid)
              except ModuleNotFoundError as e:
                  assert 'no Java in this child of multiprocessing' in str(e), e
                  assert why in str(e), e
              else:
                  raise AssertionError('no error')
          """;
      JavaClasses some = JavaClasses.packages("java.lang");
      try (Python python =
          PythonUnderTest.start(
              PythonUnderTest.options().addPath(folder).javaClasses(some).build())) {
        python.main().exec("why = 'had imported nothing'\n" + code);
        python
            .main()
            .exec(
                """
                import warnings, java.lang
                why = 'javaClasses'
                warnings.simplefilter('error')
                try:
                    multiprocessing.Process(target=children.pid).start()
                except RuntimeWarning as e:
                    assert why in str(e), e
                else:
                    raise AssertionError('no warning')
                warnings.simplefilter('ignore')
                """
                    + code);
      } finally {
        delete(folder);
      }
      System.out.println("told so");
    }
  }

  static final class Descriptors implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start()) {
        python
            .main()
            .exec(
                """
                import os, sys
                sys.stdout.close(); sys.stderr.close()  # Python's own objects, not the descriptors
                os.write(1, b'still open\\n')
                for descriptor in (0, 1, 2):
                    os.close(descriptor)
                """);
        System.out.println("into nothing");
        if (python.main().eval("6 * 7").asInt() != 42) {
          throw new AssertionError();
        }
      }
    }
  }

  @Test
  @Tag("S1")
  @DisplayName("Python installs no signal handlers")
  void noHandlers() {
    ChildJvm.run(LIMIT, NoSignals.class).expect(0).expectOut("none");
  }

  @Test
  @Tag("S1")
  @DisplayName(
      "… faulthandler.enable() cannot take the JVM's own SIGSEGV handling away, in no interpreter")
  void faultHandler() {
    ChildJvm.run(LIMIT, Signals.class).expect(0).expectOut("survived");
  }

  @Test
  @Tag("S1")
  @DisplayName("… unless options allow that, and a fork, and an exit, which then work as in Python")
  void allowed() {
    ChildJvm.run(LIMIT, Allowed.class).expect(9).expectOut("allowed");
  }

  /** Looks at the frames of all threads, while another interpreter runs Python code. */
  static final class Frames implements Scenario {
    private static final String LOOK =
        """
        import sys, threading
        def look(alone):
            gil = getattr(sys, '_is_gil_enabled', lambda: True)()
            for function in sys._current_frames, sys._current_exceptions:
                try:
                    found = function()
                    assert alone or not gil, found
                    assert threading.get_ident() in found, found
                except RuntimeError as e:
                    assert not alone and 'other interpreters' in str(e), e
        """;

    @Override
    public void run(String... arguments) throws Exception {
      try (Python python = PythonUnderTest.start()) {
        Interpreter main = python.main();
        main.exec(LOOK);
        main.exec("look(True)");
        try (Interpreter other = python.newInterpreter();
            Interpreter third = python.newInterpreter()) {
          AtomicBoolean stop = new AtomicBoolean();
          Future<Void> busy =
              Together.start(
                  "busy",
                  () -> {
                    while (!stop.get()) {
                      other.exec("def deep(n): return deep(n - 1) if n else 0\ndeep(50)");
                    }
                  });
          third.exec(LOOK);
          for (int i = 0; i < 2000; i++) {
            main.exec("look(False)");
            third.exec("look(False)");
          }
          stop.set(true);
          Await.done(busy);
        }
        main.exec("look(True)");
      }
      System.out.println("survived");
    }
  }

  @Test
  @Tag("S1")
  @DisplayName("sys._current_frames, which crashes beside other interpreters, is refused there")
  void frames() {
    ChildJvm.run(LIMIT, Frames.class).expect(0).expectOut("survived");
  }

  @Test
  @Tag("S2")
  @DisplayName("os.fork in the JVM's process is refused with an explanation, as is what ends it")
  void forks() {
    ChildJvm.run(LIMIT, Forks.class).expect(0).expectOut("survived");
  }

  @Test
  @Tag("S2")
  @DisplayName("… subprocess and multiprocessing with spawn work")
  void spawns() {
    ChildJvm.run(LIMIT, Spawns.class).expect(0).expectOut("spawned");
  }

  @Test
  @Tag("S2")
  @DisplayName("… whose children have Java where Java has been imported, and are processes as any")
  void javaChildren() {
    ChildJvm.run(CHILDREN_LIMIT, JavaChildren.class).expect(0).expectOut("all with Java");
  }

  @Test
  @Tag("S2")
  @DisplayName("… and say why they have none")
  void childrenWithoutJava() {
    ChildJvm.run(LIMIT, ChildrenWithoutJava.class).expect(0).expectOut("told so");
  }

  @Test
  @Tag("S2")
  @DisplayName("… and closing descriptors 0 to 2 closes them, and nothing else comes of it")
  void descriptors() {
    ChildJvm.Ended ended = ChildJvm.run(LIMIT, Descriptors.class).expect(0);
    assertThat(ended.out()).isEqualTo("still open\n");
  }
}
