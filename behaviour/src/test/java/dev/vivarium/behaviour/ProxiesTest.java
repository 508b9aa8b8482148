package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BinaryOperator;
import java.util.function.IntBinaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python objects behind Java interfaces, records and enums, in main and in a sub-interpreter. */
@ExtendWith(PythonUnderTest.class)
public final class ProxiesTest {

  private interface In {
    void run(Interpreter interpreter);
  }

  private static void everywhere(In test) {
    test.run(PythonUnderTest.main());
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      test.run(sub);
    }
  }

  /** What Python's Account does. */
  public interface Account {
    /** An attribute. */
    String owner();

    /** A property. */
    long balance();

    /** Of every primitive type. */
    double mixed(boolean z, byte b, short s, char c, int i, long l, float f, double d);

    /** A camelCase name for Python's snake_case. */
    void addToBalance(long amount);

    /** A parametrised type. */
    List<Integer> lastAmounts();

    /** Two of them. */
    Map<String, List<Double>> ratesByName();

    /** Perhaps nothing. */
    Optional<String> nickname();

    /** Something that Python has none of. */
    String missing(int a);

    /** What Java does where Python says nothing. */
    default String describe() {
      return owner() + " has " + balance();
    }

    /** What Python says in its own words. */
    default String greet(String word) {
      return "Java says " + word;
    }

    /** An overload, for Python's one function. */
    Object echo(Object one);

    /** The other. */
    Object echo(Object one, Object two);

    /** Raises what Java has thrown. */
    void fail(Runnable function) throws IOException;
  }

  private static final String ACCOUNT =
      """
      class Account:
          def __init__(self, owner): self.owner, self.amounts = owner, []
          @property
          def balance(self): return sum(self.amounts)
          def mixed(self, *a): return len(a) + sum(x for x in a if not isinstance(x, str))
          def add_to_balance(self, amount): self.amounts.append(amount)
          def last_amounts(self): return self.amounts
          def ratesByName(self): return {"a": [1, 2.5], "b": []}
          def nickname(self): return None if len(self.owner) < 4 else self.owner[:3]
          def greet(self, word): return f"{self.owner} says {word}"
          def echo(self, *a): return a
          def fail(self, function): function()
          def __str__(self): return f"<account of {self.owner}>"
      """;

  private static Account account(Interpreter in, String owner) {
    in.exec(ACCOUNT);
    return in.eval("Account").call(owner).as(Account.class);
  }

  @Test
  @DisplayName("each method calls the attribute of its name, as written in Java or in Python")
  void methods() {
    everywhere(in -> {
      Account account = account(in, "Anna");
      assertThat(account.owner()).isEqualTo("Anna");
      account.addToBalance(40);
      account.addToBalance(2);
      assertThat(account.balance()).isEqualTo(42);
      assertThat(account.mixed(true, (byte) 2, (short) 3, 'c', 5, 6L, 0.5f, 0.25))
          .isEqualTo(8 + 1 + 2 + 3 + 5 + 6 + 0.75);
      assertThat(account.echo(1)).isEqualTo(List.of(1L));
      assertThat(account.echo("a", null)).isEqualTo(java.util.Arrays.asList("a", null));
      assertThatThrownBy(() -> account.missing(1))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("'Account' object has no attribute 'missing'");
    });
  }

  @Test
  @DisplayName("results are converted as their declared types say, arguments of types too")
  void generics() {
    everywhere(in -> {
      Account account = account(in, "Anna");
      account.addToBalance(7);
      assertThat(account.lastAmounts()).isEqualTo(List.of(7));
      account.lastAmounts().add(8);
      assertThat(account.balance()).isEqualTo(15);
      assertThat(account.ratesByName()).isEqualTo(Map.of("a", List.of(1.0, 2.5), "b", List.of()));
      assertThat(account.nickname()).contains("Ann");
      assertThat(account(in, "Bo").nickname()).isEmpty();
    });
  }

  @Test
  @DisplayName("a default method is Python's where Python has one, else Java's")
  void defaults() {
    everywhere(in -> {
      Account account = account(in, "Anna");
      assertThat(account.describe()).isEqualTo("Anna has 0");
      assertThat(account.greet("hello")).isEqualTo("Anna says hello");
    });
  }

  @Test
  @DisplayName("equals is that of the Python object's identity, toString its str; it goes back")
  void ofObject() {
    everywhere(in -> {
      in.exec(ACCOUNT);
      PyObject python = in.eval("Account('Anna')");
      Account one = python.as(Account.class);
      Account other = python.as(Account.class);
      assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).hasToString("<account of Anna>");
      assertThat(one).isNotEqualTo(account(in, "Anna")).isNotEqualTo(null).isNotEqualTo("x");
      assertThat(new HashSet<>(List.of(one, python.as(Account.class)))).hasSize(1);
      assertThat(in.eval("lambda a, b: a is b").call(one, python).isTrue()).isTrue();
      python.close();
      assertThat(one.owner()).as("holds the object by itself").isEqualTo("Anna");
    });
  }

  @Test
  @DisplayName("exceptions pass through as they are")
  void exceptions() {
    everywhere(in -> {
      Account account = account(in, "Anna");
      IllegalStateException thrown = new IllegalStateException("from Java");
      assertThatThrownBy(() ->
              account.fail(() -> {
                throw thrown;
              }))
          .isSameAs(thrown);
    });
  }

  @Test
  @DisplayName("an object with the method, callable or not, is a functional interface")
  void functional() {
    everywhere(in -> {
      in.exec("class ByLength:\n    def compare(self, a, b): return len(a) - len(b)");
      @SuppressWarnings("unchecked")
      Comparator<String> order = in.eval("ByLength()").as(Comparator.class);
      assertThat(order.compare("aa", "b")).isEqualTo(1);
      assertThat(order.reversed().compare("aa", "b")).isEqualTo(-1);
      IntBinaryOperator add = in.eval("lambda a, b: a + b").as(IntBinaryOperator.class);
      assertThat(add.applyAsInt(1, 2)).isEqualTo(3);
      assertThat(add.toString()).contains("lambda");
      assertThat(in.eval("lambda f: f(3, 4)").call(add).asInt()).isEqualTo(7);
      @SuppressWarnings("unchecked")
      BinaryOperator<Object> any = in.eval("lambda a, b: [a, b]").as(BinaryOperator.class);
      assertThat(any.apply(1, "x")).isEqualTo(List.of(1L, "x"));
    });
  }

  @Test
  @DisplayName("a proxy belongs to its interpreter, works on virtual threads, and ends with it")
  void interpreters() throws Exception {
    Interpreter sub = PythonUnderTest.ownGil();
    Account account = account(sub, "Anna");
    AtomicReference<@Nullable Object> seen = new AtomicReference<>();
    Thread.ofVirtual()
        .start(() -> {
          account.addToBalance(5);
          seen.set(account.describe() + account + account.lastAmounts());
        })
        .join();
    assertThat(seen.get()).isEqualTo("Anna has 5<account of Anna>[5]");
    try (ThreadState entered = ThreadState.ensure(PythonUnderTest.main().view())) {
      assertThatThrownBy(account::balance).isInstanceOf(WrongInterpreterException.class);
      assertThatThrownBy(() -> entered.interpreter().toPython(account))
          .isInstanceOf(WrongInterpreterException.class);
    }
    sub.close();
    assertThatThrownBy(account::balance).isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(account::describe).isInstanceOf(InterpreterClosedException.class);
    assertThat(account.toString()).contains("Account").contains("ended");
    assertThat(account).isEqualTo(account).isNotEqualTo(null);
  }

  private interface Hidden {
    int one();

    int two();
  }

  /** Sealed. */
  public sealed interface Closed permits Only {
    /** A method. */
    int one();

    /** Another. */
    int two();
  }

  private record Only(int one, int two) implements Closed {}

  @Test
  @DisplayName("an interface that nobody may implement is refused with the reason")
  void refused() {
    everywhere(in -> {
      in.exec(ACCOUNT);
      PyObject python = in.eval("Account('x')");
      assertThatThrownBy(() -> python.as(Hidden.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("public");
      assertThatThrownBy(() -> python.as(Closed.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("sealed");
      assertThatThrownBy(() -> in.eval("1").as(Thread.class))
          .isInstanceOf(ConversionException.class)
          .hasMessage("a Python int cannot be used as a java.lang.Thread");
      assertThat(in.eval("None").asNullable(Account.class)).isNull();
    });
  }

  @Test
  @DisplayName("what proxies of objects that are gone held is given back")
  void givenBack() {
    Interpreter main = PythonUnderTest.main();
    main.exec(ACCOUNT + "\nimport weakref\nalive = weakref.WeakSet()");
    for (int i = 0; i < 200; i++) {
      PyObject made = main.eval("Account('x')");
      main.eval("alive.add").call(made);
      assertThat(made.as(Account.class).balance()).isZero();
      made.close();
    }
    Await.until(
        "all accounts are dropped",
        () -> {
          System.gc();
          return main.eval("len(alive)").asInt() == 0;
        });
  }

  enum Level {
    LOW,
    HIGH {
      @Override
      public String toString() {
        return "high up";
      }
    }
  }

  record Person(
      String name, int age, Optional<String> email, List<Long> scores, @Nullable Level level) {}

  record Pair(int[] first, Person second) {}

  record Positive(int value) {
    Positive {
      if (value <= 0) {
        throw new IllegalArgumentException("not positive: " + value);
      }
    }
  }

  record SnakeCase(String firstName, int httpCode) {}

  @Test
  @DisplayName("records are made of dicts, dataclasses, named tuples, tuples and attributes")
  void records() {
    everywhere(in -> {
      in.exec(
          """
          import collections, dataclasses, enum
          Level = enum.Enum("Level", "LOW HIGH OTHER")
          @dataclasses.dataclass
          class Person:
              name: str
              age: int
              scores: list
              level: object = Level.HIGH
          P = collections.namedtuple("P", "name age email scores level")
          class Any:
              def __init__(self, **k): self.__dict__.update(k)
          """);
      Person expected = new Person("A", 3, Optional.empty(), List.of(1L), Level.HIGH);
      for (String expression :
          List.of(
              "{'name': 'A', 'age': 3, 'scores': [1], 'level': 'HIGH'}",
              "Person('A', 3, [1])",
              "P('A', 3, None, [1], Level.HIGH)",
              "('A', 3, None, (1,), 'HIGH')",
              "Any(name='A', age=3, scores=[1], level=Level.HIGH, more=1)")) {
        assertThat(in.eval(expression).as(Person.class)).as(expression).isEqualTo(expected);
      }
      List<Long> scores = in.eval("Person('A', 3, [1])").as(Person.class).scores();
      assertThatThrownBy(() -> scores.add(2L)).isInstanceOf(UnsupportedOperationException.class);
      Pair pair =
          in.eval("([1, 2], {'name': 'B', 'age': 1, 'email': 'e', 'scores': [], 'level': None})")
              .as(Pair.class);
      assertThat(pair.first()).containsExactly(1, 2);
      assertThat(pair.second()).isEqualTo(new Person("B", 1, Optional.of("e"), List.of(), null));
      assertThat(in.eval("{'first_name': 'x', 'http_code': 200}").as(SnakeCase.class))
          .isEqualTo(new SnakeCase("x", 200));
    });
  }

  @Test
  @DisplayName("a record that would lose something, or lacks something, says what and where")
  void recordsRefused() {
    everywhere(in -> {
      assertRefused(in, "{'value': 1, 'more': 2}", Positive.class, "a Python dict", "'more'");
      assertRefused(in, "(1, 2)", Positive.class, "a Python tuple", "2 items, not 1");
      assertRefused(in, "{}", Positive.class, "has no value");
      assertRefused(in, "5", Positive.class, "a Python int", "has no value");
      assertRefused(
          in, "{'value': 'x'}", Positive.class, "value of the dict: a Python str", "an int");
      assertRefused(
          in,
          "{'name': 'A', 'age': 3, 'scores': [1, 'x'], 'level': 'LOW'}",
          Person.class,
          "scores of the dict: item 1 of the list: a Python str cannot be used as a long");
      assertRefused(
          in,
          "{'name': 'A', 'age': 3, 'scores': [], 'level': 'MID'}",
          Person.class,
          "level of the dict",
          "no constant MID",
          "LOW");
      assertThatThrownBy(() -> in.eval("[0]").as(Positive.class))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessage("not positive: 0");
    });
  }

  private static void assertRefused(
      Interpreter in, String expression, Class<?> type, String... words) {
    assertThatThrownBy(() -> in.eval(expression).as(type))
        .isInstanceOf(ConversionException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  @DisplayName("arrays of every kind are made of sequences")
  void arrays() {
    everywhere(in -> {
      assertThat(in.eval("[True, False]").as(boolean[].class)).containsExactly(true, false);
      assertThat(in.eval("range(3)").as(long[].class)).containsExactly(0, 1, 2);
      assertThat(in.eval("(1, 2.5)").as(double[].class)).containsExactly(1, 2.5);
      assertThat(in.eval("(1, 2.5)").as(float[].class)).containsExactly(1, 2.5f);
      assertThat(in.eval("'ab'.upper().split('x')").as(String[].class)).containsExactly("AB");
      assertThat(in.eval("['a', 'b']").as(char[].class)).containsExactly('a', 'b');
      assertThat(in.eval("[[1], []]").as(int[][].class)).isDeepEqualTo(new int[][] {{1}, {}});
      assertThat(in.eval("['LOW', None]").as(Level[].class)).containsExactly(Level.LOW, null);
      assertThat(in.eval("[[1], {}]").as(Object[].class)).containsExactly(List.of(1L), Map.of());
      assertThatThrownBy(() -> in.eval("[1, None]").as(int[].class))
          .hasMessage("item 1 of the list: a Python NoneType cannot be used as an int");
      assertThatThrownBy(() -> in.eval("'ab'").as(String[].class))
          .isInstanceOf(ConversionException.class);
      assertThat(Set.of(in.eval("None").as(Optional.class))).containsExactly(Optional.empty());
    });
  }
}
