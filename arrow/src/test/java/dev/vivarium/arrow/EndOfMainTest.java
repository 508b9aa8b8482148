package dev.vivarium.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ends of main and of the JVM while one side has memory of the other. */
@ExtendWith(WithPyArrow.class)
final class EndOfMainTest {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  @ParameterizedTest
  @ValueSource(strings = {"global", "cycle", "untaken", "forgotten"})
  @DisplayName("main ends though pyarrow has memory of Java's, which comes back where it lets go")
  void pythonHas(String how) {
    ChildJvm.run(LIMIT, PythonHas.class, how)
        .expect(0)
        .expectOut(how.equals("forgotten") ? "some is out" : "all is back");
  }

  /** Leaves a table of Java's memory in Python in some way, and ends Python. */
  static final class PythonHas implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec("import pyarrow, ctypes");
      RootAllocator allocator = new RootAllocator();
      try (VectorSchemaRoot root = VectorSchemaRoot.create(BatchesTest.SCHEMA, allocator)) {
        BatchesTest.fill(root, 1, 1000);
        try (PyObject ours = Arrow.toPython(main, allocator, root);
            PyObject keep = main.eval(keeping(arguments[0]))) {
          keep.call(ours).close();
        }
      }
      assertThat(allocator.getAllocatedMemory()).isPositive();
      python.close();
      System.out.println(allocator.getAllocatedMemory() == 0 ? "all is back" : "some is out");
    }

    private static String keeping(String how) {
      return switch (how) {
        case "global" -> "lambda x: globals().update(kept=pyarrow.table(x))";
        case "cycle" ->
            "lambda x: (c := [pyarrow.table(x)], c.append(c), pyarrow.__dict__.update(c=c))";
        case "untaken" -> "lambda x: globals().update(kept=x.__arrow_c_stream__())";
        default -> "lambda x: ctypes.pythonapi.Py_IncRef(ctypes.py_object(pyarrow.table(x)))";
      };
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "exit"})
  @DisplayName("main waits while Java has memory of pyarrow's; the JVM's exit not for ever")
  void javaHas(String way) {
    ChildJvm.run(LIMIT, JavaHas.class, way).expect(way.equals("exit") ? 5 : 0).expectOut("read 3");
  }

  /** Has memory of Python's at Python's end. */
  static final class JavaHas implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python =
          PythonUnderTest.start(
              PythonUnderTest.options().exitTimeout(Duration.ofMillis(500)).build());
      Interpreter main = python.main();
      main.exec("import pyarrow");
      RootAllocator allocator = new RootAllocator();
      VectorSchemaRoot root;
      try (PyObject batch = main.eval("pyarrow.record_batch({'n': [1, 2, 3]})")) {
        root = Arrow.root(batch, allocator);
      }
      Together.elsewhere(() ->
          assertThatThrownBy(() -> python.close(Duration.ofMillis(200)))
              .isInstanceOf(InterpreterBusyException.class));
      System.out.println("read " + root.getVector("n").getObject(2));
      if (arguments[0].equals("exit")) {
        System.exit(5);
      }
      root.close();
      python.close();
      allocator.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"return", "exit"})
  @DisplayName("the JVM ends, with its status, where pyarrow's own threads have read a Java file")
  void pyarrowKeepsThreads(String way) {
    ChildJvm.run(LIMIT, ReadsByPyArrow.class, way)
        .expect(way.equals("exit") ? 5 : 0)
        .expectOut("(100000, 2)")
        .expectOut("atexit has run");
  }

  /** Has pyarrow read a Java stream, for which it calls Java on threads that it keeps. */
  static final class ReadsByPyArrow implements Scenario {
    @Override
    public void run(String... arguments) {
      Interpreter main = PythonUnderTest.start().main();
      main.exec("import atexit, pandas\natexit.register(print, 'atexit has run')");
      String csv = "a,b\n" + "1,2\n".repeat(100_000);
      try (PyObject file =
              main.file(new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)));
          PyObject read = main.eval("lambda f: pandas.read_csv(f, engine='pyarrow').shape");
          PyObject shape = read.call(file)) {
        System.out.println(shape);
      }
      if (arguments[0].equals("exit")) {
        System.exit(5);
      }
    }
  }
}
