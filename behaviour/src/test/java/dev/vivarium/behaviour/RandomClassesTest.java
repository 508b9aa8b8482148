package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What holds of subtypes, classes, registered conversions, classes that Python code extends, typed
 * views, words and reserved names, at random against a model; as {@link RandomKindsTest} does of
 * others.
 */
@ExtendWith(PythonUnderTest.class)
public final class RandomClassesTest {

  private static final String IMPORTS =
      """
      from dev.vivarium.behaviour import RandomClassesTest as T
      from dev.vivarium.behaviour import RandomKindsTest as Kinds
      """;

  private static void holds(String code) {
    RandomKindsTest.holds(IMPORTS + code, in -> {});
  }

  @Test
  @DisplayName(
      "A class derived from a number or a text, and an enum of them, is taken as its value")
  void subtypes() {
    holds(
        """
        import enum
        class Whole(int): pass
        class Real(float): pass
        class Text(str): pass
        NUMBERS = [rnd.choice((0, 1, -1, 7, 300, 70000, 2 ** 31, -2 ** 63)) + i for i in range(40)]
        Enumerated = enum.IntEnum('Enumerated', {f'N{i}': n for i, n in enumerate(NUMBERS)})
        Worded = enum.StrEnum('Worded', {f'W{i}': f'w{i}' for i in range(9)})
        NAMES = 'ofInt', 'ofLong', 'ofDouble', 'ofShort', 'ofString', 'ofObject', 'ofBoolean', 'ofPath'
        for i in range(VALUES):
            way = rnd.randrange(4)
            if way == 0:
                value = rnd.choice(NUMBERS) if rnd.random() < 0.5 else rnd.randrange(-1 << 65, 1 << 65)
                form = Whole(value)
            elif way == 1: form = rnd.choice(list(Enumerated)); value = form.value
            elif way == 2: value = rnd.choice((rnd.random(), float(rnd.randrange(9)), 1e300)); form = Real(value)
            else: form = rnd.choice((Text('abc'), Text('a'), rnd.choice(list(Worded)))); value = str.__str__(form)
            name = rnd.choice(NAMES)
            plain = outcome(getattr(Kinds.Fixed, name), value)
            for take in Kinds.Fixed, Kinds.Several:
                got = outcome(getattr(take, name), form)
                assert got == plain, (name, type(form), value, plain, got)
        """);
  }

  /** Gives back what it is given. */
  public static @Nullable Object same(@Nullable Object one) {
    return one;
  }

  /** Has a function of Python's give back what it is given. */
  public static @Nullable Object through(
      Function<@Nullable Object, @Nullable Object> function, @Nullable Object one) {
    return function.apply(one);
  }

  @Test
  @DisplayName("A class is one object in Python, wherever it comes from")
  void classes() {
    holds(
        """
        import vivarium
        from java.lang import Class, Integer, Object, String, Thread
        from java.util import ArrayList, HashMap, LinkedHashMap, List, Map, UUID
        from java.time import DayOfWeek, Instant
        ALL = (Integer, Object, String, Thread, ArrayList, HashMap, LinkedHashMap, List, Map, UUID, DayOfWeek, Instant, Map.Entry)
        made, kept = ArrayList(), HashMap()
        WAYS = (
            lambda c: T.same(c), lambda c: T.same(c.class_), lambda c: T.through(lambda one: one, c),
            lambda c: vivarium.jclass(c.class_), lambda c: vivarium.jclass(c.class_.getName()),
            lambda c: (made.add(c), made[-1])[1], lambda c: (made.add(c.class_), made.get(made.size() - 1))[1],
            lambda c: (kept.put(c, c), kept[c])[1], lambda c: (kept.__setitem__('k', c), kept['k'])[1],
        )
        for i in range(VALUES):
            c = rnd.choice(ALL)
            got = rnd.choice(WAYS)(c)
            assert got is c, (c, got)
            assert c == c.class_ and c.class_ == c and hash(c) == hash(c.class_) and c in {c.class_: 1}, c
            other = rnd.choice(ALL)
            assert (other == c.class_) is (other is c)
            assert Class.forName(c.class_.getName()) == c
            if i % 50 == 0: made.clear(); kept.clear()
        """);
  }

  /** What has a counterpart in Python that the user registers. */
  public record Point(int x, int y) {

