package dev.vivarium.behaviour;

import dev.vivarium.testing.PythonUnderTest;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Java's numbers, texts, collections and classes under the operators, methods and rules that
 * Python's own have: compared with Python's own, on values made at random.
 */
@ExtendWith(PythonUnderTest.class)
public final class JavaAsPythonsOwnTest {

  private static final String HERE =
      "from dev.vivarium.behaviour import JavaAsPythonsOwnTest as T\n";

  // Of the values made at random; a tenth of a million where the daily run counts in full
  private static final String ROUNDS =
      "ROUNDS = "
          + (Boolean.getBoolean("vivarium.test.full")
              ? 1_000_000
              : PythonUnderTest.countsInFull() ? 30_000 : 3_000)
          + "\n";

  private static final String OUTCOME =
      """
      import random
      rnd = random.Random(16)
      def outcome(f, *a):
          try:
              return f(*a)
          except Exception as e:
              return type(e)
      def same(java, own, what):
          assert type(java) is type(own) and (java == own or repr(java) == repr(own)), (what, java, own)
      """;

  /** Has fields that methods hide. */
  public static class Hides {
    /** A field. */
    public int size = 1;

    /** A static one. */
    public static String kind = "k";

    /** A method. */
    public int size() {
      return size * 100;
    }

    /** A method. */
    public static int kind() {
      return 7;
    }
  }

  /** Hides another. */
  public static final class HidesMore extends Shown {
    /** A method. */
    public String shown() {
      return "method " + shown;
    }
  }

  /** Hides nothing. */
  public static class Shown {
    /** A field. */
    public int shown = 2;
  }

  private static void holds(String... code) {
    JavaInPythonTest.holds(String.join("", code));
  }

  /** A bean, and what takes things. */
  public static class Bean {
    private String name = "n";
    private boolean ready;
    private final List<Integer> numbers = List.of(1, 2);

    public String getName() {
      return name;
    }

    public void setName(String name) {
      this.name = name;
    }

    public boolean isReady() {
      return ready;
    }

    public void setReady(boolean ready) {
      this.ready = ready;
    }

    public List<Integer> getNumbers() {
      return numbers;
    }

    /** A getter's name in front of a field's. */
    public int size = 3;

    public int getSize() {
      return 4;
    }
  }

  /** Has a getter that Python classes implement, with an attribute of the property's name. */
  public interface Named {
    String getName();
  }

  /** A public record. */
  public record Point(int x, String label) {}

  record Hidden(int secret) {}

  public static Object hidden() {
    return new Hidden(1);
  }

  /** As Kotlin compiles a data class. */
  public static final class User {
    private final String name;
    private final int age;

    public User(String name, int age) {
      this.name = name;
      this.age = age;
    }

    public String getName() {
      return name;
    }

    public int getAge() {
      return age;
    }

    public String component1() {
      return name;
    }

    public int component2() {
      return age;
    }

    public User copy(String name, int age) {
      return new User(name, age);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof User user && user.name.equals(name) && user.age == age;
    }

    @Override
    public int hashCode() {
      return age;
    }
  }

  /** Fields that methods hide, and keywords of Python's. */
  public static class Hiding {
    public static int shared = 3;
    public int size = 1;

    public int size() {
      return 2;
    }

    public static int shared() {
      return 4;
    }
  }

  public static double real(double d) {
    return d;
  }

  public static String greet(Named named) {
    return "hello " + named.getName();
  }

  public static String over(int i) {
    return "int";
  }

  public static String over(double d) {
    return "double";
  }

  public static String over(boolean b) {
    return "boolean";
  }

  public static String over(Object o) {
    return "Object";
  }

  public static String both(float f) {
    return "float";
  }

  public static String both(Float f) {
    return "Float";
  }

  public static String arrays(int[] a) {
    return "int" + Arrays.toString(a);
  }

  public static String arrays(long[] a) {
    return "long" + Arrays.toString(a);
  }

  public static String arrays(double[] a) {
    return "double" + Arrays.toString(a);
  }

  public static String arrays(boolean[] a) {
    return "boolean" + Arrays.toString(a);
  }

  public static String arrays(@Nullable Object[] a) {
    return "Object" + Arrays.toString(a);
  }

  public static int count(String first, Object... rest) {
    return rest.length;
  }

  public static String joined(String... parts) {
    return String.join("+", parts);
  }

  @Test
  @DisplayName(
      "boxed numbers calculate, compare, round, format and hash as the numbers that they hold")
  void numbers() {
    holds(
        OUTCOME,
        ROUNDS,
        """
        import math, operator as o
        from decimal import Decimal
        from java.lang import Byte, Double, Float, Integer, Long, Short
        from java.math import BigDecimal, BigInteger
        def whole(bits): return rnd.randrange(-1 << bits - 1, 1 << bits - 1)
        def small_or(bits): return rnd.choice((whole(3), whole(bits)))
        def real(): return rnd.choice((0.0, -1.5, 1e300, math.inf, rnd.uniform(-9, 9), float(whole(20))))
        def narrow(): return float(whole(12)) / 8
        KINDS = (
            (lambda: small_or(8), Byte), (lambda: small_or(16), Short), (lambda: small_or(32), Integer),
            (lambda: small_or(64), Long), (lambda: small_or(100), lambda v: BigInteger(str(v))),
            (real, Double), (narrow, Float),
            (lambda: Decimal(whole(40)).scaleb(-rnd.randrange(5)), lambda v: BigDecimal(str(v))),
        )
        BINARY = (o.add, o.sub, o.mul, o.truediv, o.floordiv, o.mod, divmod, o.and_, o.or_, o.xor,
                  o.lt, o.le, o.gt, o.ge, o.eq, o.ne)
        UNARY = (o.neg, o.pos, o.abs, o.invert, bool, int, float, round, math.trunc, math.floor, math.ceil,
                 hash, lambda v: round(v, 1), lambda v: f'{v:>12.2f}', complex)
        for i in range(ROUNDS):
            make, box = rnd.choice(KINDS)
            value = make()
            java = box(value)
            f = rnd.choice(UNARY)
            same(outcome(f, java), outcome(f, value), (f, value))
            make, box2 = rnd.choice(KINDS)
            other = make()
            f = rnd.choice(BINARY)
            own = outcome(f, value, other)
            same(outcome(f, java, other), own, (f, value, other))
            same(outcome(f, value, box2(other)), own, (f, value, other))
            same(outcome(f, java, box2(other)), own, (f, value, other))
        assert Integer(2) ** 3 == 8 and 2 ** Integer(3) == 8 and pow(Integer(2), 3, 5) == 3
        assert Integer(1) << 3 == 8 and [1, 2][Integer(1)] == 2
        assert {Integer(5): 'a'}[5] == 'a' and {5: 'a'}[Long(5)] == 'a'
        assert Integer(5) != 'x' and not Integer(5) == None
        """);
  }

