package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.testing.PythonUnderTest;
import java.nio.IntBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** That Python sees what Java writes to what it was given, and the other way round. */
@ExtendWith(PythonUnderTest.class)
public final class WritesAreSeenTest {

  /** Java code that is given Python objects. */
  public static final class Java {

    private static final int SPREAD = 100;

    /** What was kept past the call. */
    public static @Nullable List<Integer> kept;

    private Java() {}

    /** Changes a list in one of many ways. */
    public static void change(List<Integer> list, int way, int at, int value) {
      switch (way) {
        case 0 -> list.add(value);
        case 1 -> list.add(at, value);
        case 2 -> list.addAll(List.of(value, at));
        case 3 -> list.addAll(list);
        case 4 -> Collections.sort(list);
        case 5 -> list.sort(Collections.reverseOrder());
        case 6 -> Collections.reverse(list);
        case 7 -> list.removeIf(one -> one % 3 == 0);
        case 8 -> list.replaceAll(one -> one + value);
        case 9 -> list.removeAll(Set.of(value, value + 1, value + 2));
        case 10 -> list.subList(at / 2, at).clear();
        case 11 -> eachOther(list, value);
        default -> {
          if (at < list.size()) {
            Integer before = list.get(at);
            assertThat(list.set(at, value)).isEqualTo(before);
            Collections.swap(list, at, 0);
            list.remove(at);
          }
        }
      }
    }

    // Each second item is taken out, and of the others each second has one put behind it
    private static void eachOther(List<Integer> list, int value) {
      ListIterator<Integer> items = list.listIterator();
      for (int i = 0; items.hasNext(); i++) {
        items.next();
        if (i % 2 == 1) {
          items.remove();
        } else if (i % 4 == 0) {
          items.add(value);
        } else {
          items.set(value);
        }
      }
      int left = 0;
      while (items.hasPrevious()) {
        items.previous();
        left++;
      }
      assertThat(left).isEqualTo(list.size());
    }

    /** Changes a map in one of many ways. */
    public static void change(Map<String, Integer> map, int way, String key, int value) {
      switch (way) {
        case 0 -> map.put(key, value);
        case 1 -> map.remove(key);
        case 2 -> map.merge(key, value, Integer::sum);
        case 3 -> map.replaceAll((k, v) -> v + value);
        case 4 -> map.entrySet().removeIf(entry -> entry.getValue() % 3 == 0);
        case 5 -> map.keySet().remove(key);
        case 6 -> map.values().removeIf(v -> v > SPREAD / 2);
        case 7 -> map.computeIfAbsent(key, k -> value);
        default -> map.putAll(Map.of(key, value, key + "x", value));
      }
    }

    /** Changes a set in one of many ways. */
    public static void change(Set<Integer> set, int way, int value) {
      switch (way) {
        case 0, 1, 2 -> set.add(value);
        case 3 -> set.remove(value);
        case 4 -> set.addAll(List.of(value, value + 1));
        case 5 -> set.removeIf(one -> one % 3 == 0);
        default -> set.retainAll(Set.copyOf(set).stream().filter(one -> one != value).toList());
      }
    }

    /** Whether it and its like of Java's own are equal, and hash alike, both ways round. */
    public static boolean equal(List<Integer> list, Set<Integer> set, Map<String, Integer> map) {
      List<Integer> ownList = new ArrayList<>(list);
      Set<Integer> ownSet = Set.copyOf(set);
      Map<String, Integer> ownMap = Map.copyOf(map);
      return list.equals(ownList)
          && ownList.equals(list)
          && list.hashCode() == ownList.hashCode()
          && set.equals(ownSet)
          && ownSet.equals(set)
          && set.hashCode() == ownSet.hashCode()
          && map.equals(ownMap)
          && ownMap.equals(map)
          && map.hashCode() == ownMap.hashCode()
          && list.stream().toList().equals(ownList)
          && list.parallelStream().mapToLong(i -> i).sum() == sum(ownList);
    }

