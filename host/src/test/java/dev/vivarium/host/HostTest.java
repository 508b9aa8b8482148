package dev.vivarium.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Python programs that start a JVM, on each CPython. */
final class HostTest {

  @ParameterizedTest
  @MethodSource("dev.vivarium.host.PythonProcess#versions")
  @Retention(RetentionPolicy.RUNTIME)
  private @interface OnEachCPython {}

  @OnEachCPython
  @DisplayName("Python calls Java's main and static methods with values, callables and objects")
  void callsBothWays(String version) throws Exception {
    PythonProcess.run(
            version,
            """
            jvm = start()
            assert start() is jvm
            jvm.main(CODE[:-1], 'a', 2)
            assert jvm.call('java.lang.Math.max', 3, 4) == 4
            assert jvm.call('java.lang.Math.max', 2 ** 40, 4) == 2 ** 40
            assert jvm.call(CODE + 'fold', lambda a, b: a * 10 + b, [1, 2, 3]) == '123'
            assert [jvm.call(CODE + 'kind', x) for x in (1, 'x', 1.5)] == ['long', 'String', 'double']
            it = object()
            assert jvm.call(CODE + 'same', it) is it
            def raises(f, text):
                try:
                    f()
                except Exception as e:
                    assert text in f'{type(e).__name__}: {e}', e
                    return e
                raise AssertionError(text)
            raises(lambda: jvm.call(CODE + 'fail'), 'IllegalStateException: thrown by Java')
            raises(lambda: jvm.call(CODE + 'nothing'), 'no public static method nothing')
            raises(lambda: jvm.call('no.such.Type.method'), 'no.such.Type')
            raises(lambda: jvm.call('nodot'), 'ValueError')
            mine = ValueError('passed through Java')
            def failing(a, b):
                raise mine
            assert raises(lambda: jvm.call(CODE + 'fold', failing, [1, 2]), 'ValueError') is mine
            assert jvm.call(CODE + 'interpreters') == 42
            print('all called', flush=True)
            """)
        .expect(0, "main(a, 2)", "all called", "a sub-interpreter has ended");
  }

  @OnEachCPython
  @DisplayName("Python code sees the classes of the Java packages that it is given, and no others")
  void javaPackages(String version) throws Exception {
    PythonProcess.run(
            version,
            """
            jvm = start(java_packages=['java.util', 'dev.vivarium.host'])
            from java.util import ArrayList
            assert list(ArrayList([1, 2])) == [1, 2]
            jvm.main(CODE[:-1], 'seen')
            def refused(f, error):
                try:
                    f()
                except error as e:
                    return e
                raise AssertionError(f)
            def runtime():
                from java.lang import Runtime
            refused(runtime, ImportError)
            refused(lambda: ArrayList().getClass().getClassLoader(), AttributeError)
            e = refused(lambda: jvm.call('java.lang.Runtime.version'), Exception)
            assert 'java.lang.Runtime is in none of the java_packages' in str(e), e
            try:
                import _interpreters
            except ImportError:
                pass # 3.12 has it by another name
            else:
                sub = _interpreters.create()
                failed = _interpreters.run_string(sub, 'from java.lang import Runtime')
                assert failed.type.__name__ == 'ModuleNotFoundError', failed
                _interpreters.destroy(sub)
            print('others refused', flush=True)
            """)
        .expect(0, "main(seen)", "others refused");
    PythonProcess.run(
            version,
            """
            try:
                start(java_packages='java.util')
            except TypeError as e:
                print(e)
            refused = start(java_packages=[])
            try:
                import java.util
            except ImportError as e:
                print('nothing:', e)
            """)
        .expect(0, "a list of names", "nothing:");
  }

  @OnEachCPython
  @DisplayName(
      "A script engine uses the program's Python, also in a JVM that nobody has attached, where"
          + " Python.start() says that there is one")
  void scripts(String version) throws Exception {
    String scripts =
        """
        import __main__
        __main__.answer = 42
        start().call(CODE + 'scripts')
        assert __main__.scripted == 43
        """;
    PythonProcess.run(version, scripts).expect(0, "printed by a script", "of its own: 42");
    PythonProcess.run(
            version,
            """
            import vivarium_host._jvm
            vivarium_host._jvm.ENTRY_CLASS = CODE[:-1].replace('.', '/')
            vivarium_host.start(os.environ['TEST_CLASS_PATH'])
            """)
        .expect(0, "Python.attachToHost()", "printed by a script", "of its own: 42");
  }

