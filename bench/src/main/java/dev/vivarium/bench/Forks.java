package dev.vivarium.bench;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benchmarks, each time in a new JVM.
 *
 * @param slice milliseconds that each side is measured before it is the other's turn
 * @param warmup turns that don't count
 * @param turns turns that do
 * @param properties system properties of the new JVM
 */
record Forks(int slice, int warmup, int turns, Map<String, String> properties) {

  /**
   * Runs a benchmark once.
   *
   * @throws BenchmarkException if it fails, with the reason in one line
   */
  List<Sample> run(Class<? extends PythonBenchmark> benchmark) throws BenchmarkException {
    // An unreadable lock file of another user must not keep us from running.
    System.setProperty("jmh.ignoreLock", "true");
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Collection<RunResult> results;
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      results =
          new Runner(
                  options(benchmark),
                  OutputFormatFactory.createFormatInstance(out, VerboseMode.NORMAL))
              .run();
    } catch (RunnerException e) {
      throw new BenchmarkException(
          benchmark.getSimpleName() + ": " + reason(said.toString(StandardCharsets.UTF_8), e), e);
    }
    List<Sample> samples = new ArrayList<>();
    for (RunResult result : results) {
      for (BenchmarkResult fork : result.getBenchmarkResults()) {
        for (IterationResult iteration : fork.getIterationResults()) {
          samples.add(sample(iteration));
        }
      }
    }
    return samples;
  }

  private Options options(Class<? extends PythonBenchmark> benchmark) {
    List<String> jvm = new ArrayList<>(List.of("--enable-native-access=ALL-UNNAMED"));
    jvm.add("--add-opens=java.base/java.nio=ALL-UNNAMED"); // Arrow's wish, as the next
    jvm.add("--sun-misc-unsafe-memory-access=allow");
    jvm.add("-D" + PythonBenchmark.SLICE + "=" + slice);
    properties.forEach((name, value) -> jvm.add("-D" + name + "=" + value));
    return new OptionsBuilder()
        .include("^" + Pattern.quote(benchmark.getName()) + "\\.")
        .forks(1)
        .warmupIterations(warmup)
        .warmupTime(TimeValue.milliseconds(slice))
        .measurementIterations(turns)
        .measurementTime(TimeValue.milliseconds(slice))
        .shouldFailOnError(true)
        .jvmArgs(jvm.toArray(String[]::new))
        .build();
  }

  private static Sample sample(IterationResult iteration) {
    Map<String, Double> beside = new HashMap<>();
    iteration.getSecondaryResults().forEach((name, result) -> beside.put(name, result.getScore()));
    return new Sample(iteration.getPrimaryResult().getScore(), Map.copyOf(beside));
  }

  /** The first line of JMH's output that names an exception. */
  private static String reason(String said, RunnerException e) {
    return said.lines()
        .filter(line -> line.matches("(Caused by: )?[\\w.$]+(Exception|Error|Exit)(: .*)?"))
        .findFirst()
        .orElseGet(() -> String.valueOf(e.getMessage()));
  }
}
