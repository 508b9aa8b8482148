package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;

/** Makes the engine {@code spark}. */
public final class SparkEngines implements Engines {

  /** For the service loader. */
  public SparkEngines() {}

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public Engine of(FunctionReference reference, MapOptions options, CommonOptions common) {
    requireSpark();
    return SparkEngine.of(reference, options, common);
  }

  private static void requireSpark() {
    try {
      Class.forName(
          "org.apache.spark.api.java.JavaSparkContext", false, SparkEngines.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new CommandFailure(
          "--engine spark: there is no Spark on the class path: ./vivarium of a checkout brings one,"
              + " or takes that of SPARK_HOME; elsewhere start this by spark-submit",
          e);
    }
  }
}
