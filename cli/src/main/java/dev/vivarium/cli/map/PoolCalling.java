package dev.vivarium.cli.map;

import dev.vivarium.pool.PoolCaller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A caller that has an interpreter of a pool to itself, so that where one is given up the next
 * item's time begins when there is another.
 */
final class PoolCalling extends Caller {

  private final MappedFunction function;
  private final Calls calls;

  /**
   * One of them.
   *
   * @param place for the interpreter of the pool that no other one calls
   */
  PoolCalling(
      Callers callers, MappedFunction function, PoolCaller place, @Nullable Duration deadline) {
    super(callers, new Portion(Calls.mostAtOnce(function, deadline), Portion.NANOS));
    this.function = function;
    this.calls = new Calls(function, place, deadline, waits());
  }

  @Override
  int work(List<Item> items) throws IOException, InterruptedException {
    long began = System.nanoTime();
    Calls.Came came = calls.of(items);
    took(System.nanoTime() - began, came.size());
    deliver(items, came);
    if (came.isInterpreterGone()) {
      calls.awaitInterpreter();
    }
    return came.size();
  }

  private void deliver(List<Item> items, Calls.Came came) throws IOException, InterruptedException {
    List<Callers.FinishedItem> finished = new ArrayList<>();
    for (int i = 0; i < came.size(); i++) {
      Item item = items.get(i);
      if (!came.isGood(i) && isStopping()) {
        break; // perhaps for the interrupt: not finished
      }
      if (came.isTable(i)) {
        function.write(item);
      }
      finished.add(new Callers.FinishedItem(item, came.line(i, item), !came.isGood(i)));
    }
    finish(finished);
  }
}
