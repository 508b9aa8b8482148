package dev.vivarium.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One session after the other in one JVM, which has one Python. */
final class SecondSessionTest {

  private static String told(SparkSession spark, Path folder, String what) throws Exception {
    Path module = Files.createDirectory(folder.resolve(what)).resolve("chm.py");
    Files.writeString(module, "def f(x): return '" + what + "'");
    spark.sparkContext().addFile(module.toString());
    VivariumSpark.register(spark, "f", PythonFunction.attribute("chm", "f"), DataTypes.StringType);
    return spark.sql("select f(id) from range(0, 1, 1, 1)").first().getString(0);
  }

  @Test
  void hasItsOwnFilesAndSettings(@TempDir Path folder) throws Exception {
    try (SparkSession first = Sessions.local()) {
      assertThat(told(first, folder, "old")).isEqualTo("old");
    }
    try (SparkSession second = Sessions.local()) {
      assertThat(told(second, folder, "new")).isEqualTo("new");
    }
    try (SparkSession wrong =
        Sessions.builder("local[1]").config("spark.vivarium.interpreters", "bogus").getOrCreate()) {
      assertThatThrownBy(() -> told(wrong, folder, "wrong"))
          .hasStackTraceContaining(
              "spark.vivarium.interpreters is bogus: it may be auto, isolated or main");
    }
    try (SparkSession lacking =
        Sessions.builder("local[1]")
            .config("spark.vivarium.requires", "json, nope, a..b, .x")
            .getOrCreate()) {
      assertThatThrownBy(() -> told(lacking, folder, "lacking"))
          .hasStackTraceContaining("this executor's Python lacks [nope, a..b, .x]");
    }
  }
}
