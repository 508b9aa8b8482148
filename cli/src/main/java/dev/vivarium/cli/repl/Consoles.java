package dev.vivarium.cli.repl;

import dev.vivarium.CloseOption;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import java.io.Reader;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** The interpreters of the prompt by their ids, and the one that is typed into. */
final class Consoles {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private record Entry(Console console, String kind) {}

  private final Python python;
  private final Reader input;
  private final Map<Long, Entry> entries = new TreeMap<>();
  private volatile Console current;

  Consoles(Console.MainThread mainThread, Reader input) {
    this.python = mainThread.python();
    this.input = input;
    this.current = add(Console.ofMain(mainThread), "main");
  }

  private Console add(Console console, String kind) {
    entries.put(console.interpreter().id(), new Entry(console, kind));
    return console;
  }

  Console current() {
    return current;
  }

  /** Makes one and switches to it. */
  void create(boolean shared) {
    InterpreterOptions options =
        (shared ? InterpreterOptions.shared() : InterpreterOptions.isolated()).stdin(input);
    current =
        add(Console.of(python.newInterpreter(options)), shared ? "main's GIL" : "GIL of its own");
  }

  boolean has(long id) {
    return entries.containsKey(id);
  }

  void switchTo(long id) {
    Entry entry = entries.get(id);
    if (entry != null) {
      current = entry.console;
    }
  }

  /**
   * Ends one that is not main; the prompt is in main then, if it was there.
   *
   * @throws InterpreterBusyException if somebody is inside who does not leave
   */
  void close(long id) {
    Entry entry = entries.get(id);
    if (entry == null || id == python.main().id()) {
      return;
    }
    entry.console.interpreter().close(PATIENCE, CloseOption.INTERRUPT);
    entries.remove(id);
    if (current == entry.console) {
      switchTo(python.main().id());
    }
  }

  String list() {
    StringBuilder text = new StringBuilder();
    entries.forEach((id, entry) ->
        text.append(entry.console == current ? "* " : "  ")
            .append(id)
            .append("  ")
            .append(entry.kind)
            .append('\n'));
    return text.toString();
  }

  /** What comes before {@code >>>}: nothing for main. */
  String mark() {
    long id = current.interpreter().id();
    return id == python.main().id() ? "" : Long.toString(id);
  }
}
