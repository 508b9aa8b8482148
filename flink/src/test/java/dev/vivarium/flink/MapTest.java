package dev.vivarium.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.pool.PythonTaskException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Functions of a record. Public, as the classes in it must be for Flink and Python. */
public final class MapTest {

  private static Cluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = Cluster.shared();
  }

  private static String text(long at) {
    return "the word w" + at % 1000 + " of v" + at % 77 + " ä𝄞";
  }

  private static DataStream<String> texts(StreamExecutionEnvironment job, long count) {
    return job.fromSequence(0, count - 1).map(MapTest::text).returns(Types.STRING);
  }

  @Test
  @DisplayName("a map function gives what the same in Java gives")
  void map() throws Exception {
    PythonFunction score =
        PythonFunction.source(
            """
            def score(text):
                words = text.split(' ')
                return sum(len(w) for w in words if w != 'the') / len(words)
            """,
            "score");
    MapFunction<String, Double> inJava =
        text -> {
          String[] words = text.split(" ");
          int sum = 0;
          for (String word : words) {
            sum += word.equals("the") ? 0 : word.codePointCount(0, word.length());
          }
          return (double) sum / words.length;
        };
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    List<Double> found =
        cluster.outputs(job, VivariumFlink.map(texts(job, 50_000), score, Types.DOUBLE));
    job = Cluster.job(Map.of());
    List<Double> wanted =
        cluster.outputs(job, texts(job, 50_000).map(inJava).returns(Types.DOUBLE));
    assertThat(found.stream().sorted().toList())
        .isEqualTo(wanted.stream().sorted().toList())
        .hasSize(50_000);
  }

  @Test
  @DisplayName("a flat map function gives what the same in Java gives, in order for each of two")
  void flatMap() throws Exception {
    PythonFunction words =
        PythonFunction.source(
            """
            def words(text):
                if 'w7' in text:
                    return None
                return (w for w in text.split(' ') if w != 'of')
            """,
            "words");
    FlatMapFunction<String, String> inJava =
        (text, out) -> {
          if (!text.contains("w7")) {
            for (String word : text.split(" ")) {
              if (!word.equals("of")) {
                out.collect(word);
              }
            }
          }
        };
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    List<String> found =
        cluster.outputs(job, VivariumFlink.flatMap(texts(job, 5_000), words, Types.STRING));
    job = Cluster.job(Map.of()).setParallelism(1);
    List<String> wanted =
        cluster.outputs(job, texts(job, 5_000).flatMap(inJava).returns(Types.STRING));
    assertThat(found).isEqualTo(wanted).hasSizeGreaterThan(10_000);
  }

  @Test
  @DisplayName("many results of one record come in portions")
  void manyResults() throws Exception {
    PythonFunction count = PythonFunction.source("def count(n): return range(n)", "count");
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    List<Long> found =
        cluster.outputs(
            job, VivariumFlink.flatMap(job.fromData(100_000L, 0L, 1000L), count, Types.LONG));
    assertThat(found).hasSize(101_000);
    assertThat(found.stream().mapToLong(each -> each).sum())
        .isEqualTo(100_000L * 99_999 / 2 + 1000L * 999 / 2);
  }

  @Test
  @DisplayName("records that the task reuses are not mixed up")
  void objectReuse() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    job.getConfig().enableObjectReuse();
    TypeInformation<Tuple2<Long, String>> type = Types.TUPLE(Types.LONG, Types.STRING);
    Tuple2<Long, String> only = Tuple2.of(0L, "x");
    DataStream<Tuple2<Long, String>> reused =
        job.fromSequence(0, 2_999)
            .map(number -> {
              only.f0 = number;
              return only;
            })
            .returns(type);
    assertThat(
            cluster.outputs(
                job,
                VivariumFlink.map(
                    reused, PythonFunction.source("f = lambda t: t[0]", "f"), Types.LONG)))
        .hasSize(3_000)
        .doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("results have the timestamps of their records")
  void timestamps() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    DataStream<Long> stamped =
        job.fromSequence(0, 2_999)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Long>forMonotonousTimestamps()
                    .withTimestampAssigner((value, before) -> value * 7));
    DataStream<Long> twice =
        VivariumFlink.flatMap(
            stamped, PythonFunction.source("f = lambda n: [n] * (n % 3)", "f"), Types.LONG);
    List<Boolean> found =
        cluster.outputs(
            job,
            twice.process(
                new ProcessFunction<Long, Boolean>() {
                  @Override
                  public void processElement(Long value, Context ctx, Collector<Boolean> out) {
                    out.collect(ctx.timestamp() == value * 7);
                  }
                }));
    assertThat(found).hasSize(3_000).containsOnly(true);
  }

  @Test
  @DisplayName("a class is made once in each parallel instance, and closed")
  void classes() throws Exception {
    PythonFunction numbered =
        PythonFunction.source(
            """
            import os
            class Numbered:
                def __init__(self):
                    self.count = 0
                def map(self, value):
                    self.count += 1
                    return self.count
                def close(self):
                    from java.lang import System
                    System.setProperty('test.closed.%d' % self.count, 'yes')
            """,
            "Numbered");
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    List<Long> found =
        cluster.outputs(job, VivariumFlink.map(job.fromSequence(1, 3_333), numbered, Types.LONG));
    assertThat(found).hasSize(3_333).isSorted();
    assertThat(found.getLast()).isEqualTo(3_333);
    assertThat(System.getProperty("test.closed.3333")).isEqualTo("yes");
  }

  private static <T> List<T> through(String expression, TypeInformation<T> type, Object... values)
      throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    @SuppressWarnings({"unchecked", "rawtypes"}) // of one type, which Flink finds out
    DataStream<Object> given = (DataStream) job.fromData(values);
    return cluster.outputs(
        job,
        VivariumFlink.map(
            given, PythonFunction.source("f = lambda value: " + expression, "f"), type));
  }

  @Test
  @DisplayName("records are Python's own values, and become those of the declared type")
  void values() throws Exception {
    assertThat(through("value + 1", Types.INT, 1, 2)).containsExactly(2, 3);
    assertThat(through("value * 2", Types.SHORT, (short) 3)).containsExactly((short) 6);
    assertThat(through("value / 2", Types.FLOAT, 3L)).containsExactly(1.5f);
    assertThat(through("len(value)", Types.DOUBLE, "four")).containsExactly(4.0);
    assertThat(through("value ** 30", Types.BIG_INT, 10L))
        .containsExactly(java.math.BigInteger.TEN.pow(30));
    assertThat(through("__import__('decimal').Decimal(value) / 4", Types.BIG_DEC, 3L))
        .containsExactly(new java.math.BigDecimal("0.75"));
    assertThat(
            through(
                "(value[1], value[0])", Types.TUPLE(Types.LONG, Types.STRING), Tuple2.of("a", 5L)))
        .containsExactly(Tuple2.of(5L, "a"));
    assertThat(through("value.year", Types.INT, LocalDate.of(2024, 2, 29))).containsExactly(2024);
    assertThat(
            through(
                "value + __import__('datetime').timedelta(seconds=1)",
                Types.INSTANT,
                Instant.EPOCH))
        .containsExactly(Instant.ofEpochSecond(1));
    assertThat(through("[value, None]", Types.LIST(Types.STRING), "x"))
        .containsExactly(java.util.Arrays.asList("x", null));
    assertThat(through("{value: 1}", Types.MAP(Types.STRING, Types.LONG), "x"))
        .containsExactly(Map.of("x", 1L));
    assertThat(through("[value, 2]", Types.PRIMITIVE_ARRAY(Types.INT), 1L).getFirst())
        .isEqualTo(new int[] {1, 2});
  }

  @Test
  @DisplayName("a row is a dict, and a dict or a tuple becomes one")
  void rows() throws Exception {
    TypeInformation<Row> type =
        Types.ROW_NAMED(new String[] {"id", "text", "x"}, Types.LONG, Types.STRING, Types.DOUBLE);
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    DataStream<Row> rows = job.fromData(type, Row.of(1L, "one", 0.5), Row.of(2L, null, null));
    DataStream<Row> mapped =
        VivariumFlink.map(
            rows,
            PythonFunction.source(
                "def f(row): return {**row, 'id': row['id'] * 10, 'x': row['text'] and 1}", "f"),
            type);
    List<String> found =
        cluster.outputs(job, mapped.map(row -> row.getField("id") + " " + row.getField(2)));
    assertThat(found).containsExactly("10 1.0", "20 null");
    assertThat(through("(value, None, 2)", type, 1L)).containsExactly(Row.of(1L, null, 2.0));
    assertThat(through("value['f0'] + value['f1']", Types.LONG, Row.of(1L, 2L)))
        .containsExactly(3L);
  }

  /** A POJO of Flink's. */
  public static final class Order {
    public long id;
    public String text;
  }

  /** A record, which is one too. */
  public record Line(long id, String text) {}

  @Test
  @DisplayName("a result is what it was when it was given, whatever the function does with it then")
  void resultsThatChange() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    List<String> found =
        cluster.outputs(
            job,
            VivariumFlink.map(
                    job.fromSequence(1, 500),
                    PythonFunction.source(
                        """
                        seen, last = [], {'n': [0]}
                        def f(number):
                            seen.append(number)
                            del seen[:-2]
                            last['n'][0] = number
                            return seen, last['n']
                        """,
                        "f"),
                    Types.TUPLE(Types.LIST(Types.LONG), Types.LIST(Types.LONG)))
                .map(each -> each.toString())
                .returns(Types.STRING));
    assertThat(found).hasSize(500).startsWith("([1],[1])", "([1, 2],[2])", "([2, 3],[3])");
    assertThat(found.getLast()).isEqualTo("([499, 500],[500])");
    job = Cluster.job(Map.of()).setParallelism(1);
    assertThat(
            cluster.outputs(
                job,
                VivariumFlink.flatMap(
                        job.fromSequence(1, 3),
                        PythonFunction.source(
                            """
                            def f(number):
                                last = []
                                for i in range(number):
                                    last.append(i)
                                    yield last
                            """,
                            "f"),
                        Types.LIST(Types.LONG))
                    .map(each -> each.toString())
                    .returns(Types.STRING)))
        .containsExactly("[0]", "[0]", "[0, 1]", "[0]", "[0, 1]", "[0, 1, 2]");
  }

  @Test
  @DisplayName("objects of classes that derive from dict are rows and maps, too")
  void kindsOfDict() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    assertThat(
            cluster.outputs(
                job,
                VivariumFlink.map(
                        job.fromSequence(1, 1),
                        PythonFunction.source(
                            """
                            from collections import Counter, OrderedDict
                            def f(number):
                                return OrderedDict(a='x', b=Counter('aab'))
                            """,
                            "f"),
                        Types.ROW_NAMED(
                            new String[] {"a", "b"},
                            Types.STRING,
                            Types.MAP(Types.STRING, Types.LONG)))
                    .map(each -> each.toString())
                    .returns(Types.STRING)))
        .containsExactly("+I[x, {a=2, b=1}]");
  }

  @Test
  @DisplayName("other objects of Java's are themselves, and what is made of Python's")
  void objects() throws Exception {
    Order order = new Order();
    order.id = 5;
    order.text = "five";
    Order changed =
        through(
                """
                [setattr(value, 'text', value.text + '!'), value][1]
                """,
                Types.POJO(Order.class),
                order)
            .getFirst();
    assertThat(changed.text).isEqualTo("five!");
    assertThat(changed.id).isEqualTo(5);
    assertThat(
            through(
                """
                Line(value.id() + 1, value.text().upper())
                import collections
                Line = collections.namedtuple('Line', 'id text')
                """,
                TypeInformation.of(Line.class),
                new Line(1, "one")))
        .containsExactly(new Line(2, "ONE"));
    assertThat(
            through(
                """
                BitSet.valueOf([value])
                from java.util import BitSet
                """,
                Types.GENERIC(BitSet.class),
                5L))
        .containsExactly(BitSet.valueOf(new long[] {5}));
  }

  @Test
  @DisplayName("what is raised fails the job with Python's traceback")
  void raised() {
    assertThatThrownBy(() -> through("1 // value", Types.LONG, 1L, 0L))
        .rootCause()
        .isInstanceOf(PythonTaskException.class)
        .hasMessageContaining("f has raised an exception:")
        .hasMessageContaining("Traceback (most recent call last):")
        .hasMessageContaining("ZeroDivisionError");
  }

  @Test
  @DisplayName("a result that is not of the declared type fails the job")
  void notOfTheType() {
    assertThatThrownBy(() -> through("2 ** 40", Types.INT, 1L))
        .rootCause()
        .hasMessageContaining("f is declared to give Integer: 1099511627776 (Long) is not Integer");
    assertThatThrownBy(() -> through("True", Types.BYTE, 1L))
        .rootCause()
        .hasMessageContaining("true (Boolean) is not Byte");
    assertThatThrownBy(() -> through("None", Types.LONG, 1L))
        .rootCause()
        .hasMessageContaining("what is to be Long is None");
    assertThatThrownBy(() -> through("(1, 2, 3)", Types.TUPLE(Types.LONG, Types.LONG), 1L))
        .rootCause()
        .hasMessageContaining("is not a tuple of 2");
  }

  @Test
  @DisplayName("a job parameter that is none is told")
  void parameters() {
    assertThatThrownBy(() -> Settings.of(Map.of("vivarium.deadlin", "5 s")))
        .hasMessageContaining("there is no job parameter vivarium.deadlin: there are ");
    assertThatThrownBy(() -> Settings.of(Map.of("vivarium.deadline", "soon")))
        .hasMessageContaining("vivarium.deadline is soon: it may be a time");
    assertThatThrownBy(() -> Settings.of(Map.of("vivarium.bundle.size", "0")))
        .hasMessageContaining("vivarium.bundle.size is 0");
    assertThatThrownBy(() -> Settings.of(Map.of("vivarium.interpreters", "own")))
        .hasMessageContaining("auto, isolated or main");
  }
}
