package dev.vivarium.behaviour;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.Interpreter;
import dev.vivarium.testing.PythonUnderTest;
import java.math.BigInteger;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Small things that users have written and that once failed or surprised, by their kind. */
@ExtendWith(PythonUnderTest.class)
public final class ReportedCasesTest {

  /** Java code that they call. */
  public static class Java {

    /** A field with a type argument. */
    public List<Integer> numbers = List.of();

    private String name = "n";

    /** What is in the field. */
    public int sum() {
      return total(numbers);
    }

    /** A property. */
    public String getName() {
      return name;
    }

    /** A property. */
    public void setName(String name) {
      this.name = name;
    }

    /** Sums. */
    public static int total(List<Integer> numbers) {
      int sum = 0;
      for (Integer number : numbers) {
        sum += number;
      }
      return sum;
    }

    /** Of an iterator. */
    public static int iterator(Iterator<Integer> numbers) {
      int sum = 0;
      while (numbers.hasNext()) {
        Integer number = numbers.next();
        sum += number;
      }
      return sum;
    }

    /** Of three. */
    public static int applied(Function<Integer, Integer> function) {
      Integer result = function.apply(3);
      return result;
    }

    /** Maps of each kind of key, and the key as Python has it. */
    public static List<List<Object>> keyed() {
      return List.of(
          List.of(new HashMap<>(Map.of('l', 1)), "l"),
          List.of(new HashMap<>(Map.of((short) 1, 1)), 1),
          List.of(new HashMap<>(Map.of((byte) 1, 1)), 1),
          List.of(new HashMap<>(Map.of(0.5f, 1)), 0.5),
          List.of(new HashMap<>(Map.of(BigInteger.ONE, 1)), 1),
          List.of(new HashMap<>(Map.of(5, 1)), 5),
          List.of(new TreeMap<>(Map.of(5, 1)), 5));
    }

    /** Integers. */
    public static List<Integer> list() {
      return new ArrayList<>(List.of(2));
    }

    /** Of a primitive. */
    public static String real(float real) {
      return "float";
    }

    /** Of its box. */
    public static String real(Float real) {
      return "Float";
    }

    /** Of a truth. */
    public static boolean truth(boolean truth) {
      return truth;
    }

    /** A number. */
    public static double number(double number) {
      return number;
    }

    /** A smaller one. */
    public static float small(float number) {
      return number;
    }

    /** Of three. */
    public static String over(int number) {
      return "int";
    }

    /** Of three. */
    public static String over(double number) {
      return "double";
    }

    /** Of three. */
    public static String over(Object object) {
      return "Object";
    }

    /** Joins. */
    public static String joined(Iterable<?> all) {
      StringBuilder text = new StringBuilder();
      all.forEach(text::append);
      return text.toString();
    }

    /** Counts. */
    public static int count(int... all) {
      return all.length;
    }

    /** Of an array. */
    public static String by(byte[] array) {
      return "byte[]";
    }

    /** Of another. */
    public static String by(int[] array) {
      return "int[]";
    }

    /** Its length. */
    public static int length(byte[] array) {
      return array.length;
    }

    /** What is left. */
    public static int left(ShortBuffer buffer) {
      return buffer.remaining();
    }

    /** Gives it to a function. */
    public static void give(Consumer<Object> to, Object one) {
      to.accept(one);
    }

    /** One of a class that implements a functional interface, and has more. */
    public static Job job() {
      return new Job();
    }

    /** One of a record that is not public. */
    public static Object hidden() {
      return new Hidden(1);
    }

    /** Asks. */
    public static boolean ask(Asked asked) {
      return asked.is("a");
    }
  }

  /** A class with more than what makes it a function. */
  public static final class Job implements Runnable {
    @Override
    public void run() {}

    /** Its own. */
    public String id() {
      return "id";
    }
  }

  record Hidden(int secret) {}

  /** With a name that Python reserves. */
  public interface Asked {
    /** Whether it is. */
    boolean is(@Nullable Object other);
  }

