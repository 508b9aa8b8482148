package dev.vivarium.flink;

import com.sun.management.OperatingSystemMXBean;
import dev.vivarium.Python;
import dev.vivarium.pool.PythonFunction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * How many records a second go through a Python function in one task, beside the same function in
 * Java, and beside a bare loop over it in a Python process. By the processor time that it takes,
 * which tells what a core does, also where it is shared with others. {@code .build/flink-bench.sh}
 * runs it.
 */
final class RecordsPerSecond {

  private static final int RECORDS = 4096 * (Integer.getInteger("records", 1_000_000) / 4096);
  private static final int ROUNDS = 8;
  private static final String FLINK = "Flink's records alone";

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static final String SCORE =
      """
      def f(text):
          words = text.split(' ')
          return sum([len(w) for w in words if w != 'the']) / len(words)
      """;

  // As much again as a little parsing and arithmetic takes
  private static final String LONGER =
      """
      import json
      def f(text):
          order = json.loads('{"text": "' + text + '", "items": [1, 2, 3]}')
          return sum(order['items']) / len(order['text'].split(' '))
      """;

  private static final String COUNTED =
      """
      def f(text, ctx):
          count = ctx.state('count')
          seen = (count.value() or 0) + 1
          count.update(seen)
          yield seen / 2
      """;

  private static final String ALONE =
      """
      import sys, time
      exec(sys.argv[1])
      records = int(sys.argv[2])
      texts = [f'the word w{i % 1000} of v{i % 77}' for i in range(4096)] * (records // 4096)
      for i in range(3):
          begun = time.process_time()
          for text in texts: f(text)
          print(time.process_time() - begun)
      """;

  // As the bare loop has them, too
  private static final String[] TEXTS =
      IntStream.range(0, 4096)
          .mapToObj(at -> "the word w" + at % 1000 + " of v" + at % 77)
          .toArray(String[]::new);

  private RecordsPerSecond() {}

  /** One way to have it done. */
  @FunctionalInterface
  private interface Way {
    DataStream<Double> of(DataStream<String> texts);
  }

  /** What takes some processor seconds. */
  @FunctionalInterface
  private interface Work {
    double seconds() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    String python =
        Python.start().main().eval("__import__('sys').executable").asString(); // the same CPython
    Map<String, Work> all = new LinkedHashMap<>();
    all.put(FLINK, job(texts -> texts.map(text -> 1.0).returns(Types.DOUBLE)));
    all.put(
        "score: in Java", job(texts -> texts.map(RecordsPerSecond::inJava).returns(Types.DOUBLE)));
    all.put("score: a bare loop", () -> alone(python, SCORE));
    all.put("score: map", job(texts -> map(texts, SCORE)));
    all.put("longer: a bare loop", () -> alone(python, LONGER));
    all.put("longer: map", job(texts -> map(texts, LONGER)));
    all.put("state: a count", job(RecordsPerSecond::counted));
    all.put("SQL: score, a row at a time", job(RecordsPerSecond::sql));
    String only = System.getProperty("only", "");
    all.keySet().removeIf(what -> !what.equals(FLINK) && !what.startsWith(only));
    Map<String, Double> least = new LinkedHashMap<>();
    for (int i = 0; i < ROUNDS; i++) { // in turns, since a machine has its moods
      for (Map.Entry<String, Work> each : all.entrySet()) {
        least.merge(each.getKey(), each.getValue().seconds(), Math::min);
      }
    }
    least.forEach((what, seconds) ->
        System.out.printf(
            "%-28s %5.2f s, %,11.0f records a second%n", what, seconds, RECORDS / seconds));
    for (String each : List.of("score", "longer")) {
      Double bare = least.get(each + ": a bare loop");
      Double here = least.get(each + ": map");
      if (bare != null && here != null) {
        System.out.printf(
            "%s: %.2f of the bare loop, %.2f without Flink's own part%n",
            each, bare / here, bare / (here - least.get(FLINK)));
      }
    }
    System.exit(0);
  }

  private static double inJava(String text) {
    String[] words = text.split(" ");
    int sum = 0;
    for (String word : words) {
      sum += word.equals("the") ? 0 : word.length();
    }
    return (double) sum / words.length;
  }

  private static DataStream<Double> map(DataStream<String> texts, String source) {
    return VivariumFlink.map(texts, PythonFunction.source(source, "f"), Types.DOUBLE);
  }

  private static DataStream<Double> counted(DataStream<String> texts) {
    return VivariumFlink.keyedProcess(
        texts.keyBy(text -> text.length(), Types.INT),
        PythonFunction.source(COUNTED, "f"),
        Types.DOUBLE,
        PythonState.value("count", Types.LONG));
  }

  private static DataStream<Double> sql(DataStream<String> texts) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(texts.getExecutionEnvironment());
    tables.createTemporarySystemFunction(
        "f", VivariumFlink.scalar(PythonFunction.source(SCORE, "f"), DataTypes.DOUBLE()));
    tables.createTemporaryView("texts", texts);
    return tables
        .toDataStream(tables.sqlQuery("select f(f0) from texts"))
        .map(row -> (Double) row.getField(0));
  }

  private static Work job(Way way) {
    return () -> {
      StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
      DataStream<String> texts =
          job.fromSequence(0, RECORDS - 1)
              .map(at -> TEXTS[(int) (at % TEXTS.length)])
              .returns(Types.STRING);
      way.of(texts).sinkTo(new DiscardingSink<>());
      long begun = PROCESS.getProcessCpuTime();
      Cluster.shared().run(job);
      return (PROCESS.getProcessCpuTime() - begun) / 1e9;
    };
  }

  private static double alone(String python, String function) throws IOException {
    Process process =
        new ProcessBuilder(python, "-c", ALONE, function, Integer.toString(RECORDS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var reader = process.inputReader()) {
      return reader.lines().mapToDouble(Double::parseDouble).min().orElseThrow();
    }
  }
}
