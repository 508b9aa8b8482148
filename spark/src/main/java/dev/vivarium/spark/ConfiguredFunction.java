package dev.vivarium.spark;

import dev.vivarium.pool.PythonFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** A Python function that a setting names: {@code spark.vivarium.functions.NAME}. */
record ConfiguredFunction(String name, String setting, ScalarFunction function) {

  private static final String PREFIX = "spark.vivarium.functions.";

  private static final Pattern NAME = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

  private static final Pattern SETTING =
      Pattern.compile(
          "\\s*([\\w.]+):([\\w.]+)\\s*->\\s*(\\S.*?)\\s*",
          Pattern.UNICODE_CHARACTER_CLASS | Pattern.DOTALL);

  /**
   * All that are set, sorted by their names.
   *
   * @throws IllegalArgumentException if one cannot be had
   */
  static List<ConfiguredFunction> all(SparkConf conf) {
    Map<String, ConfiguredFunction> all = new TreeMap<>();
    for (Tuple2<String, String> each : conf.getAllWithPrefix(PREFIX)) {
      ConfiguredFunction parsed = parse(each._1(), each._2());
      ConfiguredFunction other = all.put(parsed.name.toLowerCase(Locale.ROOT), parsed);
      if (other != null) {
        throw new IllegalArgumentException(
            PREFIX
                + other.name
                + " and "
                + PREFIX
                + parsed.name
                + " are one name to SQL, which has no regard to case: keep one of them");
      }
    }
    return new ArrayList<>(all.values());
  }

  private static ConfiguredFunction parse(String name, String setting) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          PREFIX + name + ": " + name + " is no name of a function: letters, digits and _ are");
    }
    if (FunctionRegistry.builtin().functionExists(new FunctionIdentifier(name))) {
      throw new IllegalArgumentException(
          PREFIX + name + ": Spark has a function " + name + " of its own: take another name");
    }
    Matcher parts = SETTING.matcher(setting);
    if (!parts.matches()) {
      throw wrong(name, setting, "write MODULE:FUNCTION -> TYPE, as scoring:score -> double", null);
    }
    try {
      return new ConfiguredFunction(
          name,
          setting.strip(),
          new ScalarFunction(
              PythonFunction.attribute(parts.group(1), parts.group(2)), type(parts.group(3))));
    } catch (IllegalArgumentException e) {
      throw wrong(name, setting, String.valueOf(e.getMessage()), e);
    }
  }

  private static DataType type(String text) {
    try {
      return DataType.fromDDL(text);
    } catch (Exception e) { // ParseException is a checked one, of which Scala says nothing
      throw new IllegalArgumentException(
          "'" + text + "' is no type of Spark's SQL, as bigint, double, string, array<int> are", e);
    }
  }

  private static IllegalArgumentException wrong(
      String name, String setting, String why, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        PREFIX + name + " is '" + setting.strip() + "': " + why, cause);
  }

  /** What {@code describe function} tells. */
  ExpressionInfo info() {
    return new ExpressionInfo(
        ScalarFunction.class.getName(),
        null,
        name,
        "_FUNC_(…) - The Python function " + setting,
        "",
        "",
        "",
        "",
        "",
        "",
        "java_udf");
  }
}