    private static long sum(Collection<Integer> all) {
      long sum = 0;
      for (Integer one : all) {
        sum += one;
      }
      return sum;
    }

    /** Keeps. */
    public static void keep(List<Integer> list) {
      kept = list;
    }

    /** Adds on a thread of its own, and waits for it. */
    public static void addElsewhere(List<Integer> list) {
      CompletableFuture.runAsync(() -> list.add(5)).join();
      Thread virtual = Thread.ofVirtual().start(() -> list.add(6));
      try {
        virtual.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Adds. */
    public static void any(Collection<Object> all) {
      all.add("new");
    }

    /** Takes the first one out. */
    public static void takeFirst(Iterable<?> all) {
      Iterator<?> items = all.iterator();
      items.next();
      items.remove();
    }

    /** Goes through a list of which Python code takes items away. */
    public static int through(List<Integer> list, Runnable each) {
      int count = 0;
      for (Iterator<Integer> items = list.iterator(); items.hasNext(); count++) {
        items.next();
        each.run();
        items.remove();
      }
      return count;
    }

    /** Adds to a list while it goes through it. */
    public static void addMeanwhile(List<Integer> list) {
      for (Integer one : list) {
        list.add(one);
      }
    }

    /** Fills what it is given. */
    public interface Filler {
      /** Fills. */
      void fill(List<Integer> list, Map<String, Integer> map, int[] array, StringBuilder text);
    }

    /** What a filler has filled. */
    public static String filled(Filler filler) {
      List<Integer> list = new ArrayList<>();
      Map<String, Integer> map = new HashMap<>();
      int[] array = new int[2];
      StringBuilder text = new StringBuilder();
      filler.fill(list, map, array, text);
      return list + " " + map + " " + Arrays.toString(array) + " " + text;
    }

    /** What a function makes of a date in an optional, of a list, and of that list again. */
    public static boolean values(
        Function<Object, Object> function, List<Object> list, LocalDate date) {
      return function.apply(list) == list
          && function.apply(Optional.of(list)) == list
          && function.apply(date).equals(date)
          && function.apply(Optional.of(date)).equals(date)
          && function.apply(5).equals(5L)
          && function.apply("x").equals("x");
    }

    /** Fills a part, and fails if it is to. */
    public static void fill(int[] array, int from, int value, boolean fail) {
      Arrays.fill(array, from, array.length, value);
      if (fail) {
        throw new IllegalStateException("failed");
      }
    }

    /** Changes some of the bytes. */
    public static void change(byte[] bytes, int seed) {
      Random random = new Random(seed);
      for (int i = 0; i < bytes.length; i++) {
        if (random.nextInt(3) == 0) {
          bytes[i] = (byte) (bytes[i] + 100);
        }
      }
    }

    /** Whether {@link #change} changes a byte of that many. */
    public static boolean[] changed(int length, int seed) {
      Random random = new Random(seed);
      boolean[] changed = new boolean[length];
      for (int i = 0; i < length; i++) {
        changed[i] = random.nextInt(3) == 0;
      }
      return changed;
    }

    /** Sorts each row, and turns their order round. */
    public static void rows(int[][] rows) {
      for (int[] row : rows) {
        Arrays.sort(row);
      }
      Collections.reverse(Arrays.asList(rows));
    }

    /** Doubles the items. */
    public static void twice(IntBuffer items) {
      while (items.hasRemaining()) {
        items.put(items.position(), 2 * items.get());
      }
    }

    /** Runs code while it has an array, of which it then changes the first element. */
    public static void during(byte[] bytes, Runnable code) {
      code.run();
      bytes[0] = 1;
    }

    /** Adds to the inner ones. */
    public static void inner(List<List<Integer>> lists, Map<String, Set<String>> sets) {
      lists.forEach(list -> list.add(9));
      sets.values().forEach(set -> set.add("in"));
    }
  }

  private static void inEach(String code) {
    InEach.run(
        """
        from dev.vivarium.behaviour import WritesAreSeenTest as T
        from java.util import ArrayList, Collections, HashMap, HashSet, List, Map, Set, Arrays
        from java.lang import String
        Java = T.Java
        """,
        code);
  }

  @Test
  @DisplayName("What Java does to a list, set or map that it is given, it does to Python's")
  void written() {
    inEach(
        """
        l = [3, 1, 2]
        Collections.sort(l)
        assert l == [1, 2, 3], l
        assert Collections.addAll(l, 5, 6) and l == [1, 2, 3, 5, 6]
        Collections.reverse(l)
        assert l == [6, 5, 3, 2, 1]
        Collections.swap(l, 0, 4)
        assert l == [1, 5, 3, 2, 6]
        Collections.shuffle(l)
        assert sorted(l) == [1, 2, 3, 5, 6]
        Collections.fill(l, 'x')
        assert l == ['x'] * 5
        s, d = {1}, {'a': 1}
        Java.any(s); Java.any(l)
        assert s == {1, 'new'} and l[-1] == 'new'
        Java.takeFirst(l); Java.takeFirst(s)
        assert len(l) == 5 and len(s) == 1
        Java.change(d, 0, 'b', 2)
        assert d == {'a': 1, 'b': 2}
        lists, sets = [[1], [2]], {'a': set()}
        Java.inner(lists, sets)
        assert lists == [[1, 9], [2, 9]] and sets == {'a': {'in'}}
        """);
  }

  @Test
  @DisplayName(
      "… what is moved about stays the object that it is, and what comes back is the container")
  void same() {
    inEach(
        """
        class Own(int): pass
        a, b, c = (2, [3]), (1, {4: 5}), (3, Own(7))
        l = [a, b, c]
        Collections.sort(l, lambda x, y: x[0] - y[0])
        assert l[0] is b and l[1] is a and l[2] is c
        Collections.reverse(l)
        assert l[0] is c and l[2] is b
        n = [Own(2), True, 1.5]
        n = [Own(2), Own(1)]
        Collections.sort(n)
        assert n == [1, 2] and type(n[0]) is Own
        held = ArrayList([l, a])
        assert held[0] is l and held[1] is a
        assert Collections.unmodifiableList(l).get(0) is c
        """);
  }

  @Test
  @DisplayName("… of whatever kind a mutable one is")
  void kinds() {
    inEach(
        """
        from collections import deque, OrderedDict, defaultdict, UserList, UserDict
        from array import array
        class Own(list): pass
        for kind in (list, deque, Own, UserList, lambda items: array('i', items)):
            l = kind([3, 1, 2])
            Collections.sort(l)
            Java.change(l, 0, 0, 7)
            assert list(l) == [1, 2, 3, 7], l
            Java.takeFirst(l)
            Java.change(l, 7, 0, 0)
            assert list(l) == [2, 7], l
        for kind in (dict, OrderedDict, UserDict, lambda: defaultdict(int)):
            d = kind()
            Java.change(d, 0, 'a', 5)
            Java.change(d, 2, 'a', 5)
            Java.change(d, 7, 'b', 1)
            assert dict(d) == {'a': 10, 'b': 1}, d
        """);
  }

  @Test
  @DisplayName("… and one that Python cannot change either refuses it")
  void immutable() {
    inEach(
        """
        refused = NotImplementedError
        for one in ((3, 1), range(3), frozenset({1}), {1: 2}.keys()):
            raises(refused, lambda: Java.any(one))
        raises(refused, lambda: Collections.sort((3, 1)))
        from types import MappingProxyType
        raises(refused, lambda: Java.change(MappingProxyType({'a': 1}), 0, 'b', 1))
        assert Collections.max((3, 1)) == 3 and ArrayList(range(3)) == [0, 1, 2]
        assert ArrayList(x for x in 'ab') == ['a', 'b'] and HashSet(frozenset({1})) == {1}
        assert ArrayList({1: 2}.values()) == [2]
        """);
  }

  @Test
  @DisplayName(
      "A parameter that is a class gets a copy, as does Object; constructors and copies copy")
  void copies() {
    inEach(
        """
        l = [1, 2]
        copy = ArrayList(l)
        copy.add(3)
        assert l == [1, 2] and copy == [1, 2, 3]
        assert List.copyOf(l) == [1, 2] and HashSet(l) == {1, 2} and HashMap({'a': 1}) == {'a': 1}
        assert String.join(',', ['a', 'b']) == 'a,b' == String.join(',', (x for x in 'ab'))
        from java.util import Objects
        Objects.requireNonNull(l).add(3)
        assert l == [1, 2]
        holder = ArrayList()
        holder.add(l)
        holder[0].add(3)
        assert l == [1, 2]
        """);
  }

  @Test
  @DisplayName("A view is as equal and hashes as Java's own, and its streams are complete")
  void equality() {
    inEach(
        """
        for n in (0, 1, 15, 16, 17, 31, 47, 48, 49, 1000, 3000):
            l = list(range(n))
            assert Java.equal(l, set(l), {str(i): i for i in l}), n
        """);
  }

  @Test
  @DisplayName("Items are looked at when they are passed, and again when Java takes one")
  void typed() {
    inEach(
        """
        raises(TypeError, lambda: Java.keep([1, 'x']), 'item 1 of the list')
        l = [1, 2]
        Java.keep(l)
        kept = Java.kept
        assert kept is l
        l = list(range(20))
        raises(TypeError, lambda: Java.through(l, lambda: l.append('x')), 'item 0 of the list', 'str')
        assert l == ['x'] * 20
        """);
  }

  @Test
  @DisplayName("What Java keeps past the call is the list still, on any thread")
  void kept() {
    inEach(
        """
        l = [1]
        Java.addElsewhere(l)
        assert l == [1, 5, 6], l
        """);
    Interpreter main = PythonUnderTest.main();
    main.exec(
        """
        from dev.vivarium.behaviour import WritesAreSeenTest as T
        l = [1]
        T.Java.keep(l)
        l.append(2)
        """);
    List<Integer> kept = Java.kept;
    assertThat(kept).containsExactly(1, 2);
    kept.add(3);
    main.exec("l.append('x')");
    assertThatThrownBy(() -> kept.get(3)).hasMessageContaining("item 3 of the list");
    Iterator<Integer> items = kept.iterator();
    assertThat(List.of(items.next(), items.next(), items.next())).containsExactly(1, 2, 3);
    assertThat(items.hasNext()).isTrue();
    assertThatThrownBy(items::next).hasMessageContaining("item 3 of the list");
    main.exec("assert l == [1, 2, 3, 'x']; del l, T");
    Java.kept = null;
  }

  @Test
  @DisplayName("… and after its interpreter's end says that")
  void ended() {
    for (boolean own : new boolean[] {true, false}) {
      Interpreter in = own ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil();
      in.exec("from dev.vivarium.behaviour import WritesAreSeenTest as T; l = [1]; T.Java.keep(l)");
      List<Integer> kept = Java.kept;
      Java.kept = null;
      Iterator<Integer> items = kept.iterator();
      in.close();
      assertThatThrownBy(kept::size).isInstanceOf(InterpreterClosedException.class);
      assertThatThrownBy(items::next).isInstanceOf(InterpreterClosedException.class);
      assertThatThrownBy(() -> kept.add(1)).isInstanceOf(InterpreterClosedException.class);
    }
  }

  @Test
  @DisplayName("Another interpreter has such a view as a Java object")
  void others() {
    Interpreter main = PythonUnderTest.main();
    main.exec("from dev.vivarium.behaviour import WritesAreSeenTest as T; l = [1]; T.Java.keep(l)");
    try (Interpreter other = PythonUnderTest.ownGil()) {
      other.exec(
          """
          from dev.vivarium.behaviour import WritesAreSeenTest as T
          kept = T.Java.kept
          assert kept[0] == 1 and len(kept) == 1
          kept.append(2)
          """);
    }
    main.exec("assert l == [1, 2] and T.Java.kept is l; del l, T");
    Java.kept = null;
  }

  @Test
  @DisplayName(
      "An iterator tells of changes as Java's do, and takes nothing away that it has not given")
  void meanwhile() {
    inEach(
        """
        from java.util import ConcurrentModificationException
        l = [1, 2, 3]
        raises(ConcurrentModificationException, lambda: Java.addMeanwhile(l))
        assert l == [1, 2, 3, 1]
        l = list(range(1000, 1100))
        assert Java.through(l, lambda: None) == 100 and l == []
        l = list(range(1000, 1100))
        raises(ConcurrentModificationException, lambda: Java.through(l, lambda: l.insert(0, 1)))
        assert l == [1] + list(range(1000, 1100))
        """);
  }

  @Test
  @DisplayName("What Java hands to a Python function and can be changed is the Java object itself")
  void handed() {
    inEach(
        """
        from java.lang import StringBuilder
        from java.util.stream import Stream
        made = Stream.of(1, 2, 3).collect(ArrayList, lambda l, x: l.append(x), lambda a, b: a.addAll(b))
        assert made == [1, 2, 3], made
        text = Stream.of('a', 'b').collect(StringBuilder, lambda b, x: b.append(x), lambda a, b: a.append(b))
        assert str(text) == 'ab'
        m = HashMap()
        m['a'] = ArrayList([1])
        m.forEach(lambda k, v: v.append(2))
        assert m['a'] == [1, 2]
        m.computeIfAbsent('b', lambda k: []).append(5)
        assert m['b'] == [5]

        def fill(list, map, array, text):
            list += [1, 2]
            map['k'] = 3
            array[1] = 4
            text.append('x')

        class Filler(Java.Filler):
            def fill(self, list, map, array, text):
                fill(list, map, array, text)

        class Other:
            def fill(self, list, map, array, text):
                fill(list, map, array, text)

        for filler in (fill, Filler(), Other()):
            assert Java.filled(filler) == '[1, 2] {k=3} [0, 4] x', Java.filled(filler)
        """);
  }

  @Test
  @DisplayName(
      "… and what is only a value is converted, as is what a Java function takes from Java code")
  void handedValues() {
    inEach(
        """
        from datetime import date
        seen = []
        def same(x):
            seen.append(type(x))
            return x
        assert Java.values(same, ArrayList(), date(2024, 2, 29))
        assert seen == [ArrayList, ArrayList, date, date, int, str], seen
        """);
    Function<Object, ?> repr = PythonUnderTest.main().eval("repr").as(Function.class);
    assertThat(repr.apply(List.of(1))).isEqualTo("[1]");
  }

  @Test
  @DisplayName(
      "What Java changes in an array is changed in what it was made of, when the call ends")
  void arrays() {
    inEach(
        """
        from array import array
        from java.io import ByteArrayInputStream
        b = bytearray(5)
        assert ByteArrayInputStream(b'hello').read(b) == 5 and b == b'hello'
        every = bytearray(10)
        assert ByteArrayInputStream(b'hello').read(memoryview(every)[::2]) == 5
        assert every == b'h\\0e\\0l\\0l\\0o\\0'
        for code in 'bhilqfd':
            a = array(code, [3, 1, 2])
            Arrays.sort(a)
            assert list(a) == [1, 2, 3], a
        l = [3, 1, 2]
        Arrays.sort(l)
        assert l == [1, 2, 3]
        one, two = (1, [2]), (0, {})
        l = [one, two]
        Arrays.sort(l, lambda x, y: x[0] - y[0])
        assert l[0] is two and l[1] is one
        Arrays.fill(l, 'x')
        assert l == ['x', 'x']
        flags = [True, False]
        Arrays.fill(flags, True)
        assert flags == [True, True]
        for ints in ([0] * 4, array('i', [0] * 4), array('q', [0] * 4), memoryview(array('i', [0] * 4))):
            Java.fill(ints, 2, -7, False)
            assert list(ints) == [0, 0, -7, -7], ints
        first, second = [3, 1], array('i', [2, 0])
        rows = [first, second]
        Java.rows(rows)
        assert rows[0] is second and rows[1] is first and first == [1, 3] and list(second) == [0, 2]
        ints = array('i', [1, 2])
        Java.twice(ints)
        assert list(ints) == [2, 4]
        """);
  }

  @Test
  @DisplayName(
      "… also when Java throws; what cannot be written to is a copy, and what others write stays")
  void arraysThatFail() {
    inEach(
        """
        from array import array
        from java.io import ByteArrayInputStream
        from java.lang import IllegalStateException
        l = [0, 0]
        raises(IllegalStateException, lambda: Java.fill(l, 1, 5, True), 'failed')
        assert l == [0, 5]
        raises(OverflowError, lambda: Java.fill(array('b', [1]), 0, 1000, False))
        frozen = b'12345'
        assert ByteArrayInputStream(b'hello').read(frozen) == 5 and frozen == b'12345'
        assert ByteArrayInputStream(b'hello').read(memoryview(frozen)) == 5 and frozen == b'12345'
        Java.fill((1, 2), 0, 5, False)
        b = bytearray(b'abc')
        def write():
            b[2] = ord('x')
        Java.during(b, write)
        assert b == b'\\1bx', b
        b = bytearray(b'abc')
        raises(IllegalStateException, lambda: Java.during(b, b.clear), 'shorter')
        l = [5, 2]
        raises(IndexError, lambda: Java.during(l, l.clear))
        """);
  }

  @Test
  @DisplayName("Random changes of bytes are changed in every buffer, and nothing else is")
  void randomArrays() {
    inEach(
        """
        from random import Random
        r = Random(3)
        for seed in range(100):
            length = r.randrange(300)
            before = r.randbytes(length)
            expected = bytes(
                one + 100 & 255 if changed else one
                for one, changed in zip(before, Java.changed(length, seed)))
            plain = bytearray(before)
            apart = bytearray(2 * length)
            apart[::2] = before
            signed = [one - 256 if one > 127 else one for one in before]
            for into in (plain, memoryview(apart)[::2], signed):
                Java.change(into, seed)
                assert bytes(one & 255 for one in into) == expected, seed
        """);
  }

  @Test
  @DisplayName("Direct buffers are memory that both see; heap buffers say how to copy them")
  void buffers() {
    inEach(
        """
        from java.nio import ByteBuffer, ByteOrder, IntBuffer
        from java.lang.foreign import Arena
        from java.lang import System
        b = ByteBuffer.allocateDirect(8)
        seen = memoryview(b)
        seen[0] = 7
        assert b.get(0) == 7 and bytes(b) == b'\\7' + bytes(7) and not seen.readonly
        assert bytes(b.position(6)) == bytes(2) and memoryview(b.asReadOnlyBuffer()).readonly
        raises(TypeError, lambda: memoryview(b.asReadOnlyBuffer()).__setitem__(0, 1))
        kinds = dict(Short=('h', 2), Char=('H', 2), Int=('i', 4), Long=('q', 8), Float=('f', 4), Double=('d', 8))
        for kind, (code, size) in kinds.items():
            b = ByteBuffer.allocateDirect(2 * size).order(ByteOrder.nativeOrder())
            typed = getattr(b, f'as{kind}Buffer')()
            seen = memoryview(typed)
            assert seen.format == code and seen.shape == (2,) and seen.itemsize == size
            seen[1] = 5
            assert kind == 'Char' or typed.get(1) == 5
            swapped = getattr(b.order(ByteOrder.BIG_ENDIAN), f'as{kind}Buffer')()
            assert memoryview(swapped).format == '>' + code
        raises(BufferError, lambda: memoryview(ByteBuffer.allocate(8)), 'array()', 'allocateDirect')
        arena = Arena.ofConfined()
        raises(BufferError, lambda: memoryview(arena.allocate(8, 8).asByteBuffer()))
        arena.close()
        view = memoryview(Arena.ofAuto().allocate(4, 4).asByteBuffer())
        for _ in range(3):
            System.gc()
        view[3] = 1
        assert bytes(view) == b'\\0\\0\\0\\1'
        raw = ByteBuffer.allocateDirect(1 << 20).__buffer__(0)
        System.gc()
        raw[0] = 1
        assert raw[0] == 1
        assert ByteBuffer.allocate(3).put(ByteBuffer.wrap(b'abc')).position() == 3
        assert IntBuffer.allocate(2).put([1, 2]).position() == 2
        """);
  }

  @Test
  @DisplayName("as(byte[].class) takes what a call takes")
  void asBytes() {
    Interpreter main = PythonUnderTest.main();
    assertThat(main.eval("[1, -2, 3]").as(byte[].class)).containsExactly(1, -2, 3);
    assertThat(main.eval("(1, 2)").as(byte[].class)).containsExactly(1, 2);
    assertThatThrownBy(() -> main.eval("[1, 200]").as(byte[].class))
        .hasMessageContaining("item 1 of the list");
    assertThat(main.eval("__import__('array').array('i', [1, -2])").as(int[].class))
        .containsExactly(1, -2);
    assertThat(main.eval("__import__('array').array('d', [1.5])").as(double[].class))
        .containsExactly(1.5);
  }

  @Test
  @DisplayName("Random changes leave Python's containers as the same ones by Python do")
  void random() {
    inEach(
        """
        from random import Random
        r = Random(7)

        def in_python(l, way, at, value):
            if way == 0: l.append(value)
            elif way == 1: l.insert(at, value)
            elif way == 2: l += [value, at]
            elif way == 3: l += l
            elif way == 4: l.sort()
            elif way == 5: l.sort(reverse=True)
            elif way == 6: l.reverse()
            elif way == 7: l[:] = [one for one in l if one % 3]
            elif way == 8: l[:] = [one + value for one in l]
            elif way == 9: l[:] = [one for one in l if one not in (value, value + 1, value + 2)]
            elif way == 10: del l[at // 2:at]
            elif way == 11:
                left = []
                for i, one in enumerate(l):
                    if i % 4 == 0: left += [one, value]
                    elif i % 2 == 0: left.append(value)
                l[:] = left
            elif at < len(l):
                l[at] = value
                l[at], l[0] = l[0], l[at]
                del l[at]

        def in_map(d, way, key, value):
            if way == 0: d[key] = value
            elif way in (1, 5): d.pop(key, None)
            elif way == 2: d[key] = d.get(key, 0) + value
            elif way == 3:
                for k in d: d[k] += value
            elif way in (4, 6):
                for k, v in list(d.items()):
                    if v % 3 == 0 if way == 4 else v > 50: del d[k]
            elif way == 7: d.setdefault(key, value)
            else: d.update({key: value, key + 'x': value})

        def in_set(s, way, value):
            if way in (0, 1, 2): s.add(value)
            elif way == 3: s.discard(value)
            elif way == 4: s |= {value, value + 1}
            elif way == 5: s -= {one for one in s if one % 3 == 0}
            else: s.discard(value)

        l, twin, d, dtwin, s, stwin = [], [], {}, {}, set(), set()
        for i in range(600):
            way, at, value = r.randrange(13), r.randint(0, len(l)), r.randrange(100)
            if len(l) > 100: way, at = 10, len(l)
            Java.change(l, way, at, value)
            in_python(twin, way, at, value)
            assert l == twin, (i, way, at, value, l, twin)
            way, key = r.randrange(9), r.choice('abcdefgh')
            Java.change(d, way, key, value)
            in_map(dtwin, way, key, value)
            assert d == dtwin, (i, way, key, value, d, dtwin)
            way = r.randrange(7)
            Java.change(s, way, value)
            in_set(stwin, way, value)
            assert s == stwin, (i, way, value, s, stwin)
        """);
  }
}
