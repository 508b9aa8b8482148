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
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Python code uses a Java object in a loop: calls a method, reads a field, makes one, iterates over
 * a list, catches an exception. In one JVM, since each needs few turns. What is measured in a
 * Python loop has the loop's own price, {@link Beside#loop}, in it.
 */
@SuppressWarnings("NullAway.Init") // see prepare()
public class JavaMembers extends PythonBenchmark {

  private static final int BATCH = 2000;
  private static final int ITEMS = 1_000_000;

  private static final String LOOPS =
      """
      def empty_loop(n):
          for i in range(n):
              pass

      def methods(o, n):
          for i in range(n):
              o.add(i, 1)

      def news(cls, n):
          for i in range(n):
              cls(i)

      def functions(function, n):
          for i in range(n):
              function(i, 7)

      def attributes(o, n):
          for i in range(n):
              o.value

      def items(l):
          for x in l:
              pass

      def raised(function, n):
          for i in range(n):
              try:
                  function()
              except RuntimeError:
                  pass

      def thrown(o, n, error):
          for i in range(n):
              try:
                  o.fail()
              except error:
                  pass

      def thrown_new(o, n, error):
          for i in range(n):
              try:
                  o.failAnew()
              except error:
                  pass
      """;

  private static long constantResult;

  private ThreadState entered;
  private PyObject emptyLoop;
  private PyObject methods;
  private PyObject news;
  private PyObject functions;
  private PyObject attributes;
  private PyObject items;
  private PyObject raised;
  private PyObject thrown;
  private PyObject thrownNew;
  private final Used used = new Used();
  private final Throwable[] kept = new Throwable[2];
  private PyObject object;
  private PyObject type;
  private PyObject list;
  private PyObject error;
  private MemorySegment bareUpcall;
  private boolean hasTwin;

  /** What Python code holds. */
  public static final class Used {
    /** What is read. */
    public int value = 7;

    /** What is called. */
    public int add(int a, int b) {
      return a + b;
    }

    private final IllegalStateException failure = new IllegalStateException("thrown");

    /** Always throws the same exception. */
    public void fail() {
      throw failure;
    }

    /** Always throws a new exception, with the stack that it is called on. */
    public void failAnew() {
      throw new IllegalStateException("thrown");
    }
  }

  /** What Python code makes. */
  public record Made(int number) {}

  /** All but the method. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The loop with nothing in it. */
    public double loop;

    /** A function whose C function pointer is a bare FFM upcall that returns a constant. */
    public double constant;

    /** A bare FFM upcall that returns a constant, called from a loop in C. */
    public double upcall;

    /** A field of the Java object. */
    public double attribute;

    /** An attribute whose getter is a bare FFM upcall that returns a constant. */
    public double bareAttribute;

    /** A Java object made, which dies at once. */
    public double made;

    /** An item of a list of a million. */
    public double item;

    /** An exception thrown in Java and caught in Python, always the same. */
    public double thrown;

    /** A new exception each time. */
    public double thrownNew;

    /** The same, caught in Java. */
    public double caughtInJava;

    /** An exception raised in C and caught in Python. */
    public double raised;

    /** The thread is attached for all but the last, which is no matter of Python. */
    @TearDown(Level.Iteration)
    public void measure(JavaMembers benchmark) {
      loop = nanoseconds(BATCH, () -> benchmark.emptyLoop.call(BATCH).close());
      attribute = benchmark.perRead(benchmark.object);
      made = nanoseconds(BATCH, () -> benchmark.news.call(benchmark.type, BATCH).close());
      item = nanoseconds(ITEMS, () -> benchmark.items.call(benchmark.list).close());
      thrown =
          nanoseconds(
              BATCH, () -> benchmark.thrown.call(benchmark.object, BATCH, benchmark.error).close());
      thrownNew =
          nanoseconds(
              BATCH,
              () -> benchmark.thrownNew.call(benchmark.object, BATCH, benchmark.error).close());
      caughtInJava = nanoseconds(BATCH, benchmark::catchInJava);
      if (benchmark.hasTwin) {
        constant = benchmark.perCall(benchmark.functions, "upcall_constant");
        bareAttribute = benchmark.perRead(benchmark.main.eval("bare"));
        raised = benchmark.perCall(benchmark.raised, "c_raise");
      }
      benchmark.entered.close();
      Twin twin = benchmark.twin();
      upcall = twin == null ? 0 : twin.upcallNanoseconds(benchmark.bareUpcall, slice());
    }
  }

  @Override
  void prepare() throws ReflectiveOperationException {
    main.exec(LOOPS);
    emptyLoop = main.eval("empty_loop");
    methods = main.eval("methods");
    news = main.eval("news");
    functions = main.eval("functions");
    attributes = main.eval("attributes");
    items = main.eval("items");
    raised = main.eval("raised");
    thrown = main.eval("thrown");
    thrownNew = main.eval("thrown_new");
    object = main.reference(used);
    type = main.eval("type").call(main.reference(new Made(0)));
    List<Integer> million = new ArrayList<>();
    for (int i = 0; i < ITEMS; i++) {
      million.add(i);
    }
    list = main.reference(million);
    main.exec("from java.lang import IllegalStateException");
    error = main.eval("IllegalStateException");
    bareUpcall = stub("seven", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    Twin twin = twin();
    if (twin != null) {
      hasTwin = true;
      constantResult = twin.constantResult();
      twin.defineConstants(
          stub("constant", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG)));
      twin.defineMembers(stub("attribute", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG)));
    }
  }

  private static MemorySegment stub(String method, FunctionDescriptor type)
      throws ReflectiveOperationException {
    return Linker.nativeLinker()
        .upcallStub(
            MethodHandles.lookup().findStatic(JavaMembers.class, method, type.toMethodType()),
            type,
            Arena.global());
  }

  @SuppressWarnings("unused") // called from C, as those below
  private static int seven(int a, int b) {
    return 7;
  }

  @SuppressWarnings("unused") // with the signature of METH_FASTCALL
  private static long constant(long self, long arguments, long count) {
    return constantResult;
  }

  @SuppressWarnings("unused") // with the signature of a getter
  private static long attribute(long self, long closure) {
    return constantResult;
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** The Java side of the method. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void call(Beside beside) {
    methods.call(object, BATCH).close();
  }

  private void catchInJava() {
    for (int i = 0; i < BATCH; i++) {
      try {
        used.failAnew();
      } catch (IllegalStateException e) {
        kept[i % kept.length] = e; // or the JIT would make none
      }
    }
  }

  private double perRead(PyObject read) {
    return nanoseconds(BATCH, () -> attributes.call(read, BATCH).close());
  }

  private double perCall(PyObject loop, String function) {
    PyObject called = main.eval(function);
    return nanoseconds(BATCH, () -> loop.call(called, BATCH).close());
  }
}