  @Test
  @DisplayName(
      "String, Character and Boolean objects are equal to Python's, hashed and joined as they")
  void texts() {
    holds(
        """
        from java.lang import Boolean, Character, String
        assert String('abc') == 'abc' and 'abc' == String('abc') and String('a') != 'b'
        assert {String('abc'): 1}['abc'] == 1 and String('a') < 'b' and 'b' > String('a')
        assert String('ab') + 'c' == 'abc' and 'a' + String('bc') == 'abc' and String('ab') * 2 == 'abab'
        assert String('%s!') % 'x' == 'x!' and f"{String('a'):>3}" == '  a' and not String('')
        assert Character('l') == 'l' and {'l': 2}[Character('l')] == 2 and Character('a') + 'b' == 'ab'
        assert Boolean(False) == False and not Boolean(False) and {True: 1}[Boolean(True)] == 1
        """);
  }

  @Test
  @DisplayName("an object of a subclass finds what its base is equal to")
  void subclassesAsKeys() {
    holds(
        """
        from collections import OrderedDict, namedtuple
        from datetime import date, datetime
        from decimal import Decimal
        from java.util import ArrayList, HashMap, HashSet, LinkedList
        Pair = namedtuple('Pair', 'a b')
        class L(list): pass
        class S(set): pass
        class D(date): pass
        class T(datetime): pass
        class N(Decimal): pass
        class Loud(tuple):
            def __iter__(self): raise AssertionError('nobody asks')
        for base, one in [
            ((1, 2), Pair(1, 2)), ((1, 2), Loud((1, 2))), ({'a': 1}, OrderedDict(a=1)), ([1], L([1])), ({1}, S({1})),
            (date(2024, 1, 1), D(2024, 1, 1)), (datetime(2024, 1, 1), T(2024, 1, 1)), (Decimal('1.5'), N('1.5')),
        ]:
            for kind in ArrayList, LinkedList, HashSet:
                held = kind()
                held.add(base)
                assert one in held and held.contains(one), (kind, one)
                if kind is not HashSet:
                    assert held.indexOf(one) == 0 and held.lastIndexOf(one) == 0
                else:
                    assert held.add(one) is False and len(held) == 1
                assert held.remove(one) and not held
            m = HashMap()
            m.put('k', base)
            assert m.containsValue(one)
            m.put(base, 'v')
            assert one in m and m.containsKey(one) and m.get(one) == m[one] == 'v'
            m[one] = 'w'
            assert m[base] == 'w' and len(m) == 2 and m.remove(one) == 'w' and base not in m
        assert (1, 3) not in ArrayList([(1, 2)]) and Pair(1, 3) not in HashSet([(1, 2)])
        """);
  }

  @Test
  @DisplayName("A String is a str for whatever asks for one, and has Java's methods")
  void stringsAreTexts() {
    holds(
        """
        import copy, email.utils, functools, inspect, json, pickle, re, string
        import vivarium
        from java.lang import Character, Object, String, StringBuilder
        from java.nio.file import Files
        from java.util import ArrayList, HashMap
        text = String('abc')
        assert type(text) is not str and isinstance(text, str) and repr(text) == "'abc'"
        assert isinstance(text, String) and issubclass(type(text), String) and text.getClass() == String
        assert not isinstance('abc', String) and not isinstance(5, String)
        match text:
            case String(): pass
        @functools.singledispatch
        def kind(value): return 'other'
        kind.register(str)(lambda value: 'str')
        assert kind(text) == 'str' and text.__class__ is type(text)

        # What str has is str's, as whoever asks for one expects
        assert String(',').join('ab') == 'a,b' and String('a.b').split('.') == ['a', 'b'] and String(' a b ').split() == ['a', 'b']
        assert String('{}{}').format('a', 'b') == 'ab' and String('xax').strip('x') == 'a' and String('aa').replace('a', 'b', 1) == 'ba'
        assert string.capwords(String('a b')) == 'A B' and email.utils.parseaddr(String('A <a@b>')) == ('A', 'a@b')
        assert list(String.split('a.b', '[.]')) == ['a', 'b'] and String.join(',', ['a', 'b']) == 'a,b'
        assert type(vivarium.to_python(text)) is str and not any(name[:2] == '__' and not hasattr(text, name) for name in dir(text))
        assert 'x'.join([String('a'), String('b')]) == 'axb'
        assert json.loads(json.dumps({String('k'): [text]})) == {'k': ['abc']}
        assert re.match(String('a.c'), text) and int(String('5')) == 5 and sorted([String('b'), 'a']) == ['a', 'b']
        for made in copy.copy(text), copy.deepcopy(text), pickle.loads(pickle.dumps(text)), vivarium.to_python(text):
            assert made == text and made in ['abc']

        assert text.length() == 3 and text.charAt(1) == 'b' and text.compareTo('abd') == -1
        assert text.repeat(2) == 'abcabc' and String.format('%s!', 1) == '1!' and text.hashCode() == 96354
        assert String().isEmpty() and String(b'\\xc3\\xa9', 'utf-8') == 'é' and String(text) == text
        assert String('\\ud800') == '\\ud800' and String('é\\U0001f600').codePointAt(1) == 0x1f600
        assert {'length', 'upper'} <= set(dir(text)) and 'byte[]' in String.__new__.__doc__
        assert inspect.signature(String)
        try:
            text.nothing
        except AttributeError as e:
            assert "'nothing'" in str(e)
        else:
            raise AssertionError

        for made in ArrayList([text]), ArrayList((text,)), ArrayList({text}):
            assert made.contains('abc') and made.contains(text) and text in made and type(made.iterator().next()) is str
        m = HashMap({text: text})
        assert m.containsKey('abc') and m['abc'] == m[text] == m.get(text) == text and m == {text: 'abc'}
        assert StringBuilder(text).append(text).toString() == 'abcabc' and Files.exists(String('/'))
        assert Character.isDigit(String('5')) and Object() != text and StringBuilder('a') != String('a')
        assert String('a') == Character('a') and Character('a') == String('a')
        try:
            ArrayList(['a']) + String('ab')
        except TypeError:
            pass
        else:
            raise AssertionError

        class Named(Object):
            def toString(self):
                return String('named')
        assert str(Named()) == 'named' == String.valueOf(Named())

        @vivarium.extend(String)
        def shout(self):
            return self.upper() + '!'
        assert text.shout() == 'ABC!' and String.shout('a') == 'A!'
        for refused in (lambda: vivarium.synchronized(text, print)), (lambda: vivarium.synchronized(text)), text.synchronized:
            try:
                refused()
            except TypeError as e:
                assert 'another monitor' in str(e) or 'no Java object' in str(e), e
            else:
                raise AssertionError
        """);
  }

