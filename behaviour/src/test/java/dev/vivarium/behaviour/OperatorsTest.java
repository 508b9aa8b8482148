package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.Operator;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operators, slices and the with statement, in main and in a sub-interpreter. */
@ExtendWith(PythonUnderTest.class)
final class OperatorsTest {

  private interface In {
    void run(Interpreter interpreter) throws Exception;
  }

  private static void everywhere(In test) throws Exception {
    test.run(PythonUnderTest.main());
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      test.run(sub);
    }
  }

  @Test
  @DisplayName("each operator does what its symbol does in Python, in place too")
  void operators() throws Exception {
    everywhere(in -> {
      in.exec(
          """
          class M:
              def __matmul__(self, other): return "matrix"
              def __imatmul__(self, other): return "in place"
              def __eq__(self, other): return [1]
          """);
      for (Operator operator : Operator.values()) {
        boolean matrix = operator == Operator.MATRIX_MULTIPLY;
        PyObject left = in.eval(matrix ? "M()" : "13");
        String python = matrix ? "'matrix'" : "13 " + operator.symbol() + " 5";
        assertThat(left.op(operator, 5).as(Object.class))
            .as(python)
            .isEqualTo(in.eval(python).as(Object.class));
        if (operator.ordinal() < Operator.LESS.ordinal()) {
          Object expected = matrix ? "in place" : in.eval(python).as(Object.class);
          assertThat(left.opInPlace(operator, 5).as(Object.class)).isEqualTo(expected);
        } else {
          assertThatThrownBy(() -> left.opInPlace(operator, 5))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining(operator.symbol() + "=");
          assertThat(left.test(operator, 5)).isEqualTo(in.eval(python).isTrue());
        }
      }
      PyObject list = in.eval("[1]");
      assertThatObject(list.opInPlace(Operator.ADD, List.of(2))).isEqualTo(list);
      assertThat(list.repr()).isEqualTo("[1, 2]");
      assertThat(in.eval("M()").op(Operator.EQUAL, 1).as(Object.class)).isEqualTo(List.of(1L));
      assertThat(in.eval("5").negate().asInt()).isEqualTo(-5);
      assertThat(in.eval("5").invert().asInt()).isEqualTo(~5);
      assertThat(in.eval("-5").abs().asInt()).isEqualTo(5);
      assertThatThrownBy(() -> in.eval("1").op(Operator.ADD, "x"))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("unsupported operand");
      assertThatThrownBy(() -> in.eval("''").negate()).isInstanceOf(PythonException.class);
    });
  }

  @Test
  @DisplayName("slices are read, assigned and deleted")
  void slices() throws Exception {
    everywhere(in -> {
      PyObject list = in.eval("list(range(6))");
      assertThat(list.slice(1, 3).repr()).isEqualTo("[1, 2]");
      assertThat(list.slice(null, -1, 2).repr()).isEqualTo("[0, 2, 4]");
      assertThat(in.eval("'abc'").slice(null, null, -1).asString()).isEqualTo("cba");
      list.setSlice(0, 3, List.of("x"));
      list.delSlice(-2, null);
      assertThat(list.repr()).isEqualTo("['x', 3]");
      assertThatThrownBy(() -> list.slice("a", null)).isInstanceOf(PythonException.class);
    });
  }

  private static final String MANAGER =
      """
      import contextlib
      log = []
      class Manager:
          def __init__(self, swallow=False): self.swallow = swallow
          def __enter__(self):
              log.append("enter")
              return "entered"
          def __exit__(self, kind, value, traceback):
              log.append(kind.__name__ if kind else None)
              return self.swallow
      @contextlib.contextmanager
      def raising():
          try:
              yield 1
          except ValueError as e:
              raise KeyError("other") from e
          finally:
              log.append("finally")
      """;

  @Test
  @DisplayName("a with statement leaves as Python's does, whatever the body throws")
  void contextManagers() throws Exception {
    everywhere(in -> {
      in.exec(MANAGER);
      String result = in.eval("Manager()").with(entered -> entered.asString() + "!");
      assertThat(result).isEqualTo("entered!");
      IOException thrown = new IOException("from Java");
      assertThatThrownBy(() ->
              in.eval("Manager()")
                  .with(entered -> {
                    throw thrown;
                  }))
          .isSameAs(thrown);
      Object swallowed =
          in.eval("Manager(True)").with(entered -> in.eval("int('x')").as(Object.class));
      assertThat(swallowed).isNull();
      assertThatThrownBy(() -> in.eval("raising()").with(entered -> in.eval("int('x')")))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("KeyError")
          .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("ValueError"));
      List<?> log = in.eval("log").as(List.class);
      assertThat(log).hasSize(7);
      assertThat(log.get(1)).isNull();
      assertThat(log.get(5)).isEqualTo("ValueError");
      assertThat(log.get(6)).isEqualTo("finally");
      assertThatThrownBy(() -> in.eval("1").with(entered -> 1))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("__enter__");
    });
  }

  @Test
  @DisplayName("a virtual thread's body of a with statement runs on one platform thread")
  void virtualThread() throws Exception {
    Interpreter main = PythonUnderTest.main();
    main.exec(MANAGER);
    AtomicReference<@Nullable Object> seen = new AtomicReference<>();
    Thread.ofVirtual()
        .start(() ->
            seen.set(
                main.eval("Manager()")
                    .with(e -> Thread.currentThread().isVirtual() ? "virtual" : e.asString())))
        .join();
    assertThat(seen.get()).isEqualTo("entered");
  }
}
