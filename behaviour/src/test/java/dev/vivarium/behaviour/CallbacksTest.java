package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class CallbacksTest {

  private static PythonException pythonSide(Throwable thrown) {
    return Arrays.stream(thrown.getSuppressed())
        .filter(PythonException.class::isInstance)
        .map(PythonException.class::cast)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError("no PythonException is suppressed in " + thrown, thrown));
  }

  private static boolean hasFrame(Throwable thrown, String method) {
    return Arrays.stream(thrown.getStackTrace()).anyMatch(f -> f.getMethodName().equals(method));
  }

  private static Object throwsHere(Exception thrown) throws Exception {
    thrown.fillInStackTrace();
    throw thrown;
  }

  @Test
  @Tag("C4")
  @DisplayName(
      "A Java exception in a callback becomes a Python exception carrying it; back in Java it is"
          + " the same exception object, with both stacks")
  void sameExceptionWithBothStacks() {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter one : List.of(PythonUnderTest.main(), own, shared)) {
        for (Exception thrown :
            List.of(
                new IOException("checked ☃"),
                new IllegalArgumentException("unchecked"),
                new UnsupportedOperationException())) {
          PythonUnderTest.define(one, "thrower", (Callable<Object>) () -> throwsHere(thrown));
          one.exec(
              """
              def python_frame_one():
                  return python_frame_two()
              def python_frame_two():
                  return thrower()
              """,
              "fileofthetest.py");
          Throwable back = catchThrowable(() -> one.eval("python_frame_one()"));
          assertThat(back).isSameAs(thrown);
          assertThat(hasFrame(back, "throwsHere")).isTrue();
          assertThat(pythonSide(back).traceback())
              .contains("python_frame_one", "python_frame_two", "fileofthetest.py");
          assertThat(one.eval("6 * 7").asInt()).isEqualTo(42);
        }
      }
    }
  }

  @Test
  @Tag("C4")
  @DisplayName("… Python code can catch it, read it, go on, and raise it again")
  void pythonCatchesIt() {
    Interpreter main = PythonUnderTest.main();
    IOException thrown = new IOException("disk on fire");
    PythonUnderTest.define(main, "thrower", (Callable<Object>) () -> throwsHere(thrown));
    main.exec(
        """
        def catches():
            try:
                thrower()
            except Exception as e:
                return str(e)
        def cleans(log):
            try:
                thrower()
            finally:
                log.append('finally')
        def raises_again():
            try:
                thrower()
            except Exception:
                raise
        def raises_from():
            try:
                thrower()
            except Exception as e:
                raise ValueError('from it') from e
        """);
    assertThat(main.eval("catches()").asString()).contains("disk on fire");
    PyObject log = main.eval("[]");
    assertThat(catchThrowable(() -> main.eval("cleans").call(log))).isSameAs(thrown);
    assertThat(log.as(Object.class)).isEqualTo(List.of("finally"));
    assertThat(catchThrowable(() -> main.eval("raises_again()"))).isSameAs(thrown);
    assertThatThrownBy(() -> main.eval("raises_from()"))
        .isInstanceOfSatisfying(
            PythonException.class,
            e -> {
              assertThat(e.typeName()).isEqualTo("ValueError");
              assertThat(e.getCause()).isSameAs(thrown);
            });
  }

  @Test
  @Tag("C4")
  @DisplayName("… its __context__ is what Python code was handling, as with a raise statement")
  void context() {
    Interpreter main = PythonUnderTest.main();
    PythonUnderTest.define(
        main, "thrower", (Callable<Object>) () -> throwsHere(new IOException("disk on fire")));
    PythonUnderTest.define(
        main, "through_java", (Callable<Object>) () -> main.eval("handles_one()"));
    main.exec(
        """
        def handles_one():
            try:
                {}['one']
            except KeyError:
                thrower()
        def context_of(call, name):
            try:
                try:
                    raise LookupError(name)
                except LookupError:
                    call()
            except Exception as e:
                return repr(e.__context__), repr(e.__context__.__context__)
        """);
    assertThat(main.eval("context_of(thrower, 'two')").repr())
        .isEqualTo("(\"LookupError('two')\", 'None')");
    // On its way through Java again it keeps the one that it has
    assertThat(main.eval("context_of(through_java, 'two')").repr())
        .isEqualTo("(\"KeyError('one')\", \"LookupError('two')\")");
  }

  @Test
  @Tag("C4")
  @DisplayName("… through many layers of Java and Python, across interpreters and threads")
  void throughManyLayers() throws Exception {
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      Interpreter main = PythonUnderTest.main();
      Together.run(
          4,
          i -> {
            Exception thrown = new Exception("from the bottom of " + i);
            AtomicReference<Supplier<Object>> next = new AtomicReference<>();
            Callable<Object> bottom = () -> throwsHere(thrown);
            Callable<Object> layer = bottom;
            for (int depth = 0; depth < 6; depth++) {
              Interpreter one = depth % 2 == 0 ? main : sub;
              Callable<Object> inner = layer;
              layer =
                  () ->
                      one.call(in -> {
                        PyObject callable = in.toPython(inner);
                        return in.eval("lambda f: f()").call(callable).asLong();
                      });
            }
            next.set(null);
            Callable<Object> top = layer;
            Throwable back = catchThrowable(top::call);
            assertThat(back).isSameAs(thrown);
            assertThat(hasFrame(back, "throwsHere")).isTrue();
            pythonSide(back);
          });
      assertThat(GilStateClient.look().isAttached()).isFalse();
    }
  }

  @Test
  @Tag("C4")
  @DisplayName("… when many threads throw at once into an interpreter that has seen none yet")
  void firstOfMany() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Interpreter fresh = PythonUnderTest.ownGil()) {
        Together.run(
            8,
            i -> {
              Exception thrown = new Exception("thrown by " + i);
              Callable<Object> throwing = () -> throwsHere(thrown);
              fresh.run(in -> {
                PyObject callable = in.toPython(throwing);
                assertThat(catchThrowable(callable::call)).isSameAs(thrown);
              });
            });
      }
    }
  }

  @Test
  @Tag("C4")
  @DisplayName("… an Error too, and the same object thrown twice")
  void errorsToo() {
    Interpreter main = PythonUnderTest.main();
    AssertionError error = new AssertionError("an error");
    PythonUnderTest.define(
        main,
        "thrower",
        (Runnable)
            () -> {
              throw error;
            });
    for (int round = 0; round < 3; round++) {
      assertThat(catchThrowable(() -> main.exec("thrower()"))).isSameAs(error);
    }
    // A Python exception that passes through Java stays what it was
    PythonUnderTest.define(main, "evaluator", (Runnable) () -> main.eval("{}['missing']").close());
    main.exec(
        """
        try:
            evaluator()
            caught = None
        except KeyError as e:
            caught = e.args[0]
        """);
    assertThat(main.eval("caught").asString()).isEqualTo("missing");
  }
}
