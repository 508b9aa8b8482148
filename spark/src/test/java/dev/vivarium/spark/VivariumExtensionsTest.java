package dev.vivarium.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.testing.GuidePage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python functions in SQL, of settings and no line of Java. */
final class VivariumExtensionsTest {

  private static final String SCORING =
      """
      import sys
      def score(text): return len(text) / 2
      def words(text, least): return [w for w in text.split(' ') if len(w) >= least]
      def interpreter(n):
          try:
              from concurrent import interpreters
          except ImportError:
              import _interpreters
              return _interpreters.get_current()[0]
          return interpreters.get_current().id
      class Deep:
          @staticmethod
          def both(n): return {'n': n, 's': [str(n), None]}
      """;

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    SparkContext.getOrCreate().stop(); // also where no session began
  }

  private SparkSession begin(String... functions) throws Exception {
    Path module = Files.writeString(folder.resolve("scoring.py"), SCORING);
    SparkSession.Builder builder =
        Sessions.builder("local[2]")
            .config("spark.files", module.toString())
            .config("spark.sql.extensions", VivariumExtensions.class.getName());
    for (String each : functions) {
      int equals = each.indexOf('=');
      builder.config(each.substring(0, equals), each.substring(equals + 1));
    }
    return builder.getOrCreate();
  }

  private static List<?> column(SparkSession spark, String sql) {
    return spark.sql(sql).collectAsList().stream().map(row -> row.get(0)).toList();
  }

  @Test
  void aSessionHasThemFromItsFirstStatementOn() throws Exception {
    SparkSession spark =
        begin(
            "spark.vivarium.functions.score=scoring:score -> double",
            "spark.vivarium.functions.py_words= scoring:words->array<string> ",
            "spark.vivarium.functions.both=scoring:Deep.both -> struct<n: bigint, s: array<string>>",
            "spark.vivarium.requires=scoring");
    assertThat(column(spark, "select sum(score(concat('text ', id))) from range(10, 30)"))
        .asList()
        .containsExactly(70.0);
    assertThat(column(spark, "select SCORE('constant')")).asList().containsExactly(4.0);
    assertThat(column(spark, "select w from (select explode(py_words('a bc def', 2)) w)"))
        .asList()
        .containsExactly("bc", "def");
    assertThat(spark.sql("select b.n, b.s[0] from (select both(id) b from range(7, 8))").first())
        .isEqualTo(RowFactory.create(7L, "7"));
    assertThat(column(spark.newSession(), "select score('ab')")).asList().containsExactly(1.0);
    assertThat(spark.sql("describe function score").collectAsList().stream().map(Row::toString))
        .anyMatch(line -> line.contains("score(…) - The Python function scoring:score -> double"));
  }

  @Test
  void theGuidesSettingsAndStatementAreSo() throws Exception {
    String page = new GuidePage("spark.md").text();
    Matcher setting = Pattern.compile("--conf '?(spark\\.vivarium\\.[^']+)'").matcher(page);
    assertThat(setting.find()).isTrue();
    Matcher statement = Pattern.compile("-e \"(select [^\"]+)\"").matcher(page);
    assertThat(statement.find()).isTrue();
    SparkSession spark = begin(setting.group(1));
    spark.sql("select concat('text ', id) text from range(3)").createOrReplaceTempView("texts");
    assertThat(column(spark, statement.group(1))).asList().containsExactly(3.0, 3.0, 3.0);
    assertThat(page).contains("spark.sql.extensions=" + VivariumExtensions.class.getName());
  }

  @Test
  void theSettingsOfAllFunctionsAreTheirs() throws Exception {
    SparkSession spark =
        begin(
            "spark.vivarium.functions.in_which=scoring:interpreter -> bigint",
            "spark.vivarium.interpreters=main");
    assertThat(column(spark, "select distinct in_which(id) from range(0, 100, 1, 4)"))
        .asList()
        .containsExactly(0L);
  }

  @Test
  void whatIsNotThereIsToldByTheFirstCall() throws Exception {
    SparkSession spark =
        begin(
            "spark.vivarium.functions.nowhere=no_such_module:f -> double",
            "spark.vivarium.functions.text=scoring:score -> string");
    assertThatThrownBy(() -> column(spark, "select nowhere(id) from range(3)"))
        .hasStackTraceContaining("ModuleNotFoundError: No module named 'no_such_module'");
    assertThatThrownBy(() -> column(spark, "select text(string(id)) from range(3)"))
        .hasStackTraceContaining("scoring.score is declared to give string: ");
  }

  @Test
  void aWrongSettingKeepsTheSessionFromBeginning() {
    for (String[] each :
        new String[][] {
          {"score", "scoring.score -> double", "write MODULE:FUNCTION -> TYPE"},
          {"score", "scoring:score", "write MODULE:FUNCTION -> TYPE"},
          {"score", "scoring:score ->", "write MODULE:FUNCTION -> TYPE"},
          {"score", "", "write MODULE:FUNCTION -> TYPE"},
          {"score", "scoring:score -> dubble", "'dubble' is no type of Spark's SQL"},
          {"score", "scoring:score -> interval", "cannot give interval here"},
          {"a.b", "scoring:score -> double", "a.b is no name of a function"},
          {"Upper", "scoring:score -> string", "Spark has a function Upper of its own"},
        }) {
      String key = "spark.vivarium.functions." + each[0];
      assertThatThrownBy(() -> begin(key + "=" + each[1]))
          .as(each[1])
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(key)
          .hasMessageContaining(each[2]);
      stop();
    }
    assertThatThrownBy(() ->
            begin(
                "spark.vivarium.functions.f=scoring:score -> double",
                "spark.vivarium.functions.F=scoring:score -> float"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("are one name to SQL");
  }
}