    /** Moved. */
    public Point plus(Point other) {
      return new Point(x + other.x, y + other.y);
    }
  }

  /** Points. */
  public static List<Point> points(Point one, int count) {
    return new ArrayList<>(Collections.nCopies(count, one));
  }

  @Test
  @DisplayName("What is registered for a type and for a Python class is what comes and goes")
  void registered() {
    RandomKindsTest.holds(
        IMPORTS
            + """
            P = __import__('registered_points').P
            Point = T.Point
            for i in range(VALUES):
                x, y, u, v = (rnd.randrange(-999, 999) for _ in range(4))
                a, b = P(x, y), P(u, v)
                way = rnd.randrange(4)
                if way == 0: assert Point(1, 2).plus(b) == P(1 + u, 2 + v)
                elif way == 1: assert T.same(a) == a, (a, T.same(a))
                elif way == 2:
                    n = rnd.randrange(4)
                    assert list(T.points(a, n)) == [a] * n
                else:
                    java = Point(x, y)
                    assert type(java) is Point and java.plus(b) == P(x + u, y + v) and java.x() == x
            """,
        in -> {
          in.exec(
              """
              import collections, sys, types
              module = types.ModuleType('registered_points')
              module.P = collections.namedtuple('P', 'x y')
              class P(module.P): pass
              module.P = P
              sys.modules['registered_points'] = module
              """);
          PyObject python = in.eval("P");
          in.register(
              python, Point.class, p -> new Point(p.attr("x").asInt(), p.attr("y").asInt()));
          in.registerResult(Point.class, (p, i) -> python.call(p.x(), p.y()));
        });
  }

  /** What Python classes extend. */
  public abstract static class Base {

    private final long seed;

    /** With a number. */
    protected Base(long seed) {
      this.seed = seed;
    }

    /** One. */
    public long one(long x) {
      return seed + x;
    }

    /** Another. */
    protected long two(long x) {
      return one(x) * 3;
    }

    /** What has none here. */
    public abstract long three(long x);

    /** All of them. */
    public final long all(long x) {
      return one(x) + 7 * two(x) + 49 * three(x);
    }
  }

  @Test
  @DisplayName("Java calls what a Python class defines of its own methods, and its own of the rest")
  void extended() {
    holds(
        """
        def made(defined):
            names = {'three': lambda self, x: x - self.more}
            if 1 in defined: names['one'] = lambda self, x: self.more * x
            if 2 in defined: names['two'] = lambda self, x: self.one(x) + self.more
            if 3 in defined: names['one'] = lambda self, x: T.Base.one(self, x) + self.more
            if 4 in defined: names['two'] = lambda self, x: super(cls, self).two(x) - self.more
            def __init__(self, seed, more):
                super(cls, self).__init__(seed)
                self.more = more
            names['__init__'] = __init__
            cls = type(T.Base)('Made' + ''.join(map(str, defined)), (T.Base,), names)
            return cls
        WAYS = [(cls, sub) for sub in ([], [1], [2], [3], [4], [1, 2], [1, 4], [3, 2], [3, 4]) for cls in [made(sub)]]
        WAYS += [(type(cls)('Below', (cls,), {}), sub) for cls, sub in WAYS]
        def model(sub, seed, more, x):
            one = more * x if 1 in sub else seed + x + (more if 3 in sub else 0)
            two = one + more if 2 in sub else 3 * one - (more if 4 in sub else 0)
            return one + 7 * two + 49 * (x - more)
        for i in range(VALUES // 4):
            cls, sub = rnd.choice(WAYS)
            seed, more = rnd.randrange(1 << 20), rnd.randrange(1 << 20)
            o = cls(seed, more)
            for _ in range(2):
                x = rnd.randrange(1 << 20)
                assert o.all(x) == model(sub, seed, more, x), (sub, seed, more, x)
            assert T.same(o) is o and isinstance(o, T.Base)
        """);
  }

  /**
   * What a typed view is of: what Java has for a number, and the code of what Python has for it.
   */
  private record Kind<K>(Class<K> type, Function<Integer, K> java, String python) {

