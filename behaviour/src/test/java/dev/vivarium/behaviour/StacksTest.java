package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Row T2: each kind of recursion without end, on each kind of stack, in main and others. */
final class StacksTest {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  @Test
  @Tag("T2")
  @DisplayName("Small stacks: deep recursion on a default-size stack never is the process's death")
  void defaultStack() {
    survives("default");
  }

  @Test
  @Tag("T2")
  @DisplayName("… on a 256 KiB thread stack")
  void stackOf256KiB() {
    survives("256");
  }

  @Test
  @Tag("T2")
  @DisplayName("… on the JVM's main thread")
  void mainThread() {
    survives("main");
  }

  @Test
  @Tag("T2")
  @DisplayName("… on a virtual thread")
  void virtualThread() {
    survives("virtual");
  }

  @Test
  @Tag("T2")
  @DisplayName("… on the smallest stack that the JVM makes, where there may be no room to enter")
  void smallest() {
    ChildJvm.run(LIMIT, SmallestStack.class).expect(0).expectOut("all survived");
  }

  @Test
  @Tag("T2")
  @DisplayName("… and code compiled for a small stack is what its own compile, exec and eval give")
  void compiledElsewhere() {
    ChildJvm.run(LIMIT, CompiledElsewhere.class).expect(0).expectOut("all the same");
  }

  @Test
  @Tag("T2")
  @DisplayName(
      "… where it ends, what the library loads when it is first needed is refused as all is")
  void firstUses() {
    ChildJvm.run(LIMIT, FirstUses.class).expect(0).expectOut("all came, once there was room");
  }

  @Test
  @Tag("T2")
  @DisplayName("… and so is a Java function that is called for the first time there")
  void firstCalls() {
    ChildJvm.run(LIMIT, FirstCalls.class).expect(0).expectOut("all were called");
  }

  private static void survives(String stack) {
    ChildJvm.Ended ended = ChildJvm.run(LIMIT, Recursion.class, stack);
    ended.expect(0).expectOut("all survived");
  }

  /** Runs a body on a thread with that stack, and passes on what it throws. */
  private static void onThread(String stack, Runnable body) throws Throwable {
    Throwable[] thrown = new Throwable[1];
    Runnable caught =
        () -> {
          try {
            body.run();
          } catch (Throwable t) {
            thrown[0] = t;
          }
        };
    switch (stack) {
      case "main" -> caught.run();
      case "virtual" -> Thread.ofVirtual().start(caught).join();
      case "default" -> Thread.ofPlatform().start(caught).join();
      default -> {
        Thread thread = new Thread(null, caught, "small", Long.parseLong(stack) << 10);
        thread.start();
        thread.join();
      }
    }
    if (thrown[0] != null) {
      throw thrown[0];
    }
  }

