package dev.vivarium.cli.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplCommandTest {

  private static final String UP =
      "\u0010"; // Ctrl-P: an arrow has a code for each kind of terminal
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";

  @TempDir Path folder;

  private Pty start(boolean colours) throws Exception {
    assumeTrue(Pty.isThere(), "no program script, which makes a terminal");
    Pty pty = Pty.start(folder, colours, "repl");
    pty.await("%help tells more").await(">>> ");
    return pty;
  }

  @Test
  @DisplayName("values, blocks, errors with their lines, input(); what was typed is kept")
  void session() throws Exception {
    try (Pty pty = start(false)) {
      pty.line("6 * 7", "42").line("_ + 1", "43").line("None", "");
      pty.type("def twice(n):\r").await("... ").type("return n * 2\r").await("... ").type("\r");
      pty.await(">>> ").line("twice(21)", "42");
      pty.line("twice(None)", "line 2, in twice").type("x = [1,\r").await("... ");
      pty.line("2]; len(x)", "2").line("1 +* 2", "SyntaxError");
      pty.line("for c in 'ab': print(c, end='!')\r", "a!b!");
      pty.type("input('name? ')\r").await("\nname? ").type("Ada\n").await("'Ada'").await(">>> ");
      pty.line("from __future__ import annotations", "").line("def f(a: nope): pass\r", "");
      assertThat(pty.raw()).doesNotContainPattern("\u001b\\[[0-9;]*3[0-9]m");
      pty.type("exit(3)\r");
      assertThat(pty.ended()).isEqualTo(3);
    }
    assertThat(Files.readString(folder.resolve("vivarium").resolve("repl_history")))
        .contains("twice(21)", "def twice(n):");
    try (Pty pty = start(true)) {
      pty.type(UP).await("exit(3)").type(CTRL_C).await("KeyboardInterrupt").await(">>> ");
      assertThat(pty.raw()).containsPattern("\u001b\\[[0-9;]*3[0-9]m");
      pty.type(CTRL_D);
      assertThat(pty.ended()).isZero();
    }
  }

  @Test
  @DisplayName("Tab completes names, attributes, modules and what a module has")
  void completion() throws Exception {
    try (Pty pty = start(false)) {
      pty.type("import js\t").await("json").type("\r").await(">>> ");
      pty.type("json.dum\t").type("s([1])\r").await("'[1]'").await(">>> ");
      pty.type("from json import JSONDecodeE\t").type("\r").await("JSONDecodeError").await(">>> ");
      pty.type("measured = 7\r").await(">>> ").type("meas\t").type(" * 6\r").await("42");
      pty.await(">>> ").type("if True:\r").await("... ").type("\tpass\r").await("... ").type("\r");
      pty.await(">>> ").type("%inte\t").await("%interp").type("\r").await("* 0  main");
      pty.await(">>> ").type(CTRL_D);
      assertThat(pty.ended()).isZero();
    }
  }

  @Test
  @DisplayName("Ctrl-C is a KeyboardInterrupt in what runs, and the prompt goes on")
  void interrupt() throws Exception {
    try (Pty pty = start(false)) {
      pty.type("begun = 'be' + 'gun'\r").await(">>> ");
      pty.type("while print(begun) is None:\r").await("... ").type("while True: pass\r");
      pty.await("... ").type("\r").await("begun\r\n").type(CTRL_C).await("KeyboardInterrupt");
      pty.await(">>> ").line("1 + 1", "2");
      pty.type("abandoned").await("abandoned").type(CTRL_C).await("KeyboardInterrupt");
      pty.await(">>> ").line("'still ' + 'here'", "'still here'").type("quit()\r");
      assertThat(pty.ended()).isZero();
    }
  }

  @Test
  @DisplayName(
      "Ctrl-C ends what blocks at once, and handlers of one's own run, on Python's main thread")
  void interruptsWaits() throws Exception {
    try (Pty pty = start(false)) {
      pty.line("import signal, threading, time", "");
      pty.line("threading.current_thread() is threading.main_thread()", "True");
      long begin = System.nanoTime();
      pty.type("print('be' + 'gun'); time.sleep(60)\r").await("begun\r\n").type(CTRL_C);
      pty.await("KeyboardInterrupt").await(">>> ").line("1 + 1", "2");
      pty.line("handle = lambda *_: print('hand' + 'led')", "");
      pty.line("before = signal.signal(signal.SIGINT, handle)", "");
      pty.type("print('again' * 2); time.sleep(2)\r").await("againagain\r\n").type(CTRL_C);
      pty.await("handled").await(">>> ").line("_ = signal.signal(signal.SIGINT, before)", "");
      pty.type("threading.Event().wait(print('third' * 2) or 60)\r").await("thirdthird\r\n");
      pty.type(CTRL_C).await("KeyboardInterrupt").await(">>> ").type("quit()\r");
      assertThat(pty.ended()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(50));
    }
  }

  @Test
  @DisplayName("%interp makes, lists, switches and closes interpreters; %time, %help")
  void interpreters() throws Exception {
    try (Pty pty = start(false)) {
      pty.line("x = 'main'", "").line("%interp new", "1").line("'x' in globals()", "False");
      pty.line("%interp", "* 1  GIL of its own").line("y = 2", "");
      pty.line("%interp new shared", "2").line("%interp list", "* 2  main's GIL");
      pty.line("%interp 1", "1").line("y + 40", "42").line("%interp close 2", "");
      pty.line("%interp 2", "no interpreter 2").line("%interp close 0", "ends with the prompt");
      pty.type("input('in it? ')\r").await("\nin it? ").line("yes", "'yes'");
      pty.line("%interp close 1", "").line("x", "'main'");
      pty.line("%time len('four')", "4").line("%time 1", "s").line("%help", "%interp close ID");
      pty.line("%frob", "%help").line("%interp frob", "see %help").line("%time", "needs code");
      pty.type("import sys; sys.exit('no luck')\r").await("no luck");
      assertThat(pty.ended()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("without a terminal, standard input is the program")
  void piped() throws Exception {
    Cli.Ended ended = new Cli(folder).runWithInput("x = 6\nprint(x * 7)\nx\n", "repl");
    assertThat(ended.out()).isEqualTo("42\n");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isZero();
    assertThat(new Cli(folder).runWithInput("import sys; sys.exit(4)", "repl").status())
        .isEqualTo(4);
    Cli.Ended help = new Cli(folder).run("repl", "--help");
    assertThat(help.out()).contains("%interp", "%time CODE").doesNotContain("%%");
    assertThat(help.err()).isEmpty();
  }
}