    /** Writes and looks at random, in a view of a dict and in a map. */
    void check(Interpreter in, Random random, int steps) {
      PyObject dict = in.eval("{}");
      // A key of Python's own: only one of what is the same to Java is ever there
      PyObject put =
          in.eval(
              "lambda d, n, value, new: (lambda k: (new or k in d) and not d.update({k: value}))("
                  + python
                  + ")");
      Map<K, Long> view = dict.asMap(type, Long.class);
      Map<K, Long> model = new HashMap<>();
      Set<K> seen = in.eval("set()").asSet(type);
      Set<K> set = new HashSet<>();
      for (int i = 0; i < steps; i++) {
        int n = random.nextInt(6);
        K key = java.apply(n);
        long value = random.nextInt(9);
        String step = type + " " + i;
        if (random.nextBoolean()
            && put.call(dict, n, value, !model.containsKey(key)).as(boolean.class)) {
          model.put(key, value);
        }
        Supplier<List<@Nullable Object>> looks =
            () -> Arrays.asList(view.get(key), view.containsKey(key), seen.contains(key));
        assertThat(looks.get())
            .as(step)
            .isEqualTo(Arrays.asList(model.get(key), model.containsKey(key), set.contains(key)));
        switch (random.nextInt(8)) {
          case 0 -> assertThat(view.put(key, value)).as(step).isEqualTo(model.put(key, value));
          case 1 -> assertThat(view.remove(key)).as(step).isEqualTo(model.remove(key));
          case 2 ->
              assertThat(view.merge(key, value, Long::sum))
                  .as(step)
                  .isEqualTo(model.merge(key, value, Long::sum));
          case 3 ->
              assertThat(view.putIfAbsent(key, value))
                  .as(step)
                  .isEqualTo(model.putIfAbsent(key, value));
          case 4 ->
              assertThat(view.keySet().remove(key)).as(step).isEqualTo(model.keySet().remove(key));
          case 5 -> assertThat(seen.add(key)).as(step).isEqualTo(set.add(key));
          case 6 -> assertThat(seen.remove(key)).as(step).isEqualTo(set.remove(key));
          default ->
              assertThat(view.getOrDefault(key, -1L))
                  .as(step)
                  .isEqualTo(model.getOrDefault(key, -1L));
        }
        assertThat(view.size()).as(step).isEqualTo(model.size());
      }
      assertThat(view).isEqualTo(model);
      assertThat(model).isEqualTo(view);
      assertThat(seen).isEqualTo(set);
    }
  }

  /** A key. */
  public record Place(int x, String name) {}