  /** Each of {@link Recursions}, in main and in an interpreter with a GIL of its own. */
  static final class Recursion implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      SoftAssertions all = new SoftAssertions();
      try (Python python = PythonUnderTest.start();
          Interpreter own = PythonUnderTest.ownGil()) {
        for (Interpreter one : List.of(python.main(), own)) {
          // On a stack of many MiB Python's own limit is to end it, before that takes minutes; Java
          // has none
          boolean large = arguments[0].equals("virtual");
          Recursions kinds = new Recursions(one, large ? 1_000 : 20_000);
          for (String kind : kinds.names()) {
            if (large && kind.startsWith("Java")) {
              continue;
            }
            System.out.println(one + " " + kind); // the last one named is the one that killed
            all.assertThatCode(() -> onThread(arguments[0], () -> kinds.survive(kind)))
                .as(one + " " + kind)
                .doesNotThrowAnyException();
          }
        }
      }
      all.assertAll();
      System.out.println("all survived");
    }
  }

  /** A stack with room for nothing: whatever is tried is refused, or works. */
  static final class SmallestStack implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      try (Python python = PythonUnderTest.start()) {
        Recursions kinds = new Recursions(python.main(), 20_000);
        for (int kib = 1; kib <= 200; kib += 25) {
          for (String kind : kinds.names()) {
            System.out.println(kib + " KiB " + kind);
            onThread(Integer.toString(kib), () -> kinds.tryOut(kind));
          }
        }
        assertThat(python.main().eval("1 + 1").asInt()).isEqualTo(2);
      }
      System.out.println("all survived");
    }
  }

  /**
   * What needs Python code of the library's own, at the very end of a stack, and again at each call
   * above it until there is room.
   */
  static final class FirstUses implements Scenario {
    private final List<String> refused = new ArrayList<>();

    @Override
    public void run(String... arguments) throws Throwable {
      try (Python python = PythonUnderTest.start()) {
        Interpreter in = python.main();
        PyObject number = in.eval("1");
        List<Object> firsts =
            List.of(
                new IllegalStateException(),
                LocalDate.EPOCH,
                new int[] {1},
                new ByteArrayInputStream(new byte[1]));
        for (Object first : firsts) {
          String kind = first.getClass().getSimpleName();
          refused.clear();
          onThread("1024", () -> assertThat(loads(in, first, 0)).as(kind).isTrue());
          System.out.println(kind + ": refused " + refused.size() + " times");
          assertThat(refused).as(kind).contains("StackOverflowError");
          assertThat(Set.copyOf(refused))
              .as(kind)
              .allMatch(t -> t.matches("StackOverflowError|.*: RecursionError.*"));
        }
        assertThat(number.asInt()).isEqualTo(1);
      }
      System.out.println("all came, once there was room");
    }

    private boolean loads(Interpreter in, Object first, int depth) {
      try {
        if (loads(in, first, depth + 1)) {
          return true;
        }
      } catch (StackOverflowError e) {
        // The end of it
      }
      try {
        in.toPython(first).close();
        return true;
      } catch (StackOverflowError | RuntimeException e) {
        boolean usual = e instanceof StackOverflowError;
        refused.add(e.getClass().getSimpleName() + (usual ? "" : ": " + e.getMessage()));
        return false;
      }
    }
  }

  /**
   * Java functions of several kinds, at the very end of a stack and again at each call above it.
   */
  static final class FirstCalls implements Scenario {

    private static final String DOWN =
        """
        import sys
        sys.setrecursionlimit(1_000_000)

        def down(function, arguments, refused):
            try:
                return list(map(lambda _: down(function, arguments, refused), [1]))[0]
            except BaseException as e:
                refused.add(type(e).__name__)
            return function(*arguments)
        """;

    /** One with a parameter of each kind. */
    @FunctionalInterface
    interface Mixed {
      double of(int one, long two, double three, boolean four, String five, Object six);
    }

    @Override
    public void run(String... arguments) throws Throwable {
      try (Python python = PythonUnderTest.start();
          Interpreter own = PythonUnderTest.ownGil()) {
        for (Interpreter one : List.of(own, python.main())) {
          one.exec(DOWN);
          Mixed mixed = (a, b, c, d, e, f) -> a + b + c + (d ? 1 : 0) + e.length();
          called(one, mixed, "(1, 2, 3.0, True, 'four', None)", "11.0");
          IntBinaryOperator plus = Integer::sum;
          called(one, plus, "(1, 2)", "3");
          DoubleUnaryOperator half = x -> x / 2;
          called(one, half, "(3.0,)", "1.5");
          BiFunction<String, String, String> join = String::concat;
          called(one, join, "('a', 'b')", "ab");
          Predicate<Object> isNull = x -> x == null;
          called(one, isNull, "(None,)", "True");
          Supplier<List<Integer>> list = () -> List.of(1);
          called(one, list, "()", "[1]");
        }
      }
      System.out.println("all were called");
    }

    private static void called(Interpreter in, Object function, String arguments, String expected)
        throws Throwable {
      String kind = in + " " + function.getClass().getInterfaces()[0].getSimpleName();
      PythonUnderTest.define(in, "function", function);
      onThread(
          "1024",
          () -> {
            in.exec("refused = set()\nresult = str(down(function, " + arguments + ", refused))");
            assertThat(in.eval("result").asString()).as(kind).isEqualTo(expected);
            assertThat(in.eval("list(refused)").as(String[].class))
                .as(kind)
                .isNotEmpty()
                .isSubsetOf("RecursionError", "StackOverflowError");
          });
      assertThat(in.eval("str(function(*" + arguments + "))").asString())
          .as(kind)
          .isEqualTo(expected);
    }
  }

  /** The kinds of recursion without end. */
  private static final class Recursions {

    private static final String PYTHON =
        """
        import copy, functools, json, operator, pickle, sys

        def nested(depth):
            nest = []
            for _ in range(depth):
                nest = [nest]
            return nest

        def plain(): return plain()
        def by_sorted(): return sorted([1], key=lambda _: by_sorted())
        def by_map(): return list(map(lambda _: by_map(), [1]))
        def by_reduce(): return functools.reduce(lambda a, b: by_reduce(), [1, 2])
        def by_exec(): exec("by_exec()")
        def by_eval(): return eval("by_eval()")

        class Endless:
            def __getattr__(self, name): return getattr(Endless(), name)
            def __repr__(self): return repr(Endless())
            def __eq__(self, other): return Endless() == other
            def __iter__(self): return iter(Endless())
            def __len__(self): return len(Endless())
            def __add__(self, other): return Endless() + other
            def __getitem__(self, key): return Endless()[key]
            def __format__(self, how): return format(Endless(), how)
            def __call__(self): return functools.partial(Endless())()
        """;

    private static final Map<String, String> EXPRESSIONS = new LinkedHashMap<>();

    static {
      EXPRESSIONS.put("Python code", "plain()");
      EXPRESSIONS.put("repr of a list", "repr(nested(60_000))");
      EXPRESSIONS.put("repr of an object", "repr(Endless())");
      EXPRESSIONS.put("json.dumps", "json.dumps(nested(60_000))");
      EXPRESSIONS.put("json.loads", "json.loads('[' * 60_000 + ']' * 60_000)");
      EXPRESSIONS.put("sorted", "by_sorted()");
      EXPRESSIONS.put("map", "by_map()");
      EXPRESSIONS.put("reduce", "by_reduce()");
      EXPRESSIONS.put("exec", "by_exec()");
      EXPRESSIONS.put("eval", "by_eval()");
      EXPRESSIONS.put("getattr", "Endless().x");
      EXPRESSIONS.put("==", "Endless() == 1");
      EXPRESSIONS.put("== of lists", "nested(60_000) == nested(60_000)");
      EXPRESSIONS.put("iter", "iter(Endless())");
      EXPRESSIONS.put("len", "len(Endless())");
      EXPRESSIONS.put("+", "Endless() + 1");
      EXPRESSIONS.put("[]", "Endless()[1]");
      EXPRESSIONS.put("format", "f'{Endless()}'");
      EXPRESSIONS.put("partial", "Endless()()");
      EXPRESSIONS.put("pickle", "pickle.dumps(nested(60_000))");
      EXPRESSIONS.put("deepcopy", "copy.deepcopy(nested(60_000))");
      EXPRESSIONS.put("compiler: attributes", "compile('a' + '.b' * 60_000, 'x', 'exec')");
      EXPRESSIONS.put("compiler: sums", "compile('1' + '+1' * 60_000, 'x', 'exec')");
      EXPRESSIONS.put("compiler: signs", "compile('-' * 60_000 + '1', 'x', 'exec')");
      EXPRESSIONS.put("compiler: brackets", "compile('(' * 190 + ')' * 60_000, 'x', 'exec')");
      EXPRESSIONS.put("compiler: nots", "eval('not ' * 60_000 + '1')");
      EXPRESSIONS.put("compiler: lambdas", "exec('lambda:' * 60_000 + '1')");
    }

    private final Interpreter in;
    private final Map<String, Runnable> kinds = new LinkedHashMap<>();

    Recursions(Interpreter in, int limit) {
      this.in = in;
      in.exec(PYTHON);
      in.exec("sys.setrecursionlimit(" + limit + ")");
      EXPRESSIONS.forEach((name, expression) -> kinds.put(name, () -> in.eval(expression)));
      kinds.put("compiler, from Java", () -> in.eval("-".repeat(60_000) + "1"));
      pingPong();
    }

    /** Between Java and Python, by each way that leads from one to the other. */
    private void pingPong() {
      UnaryOperator<Object> toPython = x -> in.eval("pong").call(x);
      define("ping", toPython);
      in.exec("def pong(x): return ping(x)");
      kinds.put("ping-pong by call", () -> in.eval("pong(1)"));
      in.exec("def pong_sorted(x): return sorted([1], key=ping_sorted)");
      UnaryOperator<Object> bySort = x -> in.eval("pong_sorted").call(x);
      define("ping_sorted", bySort);
      kinds.put("ping-pong by sorted", () -> in.eval("pong_sorted(1)"));
      UnaryOperator<Object> byAttribute = x -> in.eval("mirror").attr("image");
      define("ping_image", byAttribute);
      in.exec(
          """
          class Mirror:
              @property
              def image(self): return ping_image(1)
          mirror = Mirror()
          """);
      kinds.put("ping-pong by attribute", () -> in.eval("mirror").attr("image"));
      IntUnaryOperator[] there = new IntUnaryOperator[1];
      IntUnaryOperator here = n -> there[0].applyAsInt(n + 1);
      define("here", here);
      in.exec("def there(n): return here(n)");
      there[0] = in.eval("there").as(IntUnaryOperator.class);
      kinds.put("ping-pong by typed functions", () -> there[0].applyAsInt(0));
      PyObject[] self = new PyObject[1];
      UnaryOperator<Object> direct = x -> self[0].call(x);
      self[0] = in.toPython(direct);
      kinds.put("Java calls itself through Python", () -> self[0].call(1));
      UnaryOperator<Object> nested = x -> in.call(i -> i.eval("pong_nested").call(x));
      define("ping_nested", nested);
      in.exec("def pong_nested(x): return ping_nested(x)");
      kinds.put("ping-pong by nested ensures", () -> in.eval("pong_nested(1)"));
      UnaryOperator<Object> throwing = x -> deepJava(0);
      define("deep_java", throwing);
      kinds.put("Java alone, called from Python", () -> in.eval("deep_java(1)"));
      kinds.put("Java, with a Python call at each depth", () -> javaWithCalls(in.eval("len"), 0));
      kinds.put("Java, with a Python repr at each depth", () -> javaWithRepr(in.eval("[1]"), 0));
      kinds.put("Java, entering at each depth", () -> javaEntering(0));
    }

    private void define(String name, Object function) {
      PythonUnderTest.define(in, name, function);
    }

    private int deepJava(int depth) {
      return depth + deepJava(depth + 1);
    }

    private long javaWithCalls(PyObject len, int depth) {
      return len.call(List.of(1)).asLong() + javaWithCalls(len, depth + 1);
    }

    private long javaWithRepr(PyObject object, int depth) {
      return object.repr().length() + javaWithRepr(object, depth + 1);
    }

    private long javaEntering(int depth) {
      return in.eval("1").asLong() + javaEntering(depth + 1);
    }

    List<String> names() {
      return new ArrayList<>(kinds.keySet());
    }

    /** The recursion ends in an exception of the right kind, and the thread is as before. */
    void survive(String kind) {
      assertThat(endsRightly(kind)).as(kind).isTrue();
      assertThat(in.eval("len(repr([[[]]]))").asInt()).as("after " + kind).isEqualTo(6);
      assertThat(in.eval("eval('1 + 1')").asInt()).as("after " + kind).isEqualTo(2);
    }

    /** On a stack that may have no room even to look at the outcome. */
    void tryOut(String kind) {
      try {
        in.run(i -> kinds.get(kind).run());
      } catch (RuntimeException | StackOverflowError e) {
        // That the process is still there is what is asked
      }
    }

    private boolean endsRightly(String kind) {
      try {
        in.run(i -> kinds.get(kind).run());
        // What has an end may come to it, on a stack that is large enough
        return EXPRESSIONS.getOrDefault(kind, kind).matches(".*(60_000|from Java).*");
      } catch (StackOverflowError e) {
        return true;
      } catch (PythonException e) {
        // CPython's parser says MemoryError at its own limit, and SyntaxError of too many brackets
        boolean parses = kind.matches("compiler.*|exec|eval|Java, entering.*|ping-pong.*");
        boolean right =
            e.isInstance("RecursionError")
                || (parses && e.getMessage().startsWith("MemoryError: Parser stack"))
                || (kind.startsWith("compiler") && e.isInstance("SyntaxError"));
        if (!right) {
          throw new AssertionError(kind, e);
        }
        return true;
      }
    }
  }

  /** What differs between compiling here and elsewhere must not be seen. */
  static final class CompiledElsewhere implements Scenario {

    private static final String CHECKS =
        """
        from __future__ import annotations
        import dis, warnings

        results = []
        results.append(eval(" 1 + 1"))
        exec("made_here = 1")
        results.append(made_here)

        def in_function():
            local = 7
            exec("hidden = local")
            return eval("local"), "hidden" in locals(), sorted(eval("locals()"))
        results.append(in_function())

        class InClass:
            exec("attribute = 3")
            other = eval("attribute + 1")
        results.append((InClass.attribute, InClass.other))

        space = {"a": 1}
        exec("b = a + 1", space)
        results.append(space["b"])
        results.append(eval("a + c", {"a": 1}, {"c": 2}))

        # The features of the calling code, and none where they are not wanted
        exec("def f(x: not_defined): pass")
        results.append(f.__annotations__)
        try:
            exec(compile("def g(x: not_defined): pass", "x", "exec", dont_inherit=True))
        except NameError as e:
            results.append(str(e))
        results.append(eval(compile("1 +", "x", "eval", 0x400) if False else "2"))
        try:
            compile("1 +", "some.py", "exec")
        except SyntaxError as e:
            results.append((e.filename, e.lineno, e.msg, e.__context__))
        results.append(eval(b"3"))
        results.append(eval(compile("4", "x", "eval")))
        try:
            eval("a", 1)
        except TypeError as e:
            results.append(type(e).__name__)
        def free():
            n = 5
            def inner(): return n
            return inner
        inner = free()
        exec(inner.__code__, closure=inner.__closure__)
        results = repr(results)
        """;

    @Override
    public void run(String... arguments) throws Throwable {
      try (Python python = PythonUnderTest.start()) {
        String[] seen = new String[2];
        for (Interpreter in : List.of(python.main(), PythonUnderTest.sharedGil())) {
          onThread("default", () -> seen[0] = checked(in));
          onThread("256", () -> seen[1] = checked(in));
          assertThat(seen[1]).isEqualTo(seen[0]);
          onThread("default", () -> seen[1] = checked(in));
          assertThat(seen[1]).isEqualTo(seen[0]);
        }
      }
      System.out.println("all the same");
    }

    private static String checked(Interpreter in) {
      in.exec(CHECKS);
      return in.eval("results").asString();
    }
  }
}