  @OnEachCPython
  @DisplayName("After an attachment that has failed half-way, the next one says of what")
  void halfWay(String version) throws Exception {
    PythonProcess.Ended ended =
        PythonProcess.run(
            version,
            """
            class Paths(list):
                def append(self, path):
                    raise ValueError('no more paths')
            sys.path = Paths(sys.path)
            import vivarium_host._jvm
            vivarium_host._jvm.ENTRY_CLASS = 'dev/vivarium/host/HalfAttached'
            vivarium_host.start(os.environ['TEST_CLASS_PATH'])
            print('the program goes on', flush=True)
            """);
    ended.expect(0, "runs: false", "the program goes on").without("attached: ");
    String cause = "dev.vivarium.PythonException: ValueError: no more paths";
    assertThat(ended.output().lines().filter(line -> line.contains("Exception: ")))
        .satisfiesExactly(
            first -> assertThat(first).contains("PythonStartException: ", "vivarium env"),
            second -> assertThat(second).startsWith("PythonException: ValueError: no more paths"),
            third -> assertThat(third).startsWith("IllegalStateException: ").endsWith(cause),
            fourth -> assertThat(fourth).startsWith("IllegalStateException: ").endsWith(cause),
            fifth -> assertThat(fifth).startsWith("IllegalStateException: ").endsWith(cause));
  }

  @OnEachCPython
  @DisplayName("A JVM that could not be set up is told of by the next start, with what it came to")
  void jvmWithoutVivarium(String version) throws Exception {
    PythonProcess.run(
            version,
            """
            import vivarium_host._jvm
            vivarium_host._jvm.ENTRY_CLASS = 'no/such/Entry'
            for _ in range(2):
                try:
                    vivarium_host.start(os.environ['TEST_CLASS_PATH'])
                except vivarium_host.JavaError as e:
                    print(e, flush=True)
                    cause = e.__cause__
            assert isinstance(cause, vivarium_host.JavaError), cause
            """)
        .expect(0, "the class path has no vivarium-host", "so mend this and run the program anew")
        .without("did not start");
  }

  @OnEachCPython
  @Tag("T2")
  @DisplayName("Deep recursion on Python's main thread, on one of its others and through Java")
  void deepRecursion(String version) throws Exception {
    PythonProcess.run(
            version,
            """
            import json, threading
            jvm = start()
            def nested(depth):
                nest = []
                for _ in range(depth):
                    nest = [nest]
                return nest
            def by_sorted(): return sorted([1], key=lambda _: by_sorted())
            def by_java(a, b): return jvm.call(CODE + 'fold', by_java, [1, 2])
            def ends(body):
                try:
                    body()
                except (RecursionError, MemoryError): # which the parser says
                    return
                except Exception as e: # its text is all that a chain of many keeps
                    assert 'RecursionError' in f'{e!r}' or 'StackOverflowError' in f'{e!r}', e
                    return
                raise AssertionError(body)
            def all_end():
                assert jvm.call('java.lang.Math.max', 3, 4) == 4 # from now on its stack is known
                for limit, body in ((30_000, lambda: repr(nested(200_000))),
                                    (30_000, lambda: json.dumps(nested(200_000))),
                                    (30_000, by_sorted),
                                    (1_000, lambda: by_java(1, 2)),
                                    (1_000, lambda: jvm.call(CODE + 'deep', 0))):
                    sys.setrecursionlimit(limit)
                    ends(body)
                assert jvm.call('java.lang.Math.max', 3, 4) == 4
                print('survived on', threading.current_thread().name, flush=True)
            all_end()
            for size in (0, 256 << 10):
                threading.stack_size(size)
                thread = threading.Thread(target=all_end, name=f'{size} bytes')
                thread.start()
                thread.join()
            """)
        .expect(0, "MainThread", "on 0 bytes", "on 262144 bytes");
  }

  @OnEachCPython
  @Tag("F10")
  @DisplayName(
      "An interpreter that someone else ends (a Python program that started this JVM) waits for"
          + " guards just the same, with a deadline")
  void endWaits(String version) throws Exception {
    PythonProcess.run(version, "start().call(CODE + 'guard', True)\nprint('last line', flush=True)")
        .expect(0, "last line", "still open: 42");
    PythonProcess.run(version, "start(exit_timeout=0.3).call(CODE + 'guard', False)\nsys.exit(3)")
        .expect(3, "although these are inside");
    PythonProcess.run(version, "start().call(CODE + 'works')\nsys.exit(4)")
        .expect(4, "worked to the end");
  }