  @Test
  @DisplayName("A view of a type finds, replaces and removes what it shows, whoever put it there")
  void typedViews() {
    List<Kind<?>> kinds =
        List.of(
            new Kind<>(DayOfWeek.class, n -> DayOfWeek.of(n + 1), "DAYS[n]"),
            new Kind<>(Path.class, n -> Path.of("a", "b" + n), "f'a/b{n}'"),
            new Kind<>(Place.class, n -> new Place(n, "p" + n), "(n, f'p{n}')"),
            new Kind<>(UUID.class, n -> new UUID(n, 2), "str(uuid.UUID(int=(n << 64) + 2))"),
            new Kind<>(Short.class, Integer::shortValue, "n"),
            new Kind<>(Character.class, n -> (char) ('a' + n), "chr(97 + n)"),
            new Kind<>(String.class, n -> "k" + n, "'k' + str(n)"));
    Random random = new Random(RandomKindsTest.SEED);
    try (Interpreter own = PythonUnderTest.ownGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own)) {
        in.exec("import uuid\nDAYS = 'MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split()");
        for (int done = 0; done < RandomKindsTest.VALUES / 2; done += 50) {
          kinds.get(random.nextInt(kinds.size())).check(in, random, 50);
        }
      }
    }
  }

  /** Names that Python reserves, and a field that a method hides. */
  public interface Reserved {

    /** Of one. */
    long is(long x);

    /** Of two. */
    default long in(long x, long y) {
      return is(x) + y;
    }

    /** None. */
    default long lambda() {
      return is(1);
    }
  }

  /** Calls by a name that Python reserves. */
  public static long called(Reserved reserved, long x, long y) {
    return reserved.in(x, y) + reserved.lambda();
  }

  @Test
  @DisplayName("Names that Python reserves, enums by name and place, arrays as sequences")
  void namesAndSequences() {
    holds(
        """
        import vivarium, weakref
        from java.time import DayOfWeek
        class Plain(T.Reserved):
            def __init__(self, more): self.more = more
            def is_(self, x): return x + self.more
        class More(Plain):
            def in_(self, x, y): return x * y * self.more
            def lambda_(self): return self.more
        DAYS = list(DayOfWeek)
        NAMES = 'MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY'.split()
        from java.lang import Object, String
        KINDS = 'int', 'long', 'double', 'short', Object, String
        for i in range(VALUES // 2):
            x, y, more = (rnd.randrange(1000) for _ in range(3))
            assert T.called(Plain(more), x, y) == x + more + y + 1 + more
            assert T.called(More(more), x, y) == x * y * more + more
            n = rnd.randrange(7)
            assert DayOfWeek[NAMES[n]] is DAYS[n] or DayOfWeek[NAMES[n]] == DAYS[n]
            assert DAYS[n].name() == NAMES[n] and DAYS[n] in DayOfWeek and len(DayOfWeek) == 7
            kind = rnd.choice(KINDS)
            item = str if kind is String else float if kind == 'double' else int
            model = [item(rnd.randrange(4)) for _ in range(rnd.randrange(6))]
            array = vivarium.array(kind, model)
            v = item(rnd.randrange(5))
            assert list(array) == model and len(array) == len(model) and (v in array) == (v in model), (kind, model)
            assert outcome(array.index, v) == outcome(model.index, v) and array.count(v) == model.count(v), (kind, model, v)
            assert list(array + array) == model + model and list(reversed(array)) == model[::-1], (kind, model)
            a, b = rnd.randrange(-7, 7), rnd.randrange(-7, 7)
            assert list(array[a:b]) == model[a:b] and outcome(lambda: array[a]) == outcome(lambda: model[a]), (kind, model, a, b)
            match array:
                case []: assert not model
                case [one]: assert [one] == model
                case [first, *rest]: assert [first] + rest == model and len(model) > 1
            assert weakref.ref(array)() is array
        """);
  }

  /** With one method of each of some parameters. */
  public static final class Taking {

    /** Of arrays. */
    public static int arrays(double[] one, byte[][] two) {
      return Arrays.hashCode(one) + Arrays.hashCode(two);
    }

    /** Of a list. */
    public static int list(List<Integer> all) {
      return Objects.hashCode(all);
    }

    /** Of a map. */
    public static int map(Map<String, long[]> all) {
      return Objects.hashCode(all);
    }

    /** Of several. */
    public static int several(int a, String b, char c) {
      return a + Objects.hashCode(b) + c;
    }

    /** With overloads. */
    public static int over(int[] a) {
      return Arrays.hashCode(a);
    }

    /** With overloads. */
    public static int over(UUID a, String[] b) {
      return Objects.hashCode(a) + Arrays.hashCode(b);
    }
  }

  @Test
  @DisplayName(
      "What is refused is told in the words of Java code and Python code, not of the library")
  void words() {
    holds(
        """
        import re
        from java.util import ArrayList, HashMap
        INTERNAL = re.compile(r'\\[+[BCDFIJSZ]\\b|\\[L|dev\\.vivarium\\.internal|\\bArgument\\b|\\bMismatch\\b|setElement|lookUp|\\$')
        NAMES = 'arrays', 'list', 'map', 'several', 'over'
        def value(depth=0):
            if depth < 2 and rnd.random() < 0.3:
                items = [value(depth + 1) for _ in range(rnd.randrange(3))]
                return rnd.choice((list, tuple, lambda l: dict.fromkeys(map(str, l)), lambda l: {'k': l}))(items)
            return rnd.choice((None, 1, 2 ** 70, 'a', 'ab', b'x', 1.5, 1j, True, object(), ArrayList, HashMap(), ValueError, len))
        refused = 0
        for i in range(VALUES // 2):
            name = rnd.choice(NAMES)
            given = [value() for _ in range(rnd.choice((1, 1, 2, 3)))]
            try:
                if rnd.random() < 0.9: getattr(T.Taking, name)(*given)
                else: getattr(T.Taking, name)(*given[:-1], **{rnd.choice(('a', 'all', 'other')): given[-1]})
            except (TypeError, ValueError, OverflowError) as e:
                refused += 1
                said = str(e)
                assert said and not INTERNAL.search(said), (name, given, said)
        assert refused > VALUES // 20
        """);
  }
}
