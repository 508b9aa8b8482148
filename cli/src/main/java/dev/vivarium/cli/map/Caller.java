package dev.vivarium.cli.map;

import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.cli.map.MappedFunction.Outcome;
import dev.vivarium.cli.shell.DurationConverter;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.PoolCaller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes items, has the pool call the function for them, and hands over what comes of it, on a
 * thread of its own. It has an interpreter of the pool's to itself, so that where one is given up
 * the next item's time begins when there is another.
 */
final class Caller implements Runnable {

  private static final String INTERRUPTED = "was interrupted";
  private static final String ABANDONED = "did not let go: its thread was abandoned";

  private final Callers callers;
  private final PoolCaller place;
  private final @Nullable Duration deadline;
  private final Waits waits = new Waits();
  private volatile boolean busy;

  /**
   * One of them.
   *
   * @param place for the interpreter of the pool that no other one calls
   */
  Caller(Callers callers, PoolCaller place, @Nullable Duration deadline) {
    this.callers = callers;
    this.place = place;
    this.deadline = deadline;
  }

  /** Whether it has items whose lines are not written yet. */
  boolean isBusy() {
    return busy;
  }

  /** Has it wait for Python no more. */
  void interrupt() {
    waits.end();
  }

  @Override
  public void run() {
    try {
      work();
    } catch (InterruptedException e) {
      // stopped
    } catch (RejectedExecutionException e) { // no interpreter can be made
      callers.fail(e.getCause() == null ? e : e.getCause());
    } catch (Throwable e) {
      callers.fail(e);
    } finally {
      busy = false;
      callers.left(this);
    }
  }

  private void work() throws IOException, InterruptedException {
    Portion portion = new Portion(deadline == null ? callers.function().mostAtOnce() : 1);
    while (true) {
      List<Item> items = callers.feed().take(portion.size());
      if (items.isEmpty()) {
        return;
      }
      busy = true;
      while (!items.isEmpty()) {
        long began = System.nanoTime();
        Came came = call(items);
        long nanos = System.nanoTime() - began;
        callers.statistics().inPython(nanos);
        int done = came.outcomes.size();
        portion.took(nanos, done);
        deliver(items, came);
        if (came.isInterpreterGone) {
          awaitInterpreter();
        }
        items = items.subList(done, items.size());
      }
      busy = false;
    }
  }

  /**
   * What came of items.
   *
   * @param outcomes of the first of them: mostly of all, and else up to one that was interrupted
   * @param late why the only one has failed, whatever its outcome; mostly null
   * @param isInterpreterGone whether the next call has to wait for another interpreter
   */
  private record Came(
      List<Outcome> outcomes, @Nullable ItemError late, boolean isInterpreterGone) {}

  private Came call(List<Item> items) throws InterruptedException {
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
      return waits.on(() -> interpreter.call(in -> callers.function().call(in, items)));
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

  private void awaitInterpreter() throws InterruptedException {
    waits.on(() -> {
      place.run(in -> {});
      return true;
    });
  }

  private void deliver(List<Item> items, Came came) throws IOException, InterruptedException {
    List<Callers.FinishedItem> finished = new ArrayList<>();
    for (int i = 0; i < came.outcomes.size(); i++) {
      Item item = items.get(i);
      Outcome outcome = came.outcomes.get(i);
      boolean good = outcome.isGood() && came.late == null;
      if (!good && callers.isStopping()) {
        break; // perhaps for the interrupt: not finished
      }
      if (good && outcome.isTable()) {
        callers.function().write(item);
      }
      finished.add(new Callers.FinishedItem(item, line(item, outcome, came.late), !good));
    }
    if (!finished.isEmpty()) {
      callers.finish(finished);
    }
    if (callers.isStopping()) {
      throw new InterruptedException();
    }
  }

  private static String line(Item item, Outcome outcome, @Nullable ItemError late) {
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
