package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.KeywordArguments;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What Python code adds to Java classes, and keyword arguments of Java methods. */
@ExtendWith(PythonUnderTest.class)
public final class JavaExtendedTest {

  /** Takes keyword arguments. */
  public static class Plot {
    /** What was given. */
    public final Map<String, ?> options;

    /** Of options. */
    public Plot(int size, @KeywordArguments Map<String, ?> options) {
      this.options = options;
    }

    /** Has no parameter beside. */
    public static String all(@KeywordArguments Map<String, Object> options) {
      return options.toString();
    }

    /** Has one beside. */
    public String draw(String name, @KeywordArguments Map<String, Integer> widths) {
      int sum = 0;
      for (Integer width : widths.values()) {
        sum += width;
      }
      return name + " " + sum;
    }

    /** An overload without. */
    public static String over(int number) {
      return "number";
    }

    /** An overload with. */
    public static String over(int number, @KeywordArguments Map<String, Object> options) {
      return "options " + options;
    }

    /** An overload of another type. */
    public static String over(String text, @KeywordArguments Map<String, Object> options) {
      return "text " + options;
    }

    /** Writes to an array. */
    public static int filling(int[] array, @KeywordArguments Map<String, Integer> options) {
      java.util.Arrays.fill(array, options.getOrDefault("by", 1));
      return array.length;
    }

    /** Changes what it is given. */
    public static int changing(@KeywordArguments Map<String, Object> options) {
      options.put("more", 1);
      return options.size();
    }
  }

  /** Says it in the wrong place. */
  public static class Wrong {
    /** No map. */
    public static void wrong(@KeywordArguments String text) {}
  }

  private static void inEach(String code) {
    InEach.run(
        """
        import vivarium
        from dev.vivarium.behaviour import JavaExtendedTest
        Plot, Wrong = JavaExtendedTest.Plot, JavaExtendedTest.Wrong
        """,
        code);
  }

  @Test
  @DisplayName("Methods, operators and properties are added to a class and those below it")
  void added() {
    inEach(
        """
        from java.util import ArrayList, LinkedList, AbstractList
        from java.awt import Point
        @vivarium.extend(AbstractList)
        def total(self, start=0):
            'Their sum.'
            return sum(self, start)
        assert ArrayList([1, 2]).total() == 3 and LinkedList([4]).total(start=1) == 5
        assert total.__doc__ == ArrayList.total.__doc__ and 'total' in dir(ArrayList)
        @vivarium.extend(Point)
        def __add__(self, other):
            return Point(self.x + other.x, self.y + other.y) if isinstance(other, Point) else NotImplemented
        assert Point(1, 2) + Point(3, 4) == Point(4, 6)
        refused(lambda: Point(1, 2) + 1, 'unsupported operand')
        @vivarium.extend(Point)
        @property
        def norm1(self):
            return abs(self.x) + abs(self.y)
        assert Point(-3, 4).norm1 == 7
        @vivarium.extend(Point)
        @staticmethod
        def unit():
            return Point(1, 1)
        assert Point.unit() == Point(1, 1) == Point(5, 5).unit()
        from java.io import IOException
        @vivarium.extend(IOException)
        def shout(self):
            return str(self).upper()
        try:
            raise IOException('gone')
        except IOException as e:
            assert e.shout() == 'GONE'
        @vivarium.extend(vivarium.JavaObject)
        def java_name(self):
            return type(self).__name__
        assert ArrayList().java_name() == 'ArrayList' and Point().java_name() == 'Point'
        """);
  }

  @Test
  @DisplayName("… what a class has already is replaced when that is asked for alone")
  void replaced() {
    inEach(
        """
        from java.util import BitSet, Vector
        def cardinality(self):
            return -1
        refused(lambda: vivarium.extend(BitSet)(cardinality), 'cardinality', 'override=True')
        assert BitSet().cardinality() == 0
        java = BitSet.cardinality
        @vivarium.extend(BitSet, override=True)
        def cardinality(self):
            return java(self) + 100
        assert BitSet().cardinality() == 100
        def __str__(self):
            return 'bits'
        refused(lambda: vivarium.extend(BitSet)(__str__), '__str__')
        vivarium.extend(BitSet, override=True)(__str__)
        assert str(BitSet()) == 'bits'
        def __len__(self):
            return 7
        vivarium.extend(BitSet)(__len__)
        assert len(BitSet()) == 7
        def __new__(cls):
            return None
        refused(lambda: vivarium.extend(BitSet, override=True)(__new__), '__new__')
        refused(lambda: vivarium.extend(BitSet)(5), 'int')
        refused(lambda: vivarium.extend(int)(cardinality), 'Java classes')
        class Own(vivarium.jclass('java.lang.Runnable')): pass
        refused(lambda: vivarium.extend(Own)(cardinality), 'Java classes')
        raises(AttributeError, lambda: setattr(BitSet, 'x', cardinality), 'vivarium.extend')
        # Of an interface: what its classes have of their own stays theirs
        from java.util import Collection
        def first_one(self):
            return next(iter(self))
        vivarium.extend(Collection)(first_one)
        assert Vector([5]).first_one() == 5
        """);
    // For the tests that come after it in the main interpreter
    PythonUnderTest.main()
        .exec("import vivarium; from java.util import BitSet; type.__delattr__(BitSet, '__str__')");
  }