  @OnEachCPython
  @Tag("F10")
  @DisplayName(
      "… and the program ends as a Python user expects, with its own status, in each way, with JVM"
          + " threads inside Python")
  void everyWayOut(String version) throws Exception {
    String busy =
        """
        import atexit, time
        atexit.register(print, 'atexit has run')
        jvm = start()
        jvm.call(CODE + 'inside', 8)
        jvm.call(CODE + 'hook')
        print('busy', flush=True)
        """;
    String all = "8 of 8 have run their finally";
    PythonProcess.run(version, busy).expect(0, all, "atexit has run", "hook has run");
    PythonProcess.run(version, busy + "sys.exit(7)").expect(7, all, "atexit has run");
    PythonProcess.run(version, busy + "sys.exit('words')").expect(1, all, "words");
    PythonProcess.run(version, busy + "1 / 0").expect(1, all, "ZeroDivisionError");
    PythonProcess.run(version, busy + "os._exit(9)").expect(9).without("atexit has run");
    PythonProcess.run(version, busy + "jvm.call(CODE + 'exit', 5)")
        .expect(5, "atexit has run", "hook has run");
    String sleeping = busy + "print('sleeps', flush=True)\ntime.sleep(100)";
    PythonProcess.start(version, sleeping)
        .awaitOutput("sleeps")
        .signal("INT")
        .await()
        .expect(130, all, "KeyboardInterrupt", "atexit has run");
    PythonProcess.start(version, sleeping)
        .awaitOutput("sleeps")
        .signal("TERM")
        .await()
        .expect(143)
        .without("atexit has run");
    PythonProcess.start(
            version,
            "import signal\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(6))\n" + sleeping)
        .awaitOutput("sleeps")
        .signal("TERM")
        .await()
        .expect(6, all, "atexit has run");
  }

  @OnEachCPython
  @Tag("F17")
  @DisplayName(
      "System.exit from Python code, in a callback too: atexit run, files flushed, the status kept,"
          + " at once")
  void exitFromPython(String version, @TempDir Path folder) throws Exception {
    Map<String, String> ways =
        Map.of(
            "called", "from java.lang import System\nSystem.exit(5)",
            "callback", "jvm.call(CODE + 'exiting')(5)",
            "thread",
                """
                import threading
                from java.lang import System
                threading.Thread(target=System.exit, args=(5,), daemon=True).start()
                threading.Event().wait()
                """);
    for (Map.Entry<String, String> way : ways.entrySet()) {
      Path file = folder.resolve(way.getKey() + " " + version);
      String program =
          """
          import atexit, time
          jvm = start(exit_timeout=60)
          def leave():
              local = open('%s', 'w')
              local.write('not lost')
              begun = time.monotonic()
              atexit.register(lambda: print('at once:', time.monotonic() - begun < 20))
          %s
          leave()
          """
              .formatted(file, way.getValue().stripTrailing().indent(4).stripTrailing());
      PythonProcess.run(version, program).expect(5, "at once: True");
      assertThat(file).hasContent("not lost");
    }
  }

  @OnEachCPython
  @Tag("F10")
  @DisplayName("… also with a thread that nothing reaches, once the time is up")
  void threadThatNothingReaches(String version) throws Exception {
    PythonProcess.run(version, "start(exit_timeout=0.3).call(CODE + 'sleeps')\nsys.exit(8)")
        .expect(8, "although these are inside", "sleeps");
  }

  @OnEachCPython
  @Tag("F3")
  @DisplayName(
      "… 16 JVM threads inside Python code, many times in a row: its own status, every finally, no"
          + " hang")
  void sixteenThreads(String version) throws Exception {
    int times = Integer.getInteger("vivarium.host.exits");
    for (int i = 0; i < times; i++) {
      int status = i % 100;
      PythonProcess.run(
              version, "start(exit_timeout=60).call(CODE + 'inside', 16)\nsys.exit(" + status + ")")
          .expect(status, "16 of 16 have run their finally");
    }
  }

  @OnEachCPython
  @Tag("S1")
  @DisplayName("faulthandler, as pytest uses it, does not take the JVM's own signals away")
  void faulthandlerStaysOff(String version) throws Exception {
    PythonProcess.run(
            version,
            """
            import faulthandler, warnings
            faulthandler.enable()
            jvm = start()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter('always')
                faulthandler.enable()
            assert 'SIGSEGV' in str(caught[0].message)
            faulthandler.disable()
            assert jvm.call(CODE + 'nullPointers') == 200_000
            print('lives')
            """)
        .expect(0, "lives");
  }