  @Test
  @DisplayName("lists have all that Python's have, with the same outcome")
  void lists() {
    holds(
        OUTCOME,
        ROUNDS,
        """
        from java.util import ArrayList, LinkedList
        def index(): return rnd.randrange(-7, 7)
        def part(): return slice(*(rnd.choice((None, index())) for _ in range(2)), rnd.choice((None, None, 1, 2, -1)))
        def put(l, i, v): l[i] = v
        def drop(l, i): del l[i]
        def plus(l, more): l += more
        def times(l, n): l *= n
        STEPS = (
            lambda: (lambda l, v=rnd.randrange(5): l.append(v)),
            lambda: (lambda l, i=index(), v=rnd.randrange(5): l.insert(i, v)),
            lambda: (lambda l, i=index(): l[i]),
            lambda: (lambda l, i=part(): l[i]),
            lambda: (lambda l, i=index(), v=rnd.randrange(5): put(l, i, v)),
            lambda: (lambda l, i=part(), v=[7] * rnd.randrange(4): put(l, i, v)),
            lambda: (lambda l, i=index(): drop(l, i)),
            lambda: (lambda l, i=part(): drop(l, i)),
            lambda: (lambda l, i=index(): l.pop(i)),
            lambda: (lambda l: l.pop()),
            lambda: (lambda l, v=rnd.randrange(5): l.index(v)),
            lambda: (lambda l, v=rnd.randrange(5): (l.count(v), v in l)),
            lambda: (lambda l: l.reverse()),
            lambda: (lambda l: l.sort()),
            lambda: (lambda l: l.sort(key=lambda v: -v % 3, reverse=True)),
            lambda: (lambda l: l.copy()),
            lambda: (lambda l: list(reversed(l))),
            lambda: (lambda l: l + [1]),
            lambda: (lambda l: [1] + l),
            lambda: (lambda l, n=rnd.randrange(3): l * n),
            lambda: (lambda l: 2 * l),
            lambda: (lambda l: plus(l, [3, 4])),
            lambda: (lambda l: l.extend(v for v in (1, 2))),
            lambda: (lambda l, n=rnd.randrange(3): times(l, n)),
            lambda: (lambda l: l['a']),
            lambda: (lambda l: (len(l), bool(l))),
        )
        for java in ArrayList(), LinkedList():
            own = []
            for i in range(ROUNDS // 20):
                step = rnd.choice(STEPS)()
                same(outcome(step, java), outcome(step, own), 'list')
                assert list(java) == own and java == own and own == java
                if len(own) > 12:
                    own.clear()
                    java.clear()
        from java.lang import Integer
        from java.util import Collections
        l = ArrayList()
        for v in 3, 1, 2:
            l.add(Integer(v))
        for change in l.reverse, l.sort, lambda: l.__imul__(2), lambda: l.sort(None):
            change()
            assert all(Collections.frequency(l, Integer(v)) == l.count(v) for v in (1, 2, 3)), 'no Long'
        assert (l, l.hashCode() != 0) == ([1, 1, 2, 2, 3, 3], True)
        l.sort(lambda a, b: b - a)
        assert l == [3, 3, 2, 2, 1, 1] and l == (3, 3, 2, 2, 1, 1) and {(3, 3, 2, 2, 1, 1): 1}[l] == 1
        match l:
            case [3, *rest]: assert rest == [3, 2, 2, 1, 1]
            case _: raise AssertionError
        """);
  }

  @Test
  @DisplayName("sets have all that Python's have, with the same outcome")
  void sets() {
    holds(
        OUTCOME,
        ROUNDS,
        """
        import operator as o
        from java.util import HashSet, LinkedHashSet, TreeSet
        def some(): return rnd.choice((set, frozenset, lambda v: HashSet(v)))({rnd.randrange(6) for _ in range(3)})
        def by(operator): return lambda: (lambda s, other=some(): operator(s, other))
        def back(operator): return lambda: (lambda s, other=some(): operator(other, s))
        def method(name): return lambda: (lambda s, other=some(): getattr(s, name)(other))
        STEPS = (
            *map(by, (o.or_, o.and_, o.sub, o.xor, o.le, o.lt, o.ge, o.gt, o.eq, o.ne)),
            *map(back, (o.or_, o.and_, o.sub, o.xor, o.le, o.lt, o.eq)),
            *map(method, ('union', 'intersection', 'difference', 'symmetric_difference', 'isdisjoint',
                          'issubset', 'issuperset', 'update', 'intersection_update', 'difference_update',
                          'symmetric_difference_update')),
            lambda: (lambda s, v=rnd.randrange(6): s.discard(v)),
            lambda: (lambda s, v=rnd.randrange(6): (v in s, len(s), bool(s))),
            lambda: (lambda s, v=rnd.randrange(6): (s.add(v), None)[1]),
            lambda: (lambda s: s.copy()),
            lambda: (lambda s: s | [1]),
            lambda: (lambda s: s.pop() and None if len(s) == 1 else None),
        )
        INPLACE = (o.ior, o.iand, o.isub, o.ixor)
        def plain(v): return set(v) if isinstance(v, (frozenset, set, HashSet, LinkedHashSet, TreeSet)) else v
        for java in HashSet(), LinkedHashSet(), TreeSet():
            own = set()
            for i in range(ROUNDS // 20):
                if rnd.random() < 0.2:
                    f, other = rnd.choice(INPLACE), some()
                    java = f(java, other)
                    own = f(own, set(other))
                else:
                    step = rnd.choice(STEPS)()
                    same(plain(outcome(step, java)), plain(outcome(step, own)), 'set')
                assert set(java) == own and java == own and own == java
        try:
            HashSet().pop()
        except KeyError:
            pass
        else:
            raise AssertionError
        assert {frozenset((1, 2)): 3}[HashSet([1, 2])] == 3
        """);
  }

  @Test
  @DisplayName("maps have all that Python's dicts have, with the same outcome")
  void maps() {
    holds(
        OUTCOME,
        ROUNDS,
        """
        from java.util import HashMap, LinkedHashMap, TreeMap
        def key(): return rnd.randrange(5)
        def put(m, k, v): m[k] = v
        def drop(m, k): del m[k]
        def merge(m, other): m |= other
        STEPS = (
            lambda: (lambda m, k=key(): m[k]),
            lambda: (lambda m, k=key(), v=rnd.randrange(9): put(m, k, v)),
            lambda: (lambda m, k=key(): drop(m, k)),
            lambda: (lambda m, k=key(): m.get(k)),
            lambda: (lambda m, k=key(): m.get(k, 'none')),
            lambda: (lambda m, k=key(): m.pop(k)),
            lambda: (lambda m, k=key(): m.pop(k, None)),
            lambda: (lambda m, k=key(): m.setdefault(k, 8)),
            lambda: (lambda m, k=key(): (k in m, (k, 1) in m.items(), 'a' in m.items(), k in m.keys())),
            lambda: (lambda m: m.update({1: 2}, **{})),
            lambda: (lambda m: sorted(m.items())),
            lambda: (lambda m: m | {9: 1}),
            lambda: (lambda m: {9: 1, 1: 0} | m),
            lambda: (lambda m: merge(m, {3: 3})),
            lambda: (lambda m: m.copy()),
            lambda: (lambda m: sorted(m.keys() & {1, 2})),
            lambda: (lambda m: (len(m), bool(m), sorted(reversed(m)))),
            lambda: (lambda m: m | [1]),
        )
        for java in HashMap(), LinkedHashMap(), TreeMap():
            own = {}
            for i in range(ROUNDS // 20):
                step = rnd.choice(STEPS)()
                same(outcome(step, java), outcome(step, own), 'map')
                assert dict(java) == own and java == own and own == java
        m = HashMap()
        m[1] = 2
        for entry in m.entrySet():
            k, v = entry
            assert (k, v) == (1, 2) and entry[1] == 2 and len(entry) == 2
        assert m.popitem() == (1, 2) and not m
        match LinkedHashMap({'a': 1}):
            case {'a': one}: assert one == 1
            case _: raise AssertionError
        """);
  }

