package dev.vivarium.cli.repl;

import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.cli.run.RunCommand;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import dev.vivarium.cli.shell.Signals;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The command {@code vivarium repl}. */
@Command(
    name = "repl",
    description = "A Python prompt in this JVM.",
    sortOptions = false,
    footer = {
      "",
      "Type Python. A block ends with an empty line, Tab completes, the up",
      "arrow brings back what was typed in this session or an earlier one.",
      "Ctrl-C interrupts what runs, or clears the line; Ctrl-D, exit() and",
      "exit(3) end. Lines that begin with %% are the prompt's own: %%interp",
      "makes, lists, switches and closes interpreters, %%time CODE measures,",
      "%%help tells more.",
      "NO_COLOR=1 turns colours off. Without a terminal, standard input is",
      "run as 'vivarium run -' does.",
      "",
      "Examples:",
      "  vivarium repl",
      "  vivarium repl --python 3.13",
      "  echo 'print(1 + 1)' | vivarium repl"
    })
public final class ReplCommand implements Callable<Integer> {

  // Python expects at least the 8 MiB that a process's first thread has
  private static final long STACK = 64L << 20;

  private static final int STANDARD_INPUT = 0;
  private static final int STANDARD_OUTPUT = 1;

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    if (!dev.vivarium.cli.shell.Terminal.isOne(STANDARD_INPUT)) {
      return RunCommand.standardInput(common);
    }
    if (!dev.vivarium.cli.shell.Terminal.isOne(STANDARD_OUTPUT)) {
      throw new CommandFailure(
          "a prompt needs a terminal for its output too: leave it there, or give the program on"
              + " standard input");
    }
    FutureTask<Integer> prompt = new FutureTask<>(this::prompt);
    new Thread(null, prompt, "python-prompt", STACK).start();
    try {
      return prompt.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private int prompt() throws IOException {
    // To ask the terminal about its clusters loses what has been typed already
    Terminal terminal =
        TerminalBuilder.builder()
            .system(true)
            .provider("ffm")
            .graphemeCluster(false)
            .nativeSignals(false) // a handler of Python code takes the place of one of its own
            .build();
    for (Terminal.Signal signal : List.of(Terminal.Signal.WINCH, Terminal.Signal.CONT)) {
      Signals.onEach(signal.name(), () -> terminal.raise(signal));
    }
    if (terminal.getColumns() == 0) { // as some that programs make
      terminal.setSize(Size.of(80, 24));
    }
    Python python = Python.start(options(terminal));
    System.out.println(
        "Python " + python.version() + " in a JVM (" + Runtime.version() + "), %help tells more");
    Prompt prompt =
        new Prompt(
            terminal, python, Prompt.historyFile(System::getenv), wantsColours(terminal.getType()));
    int status;
    try {
      status = prompt.run();
    } finally {
      prompt.close();
    }
    python.close();
    return status;
  }

  private PythonOptions options(Terminal terminal) {
    return common.programOptions().stdin(terminal.reader()).build();
  }

  private static boolean wantsColours(String terminalType) {
    String off = System.getenv("NO_COLOR");
    return (off == null || off.isEmpty()) && !terminalType.startsWith("dumb");
  }
}
