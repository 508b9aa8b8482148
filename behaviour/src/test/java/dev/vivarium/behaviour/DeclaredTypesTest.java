package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.testing.PythonUnderTest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** That Java code gets what its declared types say, type arguments included. */
@ExtendWith(PythonUnderTest.class)
public final class DeclaredTypesTest {

  private static final int ROUNDS = 200;

  /** Each method uses its argument as what it is declared to be. */
  public static class Declares {

    /** A field with a type argument. */
    public List<Integer> numbers = List.of();

    /** A static one. */
    public static Map<String, Short> shorts = Map.of();

    /** Sums. */
    public static int total(List<Integer> numbers) {
      int sum = 0;
      for (Integer number : numbers) {
        sum += number;
      }
      return sum;
    }

    /** Sums what is in a map. */
    public static int values(Map<String, Integer> map) {
      int sum = 0;
      for (Integer number : map.values()) {
        sum += number;
      }
      return sum;
    }

    /** Sums keys. */
    public static int keys(Map<Short, Byte> map) {
      int sum = 0;
      for (Map.Entry<Short, Byte> entry : map.entrySet()) {
        sum += entry.getKey() + entry.getValue();
      }
      return sum;
    }

    /** Of an optional. */
    public static int optional(Optional<Integer> number) {
      Integer is = number.orElse(-1);
      return is;
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

    /** Of a stream. */
    public static int stream(Stream<Integer> numbers) {
      return numbers.mapToInt(Integer::intValue).sum();
    }

    /** Of characters. */
    public static String characters(Set<Character> characters) {
      StringBuilder text = new StringBuilder();
      characters.stream().sorted().forEach((Character c) -> text.append(c));
      return text.toString();
    }

    /** Of floats. */
    public static float floats(Collection<Float> floats) {
      float sum = 0;
      for (Float one : floats) {
        sum += one;
      }
      return sum;
    }

    /** Of arrays of lists. */
    public static int arrays(List<Integer>[] lists) {
      int sum = 0;
      for (List<Integer> list : lists) {
        sum += total(list);
      }
      return sum;
    }

    /** At any depth. */
    public static int deep(Map<String, List<Optional<Map<String, Integer>>>> deep) {
      int sum = 0;
      for (List<Optional<Map<String, Integer>>> list : deep.values()) {
        for (Optional<Map<String, Integer>> map : list) {
          sum += map.map(Declares::values).orElse(1000);
        }
      }
      return sum;
    }

    /** What a supplier gives. */
    public static int supplier(Supplier<Integer> supplier) {
      Integer given = supplier.get();
      return given;
    }

    /** What a callable gives. */
    public static int callable(Callable<Integer> callable) throws Exception {
      Integer given = callable.call();
      return given;
    }

    /** What a function gives. */
    public static int function(Function<String, List<Integer>> function) {
      return total(function.apply("x"));
    }

    /** What functions in a list give. */
    public static int all(List<? extends Callable<Integer>> callables) throws Exception {
      int sum = 0;
      for (Callable<Integer> callable : callables) {
        Integer given = callable.call();
        sum += given;
      }
      return sum;
    }

    /** A variable parameter. */
    @SafeVarargs
    public static int rest(List<Integer>... lists) {
      return arrays(lists);
    }

    /** A function that returns one of its own kind. */
    public interface Step<T> extends Function<T, Step<T>> {}

    /** Takes steps. */
    public static int steps(Step<String> first) {
      int count = 0;
      for (Step<String> step = first; step != null; step = step.apply("s")) {
        count++;
      }
      return count;
    }

    /** Of a path, whatever path. */
    public interface Provider<T extends java.nio.file.Path> {
      /** Gives one. */
      T get();
    }

    /** Asks any provider. */
    public static String use(Provider<?> provider) {
      java.nio.file.Path path = provider.get();
      return path.toString();
    }

    /** What was registered. */
    public static final List<Function<String, Integer>> registered = new ArrayList<>();

    /** Registers. */
    public static void register(Function<String, Integer> function) {
      registered.add(function);
    }

    /** What a callable's failure is in Java. */
    public static String failure(Callable<Integer> callable) {
      try {
        return "gave " + callable.call();
      } catch (Exception e) {
        return e.getClass().getSimpleName();
      }
    }

    /** A wildcard. */
    public static int wild(List<? extends Integer> numbers) {
      int sum = 0;
      for (Integer number : numbers) {
        sum += number;
      }
      return sum;
    }

    /** A constructor. */
    public Declares(List<Integer> numbers) {
      this.numbers = numbers;
    }

    /** What is in the field. */
    public int sum() {
      return total(numbers);
    }

    /** What is in the static field. */
    public static int shortSum() {
      int sum = 0;
      for (Short one : shorts.values()) {
        sum += one;
      }
      return sum;
    }
  }

  /** With a type variable. */
  public static class Gen<T> {
    /** What was put. */
    protected final List<T> all = new ArrayList<>();

    /** Puts. */
    public void put(T one) {
      all.add(one);
    }