  @Test
  @DisplayName(
      "a collection finds and replaces what Python's == finds, whatever Java's type of it; a new key"
          + " is of the type of the others")
  void keys() {
    holds(
        OUTCOME,
        """
        from java.lang import Byte, Character, Double, Float, Integer, Long, Short, String
        from java.math import BigInteger
        from java.util import ArrayList, Collections, HashMap, HashSet, LinkedHashMap, TreeMap, TreeSet
        BOXES = Byte, Short, Integer, Long, Double, Float, lambda v: BigInteger(str(v))
        for box in BOXES:
            for m in HashMap(), LinkedHashMap(), TreeMap():
                for i in range(3):
                    m.put(box(i), str(i))
                for i in 0, 1, 2.0, Integer(2), Long(1), True:
                    assert m[i] == str(int(i)) and i in m and m.containsKey(i) and m.get(i) == str(int(i))
                    assert m.getOrDefault(i, 'x') == str(int(i))
                assert 7 not in m and 'a' not in m and m.get(7) is None and m.getOrDefault(7, 'x') == 'x'
                m[1] = 'y'
                m.update({2: 'z'})
                assert m.size() == 3 and m[1] == 'y' and m[2] == 'z'
                m[5] = 'new'
                assert Collections.frequency(m.keySet(), box(5)) == 1, 'of the type of the others'
                assert m.size() == 4 and m[5] == 'new' and dict(m) == {0: '0', 1: 'y', 2: 'z', 5: 'new'}
                assert m.remove(5) == 'new' and m.remove(5) is None and m.size() == 3
                assert m.remove(1, 'n') is False and m.remove(1, 'y') is True and m.size() == 2
                del m[2]
                assert list(m) == [0]
            for s in HashSet(), TreeSet(), ArrayList():
                for i in range(3):
                    s.add(box(i))
                assert 1 in s and s.contains(2) and 2.0 in s and 7 not in s and not s.contains('a')
            s = HashSet()
            s.add(box(1))
            s.discard(1)
            assert s.isEmpty()
        m = HashMap()
        m.put(Character('l'), 1)
        assert m['l'] == 1 and 'l' in m and dict(m) == {'l': 1} and 'll' not in m
        m['l'] = 2
        assert m.size() == 1 and m['l'] == 2
        """);
  }

  @Test
  @DisplayName(
      "dates, times, durations and UUIDs are equal to Python's, ordered and hashed as they")
  void values() {
    holds(
        """
        import copy, uuid
        from datetime import date, datetime, time, timedelta, timezone
        from java.time import Duration, Instant, LocalDate, LocalDateTime, LocalTime, OffsetDateTime, ZonedDateTime
        from java.util import UUID, ArrayList
        assert LocalDate.of(2024, 1, 1) == date(2024, 1, 1) and date(2024, 1, 1) == LocalDate.of(2024, 1, 1)
        assert LocalDate.of(2024, 1, 1) < date(2024, 1, 2) and date(2024, 1, 2) >= LocalDate.of(2024, 1, 1)
        assert LocalDate.of(2024, 1, 1) < LocalDate.of(2024, 1, 2) and LocalDate.of(2024, 1, 1) != 'x'
        assert {date(2024, 1, 1): 1}[LocalDate.of(2024, 1, 1)] == 1
        assert LocalDateTime.of(2024, 1, 1, 2, 3) == datetime(2024, 1, 1, 2, 3)
        assert LocalTime.of(2, 3) < time(2, 4) and Duration.ofSeconds(3) == timedelta(seconds=3)
        assert Instant.ofEpochSecond(0) == datetime(1970, 1, 1, tzinfo=timezone.utc)
        assert OffsetDateTime.parse('2024-01-01T00:00:00Z') < datetime(2024, 1, 2, tzinfo=timezone.utc)
        assert ZonedDateTime.parse('2024-01-01T00:00:00Z[UTC]') == datetime(2024, 1, 1, tzinfo=timezone.utc)
        assert UUID(0, 1) == uuid.UUID(int=1) and {uuid.UUID(int=1): 2}[UUID(0, 1)] == 2
        far = LocalDate.of(12345, 1, 1)
        assert far == LocalDate.of(12345, 1, 1) and far != date(1, 1, 1) and {far: 1}[far] == 1
        l = ArrayList()
        for value in date(2024, 1, 1), timedelta(3), uuid.UUID(int=5), (1, 2), 1 + 2j, 2 ** 63, datetime(2024, 1, 1):
            l.add(value)
            assert l[-1] == value and value == l[-1] and value in l, value
        d = LocalDate.of(2024, 1, 1)
        assert copy.copy(d) is d and copy.deepcopy([d])[0] is d
        assert copy.copy(ArrayList([1])) == [1] and type(copy.copy(ArrayList())) is ArrayList
        """);
  }