  @OnEachCPython
  @DisplayName("It works in a virtual environment, and says what is missing")
  void virtualEnvironment(String version, @TempDir Path folder) throws Exception {
    PythonProcess.run(
            version,
            "import venv\nvenv.create(r'"
                + folder
                + "', with_pip=False, symlinks=True)\n"
                + "try: vivarium_host.start(libjvm='/no/libjvm.so')\n"
                + "except vivarium_host.JvmNotFoundError as e: print(e)")
        .expect(0, "cannot load /no/libjvm.so");
    Path python = folder.resolve("bin/python3");
    PythonProcess.start(
            version,
            python,
            null,
            List.of(
                "-c",
                "import os, sys, vivarium_host\n"
                    + "assert sys.prefix != sys.base_prefix\n"
                    + "j = vivarium_host.start(os.environ['TEST_CLASS_PATH'])\n"
                    + "print(j.call('java.lang.Integer.toString', 42))"))
        .await()
        .expect(0, "42");
    assertThat(python).isSymbolicLink();
  }

  @Test
  @DisplayName("It works in a python3 that is linked statically against libpython")
  void linkedStatically() throws Exception {
    PythonProcess.run( // Debian's own
            "3.15",
            """
            assert start().call(CODE + 'fold', lambda a, b: a * 10 + b, [1, 2, 3]) == '123'
            print('libpython' in open('/proc/self/maps').read())
            """)
        .expect(0, "False");
  }

  @OnEachCPython
  @DisplayName("It works under pytest, which captures output and takes faulthandler")
  void underPytest(String version, @TempDir Path folder) throws Exception {
    String pytest = PythonProcess.prepared("pytest");
    Files.writeString(
        folder.resolve("test_jvm.py"),
        """
        import os
        import pytest
        import vivarium_host

        CODE = 'dev.vivarium.host.HostedCode.'

        @pytest.fixture(scope='session')
        def jvm():
            return vivarium_host.start(os.environ['TEST_CLASS_PATH'])

        def test_callables(jvm):
            assert jvm.call(CODE + 'fold', lambda a, b: a * 10 + b, [1, 2, 3]) == '123'

        def test_output_is_captured(jvm, capfd):
            jvm.main(CODE[:-1], 'a')
            assert capfd.readouterr().out == 'main(a)\\n'

        def test_exceptions(jvm):
            with pytest.raises(Exception, match='thrown by Java'):
                jvm.call(CODE + 'fail')

        def test_signals_are_the_jvms(jvm):
            assert jvm.call(CODE + 'nullPointers') == 200_000

        def test_threads_stay_inside(jvm):
            jvm.call(CODE + 'inside', 8)

        @pytest.mark.skipif('FAIL' not in os.environ, reason='')
        def test_that_fails(jvm):
            assert jvm.call('java.lang.Math.max', 3, 4) == 3
        """);
    List<String> arguments =
        List.of("-m", "pytest", "-p", "no:cacheprovider", folder.resolve("test_jvm.py").toString());
    String finals = "8 of 8 have run their finally";
    PythonProcess.start(version, null, pytest, arguments)
        .await()
        .expect(0, "5 passed, 1 skipped", finals);
    PythonProcess.start(version, null, pytest, arguments, Map.of("FAIL", "1"))
        .await()
        .expect(1, "1 failed, 5 passed", "assert 4 == 3", finals);
  }

  @OnEachCPython
  @Tag("F10")
  @DisplayName(
      "… a second Ctrl-C while the exit waits ends the waiting, with the first one's status")
  void secondInterrupt(String version) throws Exception {
    String forEver =
        """
        import time
        jvm = start(exit_timeout=1e6)
        def sleep():
            print('sleeps', flush=True)
            time.sleep(1e6)
        """;
    // Who is in Python code leaves it, with its finally
    PythonProcess.start(version, forEver + "jvm.call(CODE + 'stays', 'thread')\nsleep()")
        .awaitOutput("sleeps")
        .signal("INT")
        .awaitOutput("the exit waits")
        .signal("INT")
        .await()
        .expect(130, "KeyboardInterrupt", "has left")
        .without("although these are inside");
    // Guards are named
    PythonProcess.start(version, forEver + "jvm.call(CODE + 'stays', 'guard')\nsleep()")
        .awaitOutput("sleeps")
        .signal("INT")
        .awaitOutput("the exit waits")
        .signal("INT")
        .await()
        .expect(130, "KeyboardInterrupt", "although these are inside");
    // A first one, while a program that has ended waits; the guard is a sub-interpreter's
    PythonProcess.start(version, forEver + "jvm.call(CODE + 'stays', 'sub')\nsys.exit(4)")
        .awaitOutput("the exit waits")
        .signal("INT")
        .await()
        .expect(4, "although these are inside");
    // Whoever has other wishes about signals is heard
    String terminated =
        """
        import signal
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))
        jvm.call(CODE + 'stays', 'guard')
        sys.exit(4)
        """;
    PythonProcess.start(version, forEver + terminated)
        .awaitOutput("the exit waits")
        .signal("TERM")
        .await()
        .expect(4, "although these are inside");
  }
}