  private static final String BEFORE =
      """
      import vivarium, java.lang, java.util, os
      from dev.vivarium.behaviour import ReportedCasesTest as T
      from java.io import ByteArrayInputStream, File, FileInputStream, IOException
      from java.lang import Double, Integer, Long, ProcessBuilder, RuntimeException, String, Thread
      from java.math import BigDecimal, BigInteger
      from java.nio import ByteBuffer
      from java.nio.file import Files, Path
      from java.time import DayOfWeek, Instant, LocalDate, ZonedDateTime
      from java.util import (AbstractList, ArrayList, Arrays, Collections, Comparator, HashMap, HashSet, List,
                             Optional, TreeSet)
      from java.util.concurrent import CompletableFuture, Executors
      from java.util.stream import Stream
      Java = T.Java
      """;

  private static void inEach(String code) {
    InEach.run(BEFORE, code);
  }

  @Test
  @DisplayName("1: a declared type is kept")
  void declared() {
    inEach(
        """
        assert Java.total([1, 2]) == 3 and Java.applied(lambda x: x + 1) == 4 and Java.iterator(iter([1, 2])) == 3
        one = Java()
        one.numbers = [1]
        assert one.sum() == 1
        executor = Executors.newSingleThreadExecutor()
        try:
            assert [f.get() for f in executor.invokeAll([lambda: 5])] == [5]
        finally:
            executor.shutdown()
        """);
  }

  @Test
  @DisplayName("2: one equality")
  void equality() {
    inEach(
        """
        for m, k in Java.keyed():
            assert m[k] == 1 and k in m and dict(m)[k] == 1 and m.get(k) == 1 and m.containsKey(k), m
            m[k] = 2
            m.update({k: 3})
            assert len(m) == 1 and m[k] == 3 and m.remove(k) == 3 and not m
        l = Java.list()
        assert 2 in l and l.contains(2) and l.index(2) == 0 and l.count(2) == 1
        class Own:
            def __init__(self, x): self.x = x
            def __eq__(self, other): return isinstance(other, Own) and self.x == other.x
            def __hash__(self): return hash(self.x)
        l = ArrayList([Own(1), Own(2)])
        assert Own(2) in l and Own(3) not in l and l.index(Own(2)) == 1 and l.count(Own(1)) == 1
        """);
  }

  @Test
  @DisplayName("3: numbers are numbers, text is text, and what comes back is what went in")
  void numbers() {
    inEach(
        """
        import datetime, decimal, uuid
        assert Integer(5) + 1 == 6 and -Integer(5) == -5 and divmod(Integer(7), 2) == (3, 1)
        assert bool(Integer(0)) is False and 5 > Double(2.6) and Integer(5) < Long(6) and Long(5) == Integer(5)
        assert f'{Double(2.5):.3f}' == '2.500' and abs(Integer(-3)) == 3 and round(Double(2.6)) == 3
        assert [1, 2, 3][Integer(1)] == 2 and 'a' * Integer(2) == 'aa' and {Integer(5): 1}[5] == 1
        l = ArrayList()
        for value in (2 ** 63, decimal.Decimal('1.5'), datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 1, 1),
                      uuid.uuid4(), (1, 2), 1 + 2j, datetime.timedelta(1), datetime.time(1)):
            l.add(value)
            assert l[len(l) - 1] == value, value
        assert String('abc') == 'abc' and String('a') + 'b' == 'ab' and 'b' + String('a') == 'ba'
        assert ','.join([String('a'), String('b')]) == 'a,b'
        assert BigInteger('5') + 1 == 6 and BigDecimal('1.5') * 2 == 3
        assert BigDecimal('1.5') + decimal.Decimal('1') == decimal.Decimal('2.5')
        """);
  }

  @Test
  @DisplayName("4: bytes")
  void bytes() {
    inEach(
        """
        import array, hashlib, io
        x = String('h\\u00e9').getBytes('UTF-8')
        assert bytes(x) == b'h\\xc3\\xa9' == b'' + x and str(x, 'utf-8') == 'h\\u00e9'
        assert hashlib.sha256(x).digest() == hashlib.sha256(bytes(x)).digest() and io.BytesIO().write(x) == 3
        assert memoryview(x).nbytes == 3 and memoryview(ByteBuffer.allocateDirect(8)).nbytes == 8
        for v in b'ab', bytearray(b'ab'), array.array('b', [1, 2]), array.array('B', [1, 2]), memoryview(b'ab'), [1, 2]:
            assert Java.length(v) == 2 and ByteBuffer.wrap(v).remaining() == 2, v
        assert Java.left(array.array('h', [1, 2])) == 2
        """);
  }

