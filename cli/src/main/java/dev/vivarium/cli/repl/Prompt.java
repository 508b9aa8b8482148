package dev.vivarium.cli.repl;

import dev.vivarium.InterpreterClosedException;
import dev.vivarium.Python;
import dev.vivarium.PythonExit;
import dev.vivarium.cli.shell.ExitStatus;
import dev.vivarium.cli.shell.ProgramSignals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jline.keymap.KeyMap;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.Widget;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;

/** The prompt on a terminal: reads an input, runs it, until the end is asked for. */
final class Prompt {

  private static final int HISTORY_SIZE = 10_000;
  private static final int INTERRUPTS_TO_HALT = 3;
  private static final String TAB = "python-tab";

  private final Terminal terminal;
  private final Consoles consoles;
  private final PercentCommand percent;
  private final LineReader reader;
  private final boolean colours;
  private final AtomicInteger interrupts = new AtomicInteger();
  private final Python python;
  private final ProgramSignals signals;

  Prompt(Terminal terminal, Python python, Path history, boolean colours) {
    this.terminal = terminal;
    this.colours = colours;
    this.python = python;
    this.signals =
        python.<ProgramSignals, RuntimeException>callOnMainThread(
            main -> ProgramSignals.begin(main, () -> terminal.raise(Terminal.Signal.INT)));
    this.consoles = new Consoles(new Console.MainThread(python, signals), terminal.reader());
    this.percent = new PercentCommand(consoles, System.out, System.err);
    this.reader = reader(history);
    terminal.handle(Terminal.Signal.INT, signal -> interrupt());
  }

  private LineReader reader(Path history) {
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("vivarium")
            .parser(new PythonParser(source -> consoles.current().isComplete(source)))
            .completer(this::complete)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.AUTO_FRESH_LINE, true)
            .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
            .variable(LineReader.HISTORY_FILE, history)
            .variable(LineReader.HISTORY_SIZE, HISTORY_SIZE)
            .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_SIZE)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, prompt("... "))
            .variable(LineReader.INDENTATION, 1);
    if (colours) {
      builder.highlighter(new PythonHighlighter());
    } else {
      builder.option(LineReader.Option.DISABLE_HIGHLIGHTER, true);
    }
    LineReader made = builder.build();
    made.getWidgets().put(TAB, indentOrComplete(made));
    Objects.requireNonNull(made.getKeyMaps().get(LineReader.MAIN))
        .bind(new Reference(TAB), KeyMap.ctrl('I'));
    return made;
  }

  // At the beginning of a line there is nothing to complete
  private static Widget indentOrComplete(LineReader reader) {
    return () -> {
      String before = reader.getBuffer().upToCursor();
      if (before.substring(before.lastIndexOf('\n') + 1).isBlank()) {
        reader.getBuffer().write("    ");
      } else {
        reader.callWidget(LineReader.EXPAND_OR_COMPLETE);
      }
      return true;
    };
  }

  private void complete(LineReader source, ParsedLine line, List<Candidate> candidates) {
    if (!(line instanceof PythonParser.Word word)) {
      return;
    }
    if (word.before().isEmpty() && PercentCommand.isOne(word.word())) {
      PercentCommand.NAMES.forEach(name -> candidates.add(new Candidate(name)));
      return;
    }
    String text = word.word();
    if (text.endsWith(".") && text.length() > 1 && Character.isDigit(text.charAt(0))) {
      return; // a number
    }
    for (String whole : consoles.current().complete(text, word.beforeInLine())) {
      String shown = whole.substring(whole.lastIndexOf('.') + 1);
      candidates.add(new Candidate(whole, shown, null, null, null, null, false));
    }
  }

  private String prompt(String text) {
    AttributedStyle style =
        colours
            ? AttributedStyle.DEFAULT.bold().foreground(AttributedStyle.MAGENTA)
            : AttributedStyle.DEFAULT;
    AttributedString styled =
        new AttributedStringBuilder().styled(style, text).toAttributedString();
    return colours ? styled.toAnsi(terminal) : text;
  }

  /** Until the end; gives the status to exit with. */
  int run() {
    while (true) {
      String source;
      try {
        source = reader.readLine(prompt(consoles.mark() + ">>> "));
      } catch (UserInterruptException e) {
        boolean ignored = Thread.interrupted(); // JLine's way of telling, which must not tell twice
        System.out.println("KeyboardInterrupt");
        continue;
      } catch (EndOfFileException e) {
        return ExitStatus.OK;
      }
      try {
        execute(source);
      } catch (PythonExit exit) {
        if (!exit.text().isEmpty()) {
          System.err.println(exit.text());
        }
        return exit.code();
      }
    }
  }

  private void execute(String source) {
    interrupts.set(0);
    if (PercentCommand.isOne(source)) {
      percent.run(source);
    } else if (!source.isBlank()) {
      consoles.current().run(source, System.err);
    }
    System.out.flush();
    System.err.flush();
  }

  // On the thread that hears signals: whoever waits for the GIL must not keep it
  private void interrupt() {
    int count = interrupts.incrementAndGet();
    if (count >= INTERRUPTS_TO_HALT) {
      Runtime.getRuntime().halt(ExitStatus.INTERRUPTED);
    }
    Console console = consoles.current();
    Thread.ofPlatform().daemon().name("interrupt").start(console::interrupt);
    if (count == INTERRUPTS_TO_HALT - 1) {
      System.err.println(
          "\nstill in code that does not come back to Python; Ctrl-C once more ends the process");
    }
  }

  /** Saves the history, and gives the terminal back as it was. */
  void close() throws IOException {
    try {
      python.runOnMainThread(main -> signals.close());
    } catch (InterpreterClosedException e) {
      // The process ends
    }
    reader.getHistory().save();
    terminal.close();
  }

  /** Where the history is kept: the user's state folder. */
  static Path historyFile(java.util.function.Function<String, @Nullable String> environment) {
    String state = environment.apply("XDG_STATE_HOME");
    if (state == null || state.isEmpty()) {
      state = environment.apply("LOCALAPPDATA");
    }
    Path folder =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return folder.resolve("vivarium").resolve("repl_history");
  }
}
