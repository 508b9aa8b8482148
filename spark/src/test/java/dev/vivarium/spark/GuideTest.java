package dev.vivarium.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.GuidePage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** docs/guide/spark.md: its code. */
@ExtendWith(WithPyArrow.class)
final class GuideTest {

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
    spark.sql("select id, concat('text ', id) text from range(3)").createOrReplaceTempView("texts");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  @DisplayName("the guide's code runs")
  void guide() {
    Dataset<Row> texts = spark.table("texts");
    PythonFunction shout =
        PythonFunction.source(
            """
            import pyarrow as pa, pyarrow.compute as pc
            def shout(batches):
                for batch in batches:
                    yield pa.RecordBatch.from_arrays(
                        [batch['id'], pc.utf8_upper(batch['text'])], ['id', 'text'])
            """,
            "shout");
    Dataset<Row> loud = VivariumSpark.mapInArrow(texts, shout, texts.schema());
    assertThat(loud.orderBy("id").first().getString(1)).isEqualTo("TEXT 0");

    PythonFunction score = PythonFunction.source("def score(text): return len(text) / 2", "score");
    VivariumSpark.register(spark, "score", score, DataTypes.DoubleType);
    Dataset<Row> scored = spark.sql("select id, score(text) score from texts");
    assertThat(scored.first().getDouble(1)).isEqualTo(3.0);
    new GuidePage("spark.md").assertLinesOf(GuideTest.class);
  }
}