  @Test
  @DisplayName("5: Java's writes are seen")
  void writes() {
    inEach(
        """
        b = bytearray(5)
        assert ByteArrayInputStream(b'hello').read(b) == 5 and b == b'hello'
        l = [3, 1, 2]
        Collections.sort(l)
        Collections.addAll(l, 5)
        assert l == [1, 2, 3, 5]
        l = [3, 1, 2]
        Arrays.sort(l)
        assert l == [1, 2, 3]
        """);
  }

  @Test
  @DisplayName("6: overloads")
  void overloads() {
    inEach(
        """
        assert String.join(',', ['a', 'b']) == 'a,b' and ProcessBuilder(['echo', 'hi']).command() == ['echo', 'hi']
        assert Executors.callable(lambda: 5).call() == 5 and Java.real(0.0) == 'float'
        assert String.format('%s', [1, 2]) == '[1, 2]' and List.of([1, 2]).size() == 1 and Stream.of([1, 2]).count() == 1
        assert Arrays.toString([1]) == '[1]' and Arrays.stream([1.5]).sum() == 1.5 and Java.by([1]) == 'int[]'
        assert Java.joined(x for x in 'ab') == 'ab'
        refused(lambda: Java.count(1, 'a'), 'argument 2', 'str')
        refused(lambda: Java.by('x'), 'by(byte[]')
        assert String.format('%c', 'x') == 'x' and String.format('%c', 65) == 'A'
        assert list(Stream.of(1, 2).flatMap(lambda x: [x, x]).toList()) == [1, 1, 2, 2]
        assert list(Stream.of('ab').map(String.length).toList()) == [2]
        assert Files.exists('/') and Files.isDirectory('/')
        """);
  }

  @Test
  @DisplayName("7: Python's own subtypes")
  void subtypes() {
    inEach(
        """
        import enum
        class F(float): pass
        class S(str): pass
        number = enum.IntEnum('number', 'X Y').X
        assert String.format('%.1f', F(1.5)) == '1.5' and Java.over(F(1.5)) == 'double'
        assert Java.over(number) == 'int' and ArrayList([1]).contains(number)
        assert ArrayList(['a']).contains(S('a')) and String.format('%s', S('z')) == 'z'
        assert abs(Java.small(0.1) - 0.1) < 1e-7 and len(vivarium.array('float', [0.1])) == 1
        refused(lambda: Java.small(1e300), 'too large')
        """);
  }

  @Test
  @DisplayName(
      "8: classes and types are one, and a class called with a value is what that is as such")
  void classes() {
    inEach(
        """
        import datetime, uuid
        o = ArrayList()
        assert o.getClass() == ArrayList == o.getClass() and o.getClass()() == []
        o.add(ArrayList)
        assert o[0] is ArrayList and {ArrayList: 1}[o.getClass()] == 1
        assert vivarium.jclass(ArrayList.class_) is ArrayList
        day = LocalDate(datetime.date(2024, 1, 2))
        assert type(day) is LocalDate and day == LocalDate.of(2024, 1, 2)
        known = uuid.uuid4()
        assert java.util.UUID(known) == known == java.util.UUID(str(known)) and DayOfWeek('MONDAY') == DayOfWeek.MONDAY
        assert Optional(5).get() == 5 and type(Path('/a').getParent()) is type(Path('/'))
        now = datetime.datetime.now(datetime.timezone.utc)
        assert java.util.Date(now).toInstant() == Instant(now).truncatedTo(java.time.temporal.ChronoUnit.MILLIS)
        assert type(java.lang.Number(5)) is Long and type(LocalDate(day)) is LocalDate
        refused(lambda: LocalDate('2024'), 'no public constructor')
        refused(lambda: LocalDate(None))
        refused(lambda: LocalDate(2024, 1))
        refused(lambda: java.util.Date(datetime.datetime.now()), 'Date(datetime)')
        raises(RuntimeException, lambda: throw(RuntimeException(ValueError('x'))), 'x')
        """
            .replace("throw(", "(_ for _ in ()).throw("));
  }