  @Test
  @DisplayName("… in that interpreter alone, and as long as it lives")
  void isolated() {
    Object held = new Object();
    WeakReference<Object> gone = new WeakReference<>(held);
    try (Interpreter one = PythonUnderTest.ownGil();
        Interpreter other = PythonUnderTest.ownGil()) {
      one.set("held", one.reference(held));
      one.exec(
          """
          import vivarium
          from java.util import ArrayDeque
          @vivarium.extend(ArrayDeque)
          def doubled(self, held=held):
              return list(self) * 2
          assert ArrayDeque([1]).doubled() == [1, 1]
          """);
      other.exec("from java.util import ArrayDeque; assert not hasattr(ArrayDeque, 'doubled')");
      try (PyObject deque = one.eval("ArrayDeque([3])")) {
        assertThat(deque.attr("doubled").call().repr()).isEqualTo("[3, 3]");
      }
    }
    held = null;
    Await.until(
        "the object is not held any more",
        () -> {
          System.gc();
          return gone.get() == null;
        });
  }

  @Test
  @DisplayName("Keyword arguments go to the map that a method has for them")
  void keywords() {
    inEach(
        """
        assert Plot.all() == '{}' and Plot.all(b=1, a='x') == '{b=1, a=x}'
        assert Plot.all({'b': 1}) == '{b=1}' and Plot.all(**{'no name': 2}) == '{no name=2}'
        plot = Plot(3, width=2, color=[1, 2])
        assert dict(plot.options)['width'] == 2 and list(plot.options) == ['width', 'color']
        assert Plot(3).options == {}
        assert plot.draw('x') == 'x 0' and plot.draw('x', a=1, b=2) == 'x 3'
        assert plot.draw('x', {'a': 5}) == 'x 5'
        assert plot.draw(name='x', a=1) == 'x 1', 'by the name of a parameter'
        assert plot.draw('x', widths=3) == 'x 3', 'a name like any other'
        refused(lambda: plot.draw('x', a='wide'), 'the value of a', 'str')
        refused(lambda: plot.draw('x', a=1.5), 'the value of a')
        refused(lambda: plot.draw(a=1), 'none takes')
        refused(lambda: plot.draw('x', name='y', a=1), 'none takes')
        refused(lambda: plot.draw('x', {}, a=1), 'none takes')
        assert Plot.over(1) == 'number' and Plot.over(1, a=2) == 'options {a=2}'
        assert Plot.over('x') == 'text {}' and Plot.over('x', a=2) == 'text {a=2}'
        assert Plot.changing() == 1 and Plot.changing(a=1) == 2
        numbers = [1, 2]
        assert Plot.filling(numbers, by=4) == 2 and numbers == [4, 4]
        assert Plot.filling(numbers) == 2 and numbers == [1, 1]
        import inspect
        assert str(inspect.signature(Plot.all)) == '(**options)', inspect.signature(Plot.all)
        assert str(inspect.signature(plot.draw)) == '(name, **widths)'
        raises(ValueError, lambda: Wrong.wrong, 'KeywordArguments', 'last parameter')
        """);
  }

  @Test
  @DisplayName("__new__ makes objects of Java classes and of what derives from them, and no others")
  void newOfOthers() {
    ChildJvm.run(Duration.ofMinutes(2), NewOfOthers.class).expect(0).expectOut("refused all");
  }

  /** Gives to __new__ what only says that it is such a class. */
  static final class NewOfOthers implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start()) {
        python
            .main()
            .exec(
                """
                from java.lang import Exception as JavaException, Object, Runnable
                from java.util import ArrayList
                class Extends(ArrayList): pass
                class Says: pass
                for java in Extends.__mro__[1], ArrayList, Object, Runnable, JavaException:
                    says = Says()
                    says.__mro__ = (java,)
                    class Meta(type): __mro__ = (java,)
                    class Text(str, metaclass=Meta): pass
                    class Odd(str, metaclass=type("Odd", (type,), {"__mro__": 5})): pass
                    for other in says, Text, Odd, str, Says, 5, None:
                        try:
                            made = java.__new__(other)
                        except TypeError as e:
                            assert "wants a Java class" in str(e), e
                        else:
                            raise AssertionError((java, other))
                        [object() for i in range(1000)]
                """);
      }
      System.out.println("refused all");
    }
  }
}
