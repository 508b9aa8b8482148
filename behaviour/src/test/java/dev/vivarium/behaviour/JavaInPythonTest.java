package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Java classes and objects in Python code: found, constructed, called, and the same on return. */
@ExtendWith(PythonUnderTest.class)
public final class JavaInPythonTest {

  private static final String HERE = "from dev.vivarium.behaviour import JavaInPythonTest as T\n";

  private interface In {
    void run(Interpreter interpreter);
  }

  private static void everywhere(In test) {
    test.run(PythonUnderTest.main());
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      test.run(own);
      test.run(shared);
    }
  }

  /** Runs lines that assert by themselves, in each kind of interpreter. */
  static void holds(String code) {
    everywhere(in -> in.exec(code));
  }

  /** Raises TypeError, with that in its message. */
  private static void refuses(String expression, String... said) {
    everywhere(in -> {
      Throwable thrown = catchThrowable(() -> in.exec(HERE + expression));
      assertThat(thrown).isInstanceOf(PythonException.class);
      assertThat(((PythonException) thrown).typeName())
          .as(thrown.toString())
          .isEqualTo("TypeError");
      assertThat(thrown).hasMessageContainingAll(said);
    });
  }

  /** With members of every kind. */
  public static class Counter {
    /** A constant. */
    public static final int LIMIT = 10;

    /** Not a constant. */
    public static int shared;

    /** Fields of an object. */
    public int count;

    public final String name;
    public double ratio = 0.5;
    public List<String> tags = new ArrayList<>();
    int hidden = 7;

    public Counter() {
      this("unnamed");
    }

    public Counter(String name) {
      this.name = name;
    }

    public Counter(int count) {
      this("of " + count);
      this.count = count;
    }

    public int add(int a, int b) {
      return a + b;
    }

    public Counter self() {
      return this;
    }

    public boolean isSame(Object other) {
      return this == other;
    }

    public void in(int step) {
      count += step;
    }

    int packagePrivate() {
      return 1;
    }

    public static Counter of(String name) {
      return new Counter(name);
    }

    /** Nested. */
    public static final class Inner {
      public String hello() {
        return "inner";
      }
    }

    /** One that belongs to an outer object. */
    public final class Part {
      public String owner() {
        return name;
      }
    }
  }

  /** Which overload was called. */
  public static final class Chosen {
    public static String number(int value) {
      return "int";
    }

    public static String number(long value) {
      return "long";
    }

    public static String number(double value) {
      return "double";
    }

    public static String number(Object value) {
      return "Object";
    }

    public static String text(String value) {
      return "String";
    }

    public static String text(CharSequence value) {
      return "CharSequence";
    }

    public static String text(char value) {
      return "char";
    }

    public static String boxed(Integer value) {
      return "Integer";
    }

    public static String boxed(int... values) {
      return "int... " + values.length;
    }

    public static String any(String first, Object... rest) {
      return first + rest.length;
    }

    public static String two(int a, Object b) {
      return "int, Object";
    }

    public static String two(Object a, int b) {
      return "Object, int";
    }

    public static String empty(String text) {
      return "String " + text;
    }

    public static String empty(int number) {
      return "int";
    }

    public static byte small(byte value) {
      return value;
    }

    public static short small(short value, int ignored) {
      return value;
    }

    public static float single(float value) {
      return value;
    }

    public static String array(int[] values) {
      return Arrays.toString(values);
    }

    public static String array(String[] values) {
      return Arrays.toString(values);
    }

    public static String function(Runnable run) {
      return "Runnable";
    }

    public static String function(java.util.concurrent.Callable<?> call) {
      return "Callable";
    }

    public static int apply(IntUnaryOperator function, int value) {
      return function.applyAsInt(value);
    }

    public static String list(List<?> list) {
      return "List" + list;
    }

    public static String map(Map<?, ?> map) {
      return map.toString();
    }

    public static String type(Class<?> type) {
      return type.getName();
    }

    public static String python(PyObject object) {
      return object.repr();
    }
  }

  /** A record. */
  public record Point(int x, int y) {
    public static final Point ORIGIN = new Point(0, 0);

    public Point plus(Point other) {
      return new Point(x + other.x, y + other.y);
    }
  }

  /** An enum with a method of its own. */
  public enum Colour {
    RED,
    GREEN {
      @Override
      public String shade() {
        return "light";
      }
    };

    public String shade() {
      return "dark";
    }
  }

  /** An interface with a default and a static method. */
  public interface Greeter {
    String name();

    default String greet() {
      return "hello " + name();
    }

    static Greeter of(String name) {
      return new Hidden(name);
    }
  }

  private record Hidden(String name) implements Greeter {}

  /** What a builder of its own makes. */
  public static final class Request {
    private final String text;

    private Request(Object... parts) {
      text = Arrays.toString(parts);
    }

    @Override
    public String toString() {
      return text;
    }

    public static Builder builder() {
      return new Builder("none");
    }

    public static Builder builder(String target) {
      return new Builder(target);
    }

    /** With names of all three forms. */
    public static final class Builder {
      private final String target;
      private int retries;
      private @Nullable String agent;
      private @Nullable List<String> tags;

      private Builder(String target) {
        this.target = target;
      }

      public Builder retries(int count) {
        retries = count;
        return this;
      }

      public Builder setAgent(String name) {
        agent = name;
        return this;
      }

      public Builder withTags(List<String> all) {
        Builder made = new Builder(target);
        made.retries = retries;
        made.agent = agent;
        made.tags = all;
        return made;
      }

      public Builder header(String name, String value) {
        return this;
      }

      public boolean isReady(int ignored) {
        return true;
      }

      public Request build() {
        return new Request(target, retries, agent, tags);
      }
    }
  }

  /** With a nested builder that has a constructor, and a constructor with names besides. */
  public record Size(int width, int height) {
    /** Of another unit. */
    public static final class Builder {
      private int feet;

      public Builder feet(int number) {
        feet = number;
        return this;
      }

      public Size build() {
        return new Size(30 * feet, 30 * feet);
      }
    }
  }

  /** One interface before another. */
  public interface OneOrder extends Greeter, Comparable<Object> {}

  /** The other way round. */
  public interface OtherOrder extends Comparable<Object>, Greeter {}

  /** Of no order that Python knows. */
  public static final class BothOrders implements OneOrder, OtherOrder {
    @Override
    public String name() {
      return "both";
    }

    @Override
    public int compareTo(Object other) {
      return 0;
    }
  }

  @Test
  @DisplayName("packages, classes and nested classes are imported, Python's own modules first")
  void imports() {
    holds(
        """
        from java.util import ArrayList, HashMap as Table
        import java.time
        import java.util.concurrent.atomic
        assert java.time.LocalDate.of(2024, 2, 29).plusYears(1).toString() == '2025-02-28'
        assert java.util.Map.Entry.__name__ == 'Entry'
        assert java.util.AbstractMap.SimpleEntry('k', 1).getKey() == 'k'
        assert java.util.concurrent.TimeUnit.SECONDS.toMillis(2) == 2000
        assert ArrayList is java.util.ArrayList and Table().isEmpty()
        assert 'ArrayList' in dir(java.util) and 'concurrent' in dir(java.util)
        import json
        assert json.loads('[1]') == [1]
        import sys
        assert isinstance(sys.modules['java.util'], type(sys))
        import vivarium
        assert vivarium.jclass('java.util.Map$Entry') is java.util.Map.Entry
        assert vivarium.jclass('java.util.Map.Entry') is java.util.Map.Entry
        """);
  }

  @Test
  @DisplayName("what is not there is an ImportError or AttributeError with near names")
  void missing() {
    holds(
        """
        import java.util
        def said(code):
            try:
                exec(code)
            except (ImportError, AttributeError) as e:
                return type(e).__name__ + ': ' + str(e)
        assert said('import java.utl').startswith('ModuleNotFoundError: there is no Java package java.utl')
        assert 'did you mean util' in said('import java.utl')
        assert 'from java.util import ArrayList' in said('import java.util.ArrayList')
        assert "cannot import name 'ArayList'" in said('from java.util import ArayList')
        assert 'did you mean ArrayList' in said('java.util.ArayList')
        assert said('import no_such_module') == "ModuleNotFoundError: No module named 'no_such_module'"
        assert "no attribute 'addd'" in said('java.util.ArrayList().addd')
        import vivarium
        assert 'no Java class java.util.X' in said("vivarium.jclass('java.util.X')")
        """);
  }

  @Test
  @DisplayName("constructors, methods, fields, statics, constants and nested classes")
  void members() {
    holds(
        HERE
            + """
            c = T.Counter('mine')
            assert c.add(2, 3) == 5 and c.name == 'mine' and c.count == 0 and c.ratio == 0.5
            c.count = 4
            c.in_(2)
            assert c.count == 6 and T.Counter(3).count == 3 and T.Counter().name == 'unnamed'
            assert T.Counter.LIMIT == 10 and T.Counter.of('x').name == 'x' and c.of('y').name == 'y'
            T.Counter.shared = 5
            assert T.Counter.shared == 5
            T.Counter.shared += 1
            assert T.Counter.shared == 6
            assert T.Counter.Inner().hello() == 'inner'
            assert T.Counter.Part(c).owner() == 'mine'
            c.tags.add('t')
            assert len(c.tags) == 1 and c.tags[0] == 't'
            assert not hasattr(c, 'hidden') and not hasattr(c, 'packagePrivate')
            def fails(code, error):
                try:
                    exec(code, globals())
                except error as e:
                    return str(e)
                raise AssertionError(code)
            fails("c.name = 'other'", AttributeError)
            fails("c.nothing = 1", AttributeError)
            fails("T.Counter.LIMIT = 1", AttributeError)
            fails("T.Counter.LIMITS = 1", AttributeError)
            fails("del T.Counter.of", AttributeError)
            fails("c.count = 'x'", TypeError)
            fails("c.count = 2**31", TypeError)
            fails("T.Counter.add(c)", TypeError)
            fails("T.Counter.add(1, 2, 3)", TypeError)
            assert c.count == 6
            add = c.add
            assert add(1, 1) == 2 and T.Counter.add(c, 3, 4) == 7
            assert 'add' in dir(c) and 'int add(int' in T.Counter.add.__doc__
            """);
  }

  @Test
  @DisplayName("records, enums, interfaces with defaults, and classes that are not public")
  void kinds() {
    holds(
        HERE
            + """
            p = T.Point(1, 2)
            assert p.x() == 1 and p == T.Point(1, 2) and hash(p) == hash(T.Point(1, 2))
            assert T.Point(y=5, x=4) == T.Point(4, 5) and T.Point(4, y=5) == T.Point(4, 5)
            assert p.plus(T.Point.ORIGIN) == p and str(p) == 'Point[x=1, y=2]'
            assert T.Colour.RED.shade() == 'dark' and T.Colour.GREEN.shade() == 'light'
            assert T.Colour.valueOf('RED') == T.Colour.RED and T.Colour.RED.ordinal() == 0
            assert [str(one) for one in T.Colour.values()] == ['RED', 'GREEN']
            assert isinstance(T.Colour.GREEN, T.Colour) and T.Colour.RED < T.Colour.GREEN
            g = T.Greeter.of('you')
            assert g.greet() == 'hello you' and isinstance(g, T.Greeter)
            assert not hasattr(g, 'equalz')
            from java.util import Collections, List
            assert Collections.unmodifiableList(List.of(1)).get(0) == 1
            assert type(List.of(1)).__name__ == 'List12' and isinstance(List.of(1), List)
            from java.lang import StringBuilder
            assert StringBuilder('ab').reverse().append(1).toString() == 'ba1'
            """);
    refuses("T.Point(x=1, z=2)", "Point(int x, int y)");
    refuses("T.Greeter()", "interface");
    refuses("T.Colour()", "no public constructor");
  }

  @Test
  @DisplayName("keyword arguments go to a class's builder, and are the names that it has")
  void builders() {
    holds(
        HERE
            + """
            R = T.Request
            made = R(retries=3, agent='me', tags=['a', 'b'])
            assert type(made) is R and str(made) == '[none, 3, me, [a, b]]', made
            assert str(R('there', agent='me')) == '[there, 0, me, null]'
            assert str(R.builder(retries=1).setAgent('x').build()) == '[none, 1, x, null]'
            assert str(R.builder('there', tags=[]).build()) == '[there, 0, null, []]'
            assert T.Size(feet=2) == T.Size(60, 60) == T.Size(height=60, width=60)
            from java.net import URI
            from java.net.http import HttpRequest
            from java.time import Duration
            request = HttpRequest(URI.create('http://localhost/x'), timeout=Duration.ofSeconds(5))
            assert request.timeout().get() == Duration.ofSeconds(5), request
            assert isinstance(request, HttpRequest) and str(request.uri()) == 'http://localhost/x'
            """);
    refuses("T.Request(retry=1)", "no 'retry'", "agent, retries, tags");
    refuses("T.Request.builder(header=1)", "no 'header'", "agent, retries, tags");
    refuses("T.Request(retries='many')", "retries(str)", "retries(int count)");
    refuses("T.Request()", "no public constructor");
    refuses("T.Size(feet=1, width=2)", "no 'width'", "feet");
    refuses("T.Chosen.empty(text=[])", "empty(");
  }

  @Test
  @DisplayName("dir, help and inspect.signature show the Java members")
  void introspection() {
    holds(
        HERE
            + """
            import inspect, pydoc
            def sign(what): return str(inspect.signature(what))
            def helped(what): return pydoc.render_doc(what, renderer=pydoc.plaintext)
            c = T.Counter('mine')
            assert sign(T.Counter.add) == '(self, /, a, b)', sign(T.Counter.add)
            assert sign(c.add) == '(a, b)' and sign(T.Counter.self) == '(self, /)'
            assert sign(T.Point) == '(x, y)' and sign(T.Point.plus) == '(self, /, other)'
            assert sign(T.Counter) == '(*args)' and sign(T.Chosen.number) == '(*args)'
            from java.lang import Math
            from java.util import ArrayList, Comparator
            assert sign(Math.sqrt) == '(arg0, /)' and sign(ArrayList().get) == '(arg0, /)'
            class Mine(Comparator):
                def __init__(self, one, two=2): pass
                def compare(self, a, b): return 0
            assert sign(Mine) == '(one, two=2)', sign(Mine)
            page = helped(T.Counter)
            for line in (
                'public static class dev.vivarium.behaviour.JavaInPythonTest$Counter of Java',
                'add(self, /, a, b)', 'int add(int a, int b)', 'Counter(String name)', 'Counter of(String name)',
                'LIMIT = 10', 'count', 'void in(int step)',
            ):
                assert line in page, (line, page)
            assert 'hidden' not in page and 'packagePrivate' not in page
            assert 'long max(long, long)' in helped(Math.max)
            assert {'add', 'count', 'LIMIT', 'Inner', 'in_', 'hashCode'} <= set(dir(c)) & set(dir(T.Counter))
            assert {'size', 'append', 'stream', '__len__'} <= set(dir(ArrayList()))
            """);
  }

  @Test
  @DisplayName(
      "interfaces that Python could not bring into an order, in Java and in Python classes")
  void interfaceOrder() {
    holds(
        HERE
            + """
            both = T.BothOrders()
            assert both.greet() == 'hello both' and both.compareTo(1) == 0
            assert isinstance(both, T.OneOrder) and isinstance(both, T.OtherOrder)
            mro = T.BothOrders.__mro__
            assert mro.index(T.OtherOrder) < mro.index(T.Greeter)
            class Mine(T.OneOrder, T.OtherOrder):
                def name(self): return 'mine'
                def compareTo(self, other): return 0
            class Deeper(Mine):
                def name(self): return 'deeper'
            assert Mine().greet() == 'hello mine' and Deeper().greet() == 'hello deeper'
            try:
                class Broken(T.OneOrder):
                    class Part:
                        def __set_name__(self, owner, name): raise TypeError('of its own')
                    part = Part()
                raise AssertionError()
            except TypeError as e:
                assert str(e) == 'of its own', e
            """);
  }

  @Test
  @DisplayName("overloads: exact before widening before boxing before varargs")
  void overloads() {
    holds(
        HERE
            + """
            from java.lang import Integer, String, StringBuilder, Long
            C = T.Chosen
            assert C.number(1) == 'int' and C.number(2**31) == 'long' and C.number(1.5) == 'double'
            assert C.number(2**63) == 'Object' and C.number('x') == 'Object' and C.number(True) == 'Object'
            assert C.number(None) == 'Object'
            assert C.number(Integer(1)) in ('int', 'Object')
            assert C.text('a') == 'String' and C.text(StringBuilder('a')) == 'CharSequence'
            assert C.boxed(1) == 'Integer' and C.boxed(1, 2) == 'int... 2' and C.boxed() == 'int... 0'
            assert C.any('a') == 'a0' and C.any('a', 1, 'b') == 'a2'
            assert C.any('a', None, None) == 'a2'
            assert C.empty('x') == 'String x' and C.empty(None) == 'String null'
            assert C.two(1, 'x') == 'int, Object' and C.two('x', 1) == 'Object, int'
            assert C.small(127) == 127 and C.single(0.5) == 0.5 and abs(C.single(0.1) - 0.1) < 1e-8 and C.small(-32768, 0) == -32768
            assert C.array([1, 2]) == '[1, 2]' and C.array(('a', 'b')) == '[a, b]'
            assert C.function(lambda: 1) == 'Callable'
            assert C.apply(lambda x: x * 2, 21) == 42 and C.apply(abs, -5) == 5
            assert C.list([1, 'x']) == 'List[1, x]' and C.map({'a': [1]}) == '{a=[1]}'
            assert C.type(String) == 'java.lang.String' and C.type(C) == C.type(T.Chosen)
            assert C.python({1}) == '{1}'
            assert String.format('%s %d', 'a', 5) == 'a 5'
            assert Integer.toString(255, 16) == 'ff' and Integer.toString(7) == '7'
            assert Integer(7).toString() == '7'
            """);
  }

  @Test
  @DisplayName(
      "an argument that would be cut, and a call that is ambiguous, are errors that say why")
  void refusals() {
    refuses("T.Chosen.small(300)", "300", "byte");
    refuses("T.Chosen.single(1e39)", "too large");
    refuses("T.Chosen.apply(lambda x: x, 2**40)", "int");
    refuses(
        "T.Chosen.two(1, 2)", "ambiguous between two(Object a, int b) and two(int a, Object b)");
    refuses("T.Counter().add(1)", "add(int a, int b)");
    refuses("T.Counter().add('a', 2)", "str", "add(int a, int b)");
    refuses("T.Counter().add(1, c=2)", "add(int a, int b)");
    refuses("T.Chosen.empty([])", "empty(list)", "empty(String text)", "empty(int number)");
    refuses("T.Chosen.apply(None)", "apply(IntUnaryOperator function, int value)");
  }

  @Test
  @DisplayName("a Java object that goes to Python and returns is the same reference")
  void identity() {
    Counter counter = new Counter();
    Object plain = new Object();
    everywhere(in -> {
      for (Object object : List.of(counter, plain, new Point(1, 1), Colour.GREEN)) {
        PyObject one = in.toPython(object);
        PyObject two = in.reference(object);
        assertThat(one.as(Object.class)).isSameAs(object);
        assertThat(two.as(object.getClass())).isSameAs(object);
        PyObject same =
            in.eval("lambda a, b: a == b and hash(a) == hash(b) and not a != b and a in {b}");
        assertThat(same.call(one, two).asBoolean()).isTrue();
      }
      assertThat(in.eval("lambda c: c.self().isSame(c)").call(counter).asBoolean()).isTrue();
      in.eval("lambda l, x: l.add(x)").call(in.reference(counter.tags), "one");
      assertThat(counter.tags).endsWith("one");
      List<Object> list = new ArrayList<>();
      in.eval("lambda l, x: l.add(x)").call(in.reference(list), counter);
      assertThat(list).singleElement().isSameAs(counter);
      Function<Object, Object> same = o -> o;
      assertThat(in.eval("lambda f, x: f(x)").call(same, plain).as(Object.class)).isSameAs(plain);
      assertThat(in.eval("[1]").as(Object.class)).isEqualTo(List.of(1L));
      PyObject nested = in.eval("lambda x: {'k': [x]}").call(plain);
      assertThat(((List<?>) nested.as(Map.class).get("k")).getFirst()).isSameAs(plain);
    });
  }

  @Test
  @DisplayName("toPython makes a counterpart where there is one, and members give references")
  void policy() {
    List<Object> list = new ArrayList<>(List.of("a", List.of(1)));
    everywhere(in -> {
      assertThat(in.toPython(list).type().attr("__name__").asString()).isEqualTo("list");
      PyObject reference = in.reference(list);
      assertThat(reference.type().attr("__name__").asString()).isEqualTo("ArrayList");
      assertThat(reference.callMethod("get", 0).type().attr("__name__").asString())
          .isEqualTo("str");
      assertThat(reference.callMethod("get", 1).type().attr("__name__").asString())
          .isEqualTo("List12");
      assertThat(in.reference(null).isNone()).isTrue();
      PyObject one = in.eval("[]");
      assertThatObject(in.reference(one)).isEqualTo(one);
    });
  }

  @Test
  @DisplayName("objects of one interpreter's Python code are not another's")
  void eachItsOwn() {
    try (Interpreter own = PythonUnderTest.ownGil()) {
      Interpreter main = PythonUnderTest.main();
      PyObject there = own.eval("__import__('java.util').util.ArrayList");
      PyObject here = main.eval("__import__('java.util').util.ArrayList");
      assertThatObject(there).isNotEqualTo(here);
      Object made = there.call().as(Object.class);
      assertThat(made).isInstanceOf(ArrayList.class);
      assertThat(main.eval("isinstance").call(main.reference(made), here).asBoolean()).isTrue();
      assertThatThrownBy(() -> main.eval("len").call(there))
          .isInstanceOf(dev.vivarium.WrongInterpreterException.class);
    }
  }

  @Test
  @DisplayName("what is used against its nature is refused, and nothing is read that is not there")
  void misuse() {
    holds(
        """
        from java.util import ArrayList, HashMap, Comparator
        import java.lang, java.io, vivarium
        def refused(call, *errors):
            try:
                call()
            except errors or (TypeError, RuntimeError, vivarium.JavaException):
                return
            raise AssertionError('not refused')
        for wrong in 5, object(), 'x', None, ArrayList:
            refused(lambda: ArrayList.__iter__(wrong))
            refused(lambda: ArrayList.__len__(wrong))
            refused(lambda: ArrayList.__getitem__(wrong, 0))
            refused(lambda: HashMap.items(wrong).__iter__().__next__())
            refused(lambda: ArrayList.size(wrong))
            refused(lambda: ArrayList.add(wrong, 1))
        refused(lambda: ArrayList.__new__(5), TypeError, AttributeError)
        refused(lambda: ArrayList.__new__(str))
        refused(lambda: ArrayList.__new__(HashMap))
        refused(lambda: ArrayList.__new__())
        empty = object.__new__(ArrayList)
        refused(lambda: empty.size())
        refused(lambda: len(empty))
        assert 'ArrayList' in repr(empty) and empty == empty and empty != ArrayList()
        l = ArrayList([1])
        l.__class__ = HashMap
        refused(lambda: l.putIfAbsent(1, 2), java.lang.ClassCastException)
        refused(lambda: l.containsKey(1))
        e = java.io.IOException('x')
        e.__throwable__ = 5
        refused(e.getMessage, TypeError)
        assert str(e) == ''
        assert vivarium.detached(len, [1]) == 1
        refused(lambda: vivarium.detached(5))
        refused(lambda: vivarium.detached(ArrayList.__new__, ArrayList))
        refused(lambda: vivarium.array('int', -1))
        refused(lambda: vivarium.array('integer', 1))
        refused(lambda: vivarium.array(5, 1))
        """);
  }
}
