package dev.vivarium.cli.repl;

import dev.vivarium.InterpreterBusyException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/** The lines that begin with {@code %}, which no Python statement does. */
final class PercentCommand {

  static final List<String> NAMES = List.of("%help", "%interp", "%time");

  private static final String HELP =
      """
      Type Python. A block ends with an empty line; Tab completes; the up arrow brings back.

      %interp              list the interpreters
      %interp new          make one with a GIL of its own, and switch to it
      %interp new shared   make one with main's GIL, for modules such as numpy
      %interp ID           switch
      %interp close ID     end one
      %time CODE           run it, and tell how long it took
      %help                this

      Ctrl-C interrupts, Ctrl-D or exit() ends.
      """;

  private static final double NANOS = 1e9;

  private final Consoles consoles;
  private final PrintStream out;
  private final PrintStream errors;

  PercentCommand(Consoles consoles, PrintStream out, PrintStream errors) {
    this.consoles = consoles;
    this.out = out;
    this.errors = errors;
  }

  static boolean isOne(String source) {
    return source.startsWith("%");
  }

  void run(String source) {
    String[] words = source.strip().split("\\s+", 2);
    String rest = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "%help" -> out.print(HELP);
      case "%interp" -> interpreters(rest.isEmpty() ? new String[0] : rest.split("\\s+"));
      case "%time" -> time(rest);
      default -> errors.println(words[0] + " is unknown: %help tells what there is");
    }
  }

  private void time(String source) {
    if (source.isEmpty()) {
      errors.println("%time needs code: %time sum(range(10**6))");
      return;
    }
    long begin = System.nanoTime();
    try {
      consoles.current().run(source, errors);
    } finally {
      out.println(inWords(Duration.ofNanos(System.nanoTime() - begin)));
    }
  }

  static String inWords(Duration time) {
    double seconds = time.toNanos() / NANOS;
    if (seconds >= 1) {
      return String.format(java.util.Locale.ROOT, "%.2f s", seconds);
    }
    return seconds >= 1e-3
        ? String.format(java.util.Locale.ROOT, "%.1f ms", seconds * 1e3)
        : String.format(java.util.Locale.ROOT, "%.0f µs", seconds * 1e6);
  }

  private void interpreters(String[] words) {
    switch (String.join(" ", words).replaceAll("-?\\d+", "N")) {
      case "", "list" -> out.print(consoles.list());
      case "new", "new isolated" -> consoles.create(false);
      case "new shared" -> consoles.create(true);
      case "N" -> {
        if (isKnown(words[0])) {
          consoles.switchTo(Long.parseLong(words[0]));
        }
      }
      case "close N" -> {
        if (isKnown(words[1])) {
          close(Long.parseLong(words[1]));
        }
      }
      default ->
          errors.println("%interp takes nothing, new, new shared, ID or close ID: see %help");
    }
  }

  private boolean isKnown(String id) {
    try {
      if (consoles.has(Long.parseLong(id))) {
        return true;
      }
    } catch (NumberFormatException e) {
      // Longer than any id
    }
    errors.println("there is no interpreter " + id + ": %interp lists them");
    return false;
  }

  private void close(long id) {
    if (id == 0) {
      errors.println("main ends with the prompt: exit() ends both");
      return;
    }
    try {
      consoles.close(id);
    } catch (InterpreterBusyException e) {
      errors.println(e.getMessage());
    }
  }
}
