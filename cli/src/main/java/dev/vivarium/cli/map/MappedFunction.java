package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.Json;
import dev.vivarium.cli.shell.PythonResource;
import dev.vivarium.pool.PoolOptions;
import java.io.IOException;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The function to call, as each interpreter of a pool has it. */
final class MappedFunction {

  private static final String CALLS = "calls";

  private final PoolOptions interpreters;
  private final Loader loader;
  private final String separator;
  private final int mostAtOnce;
  private final @Nullable TableOutput tables;

  /** Makes a callable that takes items' texts and gives their outcomes. */
  @FunctionalInterface
  private interface Loader {
    PyObject load(PyObject mapping);
  }

  private MappedFunction(
      PoolOptions interpreters,
      Loader loader,
      String separator,
      int mostAtOnce,
      @Nullable TableOutput tables) {
    this.interpreters = interpreters;
    this.loader = loader;
    this.separator = separator;
    this.mostAtOnce = mostAtOnce;
    this.tables = tables;
  }

  /** In so many interpreters with a GIL of their own. */
  static MappedFunction isolated(FunctionReference function, ItemKind kind, int interpreters) {
    return new MappedFunction(
        PoolOptions.isolated(interpreters),
        mapping -> mapping.callMethod("load", function.file(), function.name(), kind.id()),
        kind.separator(),
        Portion.MOST,
        null);
  }

  /**
   * In the main interpreter, for functions of batches: NumPy and pyarrow load in no other.
   *
   * @param batches what reads them
   * @param output where tables go; null if results are lines
   */
  static MappedFunction inMain(
      FunctionReference function, Tables tables, PyObject batches, @Nullable TableOutput output) {
    return new MappedFunction(
        PoolOptions.main(1),
        mapping -> tables.load(mapping, function, batches, output == null ? null : output.writer()),
        ItemKind.BATCHES.separator(),
        1,
        output);
  }

  /** A pool whose interpreters have loaded it. */
  PoolOptions pool() {
    return interpreters.initializer(this::load);
  }

  /** How many items one call may be given. */
  int mostAtOnce() {
    return mostAtOnce;
  }

  private void load(Interpreter interpreter) {
    try (PyObject mapping = mapping(interpreter);
        PyObject calls = loader.load(mapping)) {
      mapping.setAttr(CALLS, calls);
    } catch (PythonException e) {
      throw new CommandFailure(
          e.typeName().endsWith("Problem") ? e.pythonMessage() : String.valueOf(e.getMessage()), e);
    }
  }

  private static PyObject mapping(Interpreter interpreter) {
    return PythonResource.load(interpreter, MappedFunction.class, "mapping.py");
  }

  /** Calls it for items; inside. The outcomes of the first of them, mostly of all. */
  List<Outcome> call(Interpreter interpreter, List<Item> items) {
    try (PyObject mapping = mapping(interpreter);
        PyObject calls = mapping.attr(CALLS);
        PyObject result = calls.call(texts(items))) {
      // One more, if an interrupt has come after the last
      return result.asString().lines().limit(items.size()).map(Outcome::of).toList();
    }
  }

  private String texts(List<Item> items) {
    StringJoiner texts = new StringJoiner(separator);
    items.forEach(item -> texts.add(item.text()));
    return texts.toString();
  }

  /**
   * What came of an item.
   *
   * @param kind one of those of mapping.py
   * @param json a result, an error, or the traceback of an interrupt
   */
  record Outcome(char kind, String json) {

    private static final char RESULT = 'R';
    private static final char TABLE = 'T';
    private static final char ERROR = 'E';
    private static final char INTERRUPT = 'K';

    private static Outcome of(String text) {
      return new Outcome(text.charAt(0), text.substring(1));
    }

    static Outcome error(ItemError error) {
      return new Outcome(ERROR, error.json());
    }

    static Outcome interrupted(String traceback) {
      return new Outcome(INTERRUPT, Json.quote(traceback));
    }

    boolean isGood() {
      return kind == RESULT || kind == TABLE;
    }

    boolean isTable() {
      return kind == TABLE;
    }

    boolean isInterrupt() {
      return kind == INTERRUPT;
    }

    /** Where an interrupt has hit it, as JSON; empty if none has. */
    String traceback() {
      return isInterrupt() ? json : "\"\"";
    }
  }

  /**
   * Writes the table that a call for this item gave.
   *
   * @throws IOException if it cannot be written
   */
  void write(Item item) throws IOException {
    TableOutput output = tables;
    if (output == null) {
      throw new IllegalStateException("no call here gives tables: " + item.json());
    }
    output.add(item);
  }
}