    /** Puts many. */
    public void putAll(List<T> more) {
      all.addAll(more);
    }
  }

  /** An interface that says what its supplier gives. */
  @FunctionalInterface
  public interface Numbers extends Supplier<List<Integer>> {}

  /** One of lists, of whatever. */
  public interface Lists<T> {
    /** Some. */
    List<T> some();
  }

  /** Of more than one method. */
  public interface Source<T> {
    /** The next. */
    T next();

    /** All others. */
    Map<String, T> rest();

    /** Of a type that is said here. */
    Set<Short> shorts();
  }

  /** Asks what implements interfaces. */
  public static class Asks {
    /** Of a function that says what it gives. */
    public static int numbers(Numbers numbers) {
      return Declares.total(numbers.get());
    }

    /** Of lists. */
    public static int lists(Lists<Integer> lists) {
      return Declares.total(lists.some());
    }

    /** Of a source. */
    public static int source(Source<Byte> source) {
      Byte next = source.next();
      int sum = next;
      for (Byte one : source.rest().values()) {
        sum += one;
      }
      for (Short one : source.shorts()) {
        sum += one;
      }
      return sum;
    }

    /** Of sources. */
    public static int sources(List<? extends Source<Byte>> sources) {
      return sources.stream().mapToInt(Asks::source).sum();
    }

    /** Of what can be iterated, which is a function by its form. */
    public static int iterable(Iterable<? extends Integer> numbers) {
      int sum = 0;
      for (Integer number : numbers) {
        sum += number;
      }
      return sum;
    }

    /** Of a callable. */
    public static int callable(Callable<Integer> callable) throws Exception {
      Integer given = callable.call();
      return given;
    }
  }

  /** Whose type variable is bound by a subclass. */
  public static final class IntGen extends Gen<Integer> {
    /** Their sum. */
    public int sum() {
      return Declares.total(all);
    }
  }

  private static void inEach(String code) {
    InEach.run(
        """
        from dev.vivarium.behaviour import DeclaredTypesTest as T
        D, IntGen = T.Declares, T.IntGen
        from java.util import ArrayList, HashMap
        """,
        code);
  }

  @Test
  @DisplayName("Containers have items of the declared type, at any depth")
  void containers() {
    inEach(
        """
        assert D.total([1, 2, True + 2]) == 6 and D.total((4, 5)) == 9 and D.total([]) == 0
        assert D.values({'a': 1, 'b': 2}) == 3
        assert D.keys({1: 2, 300: -4}) == 299
        assert D.optional(7) == 7 and D.optional(None) == -1
        assert D.iterator(iter([1, 2, 3])) == 6 and D.iterator(x for x in (4, 5)) == 9
        assert D.stream([1, 2, 3]) == 6
        assert D.characters({'b', 'a'}) == 'ab'
        assert D.floats([0.5, 1, 2.25]) == 3.75
        assert D.arrays([[1, 2], (3,)]) == 6
        assert D.deep({'a': [{'x': 1}, None, {}], 'b': []}) == 1001
        assert D.wild([1, 2]) == 3
        assert D.rest([1, 2], [3]) == 6 and D.rest() == 0 and D.rest([4]) == 4
        """);
  }

  @Test
  @DisplayName("… a Java container goes as it is, a Python one of another kind as before")
  void others() {
    inEach(
        """
        l = ArrayList()
        D.total(l)
        from collections import deque
        assert D.total(deque([1, 2])) == 3
        class Own(list): pass
        assert D.total(Own([1, 2])) == 3
        from collections import defaultdict
        d = defaultdict(int); d['a'] += 5
        assert D.values(d) == 5
        """);
  }

  @Test
  @DisplayName("… what has no value of the type is refused, with its place")
  void refused() {
    inEach(
        """
        refused(lambda: D.total([1, 'x']), 'item 1 of the list', 'str')
        refused(lambda: D.total([2 ** 31]), 'item 0 of the list', '2147483648')
        refused(lambda: D.values({'a': 1.5}), 'the value of a', 'float')
        refused(lambda: D.keys({'a': 1}), 'a key of the dict')
        refused(lambda: D.deep({'a': [{'x': 'y'}]}), 'the value of a', 'item 0', 'the value of x')
        refused(lambda: D.optional('x'))
        """);
  }

  @Test
  @DisplayName("Functions return the declared type, alone and in containers")
  void functions() {
    inEach(
        """
        assert D.supplier(lambda: 5) == 5 and D.callable(lambda: 6) == 6
        assert D.function(lambda text: [len(text), 2]) == 3
        assert D.all([lambda: 1, lambda: 2]) == 3
        try:
            D.supplier(lambda: 'five')
        except Exception as e:
            assert 'int' in str(e), str(e)
        else:
            raise AssertionError()
        from java.util.concurrent import Executors
        executor = Executors.newSingleThreadExecutor()
        try:
            assert [f.get() for f in executor.invokeAll([lambda: 5, lambda: 'x'])] == [5, 'x']
        finally:
            executor.shutdown()
        """);
  }

