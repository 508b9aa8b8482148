package dev.vivarium.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void start() {
    cli = new Cli(folder);
  }

  @Test
  void aFileSeesWhatPythonWouldShowIt() throws Exception {
    cli.write("near.py", "NAME = 'near'");
    cli.write(
        "program.py",
        "import sys, atexit, near",
        "atexit.register(print, 'bye')",
        "print(sys.argv, __name__, near.NAME, sys._getframe().f_back)",
        "sys.exit(3)");
    Cli.Ended ended = cli.run("run", "program.py", "-c", "--help");
    assertThat(ended.out()).isEqualTo("['program.py', '-c', '--help'] __main__ near None\nbye\n");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isEqualTo(3);
  }

  @Test
  void aProfileHasTheFunctionsOfTheProgram() throws Exception {
    cli.write(
        "works.py",
        "import sys, time",
        "from java.util import ArrayList",
        "def work(end):",
        "    while time.monotonic() < end: pass",
        "def working(seconds):",
        "    ArrayList([1]).forEach(lambda x: work(time.monotonic() + seconds))",
        "working(float(sys.argv[1]))",
        "sys.exit(3)");
    Cli.Ended ended = cli.run("run", "--profile", "profile.txt", "works.py", "1");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isEqualTo(3);
    assertThat(Files.readAllLines(folder.resolve("profile.txt")))
        .anyMatch(line ->
            line.matches(
                ".*;<module> .works.py.;working .works.py.;.*java.util.ArrayList.forEach;"
                    + "working.<locals>.<lambda> .works.py.;work .works.py. [0-9]+"));
    Cli.Ended exited =
        cli.run(
            "run",
            "--profile=exited.txt",
            "-c",
            "import time; time.sleep(1); from java.lang import System; System.exit(5)");
    assertThat(exited.status()).isEqualTo(5);
    assertThat(folder.resolve("exited.txt")).content().contains(";<module> (<string>) ");
    Cli.Ended nowhere = cli.run("run", "--profile=missing/profile.txt", "works.py", "1");
    assertThat(nowhere.status()).isEqualTo(2);
    assertThat(nowhere.err()).contains("cannot write the profile to 'missing/profile.txt'");
  }

  @Test
  void anUncaughtExceptionHasTheProgramsFramesAlone() throws Exception {
    cli.write("fails.py", "def f():", "    raise ValueError('x')", "f()");
    Cli.Ended ended = cli.run("run", "fails.py");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith("Traceback (most recent call last):\n  File \"")
        .endsWith("ValueError: x\n")
        .contains("line 3, in <module>", "line 2, in f")
        .doesNotContain("vivarium.", "runpy", "dev/vivarium", ".java");
  }

  @Test
  void anUncaughtJavaExceptionHasTheProgramsFramesAndJavas() throws Exception {
    cli.write(
        "fails.py",
        "from java.lang import Integer",
        "def f():",
        "    return Integer.parseInt('x')",
        "try:",
        "    f()",
        "finally:",
        "    print('left')");
    Cli.Ended ended = cli.run("run", "fails.py");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.out()).isEqualTo("left\n");
    assertThat(ended.err())
        .startsWith("Traceback (most recent call last):\n  File \"")
        .contains("line 5, in <module>", "line 3, in f")
        .contains("java.lang.NumberFormatException: For input string: \"x\"")
        .contains("at java.base/java.lang.Integer.parseInt(");
    cli.write(
        "own.py",
        "from java.lang import RuntimeException",
        "class Own(RuntimeException): pass",
        "raise Own('why')");
    Cli.Ended own = cli.run("run", "own.py");
    assertThat(own.status()).isEqualTo(1);
    assertThat(own.err()).contains("line 3, in <module>", "Own: why");
  }

  @Test
  void codeModuleAndStandardInput() throws Exception {
    assertThat(cli.run("run", "-c", "import sys; print(sys.argv)", "a").out())
        .isEqualTo("['-c', 'a']\n");
    cli.write("m.py", "import sys; print(__name__, sys.argv[1:])");
    assertThat(cli.run("run", "-m", "m", "--x").out()).isEqualTo("__main__ ['--x']\n");
    assertThat(cli.runWithInput("print(6 * 7)", "run", "-").out()).isEqualTo("42\n");
  }

  @Test
  void statuses() throws Exception {
    Cli.Ended message = cli.run("run", "-c", "import sys; sys.exit('no luck')");
    assertThat(message.status()).isEqualTo(1);
    assertThat(message.err()).isEqualTo("no luck\n");
    assertThat(cli.run("run", "-c", "raise KeyboardInterrupt").status()).isEqualTo(130);
    Cli.Ended syntax = cli.run("run", "-c", "def f(:");
    assertThat(syntax.status()).isEqualTo(1);
    assertThat(syntax.err()).startsWith("  File \"<string>\", line 1\n").contains("SyntaxError");
    Cli.Ended absent = cli.run("run", "absent.py");
    assertThat(absent.status()).isEqualTo(2);
    assertThat(absent.err()).isEqualTo("vivarium: cannot open 'absent.py': no such file\n");
  }

  @Test
  void theProcessIsTheProgramsToEndButNotToFork() throws Exception {
    Cli.Ended exit =
        cli.run("run", "-c", "import os, atexit; atexit.register(print, 'no'); os._exit(5)");
    assertThat(exit.status()).isEqualTo(5);
    assertThat(exit.out()).isEmpty();
    Cli.Ended other = cli.run("run", "-c", "import os; os.execv('/bin/echo', ['echo', 'instead'])");
    assertThat(other.status()).isZero();
    assertThat(other.out()).isEqualTo("instead\n");
    Cli.Ended fork = cli.run("run", "-c", "import os; os.fork()");
    assertThat(fork.status()).isEqualTo(1);
    assertThat(fork.err()).contains("RuntimeError: fork() in a JVM", "subprocess");
  }

  @Test
  void ctrlCIsAKeyboardInterrupt() throws Exception {
    Process process = cli.start("run", "-c", "print('in', flush=True)\nwhile True: pass");
    cli.awaitLines("out.txt", 1);
    Cli.signal(process, "INT");
    Cli.Ended ended = cli.end(process);
    assertThat(ended.status()).isEqualTo(130);
    assertThat(ended.err()).endsWith("KeyboardInterrupt\n");
  }

  @Test
  void threadsOfAProgramAreWaitedFor() throws Exception {
    String code =
        """
        import atexit, threading, time
        atexit.register(print, "atexit")
        def works():
            time.sleep(0.3)
            print("worked")
        threading.Thread(target=works).start()
        threading.Thread(target=lambda: (time.sleep(100), print("no")), daemon=True).start()
        print("started")
        """;
    Cli.Ended ended = cli.run("run", "-c", code);
    assertThat(ended.status()).isZero();
    assertThat(ended.out()).isEqualTo("started\nworked\natexit\n");
  }

  @Test
  void ctrlCEndsTheWaitForThem() throws Exception {
    String code =
        """
        import atexit, threading, time
        atexit.register(print, "atexit", flush=True)
        def endless():
            while True: time.sleep(0.01)
        threading.Thread(target=endless).start()
        print("started", flush=True)
        """;
    Process process = cli.start("run", "-c", code);
    cli.awaitLines("out.txt", 1);
    Thread.sleep(500); // the program has ended by then, mostly: else it is interrupted, as before
    Cli.signal(process, "INT");
    Cli.Ended ended = cli.end(process);
    assertThat(ended.status()).isEqualTo(130);
    assertThat(ended.out()).endsWith("atexit\n");
  }

  // Twice as long as it would wait on a slow machine, half as long as without a signal
  private static final Duration AT_ONCE = Duration.ofSeconds(20);

  /** Runs a program that prints one line and then waits; sends it a signal there. */
  private Cli.Ended signalled(String signal, String code) throws Exception {
    Process process = cli.start("run", "-c", code);
    cli.awaitLines("out.txt", 1);
    Thread.sleep(200); // until it waits, mostly
    long begin = System.nanoTime();
    Cli.signal(process, signal);
    Cli.Ended ended = cli.end(process);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).as(code).isLessThan(AT_ONCE);
    return ended;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import time; print('in', flush=True); time.sleep(60)",
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print('in', flush=True);"
            + " s.settimeout(60); s.accept()",
        "import threading; print('in', flush=True); threading.Event().wait(60)",
        "import threading; l = threading.Lock(); l.acquire(); print('in', flush=True);"
            + " l.acquire(timeout=60)",
        "import subprocess; print('in', flush=True); subprocess.run(['sleep', '60'])",
        "import queue; print('in', flush=True); queue.Queue().get(timeout=60)",
        "import asyncio\nasync def main():\n  print('in', flush=True)\n  await asyncio.sleep(60)\n"
            + "asyncio.run(main())",
      })
  void ctrlCEndsWaitsAtOnce(String code) throws Exception {
    Cli.Ended ended = signalled("INT", "import atexit; atexit.register(print, 'atexit')\n" + code);
    assertThat(ended.err()).startsWith("Traceback").endsWith("KeyboardInterrupt\n");
    assertThat(ended.status()).isEqualTo(130);
    assertThat(ended.out()).isEqualTo("in\natexit\n");
  }

  @Test
  void eachCtrlCIsAKeyboardInterrupt() throws Exception {
    String code =
        """
        import time
        for i in range(4):
            print("in", flush=True)
            try: time.sleep(60)
            except KeyboardInterrupt: pass
        """;
    Process process = cli.start("run", "-c", code);
    for (int i = 1; i <= 4; i++) {
      cli.awaitLines("out.txt", i);
      Cli.signal(process, "INT");
    }
    Cli.Ended ended = cli.end(process);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "HUP", "USR1", "ALRM", "INT"})
  void aProgramHasHandlersOfItsOwn(String signal) throws Exception {
    String code =
        """
        import signal, sys, threading, time
        def handle(number, frame):
            assert threading.current_thread() is threading.main_thread()
            print(signal.Signals(number).name)
            sys.exit(7)
        default = signal.getsignal(signal.SIG%1$s)
        assert signal.signal(signal.SIG%1$s, handle) is default
        assert signal.getsignal(signal.SIG%1$s) is handle
        print("in", flush=True)
        time.sleep(60)
        """
            .formatted(signal);
    Cli.Ended ended = signalled(signal, code);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo("in\nSIG" + signal + "\n");
    assertThat(ended.status()).isEqualTo(7);
  }

  @Test
  void alarmsAndTimers() throws Exception {
    String code =
        """
        import faulthandler, signal, time
        class Late(Exception): pass
        def late(number, frame): raise Late
        signal.signal(signal.SIGALRM, late)
        for begin in (lambda: signal.setitimer(signal.ITIMER_REAL, 0.1)), (lambda: signal.alarm(1)):
            begin()
            try: time.sleep(60)
            except Late: print("late")
        faulthandler.dump_traceback_later(0.1)
        time.sleep(1)
        """;
    long begin = System.nanoTime();
    Cli.Ended ended = cli.run("run", "-c", code);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(50));
    assertThat(ended.out()).isEqualTo("late\nlate\n");
    assertThat(ended.err()).contains("Timeout (0:00:00.100000)!", "line 10 in <module>");
    assertThat(ended.status()).isZero();
  }

  @Test
  void anEventLoopHandlesSignals() throws Exception {
    String code =
        """
        import asyncio, signal
        async def main():
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
            print("in", flush=True)
            await asyncio.wait_for(stop.wait(), 60)
            print("stopped")
        asyncio.run(main())
        """;
    Cli.Ended ended = signalled("TERM", code);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo("in\nstopped\n");
    assertThat(ended.status()).isZero();
  }

  @Test
  void aSignalThatTheProgramLeavesToTheJvmEndsItInOrder() throws Exception {
    String code =
        """
        import atexit, signal, threading, time
        atexit.register(print, "atexit", flush=True)
        signal.signal(signal.SIGTERM, signal.signal(signal.SIGTERM, print))
        def loop():
            try:
                while True: time.sleep(0.01)
            finally: print("left", flush=True)
        threading.Thread(target=loop).start()
        print("in", flush=True)
        try: time.sleep(60)
        finally: print("left", flush=True)
        """;
    Cli.Ended ended = signalled("TERM", code);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo("in\nleft\nleft\natexit\n");
    assertThat(ended.status()).isEqualTo(143);
    Cli.Ended computing = signalled("TERM", "print('in', flush=True)\nwhile True: pass");
    assertThat(computing.err()).isEmpty();
    assertThat(computing.status()).isEqualTo(143);
  }

  @Test
  void theJvmKeepsTheSignalsThatItNeeds() throws Exception {
    String code =
        """
        import faulthandler, signal
        for name in "SEGV", "BUS", "FPE", "ILL", "TRAP", "QUIT", "USR2", "URG":
            try: signal.signal(getattr(signal, "SIG" + name), print)
            except ValueError as e: assert "JVM" in str(e)
            else: raise AssertionError(name)
        faulthandler.enable()
        assert not faulthandler.is_enabled()
        from java.util import Objects
        for i in range(10_000):
            try: Objects.requireNonNull(None)
            except Exception: pass
        print("kept")
        """;
    Cli.Ended ended = cli.run("run", "-c", code);
    assertThat(ended.out()).isEqualTo("kept\n");
    assertThat(ended.status()).isZero();
  }

  @Test
  void anIgnoredSignalStaysIgnored() throws Exception {
    String code =
        """
        import signal, time
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        print("in", flush=True)
        time.sleep(1)
        print("out")
        """;
    Process process = cli.startIgnoring("INT", "run", "-c", code);
    cli.awaitLines("out.txt", 1);
    Cli.signal(process, "INT");
    Cli.Ended ended = cli.end(process);
    assertThat(ended.out()).isEqualTo("in\nout\n");
    assertThat(ended.status()).isZero();
  }

  @Test
  void systemExitFromTheProgram() throws Exception {
    String code =
        """
        import atexit
        from java.lang import System
        atexit.register(print, "atexit")
        System.exit(3)
        """;
    Cli.Ended ended = cli.run("run", "-c", code);
    assertThat(ended.out()).isEqualTo("atexit\n");
    assertThat(ended.status()).isEqualTo(3);
  }
}
