package dev.vivarium.cli.map;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A caller that has its items done by Spark, a task at a time. */
final class SparkCalling extends Caller {

  // Long beside what a task costs
  private static final long NANOS = 100_000_000;

  private final SparkEngine engine;
  private final String group;

  SparkCalling(Callers callers, SparkEngine engine, int number) {
    super(callers, new Portion(SparkEngine.MOST, NANOS));
    this.engine = engine;
    this.group = "map-" + number;
  }

  @Override
  void interrupt() {
    super.interrupt();
    engine.cancel(group);
  }

  @Override
  int work(List<Item> items) throws IOException, InterruptedException {
    SparkAnswer answer = answer(() -> waits().on(() -> engine.answer(group, items)));
    took(answer.nanos(), items.size());
    List<Callers.FinishedItem> finished = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      finished.add(
          new Callers.FinishedItem(items.get(i), answer.lines().get(i), answer.failed().get(i)));
    }
    finish(finished);
    return items.size();
  }

  private SparkAnswer answer(Callable<SparkAnswer> job) throws InterruptedException {
    try {
      return job.call();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) { // SparkException is a checked one, of which Scala says nothing
      if (isStopping()) {
        throw new InterruptedException(); // it was cancelled
      }
      throw SparkEngine.failure(e);
    }
  }
}
