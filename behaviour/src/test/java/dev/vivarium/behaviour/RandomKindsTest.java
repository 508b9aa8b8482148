package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What holds of keys, bytes, writes, overloads, times and callbacks, of values at random against a
 * model. Of numbers, operators and declared types {@link JavaAsPythonsOwnTest} and {@link
 * RandomDeclarationsTest} do the same, of classes {@link RandomClassesTest}.
 */
@ExtendWith(PythonUnderTest.class)
public final class RandomKindsTest {

  static final int VALUES =
      Boolean.getBoolean("vivarium.test.full") ? 1_000_000 : PythonUnderTest.count(20_000);
  static final long SEED = Long.getLong("vivarium.test.seed", 20);
  private static final int WRITES = 10;

  private static void holds(String code) {
    holds("from dev.vivarium.behaviour import RandomKindsTest as T\n" + code, in -> {});
  }

  /** Runs code in main and in an isolated interpreter, each prepared by Java code. */
  static void holds(String code, Consumer<Interpreter> prepared) {
    try (Interpreter own = PythonUnderTest.ownGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own)) {
        prepared.accept(in);
        try (var names = in.toPython(Map.of("VALUES", VALUES / 2, "SEED", SEED))) {
          in.exec(
              """
              import random
              rnd = random.Random(SEED)
              def outcome(f, *given):
                  try:
                      return f(*given)
                  except Exception as e:
                      return type(e)
              """,
              names);
          in.exec(code, names);
        } catch (PythonException e) {
          throw new AssertionError("-Dvivarium.test.seed=" + SEED, e);
        }
      }
    }
  }

  @Test
  @DisplayName("Keys and elements of all types at once are found as Python's == finds them")
  void equality() {
    holds(
        """
        from decimal import Decimal
        from java.lang import Byte, Character, Double, Float, Integer, Long, Short, String
        from java.math import BigDecimal, BigInteger
        from java.util import ArrayList, Collections, HashMap, HashSet, LinkedHashMap, LinkedList
        NUMBERS = (int, float, Byte, Short, Integer, Long, Float, Double, lambda v: BigInteger(str(v)))
        DECIMALS = Decimal, lambda v: BigDecimal(str(v)) # in a hash table only among their like
        TEXTS = str, Character
        def value():
            return rnd.choice((0, 1, 2, 3, 100, 'a', 'b', 'cd', None, True, b'x', (1, 2), 2 ** 70, 0.5))
        def asked(v, numbers=NUMBERS):
            if type(v) is int and v < 128: return rnd.choice(numbers)(v)
            if type(v) is str and len(v) == 1: return rnd.choice(TEXTS)(v)
            if type(v) is bool: return rnd.choice((True, 1, 1.0, Integer(1)))
            return v
        def put(m, k, v): m[k] = v
        def drop(m, k): del m[k]
        MAPS = (
            lambda m, k: m[k], lambda m, k: k in m, lambda m, k: m.get(k, 'none'), lambda m, k: m.pop(k, 'none'),
            lambda m, k: m.setdefault(k, 'd'), lambda m, k: drop(m, k), lambda m, k: k in m.keys(), lambda m, k: put(m, k, 1),
            lambda m, k: m.update({k: 2}),
        )
        JAVA_MAPS = (
            (lambda j, k: j.containsKey(k), lambda m, k: k in m),
            (lambda j, k: j.getOrDefault(k, 'n'), lambda m, k: m.get(k, 'n')),
            (lambda j, k: j.remove(k), lambda m, k: m.pop(k, None)),
            (lambda j, k: j.putIfAbsent(k, 'p'), lambda m, k: (m.get(k), m.setdefault(k, 'p'))[0]),
            (lambda j, k: j.put(k, 'q'), lambda m, k: (m.get(k), put(m, k, 'q'))[0]),
        )
        # Java's own look for one type of a number that the list has, so for any of its places
        def count(j, v): return [j.count(v), v in j, outcome(j.index, v), j.contains(v), j.indexOf(v) >= 0]
        def counted(l, v): return [l.count(v), v in l, outcome(l.index, v), v in l, v in l]
        for i in range(VALUES):
            if i % 30 == 0:
                m, java = {}, rnd.choice((HashMap, LinkedHashMap))()
                s, java_set = set(), HashSet()
                l, java_list = [], rnd.choice((ArrayList, LinkedList))()
            k = value()
            if i % 3 == 0:
                a = asked(k)
                if rnd.random() < 0.6:
                    of_java = of_python = rnd.choice(MAPS)
                else:
                    of_java, of_python = rnd.choice(JAVA_MAPS)
                got, own = outcome(of_java, java, a), outcome(of_python, m, k)
                assert got == own, ('map', a, k, got, own, m)
                assert len(java) == len(m) and java == m and m == java, ('map', a, k, java, m)
            elif i % 3 == 1:
                a, way = asked(k), rnd.randrange(4)
                if way == 0: java_set.add(a); s.add(k)
                elif way == 1: java_set.discard(a); s.discard(k)
                elif way == 2: assert java_set.remove(a) == (k in s); s.discard(k)
                assert (a in java_set) == java_set.contains(a) == (k in s), ('set', a, k, java_set, s)
                assert java_set == s and s == java_set, ('set', a, k, java_set, s)
            else:
                java_list.append(asked(k, NUMBERS + DECIMALS))
                l.append(k)
                k = value()
                a = asked(k, NUMBERS + DECIMALS)
                got, own = count(java_list, a), counted(l, k)
                assert got == own, ('list', a, k, got, own, java_list, l)
                assert java_list == l and l == java_list
        """);
  }

  /** Methods of one parameter that give a copy. */
  public static byte[] bytes(byte[] given) {
    return given.clone();
  }

  /** Of shorts. */
  public static short[] shorts(short[] given) {
    return given.clone();
  }

  /** Of ints. */
  public static int[] ints(int[] given) {
    return given.clone();
  }

  /** Of longs. */
  public static long[] longs(long[] given) {
    return given.clone();
  }

  /** Of floats. */
  public static float[] floats(float[] given) {
    return given.clone();
  }

  /** Of doubles. */
  public static double[] doubles(double[] given) {
    return given.clone();
  }

  @Test
  @DisplayName(
      "Arrays of primitives and direct buffers are the memory that struct packs, both ways")
  void memory() {
    holds(
        """
        import array, struct
        import vivarium
        from java.nio import ByteBuffer, ByteOrder
        CODES = {'byte': 'b', 'short': 'h', 'int': 'i', 'long': 'q', 'float': 'f', 'double': 'd'}
        def item(code):
            if code in 'fd':
                v = rnd.choice((0.0, -0.0, float('inf'), rnd.uniform(-9, 9), rnd.gauss(0, 1e30)))
                return struct.unpack('f', struct.pack('f', v))[0] if code == 'f' else v
            bits = 8 * struct.calcsize(code) - 1
            return rnd.choice((0, -1, (1 << bits) - 1, -1 << bits, rnd.randrange(-1 << bits, 1 << bits)))
        done = 0
        while done < VALUES:
            kind, code = rnd.choice(list(CODES.items()))
            size = struct.calcsize(code)
            model = [item(code) for _ in range(rnd.randrange(12))]
            done += 3 * len(model) + 1
            a = vivarium.array(kind, model)
            for _ in range(3):
                packed = struct.pack(f'{len(model)}{code}', *model)
                assert bytes(a) == packed and b'' + a == packed and memoryview(a).format == code, (kind, model)
                assert memoryview(a).tolist() == model == list(a) and a == model, (kind, model)
                copied = getattr(T, kind + 's')
                for other in (a, model, tuple(model), array.array(code, model), memoryview(a),
                              memoryview(bytearray(packed)).cast(code) if packed else []):
                    assert bytes(copied(other)) == packed, (kind, model, other)
                if kind == 'byte':
                    assert a == packed and packed == a and all(bytes(copied(one)) == packed
                        for one in (packed, bytearray(packed), memoryview(packed))), packed
                if model:
                    at, to = sorted(rnd.randrange(len(model) + 1) for _ in range(2))
                    new = [item(code) for _ in range(to - at)]
                    a[at:to] = new
                    model[at:to] = new
                    at = rnd.randrange(-len(model), len(model))
                    a[at] = model[at] = item(code)
            b = ByteBuffer.allocateDirect(len(packed)).order(ByteOrder.nativeOrder())
            memoryview(b)[:] = packed
            typed = b if kind == 'byte' else getattr(b, f'as{kind.title()}Buffer')()
            assert [typed.get(i) for i in range(len(model))] == memoryview(packed).cast(code).tolist(), (kind, packed)
            if model:
                typed.put(0, model[-1])
                assert bytes(b)[:size] == struct.pack(code, model[-1])
        """);
  }

  /** Writes to a list and to a model of Java's own; gives the model. */
  public static List<Long> change(List<Long> given, long seed) {
    List<Long> model = new ArrayList<>(given);
    Random random = new Random(seed);
    for (int i = 0; i < WRITES; i++) {
      long way = random.nextLong();
      assertThat(write(given, new Random(way))).isEqualTo(write(model, new Random(way)));
    }
    return model;
  }

  private static @Nullable Object write(List<Long> list, Random random) {
    int way = random.nextInt(15);
    long value = random.nextInt(20);
    int size = list.size();
    int at = random.nextInt(size + 1);
    switch (way) {
      case 0 -> list.add(at, value);
      case 1 -> list.replaceAll(one -> one + value);
      case 2 -> list.sort(null);
      case 3 -> Collections.reverse(list);
      case 4 -> Collections.shuffle(list, random);
      case 5 -> list.subList(at / 2, at).clear();
      case 6 -> {
        ListIterator<Long> items = list.listIterator(at);
        if (items.hasPrevious()) {
          Long before = items.previous();
          items.set(before + value);
        }
        items.add(value);
      }
      default -> {
        return switch (way) {
          case 7 -> list.add(value);
          case 8 -> list.addAll(at, List.of(value, value + 1));
          case 9 -> list.removeIf(one -> one % 3 == 0);
          case 10 -> list.remove((Object) value);
          case 11 -> at < size ? list.remove(at) : null;
          case 12 -> at < size ? list.set(at, value) : null;
          case 13 -> list.retainAll(Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L));
          default -> list.indexOf(value);
        };
      }
    }
    return null;
  }

  /** Writes to a map and to a model; gives the model. */
  public static Map<String, Long> changeMap(Map<String, Long> given, long seed) {
    Map<String, Long> model = new LinkedHashMap<>(given);
    Random random = new Random(seed);
    for (int i = 0; i < WRITES; i++) {
      long way = random.nextLong();
      assertThat(write(given, new Random(way))).isEqualTo(write(model, new Random(way)));
    }
    return model;
  }

  private static @Nullable Object write(Map<String, Long> map, Random random) {
    String key = "k" + random.nextInt(6);
    long value = random.nextInt(20);
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> map.put(key, value);
      case 3 -> map.remove(key);
      case 4 -> map.merge(key, value, Long::sum);
      case 5 -> map.computeIfAbsent(key, k -> value);
      case 6 -> map.computeIfPresent(key, (k, v) -> v % 2 == 0 ? null : v + value);
      case 7 -> map.putIfAbsent(key, value);
      case 8 -> map.replace(key, value);
      case 9 -> {
        map.replaceAll((k, v) -> v + 1);
        yield null;
      }
      case 10 -> map.entrySet().removeIf(e -> e.getValue() % 5 == 0);
      case 11 -> map.values().remove(value);
      case 12 -> map.keySet().retainAll(Set.of("k0", "k1", "k2", "k3"));
      default -> {
        for (Map.Entry<String, Long> entry : map.entrySet()) {
          Long ignored = entry.setValue(value);
        }
        yield null;
      }
    };
  }

  /** Writes to a set and to a model; gives the model. */
  public static Set<Long> changeSet(Set<Long> given, long seed) {
    Set<Long> model = new HashSet<>(given);
    Random random = new Random(seed);
    for (int i = 0; i < WRITES; i++) {
      long way = random.nextLong();
      assertThat(write(given, new Random(way))).isEqualTo(write(model, new Random(way)));
    }
    return model;
  }

  private static Object write(Set<Long> set, Random random) {
    long value = random.nextInt(12);
    Set<Long> some = Set.of(value, value + 1, value + 2);
    return switch (random.nextInt(8)) {
      case 0, 1, 2 -> set.add(value);
      case 3 -> set.remove(value);
      case 4 -> set.addAll(some);
      case 5 -> set.removeAll(some);
      case 6 -> set.removeIf(one -> one % 4 == 0);
      default -> set.contains(value);
    };
  }

  /** Writes to bytes; gives what they are then. */
  public static byte[] changeBytes(byte[] given, long seed) {
    Random random = new Random(seed);
    for (int i = random.nextInt(WRITES); i > 0 && given.length > 0; i--) {
      given[random.nextInt(given.length)] = (byte) random.nextInt();
    }
    return given.clone();
  }

  @Test
  @DisplayName("What Java writes to Python's containers and bytes is what it writes to its own")
  void writes() {
    holds(
        """
        import collections
        l, d, s, b = [], {}, set(), bytearray(8)
        for i in range(VALUES // 10):
            seed = rnd.getrandbits(60)
            way = i % 4
            if way == 0:
                if i % 100 == 0 or len(l) > 60:
                    l = rnd.choice((list, collections.UserList))(range(rnd.randrange(9)))
                model = T.change(l, seed)
                assert list(l) == list(model), (seed, l, model)
            elif way == 1:
                if i % 100 == 1: d = rnd.choice((dict, collections.OrderedDict, collections.UserDict))(k1=1)
                model = T.changeMap(d, seed)
                assert dict(d) == dict(model), (seed, d, model)
            elif way == 2:
                if i % 100 == 2: s = set()
                model = T.changeSet(s, seed)
                assert s == set(model), (seed, s, model)
            else:
                if i % 100 == 3: b = bytearray(rnd.randrange(20))
                assert bytes(T.changeBytes(b, seed)) == b, (seed, b)
        """);
  }

  /** What never comes from Python. */
  public static final class Never {
    private Never() {}
  }

  private static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case byte[] bytes -> "bytes" + Arrays.toString(bytes);
      case Map<?, ?> map -> {
        Map<String, String> entries = new TreeMap<>();
        map.forEach((k, v) -> entries.put(shown(k), shown(v)));
        yield "map" + entries;
      }
      case Set<?> set -> "set" + set.stream().map(RandomKindsTest::shown).sorted().toList();
      case List<?> list -> "list" + list.stream().map(RandomKindsTest::shown).toList();
      case Collection<?> all -> "all" + all.stream().map(RandomKindsTest::shown).toList();
      default -> value.getClass().getSimpleName() + " " + value;
    };
  }

  /** One method of each type. */
  public static final class Fixed {
    public static String ofInt(int v) {
      return shown(v);
    }

    public static String ofLong(long v) {
      return shown(v);
    }

    public static String ofDouble(double v) {
      return shown(v);
    }

    public static String ofShort(Short v) {
      return shown(v);
    }

    public static String ofBoolean(boolean v) {
      return shown(v);
    }

    public static String ofString(String v) {
      return shown(v);
    }

    public static String ofPath(Path v) {
      return shown(v);
    }

    public static String ofDuration(Duration v) {
      return shown(v);
    }

    public static String ofList(List<?> v) {
      return shown(v);
    }

    public static String ofMap(Map<?, ?> v) {
      return shown(v);
    }

    public static String ofSet(Set<?> v) {
      return shown(v);
    }

    public static String ofObject(@Nullable Object v) {
      return shown(v);
    }
  }

  /** The same with a second overload. */
  public static final class Several {
    public static String ofInt(int v) {
      return shown(v);
    }

    public static String ofInt(Never v) {
      return "";
    }

    public static String ofLong(long v) {
      return shown(v);
    }

    public static String ofLong(Never v) {
      return "";
    }

    public static String ofDouble(double v) {
      return shown(v);
    }

    public static String ofDouble(Never v) {
      return "";
    }

    public static String ofShort(Short v) {
      return shown(v);
    }

    public static String ofShort(short v, int w) {
      return "";
    }

    public static String ofBoolean(boolean v) {
      return shown(v);
    }

    public static String ofBoolean(Never v) {
      return "";
    }

    public static String ofString(String v) {
      return shown(v);
    }

    public static String ofString(String v, int w) {
      return "";
    }

    public static String ofPath(Path v) {
      return shown(v);
    }

    public static String ofPath(Path v, int w) {
      return "";
    }

    public static String ofDuration(Duration v) {
      return shown(v);
    }

    public static String ofDuration(Duration v, int w) {
      return "";
    }

    public static String ofList(List<?> v) {
      return shown(v);
    }

    public static String ofList(List<?> v, int w) {
      return "";
    }

    public static String ofMap(Map<?, ?> v) {
      return shown(v);
    }

    public static String ofMap(Map<?, ?> v, int w) {
      return "";
    }

    public static String ofSet(Set<?> v) {
      return shown(v);
    }

    public static String ofSet(Set<?> v, int w) {
      return "";
    }

    public static String ofObject(@Nullable Object v) {
      return shown(v);
    }

    public static String ofObject(@Nullable Object v, int w) {
      return "";
    }
  }

  /** The same as variable arguments. */
  public static final class Variable {
    public static String ofInt(int... v) {
      return shown(v[0]);
    }

    public static String ofLong(long... v) {
      return shown(v[0]);
    }

    public static String ofDouble(double... v) {
      return shown(v[0]);
    }

    public static String ofShort(Short... v) {
      return shown(v[0]);
    }

    public static String ofBoolean(boolean... v) {
      return shown(v[0]);
    }

    public static String ofString(String... v) {
      return shown(v[0]);
    }

    public static String ofPath(Path... v) {
      return shown(v[0]);
    }

    public static String ofDuration(Duration... v) {
      return shown(v[0]);
    }

    public static String ofList(List<?>... v) {
      return shown(v[0]);
    }

    public static String ofMap(Map<?, ?>... v) {
      return shown(v[0]);
    }

    public static String ofSet(Set<?>... v) {
      return shown(v[0]);
    }

    public static String ofObject(@Nullable Object... v) {
      return shown(v[0]);
    }
  }

  @Test
  @DisplayName(
      "One overload and several, a parameter and a variable argument, a type and its subclass take alike")
  void overloads() {
    holds(
        """
        import collections, pathlib
        from datetime import timedelta
        from decimal import Decimal
        KINDS = 'Int Long Double Short Boolean String Path Duration List Map Set Object'.split()
        def derived(kind): return type('Derived' + kind.__name__, (kind,), {})
        DERIVED = {kind: derived(kind) for kind in (int, float, str, list, dict, set, frozenset, tuple, bytes)}
        SCALARS = (
            lambda: rnd.randrange(-9, 9), lambda: rnd.choice((1, -1)) << rnd.randrange(70), lambda: rnd.random(),
            lambda: float(rnd.randrange(9)), lambda: rnd.choice((True, False)), lambda: rnd.choice(('', 'a', 'ab', '/tmp')),
            lambda: timedelta(rnd.randrange(9)), lambda: pathlib.Path('a'), lambda: Decimal(rnd.randrange(99)) / 4,
        )
        MANY = (
            list, tuple, collections.deque, set, frozenset, collections.UserList,
            lambda items: range(len(items)), lambda items: dict.fromkeys(items), lambda items: dict.fromkeys(items).keys(),
            lambda items: collections.OrderedDict.fromkeys(items), lambda items: collections.defaultdict(int, {1: 2}),
            lambda items: bytes(len(items)),
        )
        for i in range(VALUES):
            scalar = rnd.random() < 0.6
            value = rnd.choice(SCALARS)() if scalar else rnd.choice(MANY)([rnd.choice(SCALARS)() for _ in range(rnd.randrange(3))])
            name = 'of' + rnd.choice(KINDS)
            fixed = outcome(getattr(T.Fixed, name), value)
            assert outcome(getattr(T.Several, name), value) == fixed, (name, value, fixed, outcome(getattr(T.Several, name), value))
            if scalar or name in ('ofObject', 'ofList') and fixed is not TypeError:
                got = outcome(getattr(T.Variable, name), value)
                assert got == fixed, (name, value, fixed, got)
            # What is an Object goes as itself, if it is of a class derived from another than these
            if type(value) in DERIVED and (name != 'ofObject' or type(value) in (int, float, str)):
                got = outcome(getattr(T.Fixed, name), DERIVED[type(value)](value))
                assert got == fixed, (name, 'derived', value, fixed, got)
        """);
  }

  @Test
  @DisplayName(
      "Dates and times are equal, ordered and hashed as Python's, and come back as they went")
  void times() {
    holds(
        """
        import operator as o
        from datetime import date, datetime, time, timedelta, timezone
        from java.time import Duration, Instant, LocalDate, LocalDateTime, LocalTime, OffsetDateTime, ZoneOffset
        from java.util import ArrayList
        def number(least, end): return rnd.choice((least, end - 1, rnd.randrange(least, end), min(end - 1, least + rnd.randrange(3))))
        def a_date(): return date.fromordinal(number(1, date.max.toordinal() + 1))
        def a_time(): return time(number(0, 24), number(0, 60), number(0, 60), number(0, 10 ** 6))
        def a_datetime(): return datetime.combine(a_date(), a_time())
        def zoned():
            zone = timezone(timedelta(seconds=number(-64800, 64801)))
            return datetime.combine(date.fromordinal(number(9, date.max.toordinal() - 9)), a_time(), zone)
        def offset(d): return ZoneOffset.ofTotalSeconds(d.utcoffset() // timedelta(seconds=1))
        def nanos(t): return t.microsecond * 1000 + extra
        def local_date(d): return LocalDate.of(d.year, d.month, d.day)
        def local_time(t): return LocalTime.of(t.hour, t.minute, t.second, nanos(t))
        def local(d): return LocalDateTime.of(local_date(d), local_time(d))
        EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
        def instant(d):
            past = d - EPOCH
            return Instant.ofEpochSecond(past.days * 86400 + past.seconds, past.microseconds * 1000 + extra)
        KINDS = (
            (a_date, local_date), (a_time, local_time), (a_datetime, local),
            (zoned, lambda d: OffsetDateTime.of(local_date(d), local_time(d), offset(d))), (zoned, instant),
            (lambda: timedelta(number(-999999, 999999), number(0, 86400), number(0, 10 ** 6)),
             lambda d: Duration.ofSeconds(d.days * 86400 + d.seconds, d.microseconds * 1000 + extra)),
        )
        OPERATORS = o.eq, o.ne, o.lt, o.le, o.gt, o.ge
        kept = ArrayList()
        for i in range(VALUES):
            extra = 0
            make, of = rnd.choice(KINDS)
            a = make()
            b = a if rnd.random() < 0.3 else make()
            java, other = of(a), of(b)
            op = rnd.choice(OPERATORS)
            expected = op(a, b)
            for one, two in ((java, b), (a, other), (java, other)):
                assert op(one, two) == expected or a == b and of is KINDS[3][1], (op, a, b, one, two)
            assert hash(java) == hash(a), a
            kept.clear()
            kept.append(a)
            assert kept[0] == a and a == kept[0] and a in kept and java in kept or of is instant, a
            extra = rnd.randrange(1000) # of which Python sees nothing
            assert T.back(lambda t: t, of(a)) and T.seen(of(a)) == a, a
        """);
  }

  /** What Python code sees of a time that it is handed. */
  public static @Nullable Object seen(Object time) {
    return time;
  }

  private static @Nullable Object cut(@Nullable Object time) {
    return switch (time) {
      case Instant i -> i.truncatedTo(ChronoUnit.MICROS);
      case LocalTime t -> t.truncatedTo(ChronoUnit.MICROS);
      case java.time.LocalDateTime t -> t.truncatedTo(ChronoUnit.MICROS);
      case java.time.OffsetDateTime t -> t.truncatedTo(ChronoUnit.MICROS);
      case Duration d -> Duration.ofSeconds(d.getSeconds(), d.getNano() / 1000 * 1000L);
      case null, default -> time;
    };
  }

  /** Whether a function of Python's gives back the time that it is handed, to the microsecond. */
  public static boolean back(Function<Object, @Nullable Object> function, Object time) {
    Object back = function.apply(time);
    Object expected = cut(time);
    if (expected instanceof Instant moment && back instanceof java.time.OffsetDateTime at) {
      return at.toInstant().equals(moment);
    }
    return Objects.equals(back, expected);
  }

  private static Object value(Random random) {
    return switch (random.nextInt(16)) {
      case 0 -> new ArrayList<>(List.of(random.nextInt()));
      case 1 -> new HashMap<>(Map.of("a", random.nextLong()));
      case 2 -> new HashSet<>(Set.of((short) random.nextInt()));
      case 3 -> new ArrayDeque<>(List.of("x"));
      case 4 -> new int[] {random.nextInt(), 2};
      case 5 -> new String[] {"a"};
      case 6 -> new StringBuilder("text");
      case 7 -> Instant.ofEpochSecond(random.nextLong(1L << 36), random.nextInt(1_000_000_000));
      case 8 -> DayOfWeek.of(1 + random.nextInt(7));
      case 9 -> Optional.of("there");
      case 10 -> LocalDate.of(random.nextInt(20_000) - 5_000, 3, 1); // many have no counterpart
      case 11 -> "text" + random.nextInt();
      case 12 -> random.nextLong();
      case 13 -> random.nextDouble();
      case 14 -> Path.of("a" + random.nextInt(9));
      default -> new Object();
    };
  }

  private static boolean mutable(Object value) {
    return value instanceof Collection
        || value instanceof Map
        || value.getClass().isArray()
        || value instanceof StringBuilder;
  }

  /** Hands a value to a function that gives it back; what is wrong with what comes, or null. */
  public static @Nullable String handed(Function<Object, @Nullable Object> function, long seed) {
    Object value = value(new Random(seed));
    Object back = function.apply(value);
    boolean same = back == value;
    if (!mutable(value) && value.getClass() != Object.class) {
      same =
          value instanceof Optional<?> there
              ? Objects.equals(back, there.orElse(null)) || value.equals(back)
              : value instanceof Instant ? back(function, value) : Objects.equals(back, value);
    }
    return same ? null : shown(value) + " came back as " + shown(back);
  }

  /** Hands a list, a map and an array to functions that change them; what they are then. */
  public static String changed(
      Function<Object, @Nullable Object> list,
      Function<Object, @Nullable Object> map,
      Function<Object, @Nullable Object> array) {
    List<Object> items = new ArrayList<>();
    Map<String, Object> entries = new HashMap<>();
    long[] numbers = new long[1];
    List<@Nullable Object> ignored = new ArrayList<>();
    ignored.add(list.apply(items));
    ignored.add(map.apply(entries));
    ignored.add(array.apply(numbers));
    return items + " " + entries + " " + Arrays.toString(numbers);
  }

  @Test
  @DisplayName(
      "A callback gets what can be changed as itself, values by value, and never fails for one it ignores")
  void callbacks() {
    holds(
        """
        from java.util.function import Function
        class Same(Function):
            def apply(self, value): return value
        class Same2:
            def __call__(self, value): return value
        def kept(value):
            held.append(value)
            return held.pop()
        held = []
        SAME = (lambda value: value), Same(), Same2(), kept, lambda *values: values[0], lambda value, more=1: value
        for i in range(VALUES // 2):
            seed = rnd.getrandbits(60)
            wrong = T.handed(rnd.choice(SAME), seed)
            assert wrong is None, (seed, wrong)
            n = rnd.randrange(1 << 40)
            def put(m): m['n'] = n
            def first(a): a[0] = n
            assert T.changed(lambda l: l.append(n), put, first) == f'[{n}] {{n={n}}} [{n}]', n
        """);
  }
}
