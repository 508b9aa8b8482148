package dev.vivarium.spark;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.classic.SparkSession;
import scala.Function0;
import scala.Function1;
import scala.Function10;
import scala.Function2;
import scala.Function3;
import scala.Function4;
import scala.Function5;
import scala.Function6;
import scala.Function7;
import scala.Function8;
import scala.Function9;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** A {@link ScalarFunction} as SQL has it, with as many arguments as it is called with. */
final class SqlFunction {

  private static final int MOST_ARGUMENTS = 10;

  private SqlFunction() {}

  static void register(SparkSession session, String name, ScalarFunction function) {
    session
        .sessionState()
        .functionRegistry()
        .createOrReplaceTempFunction(name, builder(name, function), "java_udf");
  }

  /** What makes an expression of a call's arguments, in the driver. */
  static Function1<Seq<Expression>, Expression> builder(String name, ScalarFunction function) {
    Map<Integer, Object> known = new ConcurrentHashMap<>();
    return arguments -> expression(name, function, known, arguments);
  }

  // By the same function of Scala's Spark knows that two calls are the same
  private static Expression expression(
      String name, ScalarFunction function, Map<Integer, Object> known, Seq<Expression> arguments) {
    return new ScalaUDF(
        known.computeIfAbsent(arguments.size(), count -> scala(name, function, count)),
        function.result(),
        arguments,
        CollectionConverters.asScala(
                List.<Option<org.apache.spark.sql.catalyst.encoders.ExpressionEncoder<?>>>of())
            .toSeq(),
        Option.empty(),
        Option.apply(name),
        true,
        true);
  }

  // What ScalaUDF wants: a function of Scala's with as many parameters as there are arguments
  private static Object scala(String name, ScalarFunction f, int arguments) {
    return switch (arguments) {
      case 0 -> (Function0<Object> & Serializable) () -> f.call();
      case 1 -> (Function1<Object, Object> & Serializable) a -> f.call(a);
      case 2 -> (Function2<Object, Object, Object> & Serializable) (a, b) -> f.call(a, b);
      case 3 ->
          (Function3<Object, Object, Object, Object> & Serializable) (a, b, c) -> f.call(a, b, c);
      case 4 ->
          (Function4<Object, Object, Object, Object, Object> & Serializable)
              (a, b, c, d) -> f.call(a, b, c, d);
      case 5 ->
          (Function5<Object, Object, Object, Object, Object, Object> & Serializable)
              (a, b, c, d, e) -> f.call(a, b, c, d, e);
      case 6 ->
          (Function6<Object, Object, Object, Object, Object, Object, Object> & Serializable)
              (a, b, c, d, e, g) -> f.call(a, b, c, d, e, g);
      case 7 ->
          (Function7<Object, Object, Object, Object, Object, Object, Object, Object> & Serializable)
              (a, b, c, d, e, g, h) -> f.call(a, b, c, d, e, g, h);
      case 8 ->
          (Function8<Object, Object, Object, Object, Object, Object, Object, Object, Object>
                  & Serializable)
              (a, b, c, d, e, g, h, i) -> f.call(a, b, c, d, e, g, h, i);
      case 9 ->
          (Function9<Object, Object, Object, Object, Object, Object, Object, Object, Object, Object>
                  & Serializable)
              (a, b, c, d, e, g, h, i, j) -> f.call(a, b, c, d, e, g, h, i, j);
      case MOST_ARGUMENTS ->
          (Function10<
                      Object,
                      Object,
                      Object,
                      Object,
                      Object,
                      Object,
                      Object,
                      Object,
                      Object,
                      Object,
                      Object>
                  & Serializable)
              (a, b, c, d, e, g, h, i, j, k) -> f.call(a, b, c, d, e, g, h, i, j, k);
      default ->
          throw new IllegalArgumentException(
              name
                  + " is called with "
                  + arguments
                  + " arguments, of which a Python function takes "
                  + MOST_ARGUMENTS
                  + " here: give it a struct(…) or array(…) of them");
    };
  }
}
