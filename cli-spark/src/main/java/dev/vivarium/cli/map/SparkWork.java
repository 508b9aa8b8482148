package dev.vivarium.cli.map;

import dev.vivarium.PythonStartException;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import java.time.Duration;
import java.util.List;
import org.apache.spark.api.java.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a task does: calls the function for items. Goes from the driver to the executors.
 *
 * @param folder where the command was started, which relative paths begin at
 */
record SparkWork(
    FunctionReference reference,
    ItemKind kind,
    @Nullable Duration deadline,
    CommonOptions.Chosen python,
    String folder)
    implements Function<List<Item>, SparkAnswer> {

  @Override
  public SparkAnswer call(List<Item> items) throws InterruptedException {
    try {
      return ExecutorCalls.of(this).call(items);
    } catch (CommandFailure | PythonStartException e) {
      return SparkAnswer.problem(String.valueOf(e.getMessage())); // which no second try makes good
    }
  }
}