  @Test
  @DisplayName(
      "overloads: an array by its elements, rather a collection; a list is one variable argument")
  void overloads() {
    holds(
        HERE,
        """
        from collections import OrderedDict, defaultdict, deque
        from java.lang import ProcessBuilder, String
        from java.util import ArrayList, Arrays, HashMap, List
        from java.util.concurrent import Executors
        from java.util.stream import Stream
        import enum
        assert String.join(',', ['a', 'b']) == 'a,b' and list(ProcessBuilder(['echo', 'hi']).command()) == ['echo', 'hi']
        assert Executors.callable(lambda: 5).call() == 5
        assert T.both(0.0) == 'float' and T.both(0.1) == 'float'
        assert String.format('%s', [1, 2]) == '[1, 2]' and String.format('%s-%s', 'a', [1]) == 'a-[1]'
        assert List.of([1, 2]).size() == 1 and Stream.of([1, 2]).count() == 1 and Arrays.asList(1, 2).size() == 2
        assert T.count('a', [1, 2]) == 1 and T.count('a', *[1, 2]) == 2 and T.count('a') == 0
        assert T.joined(['a', 'b']) == 'a+b' and T.joined('a', 'b') == 'a+b' and T.joined() == ''
        assert T.arrays([1, 2]) == 'int[1, 2]' and T.arrays([1, 2 ** 40]) == f'long[1, {2 ** 40}]'
        assert T.arrays([1, 2.5]) == 'double[1.0, 2.5]' and T.arrays((True,)) == 'boolean[true]'
        assert T.arrays(['a', 1]) == 'Object[a, 1]' and T.arrays([]) == 'Object[]' and T.arrays([None]) == 'Object[null]'
        assert T.arrays([2 ** 70]) == f'Object[{2 ** 70}]'
        assert Arrays.toString([1, 2]) == '[1, 2]' and Arrays.stream([1.5]).sum() == 1.5
        class F(float): pass
        class S(str): pass
        class I(enum.IntEnum): A = 3
        assert T.over(F(1.5)) == 'double' and T.over(I.A) == 'int' and T.over(True) == 'boolean'
        assert T.over(S('a')) == 'Object' and T.over([1]) == 'Object'
        assert String.format('%.1f %d %s', F(1.5), I.A, S('x')) == '1.5 3 x'
        assert ArrayList(['a']).contains(S('a')) and S('a') in ArrayList(['a'])
        assert list(ArrayList(range(3))) == [0, 1, 2] and list(ArrayList(deque([1]))) == [1]
        assert list(ArrayList({'a': 1}.keys())) == ['a'] and HashMap(OrderedDict(a=1)) == {'a': 1}
        assert HashMap(defaultdict(int, a=1)) == {'a': 1} and ArrayList(v for v in [1, 2]) == [1, 2]
        from java.util.concurrent import CompletableFuture
        failed = CompletableFuture()
        assert failed.completeExceptionally(ValueError('x')) and failed.isCompletedExceptionally()
        """);
  }

  @Test
  @DisplayName(
      "what newcomers look for: properties, enums, subscripts, paths, weak references, arguments")
  void members() {
    holds(
        HERE,
        """
        import os, pathlib, weakref
        from java.io import File, IOException
        from java.lang import Integer, IllegalStateException, RuntimeException
        from java.nio.file import Files, Path
        from java.time import DayOfWeek
        from java.util import ArrayList, HashMap, List, Map
        bean = T.Bean()
        l = ArrayList()
        assert bean.name == 'n' and bean.ready is False and bean.numbers == [1, 2] and bean.size == 3
        bean.name = 'm'
        bean.ready = True
        assert bean.getName() == 'm' and bean.isReady() and 'name' in dir(bean)
        try:
            bean.numbers = [3]
        except AttributeError as e:
            assert 'setNumbers' in str(e)
        else:
            raise AssertionError
        class Named(T.Named):
            def __init__(self): self.name = 'own'
            def getName(self): return self.name
        assert T.greet(Named()) == 'hello own'
        assert DayOfWeek['MONDAY'] == DayOfWeek.MONDAY and len(DayOfWeek) == 7 and list(DayOfWeek)[6].name() == 'SUNDAY'
        assert DayOfWeek.MONDAY in DayOfWeek and 'x' not in DayOfWeek and DayOfWeek
        for wrong in lambda: DayOfWeek['x'], lambda: list(ArrayList), lambda: len(ArrayList):
            try:
                wrong()
            except (KeyError, TypeError):
                pass
            else:
                raise AssertionError
        import java.lang, vivarium
        assert l.getClass() == ArrayList and ArrayList == l.getClass() and l.getClass() != List
        assert {ArrayList: 1}[l.getClass()] == 1 and l.getClass()([1]) == [1]
        assert ArrayList.class_.getName() == 'java.util.ArrayList' and vivarium.jclass(l.getClass()) is ArrayList
        assert type(ArrayList.class_) is java.lang.Class and ArrayList.class_ == ArrayList
        l.add(List)
        assert l[0] == List and l[0].isInterface() and java.lang.Class.forName('java.util.List') == List
        assert List[int].__origin__ is List and Map[str, List[int]]
        assert os.fspath(Path.of('/tmp')) == '/tmp' and os.path.exists(File('/')) and Files.exists('/')
        assert Path.of('/a') / 'b' == Path.of('/a/b') and Path.of('/a') == pathlib.PurePath('/a')
        l = ArrayList()
        gone = weakref.ref(l)
        assert gone() is l
        del l
        assert gone() is None
        try:
            Integer.parseInt('x')
        except ValueError as e:
            assert e.args == ('For input string: "x"',)
            e.args = (1,)
            assert e.args == (1,)
        assert IOException().args == () and IOException('m').args == ('m',)
        e = RuntimeException('a', IOException('b'))
        assert type(e.__cause__) is IOException and str(e.__cause__) == 'b'
        class Err(IllegalStateException):
            def __init__(self, message, code):
                super().__init__(message)
                self.code = code
        e = Err('m', 5)
        assert e.code == 5 and e.getMessage() == 'm' and e.args == ('m',)
        class Other(IllegalStateException):
            def __init__(self, *, code): self.code = code
        assert Other(code=3).code == 3 and Other(code=3).getMessage() is None
        """);
  }

  @Test
  @DisplayName("arrays are sequences")
  void arrays() {
    holds(
        """
        from collections.abc import Sequence
        import vivarium
        a = vivarium.array('int', [1, 2, 3, 2])
        assert isinstance(a, Sequence) and a.index(2) == 1 and a.count(2) == 2 and list(reversed(a)) == [2, 3, 2, 1]
        assert a + [5] == [1, 2, 3, 2, 5] and [0] + a == [0, 1, 2, 3, 2] and vivarium.array('int', [1]) * 2 == [1, 1]
        match a:
            case [1, *rest]: assert rest == [2, 3, 2]
            case _: raise AssertionError
        for wrong in lambda: a.index(9), lambda: a['x'], lambda: a[9]:
            try:
                wrong()
            except (ValueError, TypeError, IndexError):
                pass
            else:
                raise AssertionError
        """);
  }

