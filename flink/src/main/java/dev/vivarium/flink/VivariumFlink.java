package dev.vivarium.flink;

import dev.vivarium.pool.PythonFunction;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.table.types.DataType;

/**
 * Python functions in Apache Flink's jobs, without Python processes beside the task managers: each
 * has CPython in its own JVM (guide: {@code docs/guide/flink.md}).
 *
 * <pre>{@code
 * PythonFunction score = PythonFunction.attribute("scoring", "score");
 * DataStream<Double> scores = VivariumFlink.map(texts, score, Types.DOUBLE);
 * }</pre>
 *
 * <p>Each parallel instance of an operator makes the function anew, in an interpreter of its own,
 * and calls it with one record after the other. In the place of a function there may be a class: it
 * is constructed without arguments, its methods {@code map}, {@code flat_map}, {@code
 * process_element} and {@code on_timer}, or {@code eval} are called, and in the end {@code close},
 * if it has that. What is raised fails the task, with the Python traceback in Flink's message.
 *
 * <p>What records are in Python, and which results become what, the guide has a table of. A result
 * that is not of the declared type fails the task.
 *
 * <p>All methods are for the thread that makes the job, and start nothing: Python is the task
 * managers'.
 */
public final class VivariumFlink {

  private VivariumFlink() {}

  /**
   * Has a Python function make a record of each, as a {@code MapFunction} does. Timestamps stay.
   *
   * @param type of what it returns
   */
  public static <IN, OUT> SingleOutputStreamOperator<OUT> map(
      DataStream<IN> records, PythonFunction function, TypeInformation<OUT> type) {
    return mapped(records, function, type, MapOperator.Gives.ONE);
  }

  /**
   * Has a Python function make any number of records of each, as a {@code FlatMapFunction} does: it
   * yields them, returns something to iterate over, or {@code None}. Timestamps stay.
   *
   * @param type of what it yields
   */
  public static <IN, OUT> SingleOutputStreamOperator<OUT> flatMap(
      DataStream<IN> records, PythonFunction function, TypeInformation<OUT> type) {
    return mapped(records, function, type, MapOperator.Gives.SEVERAL);
  }

  private static <IN, OUT> SingleOutputStreamOperator<OUT> mapped(
      DataStream<IN> records,
      PythonFunction function,
      TypeInformation<OUT> type,
      MapOperator.Gives gives) {
    Objects.requireNonNull(function, "function");
    Objects.requireNonNull(type, "type");
    return records.transform(
        "Python " + function, type, new MapOperator<IN, OUT>(function, type, gives));
  }

  /**
   * Has a Python function process the records of each key, with state and timers of that key, as a
   * {@code KeyedProcessFunction} does. It is called with the record and a context, {@code ctx}, and
   * yields any number of records, as with {@link #flatMap}. A class has {@code
   * process_element(value, ctx)}, and {@code on_timer(timestamp, ctx)} for the timers that it
   * registers.
   *
   * <p>The context has {@code state(name)}, {@code timestamp()}, {@code get_current_key()}, {@code
   * timer_service()} and, for a timer, {@code time_domain()}; it is good until the function is done
   * with that record.
   *
   * @param type of what it yields
   * @param states which it may ask for
   * @throws IllegalArgumentException if two states have one name, or one has none
   */
  public static <K, IN, OUT> SingleOutputStreamOperator<OUT> keyedProcess(
      KeyedStream<IN, K> records,
      PythonFunction function,
      TypeInformation<OUT> type,
      PythonState... states) {
    Objects.requireNonNull(function, "function");
    Objects.requireNonNull(type, "type");
    Set<String> names = new HashSet<>();
    for (PythonState state : states) {
      if (state.name().isEmpty() || !names.add(state.name())) {
        throw new IllegalArgumentException(
            "each state wants a name of its own: '" + state.name() + "'");
      }
    }
    return records.transform(
        "Python " + function, type, new KeyedProcessOperator<K, IN, OUT>(function, type, states));
  }

  /**
   * A Python function for SQL and the Table API: {@code
   * tables.createTemporarySystemFunction("score", VivariumFlink.scalar(score,
   * DataTypes.DOUBLE()))}. It is called with the values of one row, however many there are. Flink
   * takes it for deterministic.
   *
   * @param result the type of what it returns
   * @throws IllegalArgumentException if Python has no values of that type, or none are known here
   */
  public static PythonScalarFunction scalar(PythonFunction function, DataType result) {
    return new PythonScalarFunction(
        Objects.requireNonNull(function, "function"), Objects.requireNonNull(result, "result"));
  }
}