  @Test
  @DisplayName("9: members that newcomers look for")
  void members() {
    inEach(
        """
        import copy
        raises(AttributeError, lambda: Java.hidden().secret, 'not public')
        one = Java()
        one.name = 'm'
        assert one.name == one.getName() == 'm' and 'name' in dir(one)
        m = HashMap({'a': 1})
        (k, v), = m.entrySet()
        assert (k, v) == ('a', 1) and m | {'b': 2} == {'a': 1, 'b': 2} == {'b': 2} | m
        assert 'a' not in m.items() and ('a', 1) in m.items()
        l = ArrayList([1])
        assert l + [2] == [1, 2] and l * 2 == [1, 1] and copy.copy(l) == l == copy.deepcopy(l)
        l *= 2
        l += [3]
        assert l == [1, 1, 3]
        refused(lambda: l['a'], 'indices must be integers')
        assert os.fspath(Path.of('/')) == '/' and os.fspath(File('/a')) == '/a'
        try:
            Integer.parseInt('x')
        except ValueError as e:
            assert 'x' in e.args[0]
        try:
            FileInputStream('/nowhere/x')
        except OSError as e:
            assert e.errno == 2 and e.filename == '/nowhere/x'
        assert isinstance(RuntimeException('a', IOException('b')).__cause__, IOException)
        refused(lambda: copy.copy(RuntimeException('x')), 'neither copied nor pickled')
        assert vivarium.detached(java.util.function.Function.identity(), 5) == 5
        """);
  }

  @Test
  @DisplayName(
      "11 and 12: Python's abstract classes beside Java's, and Java's collections as Python's")
  void collections() {
    inEach(
        """
        import abc, json
        m = HashMap({'a': 1})
        assert m.get('zz', 0) == 0 and m.pop('zz', None) is None and m.pop('a') == 1
        assert m.setdefault('q', 3) == 3 and m.popitem() == ('q', 3) and m.copy() == {}
        s, t = HashSet([1, 2]), HashSet([2, 3])
        s.discard(9)
        assert s | t == {1, 2, 3} and s & {1} == {1} and {1} | s == {1, 2} and s - t == {1} and not s <= t
        assert s ^ t == {1, 3} and not s.isdisjoint(t) and s.pop() in (1, 2) and len(s) == 1
        l = ArrayList([3, 1, 2])
        l.reverse()
        assert l == [2, 1, 3] == l.copy()
        l.sort()
        assert l == [1, 2, 3]
        l.sort(key=lambda x: -x)
        assert l == [3, 2, 1]
        l[0:1] = [1, 2]
        assert l == [1, 2, 2, 1]
        refused(lambda: json.dumps(HashMap()))
        assert json.dumps(HashMap({'a': 1}), default=vivarium.to_python) == '{"a": 1}'
        class Ordered(abc.ABC, Comparator):
            def compare(self, a, b): return 0
        assert Ordered().compare(1, 2) == 0 and List[int]
        class Own(Thread):
            def run(self): self.x = 1
        own = Own()
        own.start()
        own.join()
        assert own.x == 1
        class Two(AbstractList):
            def get(self, i): return i
            def size(self): return 2
        assert list(Two()) == [0, 1]
        """);
  }

  @Test
  @DisplayName("13: time, and exceptions of Python's own")
  void time() {
    inEach(
        """
        from datetime import date
        day = LocalDate.of(2024, 1, 1)
        assert day < date(2024, 1, 2) and day == date(2024, 1, 1) == day
        assert str(ZonedDateTime.of(2024, 1, 1, 1, 1, 1, 1, 'Europe/Berlin').getZone()) == 'Europe/Berlin'
        assert vivarium.to_python(Instant.now()).year > 2020
        future = CompletableFuture()
        future.completeExceptionally(ValueError('x'))
        assert future.isCompletedExceptionally()
        class Error(RuntimeException):
            def __init__(self, m, code):
                super().__init__(m)
                self.code = code
        raises(Error, lambda: (_ for _ in ()).throw(Error('x', 3)), 'x')
        assert Error('x', 3).code == 3
        """);
  }