  @Test
  @DisplayName(
      "numbers, texts and truths have the methods of Python's own that Java has no name for")
  void methodsOfValues() {
    holds(
        """
        import os
        from java.lang import Boolean, Character, Double, Integer, Long, String
        from java.math import BigInteger
        from java.time import LocalDate
        assert Integer(5).bit_length() == 3 and Long(5).real == 5 and BigInteger('6').to_bytes(1, 'big') == b'\\x06'
        assert Double(2.5).as_integer_ratio() == (5, 2) and not Double(2.5).is_integer() and Double(2.5).imag == 0
        assert String('abc').upper() == 'ABC' and String('abc').startswith('a') and String('é').encode() == 'é'.encode()
        assert Character('a').isalpha() and '%c' % Character('A') == 'A' and hex(Character('A')) == '0x41'
        assert String.split('a,b', ',').getClass().isArray(), "Java's own"
        assert (Boolean(True) & True) is True and Boolean(True) + 1 == 2 and Boolean(False) | Boolean(True)
        assert os.fspath(String('/a')) == '/a' and os.path.join(String('a'), 'b') == 'a/b'
        assert f'{LocalDate.of(2024, 1, 2):%d.%m.%Y}' == '02.01.2024' and f'{LocalDate.of(2024, 1, 2)}' == '2024-01-02'
        assert String.length('abc') == 3 and list(map(String.toUpperCase, ['a', String('b')])) == ['A', 'B']
        assert list(map(Integer.intValue, [1, Integer(2)])) == [1, 2] and String.valueOf(5) == '5'
        from java.util.stream import Stream
        assert list(Stream.of('a', 'bb').map(String.length)) == [1, 2]
        assert String.format('%c%c %d', 'é', 65, 5) == 'éA 5' and String('%2$c%1$c').formatted('a', 'b') == 'ba'
        assert String.format('%c%<c', 0x1f600) == '\\U0001f600' * 2
        """);
  }

  @Test
  @DisplayName(
      "Java's own methods of collections get a key or an element as the collection has it: an"
          + " Integer 5 for 5")
  void javasOwnMethods() {
    holds(
        OUTCOME,
        ROUNDS,
        """
        from java.lang import Byte, Character, Double, Float, Integer, Long, Short
        from java.math import BigDecimal, BigInteger
        from java.util import ArrayDeque, ArrayList, Collections, HashMap, HashSet, LinkedList, TreeMap, TreeSet, Vector
        from java.util.concurrent import ConcurrentHashMap, CopyOnWriteArrayList
        BOXES = (Byte, Short, Integer, Long, Double, Float, lambda v: BigInteger(str(v)), lambda v: BigDecimal(str(v)),
                 lambda v: Character(chr(v + 70)))
        def only(box, values): # nothing of another type has come in
            return all(Collections.frequency(values, box(v)) == 1 for v in list(range(9)) if values.contains(box(v)))
        for i in range(max(3, ROUNDS // 300)):
            box = rnd.choice(BOXES)
            def key(v): return chr(v + 70) if box is BOXES[-1] else rnd.choice((v, float(v), Integer(v), Long(v)))
            m = rnd.choice((HashMap, TreeMap, ConcurrentHashMap))()
            own = {}
            m.put(box(0), 'zero')
            own[0] = 'zero'
            for _ in range(20):
                v = rnd.randrange(6)
                k = key(v)
                what = rnd.randrange(9)
                if what == 0: assert m.put(k, 'p') == own.get(v); own[v] = 'p'
                elif what == 1: assert m.putIfAbsent(k, 'q') == own.get(v); own.setdefault(v, 'q')
                elif what == 2: assert m.replace(k, 'r') == own.get(v); own.update({v: 'r'} if v in own else {})
                elif what == 3: assert m.merge(k, 's', lambda a, b: a + b) == own.get(v, '') + 's'; own[v] = own.get(v, '') + 's'
                elif what == 4: assert m.computeIfAbsent(k, lambda k: 't') == own.setdefault(v, 't')
                elif what == 5: m.putAll({k: 'u'}); own[v] = 'u'
                elif what == 6: assert m.containsKey(k) == (v in own) and m.containsValue('u') == ('u' in own.values())
                elif what == 7 and v: assert m.remove(k) == own.pop(v, None)
                else: assert m.getOrDefault(k, 'none') == own.get(v, 'none')
                assert len(m) == len(own) and only(box, m.keySet()), (box, m, own)
                assert all(m[key(v)] == own[v] for v in own)
            s = rnd.choice((HashSet, TreeSet))([])
            s.add(box(0))
            held = {0}
            for _ in range(10):
                v = rnd.randrange(6)
                what = rnd.randrange(5)
                if what == 0: assert s.add(key(v)) == (v not in held); held.add(v)
                elif what == 1 and v: assert s.remove(key(v)) == (v in held); held.discard(v)
                elif what == 2: s.addAll([key(v), key(0)]); held.add(v)
                elif what == 3: assert s.containsAll([key(v)]) == (v in held)
                elif v: s.removeAll([key(v)]); held.discard(v)
                assert len(s) == len(held) and only(box, s), (box, s, held)
            s.retainAll([key(0)])
            assert len(s) == 1
            l = rnd.choice((ArrayList, LinkedList, Vector, CopyOnWriteArrayList))()
            for v in 1, 2, 3, 2:
                l.add(box(v))
            assert l.indexOf(key(2)) == 1 and l.lastIndexOf(key(2)) == 3 and l.indexOf(key(5)) == -1
            assert l.contains(key(3)) and not l.contains(key(4)) and l.containsAll((key(1), key(3)))
            assert l.removeAll({key(1)}) and l.retainAll([key(2)]) and len(l) == 2 and not l.removeAll([key(7)])
            d = ArrayDeque(l)
            assert d.removeFirstOccurrence(key(2)) and d.contains(key(2)) and d.remove(key(2)) and not d
        l = ArrayList()
        for v in 5, 6:
            l.add(Integer(v))
        assert l.remove(Long(6)) is True and l.remove(0) == 5 and not l
        t = TreeMap()
        for v in 5, 7:
            t.put(Integer(v), v)
        assert t.floorKey(6) == 5 and t.headMap(6) == {5: 5} and t.subMap(5, 8).size() == 2 and t.ceilingKey(6) == 7
        t = TreeSet(t.keySet())
        assert t.higher(5) == 7 and t.subSet(5, 6) == {5} and t.tailSet(6) == {7}
        m = HashMap()
        m.put('a', Integer(3))
        assert m.containsValue(3) and not m.remove('a', 4) and m.replace('a', 3, 4) and m.remove('a', 4.0)
        """);
  }

