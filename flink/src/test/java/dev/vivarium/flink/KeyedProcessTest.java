package dev.vivarium.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions of the records of a key, with state and timers. */
final class KeyedProcessTest {

  private static final long RECORDS = 30_000;
  private static final long KEYS = 97;

  /**
   * Counts and sums for each key, and says so when all has come, and every 10,000 of event time.
   */
  private static final String SUMS =
      """
      LAST = 2 ** 63 - 1
      class Sums:
          def process_element(self, value, ctx):
              count, total = ctx.state('count'), ctx.state('total')
              count.update((count.value() or 0) + 1)
              total.update((total.value() or 0) + value)
              timers = ctx.timer_service()
              timers.register_event_time_timer(LAST)
              timers.register_event_time_timer(ctx.timestamp() // 10000 * 10000 + 9999)
              %s
          def on_timer(self, timestamp, ctx):
              assert ctx.time_domain() == 'EVENT_TIME', ctx.time_domain()
              yield ctx.get_current_key(), ctx.state('count').value(), ctx.state('total').value()
      """;

  private static Cluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = Cluster.shared();
  }

  /** The same in Java. */
  private static final class Sums
      extends KeyedProcessFunction<Long, Long, Tuple3<Long, Long, Long>> {

    @Serial private static final long serialVersionUID = 1;

    private transient ValueState<Long> count;
    private transient ValueState<Long> total;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
      total = getRuntimeContext().getState(new ValueStateDescriptor<>("total", Types.LONG));
    }

    @Override
    public void processElement(Long value, Context ctx, Collector<Tuple3<Long, Long, Long>> out)
        throws Exception {
      count.update((count.value() == null ? 0 : count.value()) + 1);
      total.update((total.value() == null ? 0 : total.value()) + value);
      ctx.timerService().registerEventTimeTimer(Long.MAX_VALUE);
      ctx.timerService().registerEventTimeTimer(ctx.timestamp() / 10000 * 10000 + 9999);
    }

    @Override
    public void onTimer(long time, OnTimerContext ctx, Collector<Tuple3<Long, Long, Long>> out)
        throws Exception {
      out.collect(Tuple3.of(ctx.getCurrentKey(), count.value(), total.value()));
    }
  }

  private static KeyedStream<Long, Long> numbers(StreamExecutionEnvironment job) {
    DataStream<Long> numbers =
        job.fromSequence(0, RECORDS - 1)
            .setParallelism(1)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Long>forMonotonousTimestamps()
                    .withTimestampAssigner((value, before) -> value));
    return numbers.keyBy(number -> number % KEYS, Types.LONG);
  }

  private static DataStream<Tuple3<Long, Long, Long>> inPython(
      StreamExecutionEnvironment job, String more) {
    return VivariumFlink.keyedProcess(
        numbers(job),
        PythonFunction.source(SUMS.formatted(more), "Sums"),
        Types.TUPLE(Types.LONG, Types.LONG, Types.LONG),
        PythonState.value("count", Types.LONG),
        PythonState.value("total", Types.LONG));
  }

  @Test
  @DisplayName("state and timers give what the same function in Java gives, with two instances")
  void asInJava() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    List<Tuple3<Long, Long, Long>> found = cluster.outputs(job, inPython(job, ""));
    assertThat(last(found.stream())).isEqualTo(expected());
    job = Cluster.job(Map.of());
    List<Tuple3<Long, Long, Long>> wanted = cluster.outputs(job, numbers(job).process(new Sums()));
    assertThat(last(wanted.stream())).isEqualTo(expected());
    // How often watermarks come is Flink's business; what is seen at the end is not
    assertThat(found).hasSizeGreaterThanOrEqualTo((int) KEYS * 2);
  }

  private static Map<Long, String> last(Stream<Tuple3<Long, Long, Long>> all) {
    return all.collect(
        java.util.stream.Collectors.toMap(
            each -> each.f0, each -> each.f1 + " " + each.f2, (first, second) -> second));
  }

  private static Map<Long, String> expected() {
    return Stream.iterate(0L, each -> each + 1)
        .limit(KEYS)
        .collect(
            java.util.stream.Collectors.toMap(
                key -> key,
                key -> {
                  long count = 0;
                  long total = 0;
                  for (long each = key; each < RECORDS; each += KEYS) {
                    count++;
                    total += each;
                  }
                  return count + " " + total;
                }));
  }

  @Test
  @DisplayName("a job that fails midway goes on from its checkpoint, with nothing lost or doubled")
  void restored(@TempDir Path folder) throws Exception {
    Path failed = folder.resolve("failed");
    Path restored = folder.resolve("restored");
    Path checkpoints = Files.createDirectories(folder.resolve("checkpoints"));
    String fails =
        """
        import glob, os, time
                if value %% 1000 == 0:
                    time.sleep(0.02)  # so that there is a checkpoint before
                if os.path.exists('%1$s'):
                    if not os.path.exists('%2$s'):
                        with open('%2$s', 'w') as file:
                            file.write(str(count.value() - 1))
                elif value >= %4$d and glob.glob('%3$s/*/chk-*/_metadata'):
                    open('%1$s', 'w').close()
                    raise KeyError('in the middle of it')
        """
            .formatted(failed, restored, checkpoints, RECORDS / 3)
            .strip();
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    Cluster.checkpoint(job, checkpoints);
    List<Tuple3<Long, Long, Long>> found = cluster.outputs(job, inPython(job, fails));
    assertThat(failed).as("it has failed").exists();
    assertThat(Long.parseLong(Files.readString(restored)))
        .as("what the state says when it goes on")
        .isPositive();
    assertThat(last(found.stream())).isEqualTo(expected());
  }

  private static List<String> through(String source, PythonState... states) throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    KeyedStream<Long, Long> keyed = job.fromSequence(1, 6).keyBy(number -> number % 2, Types.LONG);
    return cluster.outputs(
        job,
        VivariumFlink.keyedProcess(
            keyed, PythonFunction.source(source, "f"), Types.STRING, states));
  }

  @Test
  @DisplayName("value, list and map states are those of the key")
  void states() throws Exception {
    assertThat(
            through(
                """
                def f(value, ctx):
                    seen = ctx.state('seen')
                    seen.add(value)
                    by = ctx.state('by')
                    by.put(str(value), [value])
                    if value >= 5:
                        yield f'{ctx.get_current_key()} {seen.get()} {by.get("3")} {sorted(by.keys())}'
                        yield f'{by.contains("5")} {by.is_empty()} {by.items()[0]} {by.get("x")}'
                        seen.update([7, 8])
                        by.remove('5')
                        yield f'{seen.get()} {by.contains("5")}'
                        by.clear(), seen.clear()
                        yield f'{seen.get()} {by.is_empty()} {by.values()} {ctx.state("last").value()}'
                    ctx.state('last').update(value / 2)
                """,
                PythonState.list("seen", Types.INT),
                PythonState.map("by", Types.STRING, Types.LIST(Types.LONG)),
                PythonState.value("last", Types.DOUBLE)))
        .startsWith(
            "1 [1, 3, 5] [3] ['1', '3', '5']",
            "True False ('1', [1]) None",
            "[7, 8] False",
            "[] True [] 1.5")
        .contains("0 [2, 4, 6] None ['2', '4', '6']")
        .hasSize(8);
  }

  @Test
  @DisplayName("a timer of processing time fires, and one that was deleted does not")
  void processingTime() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    KeyedStream<Long, Long> keyed =
        job.fromSequence(1, 300)
            .map(number -> {
              Thread.sleep(2);
              return number;
            })
            .keyBy(number -> number % 2, Types.LONG);
    List<String> found =
        cluster.outputs(
            job,
            VivariumFlink.keyedProcess(
                keyed,
                PythonFunction.source(
                    """
                    class F:
                        def process_element(self, value, ctx):
                            timers = ctx.timer_service()
                            if value == 1:
                                self.at = timers.current_processing_time() + 20
                                timers.register_processing_time_timer(self.at)
                            elif value == 2:
                                at = timers.current_processing_time() + 30
                                timers.register_processing_time_timer(at)
                                timers.delete_processing_time_timer(at)
                        def on_timer(self, timestamp, ctx):
                            assert timestamp == self.at == ctx.timestamp()
                            yield f'{ctx.get_current_key()} {ctx.time_domain()}'
                    """,
                    "F"),
                Types.STRING));
    assertThat(found).containsExactly("1 PROCESSING_TIME");
  }

  @Test
  @DisplayName(
      "a timer of processing time does not fire where a record that came before deletes it")
  void deletedByAPendingRecord() throws Exception {
    StreamExecutionEnvironment job =
        Cluster.job(Map.of("vivarium.bundle.time", "500 ms")).setParallelism(1).setBufferTimeout(5);
    KeyedStream<Long, Long> keyed =
        job.fromSequence(1, 43)
            .map(number -> {
              Thread.sleep(number <= 41 ? 0 : number == 42 ? 650 : 1_500);
              return number;
            })
            .disableChaining()
            .keyBy(number -> 1L, Types.LONG);
    List<String> found =
        cluster.outputs(
            job,
            VivariumFlink.keyedProcess(
                keyed,
                PythonFunction.source(
                    """
                    class F:
                        def process_element(self, value, ctx):
                            timers = ctx.timer_service()
                            if value == 41:
                                self.at = timers.current_processing_time() + 200
                                timers.register_processing_time_timer(self.at)
                                timers.register_processing_time_timer(self.at + 400)
                            elif value == 42:
                                timers.delete_processing_time_timer(self.at)
                                yield 'deleted'
                        def on_timer(self, timestamp, ctx):
                            yield f'fired after {timestamp - self.at}'
                    """,
                    "F"),
                Types.STRING));
    assertThat(found).containsExactly("deleted", "fired after 400");
  }

  @Test
  @DisplayName("code that was given up reaches no state any more")
  void givenUp(@TempDir Path folder) {
    Path said = folder.resolve("said");
    StreamExecutionEnvironment job =
        Cluster.job(Map.of("vivarium.deadline", "200 ms")).setParallelism(1);
    DataStream<Long> stuck =
        VivariumFlink.keyedProcess(
            job.fromSequence(1, 6).keyBy(number -> number % 2, Types.LONG),
            PythonFunction.source(
                """
                import os, time
                def f(value, ctx):
                    end = time.time() + 1.5
                    while not os.path.exists('%1$s'):
                        try:
                            time.sleep(max(0, end - time.time()))
                            ctx.state('n').update(5)
                            time.sleep(0.1)
                        except KeyboardInterrupt:
                            pass
                        except BaseException as e:
                            with open('%1$s.new', 'w') as file:
                                file.write(repr(e))
                            os.rename('%1$s.new', '%1$s')
                """
                    .formatted(said),
                "f"),
            Types.LONG,
            PythonState.value("n", Types.LONG));
    assertThatThrownBy(() -> cluster.outputs(job, stuck))
        .hasStackTraceContaining("f is not back within vivarium.deadline");
    Await.until("it has tried", () -> Files.exists(said));
    assertThat(said).content().contains("the task does not wait for this code");
  }

  @Test
  @DisplayName("what a function may not do with ctx is told")
  void misuse() {
    assertThatThrownBy(() -> through("def f(value, ctx): ctx.state('none')"))
        .rootCause()
        .hasMessageContaining("there is no state 'none': there are []");
    assertThatThrownBy(() ->
            through(
                """
                before = []
                def f(value, ctx):
                    before.append(ctx)
                    if len(before) > 1: before[0].timestamp()
                """))
        .rootCause()
        .hasMessageContaining("this ctx is that of a record that is done");
    assertThatThrownBy(() ->
            through(
                "def f(value, ctx): ctx.state('n').update('one')",
                PythonState.value("n", Types.LONG)))
        .rootCause()
        .hasMessageContaining("one (String) is not Long");
    assertThatThrownBy(
            () -> through("def f(value, ctx): ctx.timer_service().register_event_time_timer(5)"))
        .rootCause()
        .hasMessageContaining("have a class with process_element and on_timer");
    assertThatThrownBy(() -> through("f = str", PythonState.value("", Types.LONG)))
        .hasMessageContaining("each state wants a name of its own");
  }
}
