package dev.vivarium.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One line of the table: what is measured, what stands beside it, and the limit.
 *
 * @param name as on the command line; {@code call.main} names {@code call.main/fresh} too
 * @param benchmark where both sides are measured
 * @param unit of value and twin
 * @param value the Java side of a sample
 * @param twin the other side of it
 * @param twinIs in words, what the twin is
 * @param limit null where the figure is only for information
 * @param fastest whether it is about the fastest of each time, wherever in the run that was, not
 *     about the median turn
 */
record Figure(
    String name,
    Class<? extends PythonBenchmark> benchmark,
    String unit,
    ToDoubleFunction<Sample> value,
    ToDoubleFunction<Sample> twin,
    String twinIs,
    @Nullable Limit limit,
    boolean fastest) {

  private Figure(
      String name,
      Class<? extends PythonBenchmark> benchmark,
      String unit,
      ToDoubleFunction<Sample> value,
      ToDoubleFunction<Sample> twin,
      String twinIs,
      @Nullable Limit limit) {
    this(name, benchmark, unit, value, twin, twinIs, limit, false);
  }

  /** All figures, in the order of the table. */
  static final List<Figure> ALL =
      List.of(
          nanoseconds("call.main", CallMain.class, "kept", "C, kept state", Limit.times(1.5)),
          nanoseconds(
              "call.main/fresh", CallMain.class, "fresh", "C, PyGILState", Limit.faster(40)),
          nanoseconds("call.recorded", CallRecorded.class, "plain", "call.main", Limit.times(1.05)),
          nanoseconds("call.sub", CallSub.class, "main", "call.main", Limit.times(1.5)),
          nanoseconds("call.sub/c", CallSub.class, "kept", "C, kept state", null),
          nanoseconds("call.attached", CallAttached.class, "attached", "C", Limit.times(1.5)),
          nanoseconds("call.boxed", CallBoxed.class, "attached", "C", null),
          nanoseconds("exception", CaughtException.class, "c", "C", null),
          new Figure(
              "exception/deep",
              CaughtException.class,
              "ns",
              s -> s.beside("deep"),
              s -> s.beside("deepInJava"),
              "Java's own",
              Limit.times(3.0)),
          new Figure(
              "call.interruptibly",
              CallInterruptibly.class,
              "ns",
              s -> s.java() - s.beside("plain"),
              s -> s.beside("plain"),
              "Interpreter.call",
              Limit.atMost(1000)),
          new Figure(
              "pool.checkout",
              PoolCalls.class,
              "ns",
              Sample::java,
              s -> s.beside("executor"),
              "an executor's call",
              Limit.atMost(1000)),
          new Figure(
              "pool.call/virtual",
              PoolCalls.class,
              "ns",
              s -> s.beside("virtual"),
              s -> s.beside("executorFromVirtual"),
              "an executor's call",
              Limit.atMost(10_000)),
          new Figure(
              "pool.call/platform",
              PoolCalls.class,
              "ns",
              s -> s.beside("platform"),
              s -> s.beside("executor"),
              "an executor's call",
              null),
          nanoseconds("proxy.call", ProxyCall.class, "main", "call.main", Limit.times(1.3)),
          nanoseconds("list.get", ListGet.class, "main", "call.main", Limit.times(1.5)),
          nanoseconds(
              "ensure.nested", EnsureNested.class, "gilstate", "C, PyGILState", Limit.times(1.0)),
          new Figure(
              "callback",
              Callback.class,
              "ns",
              s -> s.java() - s.beside("loop"),
              s -> s.beside("constant") - s.beside("loop"),
              "bare upcall from Python",
              Limit.times(2.0)),
          new Figure(
              "callback/c",
              Callback.class,
              "ns",
              s -> s.java() - s.beside("loop"),
              s -> s.beside("c") - s.beside("loop"),
              "C function from Python",
              null),
          new Figure(
              "callback/upcall",
              Callback.class,
              "ns",
              s -> s.java() - s.beside("loop"),
              s -> s.beside("upcall"),
              "bare upcall from C",
              null),
          new Figure(
              "java.method",
              JavaMembers.class,
              "ns",
              s -> s.java() - s.beside("loop"),
              s -> s.beside("constant") - s.beside("loop"),
              "bare upcall from Python",
              Limit.times(2.5)),
          new Figure(
              "java.method/upcall",
              JavaMembers.class,
              "ns",
              s -> s.java() - s.beside("loop"),
              s -> s.beside("upcall"),
              "bare upcall from C",
              null),
          new Figure(
              "java.attribute",
              JavaMembers.class,
              "ns",
              s -> s.beside("attribute") - s.beside("loop"),
              s -> s.beside("bareAttribute") - s.beside("loop"),
              "bare upcall as attribute",
              Limit.times(2.0)),
          new Figure(
              "java.new",
              JavaMembers.class,
              "ns",
              s -> s.beside("made") - s.beside("loop"),
              s -> s.beside("constant") - s.beside("loop"),
              "bare upcall from Python",
              Limit.times(8.0)),
          new Figure(
              "java.iterate",
              JavaMembers.class,
              "ns",
              s -> s.beside("item"),
              s -> s.beside("upcall"),
              "bare upcall from C",
              Limit.times(2.0)),
          new Figure(
              "java.exception",
              JavaMembers.class,
              "ns",
              s -> s.beside("thrown") - s.beside("loop"),
              s -> s.beside("raised") - s.beside("loop"),
              "raised in C",
              Limit.times(3.0)),
          new Figure(
              "java.exception/new",
              JavaMembers.class,
              "ns",
              s -> s.beside("thrownNew") - s.beside("loop"),
              s -> s.beside("caughtInJava"),
              "caught in Java",
              null),
          converted("convert.list/in", Sample::java, "listInInC", 1000),
          converted("convert.list/out", s -> s.beside("listOut"), "listOutInC", 1000),
          converted("convert.dict/in", s -> s.beside("dictIn"), "dictInInC", 1001),
          converted("convert.dict/out", s -> s.beside("dictOut"), "dictOutInC", 1000),
          converted("convert.dicts/in", s -> s.beside("dictsIn"), "dictsInInC", 4000),
          text("convert.text/ascii.10", "ascii10"),
          text("convert.text/latin.10", "latin10"),
          text("convert.text/emoji.10", "emoji10"),
          text("convert.text/ascii.10000", "ascii10000"),
          text("convert.text/latin.10000", "latin10000"),
          text("convert.text/emoji.10000", "emoji10000"),
          new Figure(
              "interpreter.cycle",
              InterpreterCycle.class,
              "ms",
              s -> s.java() / 1e6,
              s -> s.beside("c") / 1e6,
              "C",
              Limit.times(1.15)),
          scale("scale.interpreters", ScaleInterpreters.class, "the same from C", false),
          scale("scale.interpreters/fastest", ScaleInterpreters.class, "the same from C", true),
          scale("scale.threads", ScaleThreads.class, "C, kept states", false),
          scale("scale.threads/fastest", ScaleThreads.class, "C, kept states", true),
          micros("array.lend", Sample::java, "memcpy", "C, memcpy", Limit.times(0.02)),
          micros("array.lend/any", s -> s.beside("shared"), "memcpy", "C, memcpy", null),
          micros("array.lend/large", s -> s.beside("large"), "java", "array.lend", null),
          micros(
              "array.copy",
              s -> s.beside("copy"),
              "fresh",
              "C, malloc, memcpy, free",
              Limit.times(1.3)),
          new Figure(
              "arrow.trip",
              ArrowTrips.class,
              "us",
              s -> s.java() / 1e3,
              s -> s.beside("ipc") / 1e3,
              "through IPC bytes",
              Limit.times(0.05)),
          new Figure(
              "stream.csv",
              CsvLines.class,
              "ns",
              Sample::java,
              s -> s.beside("file"),
              "Python's file",
              Limit.times(1.25)),
          new Figure(
              "import.jar",
              ImportPackage.class,
              "us",
              s -> s.java() / 1e3,
              s -> s.beside("files") / 1e3,
              "from files",
              Limit.times(1.3)));

  private static Figure scale(
      String name, Class<? extends PythonBenchmark> benchmark, String twinIs, boolean fastest) {
    return new Figure(
        name,
        benchmark,
        "x",
        s -> s.beside("one") / s.beside("two"),
        s -> s.beside("oneInC") / s.beside("twoInC"),
        twinIs,
        fastest ? null : Limit.atLeast(1.85),
        fastest);
  }

  private static Figure converted(
      String name, ToDoubleFunction<Sample> value, String twin, int upcalls) {
    return new Figure(
        name,
        Conversions.class,
        "us",
        s -> value.applyAsDouble(s) / 1e3,
        s -> s.beside(twin) / 1e3,
        "C, " + upcalls + " upcalls",
        Limit.times(2.0));
  }

  private static Figure text(String name, String both) {
    return new Figure(
        name,
        Conversions.class,
        "ns",
        s -> s.beside(both) - s.beside("loop"),
        s -> s.beside(both + "InC") - s.beside("loop"),
        "C, one upcall",
        Limit.times(2.0));
  }

  private static Figure micros(
      String name,
      ToDoubleFunction<Sample> value,
      String twin,
      String twinIs,
      @Nullable Limit limit) {
    ToDoubleFunction<Sample> other = s -> twin.equals("java") ? s.java() : s.beside(twin);
    return new Figure(
        name,
        ArrayTrips.class,
        "us",
        s -> value.applyAsDouble(s) / 1e3,
        s -> other.applyAsDouble(s) / 1e3,
        twinIs,
        limit);
  }

  private static Figure nanoseconds(
      String name,
      Class<? extends PythonBenchmark> benchmark,
      String twin,
      String twinIs,
      @Nullable Limit limit) {
    return new Figure(name, benchmark, "ns", Sample::java, s -> s.beside(twin), twinIs, limit);
  }

  /** Whether it says anything of a CPython whose threads take turns. */
  boolean needsNoGil() {
    return benchmark == ScaleThreads.class;
  }

  /** Whether it measures what NumPy takes and gives. */
  boolean needsNumPy() {
    return benchmark == ArrayTrips.class;
  }

  /** Whether it measures what pyarrow takes and gives. */
  boolean needsPyArrow() {
    return benchmark == ArrowTrips.class;
  }

  /** Whether a name on the command line means this figure. */
  boolean isMeantBy(String argument) {
    return name.equals(argument) || name.startsWith(argument + "/");
  }

  /** This figure of those samples. */
  Result of(List<Sample> samples) {
    Series values = Series.of(samples, value);
    Series twins = Series.of(samples, twin);
    // Each sample's own ratio: its two sides met the same machine, two medians need not have.
    Series ratios = Series.of(samples, s -> value.applyAsDouble(s) / twin.applyAsDouble(s));
    if (fastest) {
      Sample best = Sample.fastest(samples);
      double one = value.applyAsDouble(best);
      double other = twin.applyAsDouble(best);
      return new Result(this, one, other, one / other, values.spread(), ratios.spread());
    }
    return new Result(
        this, values.median(), twins.median(), ratios.median(), values.spread(), ratios.spread());
  }
}
