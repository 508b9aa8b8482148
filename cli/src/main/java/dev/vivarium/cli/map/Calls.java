package dev.vivarium.cli.map;

import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.cli.map.MappedFunction.Outcome;
import dev.vivarium.cli.shell.DurationConverter;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.PoolCaller;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Calls of the function, in a pool, with a deadline for each if there is one. */
final class Calls {

  private static final String INTERRUPTED = "was interrupted";
  private static final String ABANDONED = "did not let go: its thread was abandoned";

  private final MappedFunction function;
  private final PoolCaller place;
  private final @Nullable Duration deadline;
  private final Waits waits;

  Calls(MappedFunction function, PoolCaller place, @Nullable Duration deadline, Waits waits) {
    this.function = function;
    this.place = place;
    this.deadline = deadline;
    this.waits = waits;
  }

  /** How many items may be given to {@link #of} at once. */
  static int mostAtOnce(MappedFunction function, @Nullable Duration deadline) {
    return deadline == null ? function.mostAtOnce() : 1;
  }

  /**
   * What came of items.
   *
   * @param outcomes of the first of them: mostly of all, and else up to one that was interrupted
   * @param late why the only one has failed, whatever its outcome; mostly null
   * @param isInterpreterGone whether the next call has to wait for another interpreter
   */
  record Came(List<Outcome> outcomes, @Nullable ItemError late, boolean isInterpreterGone) {

    int size() {
      return outcomes.size();
    }

    boolean isGood(int i) {
      return late == null && outcomes.get(i).isGood();
    }

    /** Whether it is good, and a table that is to be written. */
    boolean isTable(int i) {
      return isGood(i) && outcomes.get(i).isTable();
    }

    /** The line of an item; empty for a table. */
    String line(int i, Item item) {
      Outcome outcome = outcomes.get(i);
      if (late != null) {
        return item.errorLine(late.json(outcome.traceback()));
      }
      if (outcome.isInterrupt()) {
        return item.errorLine(new ItemError("KeyboardInterrupt", "", "").json(outcome.traceback()));
      }
      if (!outcome.isGood()) {
        return item.errorLine(outcome.json());
      }
      return outcome.isTable() ? "" : item.resultLine(outcome.json());
    }
  }

  /** Calls it for items; what came of the first of them, mostly of all. */
  Came of(List<Item> items) throws InterruptedException {
    Duration limit = deadline;
    if (limit == null) {
      return new Came(outcomes(items, place), null, false);
    }
    long began = System.nanoTime();
    try {
      List<Outcome> outcomes = outcomes(items, place.within(limit));
      boolean inTime = System.nanoTime() - began < limit.toNanos();
      return new Came(outcomes, inTime ? null : late(limit, INTERRUPTED), false);
    } catch (DeadlineException e) {
      return switch (e.reached()) {
        case WAITING -> new Came(List.of(), null, true);
        case INTERRUPTED ->
            new Came(List.of(interrupted(e.getCause())), late(limit, INTERRUPTED), false);
        case GIVEN_UP ->
            new Came(
                List.of(Outcome.interrupted(text(e.pythonStack()))), late(limit, ABANDONED), true);
      };
    }
  }

  private List<Outcome> outcomes(List<Item> items, PoolCaller interpreter)
      throws InterruptedException {
    try {
      return waits.on(() -> interpreter.call(in -> function.call(in, items)));
    } catch (PythonException e) {
      return List.of(interrupted(e));
    } catch (PythonExit e) {
      return List.of(Outcome.error(new ItemError("SystemExit", e.text(), "")));
    }
  }

  // An interrupt can come where Python code of ours is between its try statements
  private static Outcome interrupted(@Nullable Throwable thrown) {
    if (!(thrown instanceof PythonException e)) {
      return Outcome.interrupted("");
    }
    return e.isInstance("KeyboardInterrupt")
        ? Outcome.interrupted(e.traceback())
        : Outcome.error(new ItemError(e.typeName(), e.pythonMessage(), e.traceback()));
  }

  private static ItemError late(Duration limit, String what) {
    return new ItemError(
        "Deadline", "it took longer than " + DurationConverter.format(limit) + " and " + what, "");
  }

  // As a traceback shows it, which has the innermost last
  private static String text(List<StackTraceElement> stack) {
    return stack.reversed().stream()
        .map(frame ->
            "  File \"%s\", line %d, in %s\n"
                .formatted(frame.getFileName(), frame.getLineNumber(), frame.getMethodName()))
        .collect(Collectors.joining());
  }

  /** Waits for the next interpreter, where one is gone. */
  void awaitInterpreter() throws InterruptedException {
    waits.on(() -> {
      place.run(in -> {});
      return true;
    });
  }
}
