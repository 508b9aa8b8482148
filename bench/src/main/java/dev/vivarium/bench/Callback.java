package dev.vivarium.bench;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.function.IntBinaryOperator;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Python code calls a Java {@code IntBinaryOperator} in a loop. All but {@link Beside#upcall} are
 * measured with the loop, whose own price is {@link Beside#loop}.
 */
@SuppressWarnings("NullAway.Init") // see prepare()
public class Callback extends PythonBenchmark {

  private static final int BATCH = 2000;

  private static final String LOOPS =
      """
      def loop(function, n):
          for i in range(n):
              function(i, 7)

      def empty_loop(n):
          for i in range(n):
              pass
      """;

  private static long constantResult;

  private ThreadState entered;
  private PyObject loop;
  private PyObject emptyLoop;
  private PyObject add;
  private @Nullable PyObject upcallConstant;
  private @Nullable PyObject cConstant;
  private MemorySegment bareUpcall;

  /** What other callbacks, and none, take. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The loop with nothing in it. */
    public double loop;

    /** A function whose C function pointer is a bare FFM upcall that returns a constant. */
    public double constant;

    /** A function written in C that returns a constant. */
    public double c;

    /** A bare FFM upcall that returns a constant, called from a loop in C. */
    public double upcall;

    /** The thread is attached for all but the last, which is no matter of Python. */
    @TearDown(Level.Iteration)
    public void measure(Callback benchmark) {
      loop = nanoseconds(BATCH, () -> benchmark.emptyLoop.call(BATCH).close());
      constant = benchmark.perCall(benchmark.upcallConstant);
      c = benchmark.perCall(benchmark.cConstant);
      benchmark.entered.close();
      Twin twin = benchmark.twin();
      upcall = twin == null ? 0 : twin.upcallNanoseconds(benchmark.bareUpcall, slice());
    }
  }

  @Override
  void prepare() throws ReflectiveOperationException {
    main.exec(LOOPS);
    loop = main.eval("loop");
    emptyLoop = main.eval("empty_loop");
    add = main.toPython((IntBinaryOperator) (a, b) -> a + b);
    bareUpcall = stub("seven", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    Twin twin = twin();
    if (twin != null) {
      constantResult = twin.constantResult();
      twin.defineConstants(
          stub("constant", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG)));
      upcallConstant = main.eval("upcall_constant");
      cConstant = main.eval("c_constant");
    }
  }

  private static MemorySegment stub(String method, FunctionDescriptor type)
      throws ReflectiveOperationException {
    return Linker.nativeLinker()
        .upcallStub(
            MethodHandles.lookup().findStatic(Callback.class, method, type.toMethodType()),
            type,
            Arena.global());
  }

  @SuppressWarnings("unused") // called from C
  private static int seven(int a, int b) {
    return 7;
  }

  @SuppressWarnings("unused") // called from Python, with the signature of METH_FASTCALL
  private static long constant(long self, long arguments, long count) {
    return constantResult;
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void call(Beside beside) {
    runLoop(add);
  }

  private double perCall(@Nullable PyObject function) {
    return function == null ? 0 : nanoseconds(BATCH, () -> runLoop(function));
  }

  private void runLoop(PyObject function) {
    loop.call(function, BATCH).close();
  }
}