  @Test
  @DisplayName(
      "Python's == decides of bytes, decimals and collections too, whatever Java's types in them")
  void oneEquality() {
    holds(
        """
        from decimal import Decimal
        from java.io import IOException
        from java.lang import Double, Integer, Long
        from java.math import BigDecimal
        from java.util import ArrayList, HashMap, HashSet, LinkedHashMap, TreeMap
        import vivarium
        for box in Integer, Long, Double:
            l, m = ArrayList(), HashMap()
            for v in 5, 6:
                l.add(box(v))
                m.put(box(v), 'x')
            s = HashSet(l)
            assert l == [5, 6] and l == ArrayList([5, 6]) and ArrayList([5, 6]) == l and l != ArrayList([5]) and l != ArrayList([6, 5])
            assert s == {5, 6} and s == HashSet([5, 6]) and HashSet([5, 6]) == s and hash(s) == hash(HashSet([5, 6]))
            assert m == {5: 'x', 6: 'x'} and m == LinkedHashMap({5: 'x', 6: 'x'}) and m != HashMap({5: 'x'})
            assert hash(m) == hash(LinkedHashMap({5: 'x', 6: 'x'})) and hash(l) == hash((5, 6))
        l = ArrayList([b'ab', 2 ** 63, (1, 2), [1], {'a': b'c'}])
        for one in b'ab', 2 ** 63, (1, 2), [1], {'a': b'c'}:
            assert one in l and l.index(one) >= 0 and l.count(one) == 1, one
        assert all(l.contains(one) for one in (b'ab', 2 ** 63, (1, 2)))
        # Of numbers alone: 3.12's Decimal, compared with others, asks a class of the interpreter that imported it first
        d = ArrayList([2, Decimal('1.50')])
        for one in Decimal('1.5'), 1.5:
            assert one in d and d.contains(one) and d.index(one) == 1 and d.count(one) == 1, one
        assert l[0] == b'ab' and b'ab' == l[0] and l[0] == bytearray(b'ab') and l[0].decode() == 'ab' and l[0] != b'a'
        assert {b'ab': 1}[l[0]] == 1 and b'x' not in l and l.indexOf(b'ab') == 0
        m = HashMap()
        m[b'k'] = 1
        m[b'k'] = 2
        assert len(m) == 1 and m[b'k'] == 2 and b'k' in m and m.remove(b'k') == 2 and not m
        for kind in HashMap, TreeMap:
            m = kind()
            m.put(BigDecimal('1.50'), 1)
            m[Decimal('1.5')] = 2
            assert len(m) == 1 and m[1.5] == 2 and m.containsKey(1.5)
            del m[Decimal('1.500')]
            assert not m
        s = HashSet([b'a'])
        assert not s.add(b'a') and len(s) == 1
        s.discard(b'a')
        assert not s
        a = vivarium.array('int', [1, 2])
        assert a == [1, 2] and [1, 2] == a and a == (1, 2) and a == ArrayList([1, 2]) and ArrayList([1, 2]) == a
        assert a == vivarium.array('long', [1, 2]) and a != [1] and hash(a) == hash((1, 2)) and a != 'x'
        assert ArrayList([1]) < ArrayList([2]) and ArrayList([1]) < [1, 2] and [3] >= ArrayList([3]) and max(ArrayList([1]), [2]) == [2]
        e, f = IOException('e'), IOException('f')
        e.addSuppressed(f)
        assert e.getSuppressed()[0] == f and {f: 1}[e.getSuppressed()[0]] == 1 and e != f and e == e
        """);
  }

  @Test
  @DisplayName(
      "classes among other objects are the types that they are; a type has its Class's methods")
  void classesAsTypes() {
    holds(
        """
        from java.lang import Class, Integer
        from java.util import AbstractList, ArrayList, HashMap, List
        import vivarium
        l = ArrayList([ArrayList, int])
        assert l[0] is ArrayList and l.get(0) is ArrayList and list(l)[0] is ArrayList and l[1] is int and ArrayList in l
        m = HashMap({List: 1})
        assert list(m)[0] is List and m[List] == 1 and m[ArrayList().getClass().getInterfaces()[0]] == 1
        c = l.getClass()
        assert type(c) is Class and c == ArrayList and c.getName() == ArrayList.getName() == 'java.util.ArrayList'
        assert isinstance(l, c) and not isinstance(5, c) and issubclass(ArrayList, List.class_)
        assert List.isInterface() and ArrayList.getSuperclass() == AbstractList and c.getInterfaces()[0].isInterface()
        assert not hasattr(ArrayList, 'forName') and not hasattr(ArrayList, 'name')
        l.add(Integer.TYPE)
        assert l[2] == Integer.TYPE and l[2].getName() == 'int' and str(Integer.TYPE) == 'int'
        assert vivarium.jclass('int[]') is type(vivarium.array('int', 1))
        assert vivarium.jclass('java.lang.String[][]').getComponentType() == vivarium.jclass('java.lang.String[]')
        from java.time import DayOfWeek
        assert [day.getValue() for day in reversed(DayOfWeek)] == [7, 6, 5, 4, 3, 2, 1]
        """);
  }

  @Test
  @DisplayName("records and Kotlin's data classes unpack, match, and are copied with changes")
  void components() {
    holds(
        HERE,
        """
        import copy, sys
        p, u = T.Point(5, 'a'), T.User('n', 3)
        x, label = p
        name, age = u
        assert (x, label, name, age) == (5, 'a', 'n', 3) and u.name == 'n' and u.age == 3 and p.x() == 5
        match p:
            case T.Point(5, b): assert b == 'a'
            case _: raise AssertionError
        match u:
            case T.User('n', a): assert a == 3
            case _: raise AssertionError
        match u:
            case T.User(age=3): pass
            case _: raise AssertionError
        assert u.copy() == u and u.copy(age=4) == T.User('n', 4) and u.copy('m') == T.User('m', 3)
        assert u.copy('m', 9) == T.User('m', 9) and copy.copy(p) is p
        assert p.__replace__(x=6) == T.Point(6, 'a') and u.__replace__(name='k') == T.User('k', 3)
        if sys.version_info >= (3, 13):
            assert copy.replace(p, label='b') == T.Point(5, 'b')
        for wrong in lambda: u.copy(size=1), lambda: p.__replace__(y=1):
            try:
                wrong()
            except TypeError as e:
                assert 'has no component' in str(e)
            else:
                raise AssertionError
        """);
  }

