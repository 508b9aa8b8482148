package dev.vivarium.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
