package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterGuard;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the Javadoc of the main classes shows: it has the regions below, and Javadoc compares. */
@ExtendWith(PythonUnderTest.class)
final class SnippetsTest {

  private final Python python = PythonUnderTest.python();
  private final Interpreter main = PythonUnderTest.main();

  @Test
  void python() {
    // @start region=python :
    try (Interpreter other = python.newInterpreter()) { // with a GIL of its own
      other.exec("import json");
      String text = other.eval("json.dumps([1, 2])").asString();
      long sum = python.main().eval("sum(range(10))").asLong();
    }
    // @end
  }

  @Test
  void interpreter() {
    // @start region=interpreter :
    main.exec("def greet(name, mark='!'): return 'Hello ' + name + mark");
    PyObject greet = main.eval("greet");
    String one = greet.call("Ada").asString();
    String two = greet.callKw(Map.of("mark", "?"), "Bob").asString();
    // @end
    assertThat(List.of(one, two)).containsExactly("Hello Ada!", "Hello Bob?");
  }

  @Test
  void view() throws Exception {
    Interpreter sub = python.newInterpreter();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      // @start region=view :
      InterpreterView view = sub.view();
      Callable<Long> task = () -> view.call(in -> in.eval("6 * 7").asLong());
      long answer = executor.submit(task).get(); // any thread, whenever
      sub.close();
      try {
        view.run(in -> in.exec("print('never printed')"));
      } catch (InterpreterClosedException e) {
        System.out.println("ended: " + !view.isAlive());
      }
      // @end
      assertThat(answer).isEqualTo(42);
      assertThat(view.isAlive()).isFalse();
    }
  }

  @Test
  void guard() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    try (Interpreter sub = python.newInterpreter()) {
      InterpreterView view = sub.view();
      // @start region=guard :
      try (InterpreterGuard guard = view.guard()) { // or InterpreterClosedException, at once
        new Thread(
                () -> {
                  try (ThreadState entered = ThreadState.ensure(guard)) {
                    sub.exec("x = 1"); // its end waits for this
                  }
                  done.countDown();
                })
            .start();
        done.await();
      }
      // @end
      assertThat(sub.eval("x").asInt()).isEqualTo(1);
    }
  }

  @Test
  void nesting() {
    try (Interpreter sub = python.newInterpreter()) {
      InterpreterView mainView = main.view();
      InterpreterView subView = sub.view();
      // @start region=nesting :
      try (ThreadState outer = ThreadState.ensure(mainView)) {
        main.exec("x = 1");
        try (ThreadState inner = ThreadState.ensure(subView)) {
          sub.exec("x = 2");
        } // main's thread state is attached again
        String later = outer.callDetached(() -> "others run Python meanwhile");
      }
      // @end
      assertThat(main.eval("x").asInt()).isEqualTo(1);
      assertThat(sub.eval("x").asInt()).isEqualTo(2);
    }
  }

  @Test
  void object() {
    // @start region=object :
    try (PyObject numbers = main.eval("[3, 1, 2]")) {
      numbers.callMethod("sort");
      List<?> values = numbers.as(List.class);
      int first = numbers.item(0).asInt();
      IntBinaryOperator add = main.eval("lambda a, b: a + b").as(IntBinaryOperator.class);
      int sum = add.applyAsInt(first, 41);
    }
    // @end
  }

  @Test
  void exception() {
    // @start region=exception :
    try {
      main.eval("{}['missing']");
    } catch (PythonException e) {
      if (!e.typeName().equals("KeyError")) {
        throw e;
      }
      System.out.println(e.getMessage()); // KeyError: 'missing'
    }
    // @end
  }

  @Test
  void buffer() {
    // @start region=buffer :
    try (PyObject bytes = main.eval("bytearray(b'abc')");
        PyBuffer buffer = PyBuffer.of(bytes)) {
      buffer.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 'A'); // no copy: b'Abc'
    }
    // @end
  }
}