  @Test
  @DisplayName("… of their own kind too; a Java function that comes back is itself")
  void functionsThatComeBack() {
    inEach(
        """
        left = [1, 2, 3]
        def step(s):
            return step if left.pop() > 1 else None
        assert D.steps(step) == 3
        assert D.use(lambda: '/tmp') == '/tmp'
        assert D.failure(lambda: 'x') == 'ConversionException', D.failure(lambda: 'x')
        assert D.failure(lambda: 5) == 'gave 5'
        """);
    Function<String, Integer> function = String::length;
    Interpreter main = PythonUnderTest.main();
    main.set("f", function);
    main.exec("from dev.vivarium.behaviour import DeclaredTypesTest as T; T.Declares.register(f)");
    assertThat(Declares.registered).containsExactly(function);
    Declares.registered.clear();
    main.exec("del f, T");
  }

  @Test
  @DisplayName("Python classes that implement interfaces return what is declared, or asked for")
  void implementing() {
    inEach(
        """
        A = T.Asks
        from java.util.concurrent import Callable
        assert A.numbers(lambda: [1, 2]) == 3 and A.lists(lambda: (3, 4)) == 7
        class Own(T.Numbers, T.Lists, Callable):
            def get(self): return [4, 5]
            def some(self): return [6]
            def call(self): return 7
        assert A.numbers(Own()) == 9 and A.lists(Own()) == 6 and A.callable(Own()) == 7
        class Bytes(T.Source):
            def next(self): return 1
            def rest(self): return {'a': 2, 'b': 3}
            def shorts(self): return {300}
        assert A.source(Bytes()) == 306 and A.sources([Bytes(), Bytes()]) == 612
        assert A.iterable([1, 2]) == 3 and A.iterable((1,)) == 1
        refused(lambda: A.iterable(['x']), 'item 0')
        class Wrong(Callable):
            def call(self): return 'x'
        try:
            A.callable(Wrong())
        except Exception as e:
            assert 'call returned what does not fit' in str(e), str(e)
        else:
            raise AssertionError()
        Bytes.rest = lambda self: {'a': 200}
        try:
            A.source(Bytes())
        except Exception as e:
            assert 'the value of a' in str(e) and '200' in str(e), str(e)
        else:
            raise AssertionError()
        from java.util.concurrent import Executors
        executor = Executors.newSingleThreadExecutor()
        try:
            assert [f.get() for f in executor.invokeAll([Own(), lambda: 5])] == [7, 5]
        finally:
            executor.shutdown()
        """);
  }

  @Test
  @DisplayName("Fields, constructors and inherited members keep their declared types")
  void members() {
    inEach(
        """
        d = D([1, 2])
        assert d.sum() == 3
        d.numbers = [4, 5]
        assert d.sum() == 9
        refused(lambda: setattr(d, 'numbers', ['x']), 'item 0')
        D.shorts = {'a': 3}
        assert D.shortSum() == 3
        D.shorts = HashMap()
        g = IntGen()
        g.put(1)
        g.putAll([2, 3])
        assert g.sum() == 6
        refused(lambda: g.put('x'))
        refused(lambda: g.putAll(['x']), 'item 0')
        """);
  }

  @Test
  @DisplayName("A str is a path, an id, a zone where one is wanted, whatever overloads there are")
  void texts() {
    inEach(
        """
        from java.nio.file import Files, Path
        assert str(Path.of('/a')) == '/a'  # and not Path.of(URI)
        from java.time import ZonedDateTime, Instant, ZoneId
        from java.util import Base64
        from java.lang import String
        assert Files.exists('/tmp') and Files.isDirectory('/tmp')
        assert str(ZonedDateTime.ofInstant(Instant.EPOCH, 'Europe/Paris')).startswith('1970')
        assert bytes(String('é').getBytes('utf-8')) == b'\\xc3\\xa9'
        refused(lambda: ZonedDateTime.ofInstant(Instant.EPOCH, 'Nowhere/Land'), 'Nowhere/Land')
        """);
  }

  @Test
  @DisplayName("Random ints in random containers arrive as what is declared")
  void random() {
    Interpreter main = PythonUnderTest.main();
    main.exec(
        "from dev.vivarium.behaviour import DeclaredTypesTest; D = DeclaredTypesTest.Declares");
    Random random = new Random(5);
    for (int round = 0; round < ROUNDS; round++) {
      List<Integer> numbers = random.ints(random.nextInt(50)).boxed().toList();
      Map<String, Integer> map = new HashMap<>();
      numbers.forEach(number -> map.put("k" + number, number));
      main.set("numbers", numbers);
      main.set("map", map);
      assertThat(main.eval("D.total(numbers)").asInt()).isEqualTo(Declares.total(numbers));
      assertThat(main.eval("D.values(map)").asInt()).isEqualTo(Declares.values(map));
    }
    main.exec("del numbers, map, D, DeclaredTypesTest");
  }
}