  @Test
  @DisplayName("15: what a callback gets")
  void callbacks() {
    inEach(
        """
        assert list(Stream.of(DayOfWeek.MONDAY).map(lambda d: d.name()).toList()) == ['MONDAY']
        assert Stream.of(1, 2).collect(ArrayList, lambda l, x: l.append(x), lambda a, b: a.extend(b)) == [1, 2]
        seen = []
        ArrayList([Instant.now()]).forEach(seen.append)
        Java.give(lambda job: seen.append(job.id()), Java.job())
        assert seen[1] == 'id'
        """);
  }

  @Test
  @DisplayName("16: nothing narrows in silence, and two ways never differ")
  void narrowing() {
    inEach(
        """
        import collections, sys
        refused(lambda: Java.number(1 + 5j))
        if 'decimal' in sys.modules:
            refused(lambda: Java.number(sys.modules['decimal'].Decimal('1e400')), 'too large')
        assert ArrayList(range(3)) == [0, 1, 2] and HashMap(collections.OrderedDict(a=1)) == {'a': 1}
        assert ArrayList(collections.deque([1])) == [1] and ArrayList({'a': 1}.keys()) == ['a']
        assert ArrayList(x for x in [1]) == [1] and HashMap(collections.defaultdict(int, a=1)) == {'a': 1}
        """);
  }

  @Test
  @DisplayName(
      "18: names that Python reserves, arrays as sequences, Python objects in Java's collections")
  void others() {
    inEach(
        """
        import weakref
        class Same(T.Asked):
            def is_(self, other): return other == 'a'
        assert Java.ask(Same()) is True
        l = ArrayList()
        assert weakref.ref(l)() is l
        x = vivarium.array('int', [1, 2, 3])
        assert x.index(2) == 1 and x.count(2) == 1 and x + x == [1, 2, 3, 1, 2, 3] and ArrayList([0]) + x == [0, 1, 2, 3]
        match x:
            case [1, *rest]: assert list(rest) == [2, 3]
            case _: raise AssertionError
        assert len(list(DayOfWeek)) == 7 and DayOfWeek['MONDAY'] == DayOfWeek.MONDAY
        class Key(java.lang.Comparable):
            def __init__(self, x): self.x = x
            def __eq__(self, other): return isinstance(other, Key) and self.x == other.x
            def __hash__(self): return hash(self.x)
            def compareTo(self, other): return (self.x > other.x) - (self.x < other.x)
        s, m = HashSet([Key(1)]), HashMap()
        m[Key(1)] = 2
        assert not s.add(Key(1)) and Key(1) in s and ArrayList([Key(1)]).contains(Key(1)) and m[Key(1)] == 2
        l = [Key(3), Key(1)]
        Collections.sort(l)
        assert [k.x for k in TreeSet([Key(2), Key(1)])] == [1, 2] and l[0].x == 1
        raises(ImportError, lambda: exec('from java.util import *'), 'Exception and Iterable')
        raises(ImportError, lambda: exec('import java.lag'), 'did you mean lang?')
        """);
  }

  @Test
  @DisplayName("4, 7 and 16: what NumPy has")
  void numpy() {
    assumeThat(NumPyUnderTest.isThere()).isTrue();
    Interpreter main = PythonUnderTest.main();
    NumPyUnderTest.load(main);
    main.exec(
        """
        import numpy
        from java.lang import String
        from java.nio import ByteBuffer
        from dev.vivarium.behaviour import ReportedCasesTest as T
        Java = T.Java
        assert numpy.frombuffer(String('ab').getBytes(), 'b').tolist() == [97, 98]
        assert numpy.asarray(ByteBuffer.allocateDirect(4)).shape == (4,)
        for kind in 'i1', 'u1':
            assert Java.length(numpy.array([1, 2], kind)) == 2
        assert Java.left(numpy.array([1, 2, 3], 'i2')) == 3
        assert Java.truth(numpy.bool_(True)) and Java.over(numpy.float64(1.5)) == 'double'
        for wrong in numpy.complex128(1 + 5j), numpy.longdouble('1e400'):
            try:
                Java.number(wrong)
            except TypeError:
                pass
            else:
                raise AssertionError(wrong)
        """);
  }
}
