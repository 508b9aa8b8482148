package dev.vivarium.spark;

import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import scala.Function1;
import scala.Tuple3;
import scala.runtime.BoxedUnit;

/**
 * Python functions in SQL by Spark's settings alone, for who has no program of Java's to call
 * {@link VivariumSpark#register} in: {@code spark-sql}, a Thrift server, a notebook (guide: {@code
 * docs/guide/spark.md}).
 *
 * <pre>{@code
 * spark.sql.extensions             dev.vivarium.spark.VivariumExtensions
 * spark.vivarium.functions.score   scoring:score -> double
 * }</pre>
 *
 * <p>Each session of the application has the functions then, from its first statement on: {@code
 * select score(text) from texts} calls {@code score} of the module {@code scoring}. They are what
 * {@link VivariumSpark#register} makes of the module's function and the type, which is one of
 * Spark's SQL: {@code array<int>}, {@code struct<n: int, s: string>}. The settings are those that
 * the application begins with; {@code SET} has no effect on them.
 *
 * <p>Spark makes it, and calls it in the driver for each session.
 */
public final class VivariumExtensions implements Function1<SparkSessionExtensions, BoxedUnit> {

  /** For Spark. */
  public VivariumExtensions() {}

  /**
   * Adds the functions to a session that begins.
   *
   * @throws IllegalArgumentException if a setting is not {@code MODULE:FUNCTION -> TYPE}, its type
   *     is none that a Python function can give, or its name none that a function can have here,
   *     another's, or one of Spark's own functions'; the session does not begin
   */
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (ConfiguredFunction each : ConfiguredFunction.all(SparkEnv.get().conf())) {
      extensions.injectFunction(
          new Tuple3<>(
              new FunctionIdentifier(each.name()),
              each.info(),
              SqlFunction.builder(each.name(), each.function())));
    }
    return BoxedUnit.UNIT;
  }
}
