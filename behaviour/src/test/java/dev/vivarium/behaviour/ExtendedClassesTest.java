package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python classes that extend Java classes. */
@ExtendWith(PythonUnderTest.class)
public final class ExtendedClassesTest {

  private static final String HERE =
      "import gc\nfrom dev.vivarium.behaviour import ExtendedClassesTest as E\n";
  private static final int INTERPRETERS = PythonUnderTest.count(300);

  private interface In {
    void run(Interpreter interpreter) throws Exception;
  }

  private static void everywhere(In test) {
    try {
      test.run(PythonUnderTest.main());
      try (Interpreter own = PythonUnderTest.ownGil();
          Interpreter shared = PythonUnderTest.sharedGil()) {
        test.run(own);
        test.run(shared);
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void holds(String code) {
    JavaInPythonTest.holds(HERE + code);
  }

  /** Whatever a class can have for those that extend it. */
  public abstract static class Base {

    /** For the class itself. */
    protected static int made;

    /** For objects. */
    protected String name;

    protected final int number;
    private final String atStart;

    /** Calls what a subclass defines. */
    protected Base(String name, int number) {
      this.name = name;
      this.number = number;
      this.atStart = describe();
    }

    protected Base(int number) {
      this("of " + number, number);
    }

    public Base(IOException thrown) throws IOException {
      this("thrown", 0);
      throw thrown;
    }

    Base(List<String> ofPackage) {
      this("" + ofPackage, 0);
    }

    public String describe() {
      return "base " + name;
    }

    public final String startedAs() {
      return atStart;
    }

    protected int twice(int value) {
      return 2 * value;
    }

    protected final String secret() {
      return "secret of " + name;
    }

    protected static int next() {
      return ++made;
    }

    public abstract int ask(int value) throws IOException;

    public int askTwice(int value) throws IOException {
      return ask(ask(value));
    }

    public int callTwice(int value) {
      return twice(value);
    }

    public boolean is() {
      return false;
    }

    public boolean isSo() {
      return is();
    }

    public long wide(byte a, short b, char c, long d, float e, double f, boolean g, int[] h) {
      return a + b + c + d + (long) e + (long) f + (g ? 1 : 0) + h.length;
    }

    public final long callWide() {
      return wide((byte) 1, (short) 2, 'c', 1L << 40, 1.5f, 2.5, true, new int[] {1, 2});
    }

    public double real() {
      return 1.5;
    }

    public final double callReal() {
      return real();
    }

    public List<Integer> numbers() {
      return List.of();
    }

    public final int sum() {
      return numbers().stream().mapToInt(i -> i).sum();
    }
  }

  /** With a default method, and what Base has. */
  public interface Asking {
    int ask(int value) throws IOException;

    default String asked() {
      return "default";
    }
  }

  /** Nobody outside can make one. */
  public static class Closed {
    Closed() {}
  }

  /** Only one class may extend it. */
  public abstract static sealed class Sealed permits Only {
    protected Sealed() {}
  }

  /** That one. */
  public static final class Only extends Sealed {}

  /** A record. */
  public record Pair(int one, int other) {}

  /** An enum. */
  public enum Kind {
    ONE
  }

  /** With a method that only this package knows. */
  public abstract static class OfPackage {
    protected OfPackage() {}

    abstract void inside();
  }

  static class Hidden implements Runnable, Comparable<Hidden> {
    protected Hidden() {}

    @Override
    public void run() {}

    @Override
    public int compareTo(Hidden other) {
      return 0;
    }
  }

  /** What is of a class that Python code cannot name. */
  public static Object hidden() {
    return new Hidden();
  }

  /** Where Java holds objects. */
  public static final List<Object> HELD = Collections.synchronizedList(new ArrayList<>());

  @Test
  @DisplayName(
      "Java's own abstract and concrete classes are extended, and Java calls what is defined")
  void javasOwn() {
    holds(
        """
        from java.lang import Thread
        class Named(Thread):
            def __init__(self, name):
                super().__init__(name)
                self.ran = []
            def run(self):
                self.ran.append(self.getName())
        t = Named("abc")
        t.start(); t.join()
        assert t.ran == ["abc"] and t.name == "abc" and isinstance(t, Thread)

        from java.util import AbstractList, ArrayList, Timer, TimerTask
        class Even(AbstractList):
            def get(self, i): return i * 2
            def size(self): return 3
        l = Even()
        assert list(l) == [0, 2, 4] and l.contains(4) and len(l) == 3 and l[-1] == 4
        assert list(ArrayList(l)) == [0, 2, 4] and str(l) == "[0, 2, 4]"
        class More(ArrayList):
            def add(self, x): return super().add(x + 1)
        m = More([5])
        assert m.add(1) and list(m) == [5, 2]
        assert ArrayList([m])[0] is m

        from java.util.concurrent import CountDownLatch
        class Task(TimerTask):
            def __init__(self, done):
                super().__init__()
                self.done = done
            def run(self): self.done.countDown()
        timer, done = Timer(True), CountDownLatch(1)
        timer.schedule(Task(done), 0)
        done.await_()
        timer.cancel()

        from java.io import InputStream, BufferedReader, InputStreamReader
        class Text(InputStream):
            def __init__(self, text):
                super().__init__()
                self.left = list(text.encode())
            def read(self, *more):
                if more:
                    return super().read(*more)
                return self.left.pop(0) if self.left else -1
        assert BufferedReader(InputStreamReader(Text("a line\\nanother"))).readLine() == "a line"

        from java.nio.file import Files, SimpleFileVisitor, FileVisitResult
        class Visitor(SimpleFileVisitor):
            seen = 0
            def preVisitDirectory(self, path, attributes):
                self.seen += 1
                return FileVisitResult.TERMINATE
        v = Visitor()
        Files.walkFileTree("/", v)
        assert v.seen == 1
        """);
  }

  @Test
  @DisplayName("super() calls Java's own method, and what a class does not define stays Java's")
  void superCalls() {
    holds(
        """
        class A(E.Base):
            def __init__(self): super().__init__("a", 1)
            def ask(self, value): return value + 1
            def describe(self): return "A " + super().describe()
            def twice(self, value): return super().twice(value) + 1
        class B(A):
            def describe(self): return "B " + super().describe()
        a, b = A(), B()
        assert a.describe() == "A base a" and b.describe() == "B A base a"
        assert a.askTwice(5) == 7 and a.callTwice(5) == 11 and E.Base.describe(a) == "base a"
        try:
            super(A, a).ask(1)
        except Exception as e:
            assert "abstract" in str(e), e
        else:
            assert False
        # decided when the class is made
        class C(E.Base):
            def ask(self, value): return value
        c = C("c", 1)
        C.twice = lambda self, value: 77
        C.ask = lambda self, value: 88
        assert c.callTwice(5) == 10 and c.askTwice(5) == 88 and c.twice(5) == 77
        c.ask = lambda value: 99
        assert c.askTwice(5) == 99
        # what is behind Java's class in the order of bases is not looked at
        class Mixin:
            def ask(self, value): return -value
            def twice(self, value): return 0
        class Before(Mixin, E.Base): pass
        class Behind(E.Base, Mixin): pass
        assert Before(1).askTwice(5) == 5 and Before(1).callTwice(5) == 0
        assert Behind(1).callTwice(5) == 10
        try:
            Behind(1).askTwice(5)
        except Exception as e:
            assert "the Python class Behind does not define ask" in str(e), e
        else:
            assert False
        """);
  }

  @Test
  @DisplayName("values of all kinds are arguments and results, and what does not fit is told")
  void values() {
    holds(
        """
        from dev.vivarium import ConversionException
        class V(E.Base):
            def ask(self, value): return self.given
            def wide(self, *given):
                assert given[:2] == (1, 2) and given[2] == "c" and given[3:7] == (1 << 40, 1.5, 2.5, True)
                return super().wide(*given) + 1
            def real(self): return 2
            def is_(self): return True
            def numbers(self): return [1, 2, 3]
        v = V(1)
        assert v.callWide() == 1 + 2 + ord("c") + (1 << 40) + 1 + 2 + 1 + 2 + 1
        assert v.callReal() == 2.0 and v.isSo() and v.sum() == 6
        for v.given in "x", None, 2**31, [1]:
            try:
                v.askTwice(1)
            except ConversionException as e:
                assert "ask" in str(e), e
            else:
                assert False, v.given
        """);
  }

  @Test
  @DisplayName("constructors are chosen as calls are, and super().__init__ is Java's constructor")
  void constructors() {
    holds(
        """
        from java.io import IOException
        class A(E.Base):
            def ask(self, value): return value
        assert A("x", 2).startedAs() == "base x" and A(7).startedAs() == "base of 7"
        class B(E.Base):
            def __init__(self, *given):
                self.before = True
                super().__init__(*given)
        assert B("x", 2).number == 2 and B(7).before
        for given in (1, 2, 3), ("x",), ([],):
            try:
                B(*given)
            except TypeError as e:
                assert "Base(int number)" in str(e) and "Base(String name, int number)" in str(e), e
            else:
                assert False
        try:
            A(IOException("on purpose"))
        except IOException as e:
            assert str(e) == "on purpose"
        else:
            assert False

        class Not(E.Base):
            def __init__(self): pass
        n = Not()
        assert "Not object" in repr(n) and "Not object" in str(n)
        for use in n.describe, lambda: E.HELD.add(n), n.secret, lambda: n.name:
            try:
                use()
            except TypeError as e:
                assert "super().__init__(...)" in str(e) and "there is" not in str(e), e
            else:
                assert False
        a = A(1)
        try:
            a.__init__(2)
        except TypeError as e:
            assert "constructed already" in str(e), e
        else:
            assert False
        assert a.number == 1

        class Again(E.Base):
            def __init__(self):
                try:
                    super().__init__(IOException("no"))
                except IOException:
                    super().__init__(5)
            def describe(self): return "again"
        assert Again().number == 5 and Again().startedAs() == "again"
        """);
  }

  @Test
  @DisplayName("what Java's constructor calls finds what __init__ has set before super().__init__")
  void whileConstructing() {
    holds(
        """
        seen = []
        class A(E.Base):
            def __init__(self, name):
                self.early = "early"
                super().__init__(name, 1)
                self.late = "late"
            def ask(self, value): return value
            def describe(self):
                seen.append((self.early, hasattr(self, "late"), self.name, E.HELD.add(self)))
                return "described " + super().describe()
        a = A("x")
        assert seen == [("early", False, "x", True)], seen
        assert a.startedAs() == "described base x" and E.HELD.remove(0) is a

        class Fails(E.Base):
            def describe(self):
                E.HELD.add(self)
                raise ValueError("of its own")
            def ask(self, value): return value
        try:
            Fails(1)
        except ValueError as e:
            assert str(e) == "of its own"
        else:
            assert False
        half = E.HELD.remove(0) # Java may have kept what its constructor did not finish
        try:
            half.askTwice(1)
        except (RuntimeError, Exception) as e:
            assert "has gone" in str(e), e
        else:
            assert False
        """);
  }

  @Test
  @DisplayName("protected fields, methods and constructors are there for the class's objects alone")
  void protectedMembers() {
    holds(
        """
        class A(E.Base):
            def __init__(self): super().__init__(3)
            def ask(self, value):
                self.name = self.name + "!"
                return self.number * value
            def described(self): return self.secret(), self.twice(4)
        a = A()
        assert a.ask(2) == 6 and a.describe() == "base of 3!"
        assert a.described() == ("secret of of 3!", 8)
        before = A.made
        assert A.next() == before + 1 and a.next() == before + 2 and a.made == before + 2
        try:
            a.number = 4
        except (TypeError, AttributeError):
            pass
        else:
            assert False
        for name in "secret", "twice", "made", "name", "next":
            assert not hasattr(E.Base, name), name
        class Cloned(__import__("java").util.ArrayList):
            def size(self): return 42
        c = Cloned([1, 2])
        assert c.size() == 42 and len(c.clone()) == 2 and not isinstance(c.clone(), Cloned)
        """);
  }

  /** Asks, and says what is thrown. */
  public static String thrownBy(Base base) {
    try {
      return "no: " + base.ask(1);
    } catch (FileNotFoundException e) {
      return "not found: " + e.getMessage();
    } catch (IOException e) {
      return "io: " + e.getMessage();
    } catch (PythonException e) {
      return e.typeName() + ": " + e.value().str();
    }
  }

  @Test
  @DisplayName("exceptions pass both ways as they are")
  void exceptions() {
    holds(
        """
        from java.io import FileNotFoundException
        class Mine(Exception): pass
        class A(E.Base):
            def ask(self, value): raise self.what
        a = A(1)
        a.what = FileNotFoundException("x")
        assert E.thrownBy(a) == "not found: x"
        a.what = Mine("y")
        assert E.thrownBy(a) == "Mine: y"
        try:
            a.askTwice(1)
        except Mine as e:
            assert e is a.what
        else:
            assert False
        """);
  }

  @Test
  @DisplayName("equals, hashCode and toString are Python's where the class defines them")
  void ofObject() {
    holds(
        """
        from java.lang import String
        from java.util import HashSet, Objects
        class Plain(E.Base): pass
        p, q = Plain(1), Plain(1)
        assert p == p and p != q and len({p, q, p}) == 2 and hash(p) == p.hashCode()
        assert Objects.equals(p, p) and not Objects.equals(p, q) and p != 5
        class Own(E.Base):
            def __str__(self): return "own " + super().__str__()[:6]
            def __eq__(self, other): return isinstance(other, Own) and other.number == self.number
            def __hash__(self): return self.number
        one, same, other = Own(1), Own(1), Own(2)
        assert String.valueOf(one) == str(one) == "own python", str(one)
        assert Objects.equals(one, same) and not Objects.equals(one, other)
        assert len(HashSet([one, same, other])) == 2 and Objects.hashCode(other) == 2
        class Text(E.Base):
            def toString(self): return "text"
            def equals(self, other): return True
            def hashCode(self): return 7
        t = Text(1)
        assert str(t) == String.valueOf(t) == "text" and t == q and hash(t) == 7
        assert "text" in repr(t) and repr(t).endswith(" text>")
        class Unhashable(E.Base):
            def __eq__(self, other): return True
        try:
            hash(Unhashable(1))
        except TypeError:
            pass
        else:
            assert False
        assert Objects.hashCode(Unhashable(1)) != 0
        """);
  }

  @Test
  @DisplayName("Java interfaces and Python's own kinds of classes go beside a Java class")
  void beside() {
    holds(
        """
        from abc import ABC, abstractmethod
        from dataclasses import dataclass, field
        from typing import Generic, Protocol, TypeVar, runtime_checkable
        from java.lang import Comparable, Runnable, Thread
        from java.util import ArrayList, Collections, List

        class A(E.Base, E.Asking, Runnable):
            def ask(self, value): return value + 1
            def run(self): self.ran = True
            def asked(self): return "own " + super().asked()
        a = A(1)
        Thread(a).run()
        assert a.ran and a.asked() == "own default" and isinstance(a, (E.Asking, Runnable))
        class B(Runnable, E.Base): pass
        assert issubclass(B, E.Base) and issubclass(B, Runnable) and B(1).describe() == "base of 1"
        class Runs(Runnable):
            def run(self): self.ran = True
        class C(Runs, E.Base): pass
        c = C(2)
        Thread(c).run()
        assert c.ran and c.number == 2
        assert C.__bases__[0] is Runs

        class Abstract(E.Base, ABC):
            @abstractmethod
            def other(self): ...
        class Concrete(Abstract):
            def other(self): return self.number
        try:
            Abstract(1)
        except TypeError as e:
            assert "abstract" in str(e) and "other" in str(e), e
        else:
            assert False
        assert Concrete(4).other() == 4
        class Implements(ABC, Runnable):
            @abstractmethod
            def run(self): ...
        try:
            Implements()
        except TypeError as e:
            assert "abstract" in str(e), e
        else:
            assert False
        Implements.register(int)
        assert isinstance(5, Implements) and not isinstance("", Implements)

        V = TypeVar("V")
        class Holder(E.Base, Generic[V]): pass
        assert Holder[int](3).number == 3
        @dataclass
        class Point(Comparable["Point"]):
            x: int
            tags: List[str] = field(default_factory=list)
            def compareTo(self, other): return self.x - other.x
        points = ArrayList([Point(3), Point(1)])
        Collections.sort(points)
        assert points[0] == Point(1) and repr(points[0]).endswith("Point(x=1, tags=[])")
        @dataclass(eq=False)
        class Data(E.Base):
            label: str
            def __post_init__(self): super().__init__(self.label, 1)
        assert Data("x").describe() == "base x"
        @runtime_checkable
        class Closes(Protocol):
            def close(self): ...
        class Both(Runnable, Closes):
            def run(self): pass
            def close(self): pass
        class Extends(E.Base, Closes):
            def close(self): pass
        assert isinstance(Both(), Closes) and isinstance(Extends(1), Closes)
        assert not isinstance(Extends(1), Runnable) and issubclass(Both, Runnable)

        import types, typing
        assert isinstance(List[int], types.GenericAlias) and typing.get_origin(List[int]) is List
        assert typing.get_args(Comparable["T"]) == ("T",)
        class Numbers(ArrayList[int]):
            def first(self) -> List[int]: return self[0]
        assert list(Numbers([1])) == [1] and Numbers([2]).first() == 2
        """);
  }

  @Test
  @DisplayName(
      "a Java class with arguments is a base as it is without, and an annotation as Python's are")
  void subscripted() {
    holds(
        """
        import dataclasses, typing
        from java.lang import Comparable, Integer, Runnable, String, Thread
        from java.util import ArrayList, Comparator, HashMap, List, Map
        from java.util.concurrent import Callable, Executors
        from java.util.function import Function, Supplier

        class Bare(Callable):
            def call(self): return 5
        class A(Callable[Integer]):
            def call(self): return 5
        assert A.__bases__ == Bare.__bases__ == (Callable,) and A.__mro__[1:] == Bare.__mro__[1:]
        assert A.__orig_bases__ == (Callable[Integer],) and typing.get_args(A.__orig_bases__[0]) == (Integer,)
        assert isinstance(A(), Callable) and issubclass(A, Callable) and A().call() == 5
        with Executors.newSingleThreadExecutor() as pool:
            assert pool.submit(A()).get() == 5
        class Both(Callable[Integer], Runnable, Comparator[str]):
            def call(self): return 1
            def run(self): self.ran = True
            def compare(self, a, b): return len(a) - len(b)
        words = ArrayList(["ccc", "a", "bb"])
        words.sort(Both())
        assert list(words) == ["a", "bb", "ccc"] and isinstance(Both(), Runnable)
        class Length(Function[str, Integer]):
            def apply(self, text): return len(text)
        assert list(words.stream().map(Length()).toList()) == [1, 2, 3]
        class Nested(Supplier[Map[str, List[int]]]):
            def get(self): return HashMap({"a": [1]})
        assert Nested().get()["a"] == [1]
        class Derived(A):
            def call(self): return super().call() + 1
        assert Derived().call() == 6
        class Extends(ArrayList[int], Callable[Integer]):
            def call(self): return sum(self)
        assert Extends([1, 2]).call() == 3 and isinstance(Extends(), Callable)
        T = typing.TypeVar("T")
        class Box(Supplier[T], typing.Generic[T]):
            def get(self): return 7
        assert Box[int]().get() == 7 and Box[int]().__orig_class__ == Box[int]

        @dataclasses.dataclass
        class Holder:
            numbers: List[int]
            names: Map[str, List[String]] = None
            maybe: List[int] | None = None
            later: "typing.Optional[Callable[Integer]]" = None
        hints = typing.get_type_hints(Holder)
        assert hints["numbers"] == List[int] and hints["names"] == Map[str, List[String]]
        assert hints["maybe"] == typing.Optional[List[int]]
        assert hints["later"] == typing.Optional[Callable[Integer]]
        assert typing.get_origin(hints["numbers"]) is List and typing.get_args(hints["numbers"]) == (int,)
        assert Holder(ArrayList([1])).numbers == [1] and Holder([1]) == Holder([1])
        assert repr(Holder([1])).endswith("Holder(numbers=[1], names=None, maybe=None, later=None)")
        def f(a: List[int], b: "Map[str, T]" = None) -> Callable[Integer]: ...
        hints = typing.get_type_hints(f)
        assert hints["return"] == Callable[Integer] and hints["b"] == Map[str, T] and hints["a"] == List[int]
        assert Map[str, T][int] == Map[str, int] and Map[str, T].__parameters__ == (T,)
        assert repr(List[int]) and hash(List[int]) == hash(List[int])
        assert isinstance(ArrayList(), List[int].__origin__) and ArrayList[int]([1]) == [1]
        """);
  }

  private static void refuses(String code, String... said) {
    everywhere(in -> {
      Throwable thrown = catchThrowable(() -> in.exec(HERE + code));
      assertThat(thrown).as(code).isInstanceOf(PythonException.class);
      assertThat(((PythonException) thrown).typeName()).as(code).isEqualTo("TypeError");
      assertThat(thrown).hasMessageContainingAll(said);
    });
  }

  @Test
  @DisplayName("what cannot be extended is refused with the reason and what to do")
  void refusals() {
    refuses("class A(E.Only): pass", "Only is final", "attribute instead");
    refuses("class A(E.Sealed): pass", "Sealed is sealed", "attribute instead");
    refuses("class A(E.Pair): pass", "Pair is a record", "attribute instead");
    refuses("class A(E.Kind): pass", "Kind is an enum", "attribute instead");
    refuses("class A(E.Closed): pass", "no public or protected constructor", "attribute instead");
    refuses("class A(E.OfPackage): pass", "only its own package can define, inside()");
    refuses("class A(type(E.hidden())): pass", "Hidden is not public", "a public class above it");
    refuses("import java\nclass A(java.lang.String): pass", "java.lang.String is final");
    refuses("import java\nclass A(java.lang.Record): pass", "java.lang.Record is a record");
    refuses("import java\nclass A(java.lang.Enum): pass", "java.lang.Enum is an enum");
    refuses("import vivarium\nclass A(type(vivarium.array('int', 1))): pass", "is an array");
    refuses("import java\nclass A(E.Base, java.lang.Thread): pass", "can extend one Java class");
    refuses(
        "import java\nclass A(E.Base): pass\nclass B(A, java.lang.Thread): pass",
        "has to be named");
    refuses(
        "import java\nclass A(E.Base): pass\nclass B(A, java.lang.Runnable): pass",
        "java.lang.Runnable has to be named where",
        "as a base beside it");
    refuses(
        "import java\nclass A(E.Base): pass\nclass B(java.lang.Thread): pass\nclass C(A, B): pass",
        "can extend one Java class");
    refuses(
        "import java\nclass A(java.io.IOException, E.Base): pass",
        "cannot extend a Java exception and another Java class");
    refuses(
        "import vivarium\n"
            + "try: vivarium.jclass('dev.vivarium.behaviour.ExtendedClassesTest$Hidden')\n"
            + "except ImportError as e: raise TypeError(str(e))",
        "there is no Java class",
        "that Python code may see");
    refuses("class A(E.Base): pass\nA.__bases__[0](1)", "has no objects itself");
  }

  @Test
  @DisplayName("many threads of Java's call one object, and each other's")
  void threads() {
    everywhere(in -> {
      in.exec(
          HERE
              + """
              import threading
              class Counts(E.Base):
                  def __init__(self):
                      self.lock, self.count = threading.Lock(), 0
                      super().__init__(1)
                  def ask(self, value):
                      with self.lock: self.count += 1
                      return value + 1
              """);
      try (PyObject counts = in.eval("Counts()")) {
        Base base = counts.as(Base.class);
        int threads = 8;
        int times = PythonUnderTest.count(2000);
        Together.run(
            threads,
            i -> {
              for (int n = 0; n < times; n++) {
                assertThat(base.askTwice(n)).isEqualTo(n + 2);
              }
            });
        assertThat(counts.attr("count").asInt()).isEqualTo(2 * threads * times);
        AtomicInteger virtual = new AtomicInteger();
        Thread.ofVirtual()
            .start(() -> {
              try {
                virtual.set(base.ask(5));
              } catch (IOException e) {
                virtual.set(-1);
              }
            })
            .join();
        assertThat(virtual).hasValue(6);
      }
    });
  }

  private static void collect(Interpreter in) {
    System.gc();
    in.exec("import gc\ngc.collect()");
  }

  private static long held(Interpreter in) {
    return in.holdings().javaInPython().getOrDefault(Base.class.getTypeName(), 0L)
        + in.holdings().pythonInJava().getOrDefault("Kept", 0L);
  }

  private static final String KEPT =
      HERE
          + """
          import weakref
          deaths = []
          class Kept(E.Base):
              def __init__(self, number):
                  super().__init__(number)
                  self.state = [number]
              def ask(self, value):
                  self.state.append(value)
                  return sum(self.state)
              def __del__(self, deaths=deaths): deaths.append(self.state[0])
          class Cycle(Kept):
              def __init__(self, number):
                  super().__init__(number)
                  self.me, self.method = self, self.ask
          """;

  @Test
  @DisplayName("what Java holds alone keeps its Python half, and goes when Java lets go of it")
  void heldByJava() {
    everywhere(in -> {
      in.exec(KEPT);
      for (String kind : List.of("Kept", "Cycle")) {
        in.exec("del deaths[:]");
        Base base = in.eval(kind + "(1)").as(Base.class);
        int expected = 1;
        for (int i = 0; i < 6; i++) {
          collect(in); // Python has nothing of it now but what is in it
          expected += i;
          assertThat(base.ask(i)).as("call %s of a %s", i, kind).isEqualTo(expected);
        }
        // Back in Python's hands, and out of them again
        PythonUnderTest.define(in, "again", base);
        in.exec("assert type(again) is " + kind + " and again.state[0] == 1\ndel again");
        collect(in);
        in.exec("assert not deaths, deaths");
        assertThat(base.ask(0)).isEqualTo(expected);
        WeakReference<Base> weakly = new WeakReference<>(base);
        base = null;
        Await.until(
            "the end of a " + kind,
            () -> {
              collect(in);
              return weakly.get() == null && in.eval("len(deaths)").asInt() == 1;
            });
      }
    });
  }

  @Test
  @DisplayName("what Python holds alone keeps its Java half, and both go when Python lets go")
  void heldByPython() {
    everywhere(in -> {
      in.exec(KEPT);
      for (String kind : List.of("Kept", "Cycle")) {
        in.exec("del deaths[:]\nkept = " + kind + "(5)");
        in.exec("one = kept.ask(1)");
        for (int i = 0; i < 3; i++) {
          collect(in);
        }
        in.exec("assert kept.describe() == 'base of 5' and kept.number == 5 and not deaths");
        in.exec("weakly = weakref.ref(kept)\ndel kept");
        Await.until(
            "the end of a " + kind,
            () -> {
              collect(in);
              return in.eval("weakly() is None and deaths == [5]").asBoolean();
            });
      }
    });
  }

  @Test
  @DisplayName("no object is left of many that both sides have dropped, in whatever order")
  void nothingLeft() {
    everywhere(in -> {
      in.exec(KEPT);
      in.exec("del deaths[:]\nfrom java.util import ArrayList");
      long before = held(in);
      Random random = new Random(7);
      List<Base> java = new ArrayList<>();
      in.exec("python = []");
      int objects = PythonUnderTest.count(3000);
      for (int i = 0; i < objects; i++) {
        try (PyObject made = in.eval((random.nextBoolean() ? "Kept(" : "Cycle(") + i + ")")) {
          if (random.nextBoolean()) {
            java.add(made.as(Base.class));
          }
          if (random.nextInt(3) == 0) {
            in.eval("python.append").call(made).close();
          }
        }
        if (!java.isEmpty() && random.nextBoolean()) {
          java.get(random.nextInt(java.size())).ask(1);
        }
        if (random.nextInt(objects / 20) == 0) {
          collect(in);
        }
        if (random.nextInt(10) == 0) {
          in.exec("python[:] = python[1:]");
        }
        if (random.nextInt(3) == 0 && !java.isEmpty()) {
          java.remove(random.nextInt(java.size()));
        }
      }
      for (Base base : java) {
        assertThat(base.ask(0)).isNotNegative();
      }
      in.exec("assert all(one.describe() for one in python)\npython.clear()");
      java.clear();
      Await.until(
          () ->
              "all are dead: " + in.eval("len(deaths)").asInt() + " of " + objects + in.holdings(),
          () -> {
            collect(in);
            return held(in) <= before && in.eval("len(set(deaths))").asInt() == objects;
          });
      assertThat(in.eval("len(deaths)").asInt()).isEqualTo(objects);
    });
  }

  @Test
  @DisplayName("objects pass between threads and collectors at once, and none loses its half")
  void storm() {
    everywhere(in -> {
      in.exec(KEPT);
      in.exec(
          """
          del deaths[:]
          def make(i): return (Cycle if i % 2 else Kept)(i)
          """);
      int times = PythonUnderTest.count(1500);
      try (PyObject make = in.eval("make");
          PyObject collect = in.eval("gc.collect")) {
        Together.run(
            4,
            i -> {
              Random random = new Random(i);
              List<Base> mine = new ArrayList<>();
              for (int n = 0; n < times; n++) {
                mine.add(make.call(random.nextInt(1000)).as(Base.class));
                Base one = mine.get(random.nextInt(mine.size()));
                int sum = one.ask(0);
                assertThat(one.ask(0)).isEqualTo(sum);
                if (mine.size() > 20) {
                  mine.remove(random.nextInt(mine.size()));
                }
                if (random.nextInt(20) == 0) {
                  collect.call().close();
                } else if (random.nextInt(200) == 0) {
                  System.gc();
                }
              }
            });
      }
    });
  }

  @Test
  @DisplayName("after its interpreter's end an object's methods throw, and Java's own still run")
  void closed() throws Exception {
    for (InterpreterOptions options :
        List.of(InterpreterOptions.isolated(), InterpreterOptions.shared())) {
      Base held;
      Base kept;
      try (Interpreter in = PythonUnderTest.python().newInterpreter(options)) {
        in.exec(KEPT);
        held = in.eval("Kept(1)").as(Base.class);
        in.exec("here = Kept(2)");
        kept = in.eval("here").as(Base.class);
        assertThat(held.ask(1)).isEqualTo(2);
      }
      for (Base base : List.of(held, kept)) {
        assertThatThrownBy(() -> base.ask(1)).isInstanceOf(InterpreterClosedException.class);
        assertThatThrownBy(() -> base.askTwice(1)).isInstanceOf(InterpreterClosedException.class);
        assertThat(base.describe()).startsWith("base of");
        assertThat(base.callTwice(2)).isEqualTo(4);
      }
    }
  }

  private static WeakReference<Class<?>> useIn(Interpreter in, List<Object> kept, boolean keep) {
    in.exec(KEPT);
    in.exec("from java.util import ArrayList\nclass L(ArrayList):\n    def size(self): return 3");
    Base base = in.eval("Cycle(3)").as(Base.class);
    in.exec("stays = [Kept(4), Cycle(5), L()]\nE.Base.describe(stays[0])");
    assertThat(in.eval("L()").as(ArrayList.class)).hasSize(3);
    if (keep) {
      kept.add(base);
    }
    return new WeakReference<>(base.getClass());
  }

  @Test
  @DisplayName("the classes made for Python classes go with their interpreters")
  void classesGo() {
    List<WeakReference<Class<?>>> classes = new ArrayList<>();
    for (int i = 0; i < INTERPRETERS; i++) {
      boolean keep = i % 2 == 0;
      List<Object> kept = new ArrayList<>();
      try (Interpreter in = i % 3 == 0 ? PythonUnderTest.sharedGil() : PythonUnderTest.ownGil()) {
        classes.add(useIn(in, kept, keep));
      }
      for (Object base : kept) {
        assertThatThrownBy(() -> ((Base) base).ask(1))
            .isInstanceOf(InterpreterClosedException.class);
      }
    }
    Await.until(
        () -> classes.stream().filter(one -> one.get() != null).count() + " classes are gone",
        () -> {
          System.gc();
          return classes.stream().allMatch(one -> one.get() == null);
        });
  }

  @Test
  @DisplayName("a class keeps its finalizer when it, or a base, gets or loses a __del__, or bases")
  void finalizersStay() {
    everywhere(in -> {
      in.exec(
          HERE
              + """
              from dataclasses import dataclass
              deaths = []
              def dies(self): deaths.append(type(self).__name__)
              class Mixin: pass
              class A(Mixin, E.Base):
                  def ask(self, value): return 2 * value
              class B(A): pass
              class C(B):
                  def __del__(self): getattr(super(), "__del__", gc.isenabled)()
              def loses(one): del one.__del__
              def keeps(one): one.__del__ = dies
              def turns(one): one.__bases__ = one.__bases__[::-1]
              assert not hasattr(A, "__del__")
              """);
      for (String change :
          List.of(
              "keeps(Mixin)",
              "loses(Mixin)",
              "keeps(A)",
              "loses(A)",
              "turns(A)",
              "keeps(B)",
              "loses(B)",
              "loses(C)",
              "keeps(Mixin)")) {
        in.exec(change);
        for (String kind : List.of("A", "B", "C")) {
          Base held = in.eval(kind + "(1)").as(Base.class);
          collect(in);
          try {
            assertThat(held.ask(4)).as("a %s after %s", kind, change).isEqualTo(8);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
      }
      in.exec("del deaths[:]");
      in.exec("x = B(1)\ndel x");
      Await.until(
          () -> "B has died: " + in.eval("deaths"),
          () -> {
            collect(in);
            return in.eval("'B' in deaths").asBoolean();
          });
      in.exec(
          """
          try:
              del A.__del__
          except AttributeError:
              pass
          else:
              assert False
          @dataclass(slots=True, eq=False) # makes the class twice, the second time of its own bases
          class Slots(E.Base):
              x: int
              def __post_init__(self): super(Slots, self).__init__(self.x)
              def ask(self, value): return self.x + value
          """);
      Base held = in.eval("Slots(3)").as(Base.class);
      collect(in);
      assertThat(held.callTwice(1)).isEqualTo(2);
      assertThatCode(() -> assertThat(held.ask(4)).isEqualTo(7)).doesNotThrowAnyException();
    });
  }

  @Test
  @DisplayName("an object with a Python half is not copied, and says so in words")
  void notCopied() {
    everywhere(in ->
        in.exec(
            """
            import copy
            from java.util import ArrayList
            class Rows(ArrayList): pass
            for one in Rows(), [Rows()], ArrayList([Rows()]):
                try:
                    copy.deepcopy(one)
                except TypeError as e:
                    text = str(e)
                    assert "Python half" in text and "internal" not in text, text
                else:
                    raise AssertionError(one)
            """));
  }

  @Test
  @DisplayName(
      "in another interpreter an object is Java's, and its methods are what Python defines")
  void elsewhere() {
    everywhere(in -> {
      in.exec(
          HERE
              + """
              class A(E.Base):
                  def ask(self, value): return value + 1
                  def describe(self): return "python " + super().describe()
                  def twice(self, value): return 3
                  def toString(self): return "text"
              """);
      try (Interpreter other = PythonUnderTest.ownGil()) {
        PythonUnderTest.define(other, "a", in.eval("A(1)").as(Base.class));
        other.exec(
            """
            assert a.ask(3) == 4 and a.askTwice(3) == 5 and a.callTwice(5) == 3
            assert a.describe() == a.startedAs() == "python base of 1"
            assert str(a) == a.toString() == "text" and not hasattr(a, "twice")
            """);
      }
    });
  }
}
