package dev.vivarium.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.GuidePage;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** docs/guide/flink.md: its code. */
final class GuideTest {

  @Test
  @DisplayName("the guide's code runs")
  void guide() throws Exception {
    Cluster cluster = Cluster.shared();
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    DataStream<String> texts = job.fromData("a b", "a b c");

    PythonFunction words = PythonFunction.source("def words(text): return text.split()", "words");
    DataStream<String> all = VivariumFlink.flatMap(texts, words, Types.STRING);
    PythonFunction score = PythonFunction.source("def score(text): return len(text) / 2", "score");
    DataStream<Double> scores = VivariumFlink.map(texts, score, Types.DOUBLE);

    PythonFunction counts =
        PythonFunction.source(
            """
            class Counts:
                def process_element(self, word, ctx):
                    count = ctx.state('count')
                    count.update((count.value() or 0) + 1)
                    ctx.timer_service().register_event_time_timer(2**63 - 1)  # when all has come
                def on_timer(self, timestamp, ctx):
                    yield ctx.get_current_key(), ctx.state('count').value()
            """,
            "Counts");
    DataStream<Tuple2<String, Long>> counted =
        VivariumFlink.keyedProcess(
            all.keyBy(word -> word),
            counts,
            Types.TUPLE(Types.STRING, Types.LONG),
            PythonState.value("count", Types.LONG));

    StreamTableEnvironment tables = StreamTableEnvironment.create(job);
    tables.createTemporaryView("texts", texts.map(text -> Tuple2.of(1, text)).returns(pair()));
    tables.createTemporarySystemFunction("score", VivariumFlink.scalar(score, DataTypes.DOUBLE()));
    Table scored = tables.sqlQuery("select f0, score(f1) from texts");

    assertThat(
            List.of(
                sorted(cluster, job, scores),
                sorted(cluster, job, counted),
                sorted(cluster, job, tables.toDataStream(scored).map(Object::toString))))
        .containsExactly(
            List.of("1.5", "2.5"),
            List.of("(a,2)", "(b,2)", "(c,1)"),
            List.of("+I[1, 1.5]", "+I[1, 2.5]"));
    new GuidePage("flink.md").assertLinesOf(GuideTest.class);
  }

  private static TypeInformation<Tuple2<Integer, String>> pair() {
    return Types.TUPLE(Types.INT, Types.STRING);
  }

  private static List<String> sorted(
      Cluster cluster, StreamExecutionEnvironment job, DataStream<?> stream) throws Exception {
    return cluster.outputs(job, stream).stream().map(Object::toString).sorted().toList();
  }
}