  @Test
  @DisplayName("copy and deepcopy copy what Java can copy, with the Python objects in it")
  void copies() {
    holds(
        OUTCOME,
        """
        import copy, json
        from java.lang import Integer, Thread
        from java.time import DayOfWeek, LocalDate
        from java.util import (ArrayDeque, ArrayList, Collections, Comparator, HashMap, HashSet, LinkedHashMap,
                               LinkedList, List, PriorityQueue, TreeMap, TreeSet)
        from java.util.concurrent import ConcurrentHashMap, CopyOnWriteArrayList
        import vivarium
        def made(depth):
            kind = rnd.randrange(4 if depth else 1)
            if kind == 0: return rnd.choice((1, 'a', 2.5, None, 2 ** 70, b'x', True))
            if kind == 1: return rnd.choice((ArrayList, LinkedList))([made(depth - 1) for _ in range(3)])
            if kind == 2: return rnd.choice((HashMap, LinkedHashMap))({str(i): made(depth - 1) for i in range(3)})
            return [made(depth - 1) for _ in range(2)]
        for _ in range(50):
            one = ArrayList([made(3)])
            for copied in copy.copy(one), copy.deepcopy(one):
                assert copied == one and copied is not one and type(copied) is ArrayList
        for kind in ArrayList, LinkedList, HashSet, TreeSet, CopyOnWriteArrayList, ArrayDeque, PriorityQueue:
            one = kind([1, 2])
            for how in copy.copy, copy.deepcopy:
                other = how(one)
                assert type(other) is kind and list(other) == [1, 2]
                other.add(3)
                assert len(one) == 2
        for kind in HashMap, LinkedHashMap, TreeMap, ConcurrentHashMap:
            one = kind({'a': [1]})
            for how in copy.copy, copy.deepcopy:
                other = how(one)
                assert type(other) is kind and other == one
                other['b'] = 2
                assert len(one) == 1
            copy.deepcopy(one)['a'].append(2)
            assert one == {'a': [1]}
            copy.copy(one)['a'].append(2)
            assert one == {'a': [1, 2]}
        array = vivarium.array('int', [1, 2])
        for how in copy.copy, copy.deepcopy:
            other = how(array)
            other[0] = 5
            assert other == [5, 2] and array == [1, 2] and type(other) is type(array)
        class Held: pass
        held = Held()
        held.l = [1]
        l = ArrayList([held])
        l.add(Integer(7))
        other = copy.deepcopy(l)
        assert other[0] is not held and other[0].l == [1] and other[0].l is not held.l and l[0] is held
        assert Collections.frequency(other, Integer(7)) == 1 and copy.copy(l)[0] is held
        memo = {}
        assert copy.deepcopy([l, l], memo)[0] is not l
        unchanged = List.of(1, 2)
        assert copy.copy(unchanged) is unchanged and copy.copy(DayOfWeek.MONDAY) == DayOfWeek.MONDAY
        class ByN(Comparator):
            def __init__(self, n): self.n = n
            def compare(self, a, b): return self.n[0]
        by = ByN([3])
        shallow, deep = copy.copy(by), copy.deepcopy(by)
        assert shallow.n is by.n and deep.n == [3] and deep.n is not by.n and type(deep) is ByN and deep(1, 2) == 3
        for wrong, said in ((lambda: copy.copy(Thread.currentThread()), 'java.lang.Thread cannot be copied'),
                            (lambda: copy.deepcopy(ArrayList([Thread.currentThread()])), 'it holds a java.lang.Thread')):
            try:
                wrong()
            except TypeError as e:
                assert said in str(e), e
            else:
                raise AssertionError
        m = LinkedHashMap({'a': Integer(1), 'b': ArrayList([LinkedHashMap({'c': None})]), 'd': (1.5, True)})
        assert json.dumps(m, default=vivarium.to_python) == '{"a": 1, "b": [{"c": null}], "d": [1.5, true]}'
        assert json.dumps([Integer(5), m['b']], default=vivarium.to_python) == '[5, [{"c": null}]]'
        back = vivarium.to_python(m)
        assert type(back) is dict and type(back['b']) is list and type(back['a']) is int and vivarium.to_python(5) == 5
        assert type(outcome(vivarium.to_python, Thread.currentThread())) is type and outcome(json.dumps, m) is TypeError
        """);
  }

  @Test
  @DisplayName("a number with a fraction that a double has not, and a complex one, are no double")
  void exactNumbers() {
    holds(
        HERE,
        OUTCOME,
        """
        from decimal import Decimal
        from fractions import Fraction
        for fits in Decimal('0.5'), Fraction(1, 4), Decimal(2 ** 60), Decimal('inf'):
            assert T.real(fits) == fits
        for not_exact in Decimal('0.1'), Fraction(1, 3), Decimal('1e400'), Decimal(2 ** 60 + 1), 1j, 2 ** 53 + 1:
            assert outcome(T.real, not_exact) is TypeError, not_exact
        class Own:
            def __float__(self): return 0.1
        assert T.real(Own()) == 0.1, 'what has no order says nothing'
        for i in range(300):
            value = rnd.uniform(-9, 9)
            assert T.real(Decimal(value)) == value and T.real(Fraction(value)) == value
            assert outcome(T.real, Decimal(value) + Decimal('1e-40')) is TypeError
        from java.util import ArrayList
        class Iterable:
            def __iter__(self): return iter((1, 2))
        assert ArrayList(Iterable()) == [1, 2] and ArrayList({'a': 3}.values()) == [3] and ArrayList({'a': 3}.items()) == [('a', 3)]
        for none in 'ab', b'ab', {'a': 1}:
            assert outcome(ArrayList, none) is TypeError
        """);
  }

  @Test
  @DisplayName(
      "what is hidden is reachable or says why: fields, classes that are not public, errors")
  void hiddenMembers() {
    holds(
        HERE,
        """
        import errno
        from java.io import EOFException, FileInputStream, IOException
        from java.nio.file import FileAlreadyExistsException, Files
        h = T.Hiding()
        assert h.size() == 2 and h.size_ == 1 and T.Hiding.shared() == 4 and T.Hiding.shared_ == 3
        h.size_ = 5
        assert h.size_ == 5 and h.size() == 2
        r = T.hidden()
        try:
            r.secret
        except AttributeError as e:
            assert 'JavaAsPythonsOwnTest.Hidden is not public' in str(e) and e.name == 'secret', e
        else:
            raise AssertionError
        assert str(r) == 'Hidden[secret=1]' and r == T.hidden() and r.hashCode() == T.hidden().hashCode()
        for open in lambda: FileInputStream('/no/such'), lambda: Files.readString('/no/such'):
            try:
                open()
            except FileNotFoundError as e:
                assert e.errno == errno.ENOENT and e.filename == '/no/such' and e.args, (e.errno, e.filename)
                e.filename = 'mine'
                assert e.filename == 'mine'
            else:
                raise AssertionError
        assert FileAlreadyExistsException('/f').errno == errno.EEXIST and FileAlreadyExistsException('/f').filename == '/f'
        assert IOException('m').errno is None and IOException('m').strerror == 'm' and IOException('m').filename is None
        """);
  }

  @Test
  @DisplayName("a field that a method hides has an underscore at the end of its name")
  void hiddenFields() {
    holds(
        """
        from dev.vivarium.behaviour import JavaAsPythonsOwnTest as T
        h = T.Hides()
        assert h.size() == 100 and h.size_ == 1
        h.size_ = 3
        assert h.size() == 300 and h.size_ == 3
        assert T.Hides.kind() == 7 and T.Hides.kind_ == 'k'
        T.Hides.kind_ = 'j'
        assert T.Hides.kind_ == 'j'
        T.Hides.kind_ = 'k'
        m = T.HidesMore()
        assert m.shown() == 'method 2' and m.shown_ == 2 and T.Shown().shown == 2
        m.shown_ = 5
        assert m.shown() == 'method 5'
        assert not hasattr(T.Shown, 'shown_')
        """);
  }

  @Test
  @DisplayName("import * of a Java package says why it is not")
  void importAll() {
    holds(
        """
        try:
            exec('from java.lang import *', {})
        except ImportError as e:
            assert 'by name' in str(e), str(e)
        else:
            raise AssertionError
        import java.util, pydoc
        assert 'java.util' in pydoc.render_doc(java.util)
        assert 'ArrayList' in dir(java.util)
        """);
  }
}
