package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Java objects under Python's own protocols, exceptions both ways, interfaces in Python. */
@ExtendWith(PythonUnderTest.class)
public final class JavaProtocolsTest {

  private static final String HERE = "from dev.vivarium.behaviour import JavaProtocolsTest as T\n";

  /** Throws what it is told to, and closes. */
  public static final class Thrower implements AutoCloseable {
    public boolean closed;

    public void io(String message) throws IOException {
      throw new IOException(message);
    }

    public void caused() {
      throw new IllegalStateException("outer", new IOException("inner"));
    }

    public void error() {
      throw new StackOverflowError("deep");
    }

    public void again(Throwable thrown) throws Throwable {
      throw thrown;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** More than one method, a default, and one that throws. */
  public interface Handler {
    int handle(String text, int number) throws IOException;

    String name();

    default String greet() {
      return "hello " + name();
    }
  }

  /** Calls one. */
  public static final class Calling {
    public static String call(Handler handler) throws IOException {
      return handler.greet() + " " + handler.handle("x", 2);
    }

    public static boolean same(Object one, Object other) {
      return one.equals(other) && one.hashCode() == other.hashCode();
    }

    public static Object back(Object one) {
      return one;
    }
  }

  @Test
  @DisplayName("Arrays of primitives are buffers, to be read: a copy of what is in them")
  void arraysAsBuffers() {
    try (Interpreter own = PythonUnderTest.ownGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own)) {
        arraysAsBuffers(in);
      }
    }
  }

  private static void arraysAsBuffers(Interpreter in) {
    Random random = new Random(4);
    byte[] bytes = new byte[1000];
    random.nextBytes(bytes);
    in.set("expected", bytes);
    in.set("given", in.reference(bytes));
    in.set("numbers", in.reference(new double[] {0.5, -1.25, Double.NaN}));
    in.set("ints", in.reference(new int[] {1, -2, Integer.MIN_VALUE}));
    in.set(
        "others",
        List.of(
            in.reference(new long[] {1L << 40}), in.reference(new short[] {-3}),
            in.reference(new char[] {'é'}), in.reference(new float[] {2.5f}),
            in.reference(new boolean[] {true, false}), in.reference(new int[0])));
    in.exec(
        """
        import hashlib, io, struct, array
        assert bytes(given) == expected and b'' + given == expected
        assert bytearray(given) == expected and b''.join([given, given]) == expected * 2
        assert hashlib.sha256(given).digest() == hashlib.sha256(expected).digest()
        out = io.BytesIO()
        assert out.write(given) == 1000 and out.getvalue() == expected
        assert memoryview(given).format == 'b' and memoryview(given).tolist() == list(given)
        assert memoryview(ints).tolist() == list(ints) == [1, -2, -2 ** 31]
        assert memoryview(numbers).tolist()[:2] == [0.5, -1.25]
        assert array.array('d', numbers)[1] == -1.25
        assert [memoryview(o).tolist() for o in others] == [
            [1 << 40], [-3], [0xe9], [2.5], [True, False], []]
        view = memoryview(given)
        given[0] = 1 if given[0] != 1 else 2
        assert view[0] == memoryview(expected).cast('b')[0] and view.readonly
        try:
            io.BytesIO(b'abc').readinto(given)
        except (BufferError, TypeError) as e:
            pass
        else:
            raise AssertionError('written into a copy')
        from java.lang import String
        assert str(String('é').getBytes('utf-8'), 'utf-8') == 'é'
        del given, expected, numbers, ints, others, view, out
        """);
  }

  @Test
  @DisplayName("lists and arrays index, slice and assign; maps are mappings; all iterate")
  void collections() {
    JavaInPythonTest.holds(
        """
        from java.util import ArrayList, LinkedHashMap, HashSet, List, TreeMap, Vector
        import java.util.stream, collections.abc as abc, vivarium
        l = ArrayList(['a', 'b', 'c'])
        assert len(l) == 3 and l[0] == 'a' and l[-1] == 'c' and l[1:] == ['b', 'c'] and l[::-1] == ['c', 'b', 'a']
        l[-1] = 'z'
        l[0:2] = ['x', 'y']
        assert list(l) == ['x', 'y', 'z'] and 'y' in l and 'q' not in l and bool(l) and not ArrayList()
        del l[0]
        l.append('n'); l.insert(0, 'first'); l.extend([1, 2]); l += [3]
        assert list(l) == ['first', 'y', 'z', 'n', 1, 2, 3] and l.pop() == 3 and l.index('z') == 2
        assert list(reversed(l))[0] == 2 and sorted(ArrayList([3, 1, 2])) == [1, 2, 3]
        a, b = ArrayList([1, 2])
        assert (a, b) == (1, 2) and isinstance(l, abc.MutableSequence) and [*l][0] == 'first'
        def fails(call, error):
            try:
                call()
            except error as e:
                return str(e)
            raise AssertionError(error)
        fails(lambda: l[99], IndexError)
        fails(lambda: l[-99], IndexError)
        fails(lambda: List.of(1).add(2), NotImplementedError)
        m = LinkedHashMap()
        m['k'] = 1
        m.update({'n': None, 5: 'five'})
        assert len(m) == 3 and m['k'] == 1 and m['n'] is None and m[5] == 'five' and 5 in m and 'q' not in m
        assert dict(m) == {'k': 1, 'n': None, 5: 'five'} and list(m.keys()) == list(m) == ['k', 'n', 5]
        assert list(m.items()) == [('k', 1), ('n', None), (5, 'five')] and list(m.values()) == [1, None, 'five']
        assert m.get('q') is None and m.get('q', 2) == 2 and m.get('k') == 1 and m.pop('n', 3) is None
        fails(lambda: m['q'], KeyError)
        for key in 'q', (1, 2), (), None, 7, ['x']:
            try:
                m[key]
            except KeyError as e:
                assert e.args == (key,) and e.__context__ is None, e.args
            else:
                raise AssertionError(key)
        import sys, vivarium
        assert vivarium.detached(m.__getitem__, 'k') == 1 == vivarium.detached(LinkedHashMap.__getitem__, m, 'k')
        fails(lambda: vivarium.detached(m.__getitem__, 'q'), KeyError)
        assert m.__getitem__(key='k') == 1
        fails(lambda: m.__getitem__(other='k'), TypeError)
        text = 'no such key'
        before = sys.getrefcount(text)
        for _ in range(100):
            fails(lambda: m[text], KeyError)
        assert sys.getrefcount(text) == before
        fails(lambda: LinkedHashMap.__getitem__(5, 'q'), TypeError)
        fails(lambda: LinkedHashMap.__getitem__(m), TypeError)
        fails(lambda: m.__delitem__('q'), KeyError)
        del m['k']
        assert {**m} == {5: 'five'} and isinstance(m, abc.MutableMapping) and m.setdefault('s', 1) == 1
        assert 'x' not in TreeMap({1: 2}) and 1 in TreeMap({1: 2})
        match m:
            case {5: found}: assert found == 'five'
            case _: raise AssertionError()
        assert set(HashSet([1, 2])) == {1, 2} and 1 in HashSet([1])
        arr = vivarium.array('int', [1, 2, 3])
        assert len(arr) == 3 and arr[-1] == 3 and arr[0:2] == [1, 2] and list(arr) == [1, 2, 3] and 2 in arr
        arr[0] = 9
        assert arr[0] == 9 and len(vivarium.array('double', 2)) == 2
        fails(lambda: arr.__setitem__(0, 'x'), TypeError)
        fails(lambda: arr.__setitem__(0, 2**40), TypeError)
        fails(lambda: arr[3], IndexError)
        import java.lang
        names = vivarium.array(java.lang.String, ['b', 'a'])
        java.util.Arrays.sort(names)
        assert list(names) == ['a', 'b']
        assert sum(java.util.stream.IntStream.range(0, 10)) == 45
        assert [x for x in List.of(1, 2).stream().map(lambda x: x * 2).iterator()] == [2, 4]
        assert list(Vector([1, 2]).elements()) == [1, 2]
        assert list(java.util.Optional.of(1)) == [1] and not java.util.Optional.empty()
        big = ArrayList(list(range(5000)))
        assert sum(big) == sum(range(5000)) and sum(1 for _ in big.iterator()) == 5000
        """);
  }

  @Test
  @DisplayName("what changes under an iteration is told; streams with side effects are read lazily")
  void iteration() {
    JavaInPythonTest.holds(
        """
        from java.util import ArrayList, ConcurrentModificationException
        import java.util.stream
        l = ArrayList(list(range(100)))
        try:
            for x in l:
                l.add(x)
            raise AssertionError('nobody told')
        except ConcurrentModificationException:
            pass
        seen = []
        for x in java.util.stream.Stream.iterate(1, lambda x: x + 1).peek(seen.append):
            if x == 3:
                break
        assert seen == [1, 2, 3], seen
        nested = ArrayList([ArrayList([1])])
        for inner in nested:
            inner.add(2)
        assert list(nested[0]) == [1, 2]
        """);
  }

  @Test
  @DisplayName("order, text, numbers, with, functions, bool: as Python's own")
  void others() {
    JavaInPythonTest.holds(
        HERE
            + """
            from java.time import LocalDate, Duration
            from java.math import BigInteger, BigDecimal
            from java.lang import Integer, StringBuilder, Double, Boolean
            from java.util.function import Function, IntBinaryOperator
            a, b = LocalDate.of(2020, 1, 1), LocalDate.of(2021, 1, 1)
            assert a < b and b >= a and max(a, b) == b and sorted([b, a]) == [a, b]
            assert str(a) == '2020-01-01' and repr(a) == '<java.time.LocalDate 2020-01-01>' and f'{a}' == str(a)
            assert a == LocalDate.of(2020, 1, 1) and {a: 1}[LocalDate.of(2020, 1, 1)] == 1 and a != b and a != 1
            try:
                a < 1
                raise AssertionError()
            except TypeError:
                pass
            assert int(BigInteger('9' * 30)) == int('9' * 30) and [0, 1, 2][Integer(2)] == 2
            assert int(BigDecimal('1.9')) == 1 and float(BigDecimal('1.5')) == 1.5 and not Boolean(False)
            s = StringBuilder('hello')
            assert len(s) == 5 and s[0] == 'h' and s[-1] == 'o' and s[1:3] == 'el' and 'ell' in s and ''.join(s) == 'hello'
            with T.Thrower() as t:
                assert not t.closed
            assert t.closed
            twice = Function.identity().andThen(lambda x: x * 2)
            assert twice(4) == 8 and twice.apply(5) == 10 and callable(twice)
            assert IntBinaryOperator(lambda x, y: x + y).applyAsInt(1, 2) == 3
            assert list(map(Function.identity(), [1])) == [1]
            """);
  }

  @Test
  @DisplayName("a CompletableFuture is awaited, with its result or exception")
  void awaitable() {
    JavaInPythonTest.holds(
        """
        import asyncio, java.io
        from java.util.concurrent import CompletableFuture, Executor
        async def waits():
            late = CompletableFuture.supplyAsync(lambda: 'late')
            assert await late == 'late'
            assert await CompletableFuture.completedFuture(None) is None
            try:
                await CompletableFuture.failedFuture(java.io.IOException('failed'))
            except OSError as e:
                return str(e)
        assert asyncio.run(waits()) == 'failed'
        """);
  }

  @Test
  @DisplayName("Java exceptions are Python classes in Java's hierarchy, and OSError and the like")
  void exceptions() {
    JavaInPythonTest.holds(
        HERE
            + """
            import java.io, java.lang, traceback
            t = T.Thrower()
            def caught(call, error):
                try:
                    call()
                except error as e:
                    return e
                raise AssertionError(error)
            e = caught(lambda: t.io('broken'), java.io.IOException)
            assert str(e) == 'broken' and e.getMessage() == 'broken' and isinstance(e, java.lang.Exception)
            assert isinstance(e, OSError) and not isinstance(e, java.lang.RuntimeException)
            assert repr(e) == "IOException('broken')" and type(e) is java.io.IOException
            text = ''.join(traceback.format_exception(e))
            assert 'java.io.IOException: broken' in text and 'JavaProtocolsTest.java' in text, text
            assert 'Thrower.io' in text and 'vivarium.internal' not in text
            e = caught(t.caused, java.lang.IllegalStateException)
            assert isinstance(e.__cause__, java.io.IOException) and 'inner' in ''.join(traceback.format_exception(e))
            assert e.getCause() is not None and e.getCause().getMessage() == 'inner'
            caught(t.error, RecursionError)
            caught(lambda: java.lang.Integer.parseInt('x'), ValueError)
            caught(lambda: java.util.List.of().iterator().next(), LookupError)
            own = java.io.IOException('own', java.lang.RuntimeException('cause'))
            assert own.getCause().getMessage() == 'cause'
            class Special(java.io.IOException):
                def extra(self):
                    return 'extra ' + self.getMessage()
            try:
                raise Special('mine')
            except java.io.IOException as s:
                assert s.extra() == 'extra mine'
            back = caught(lambda: t.again(own), java.io.IOException)
            assert back.getMessage() == 'own'
            e.add_note('noted')
            assert 'noted' in ''.join(traceback.format_exception(e))
            import vivarium
            assert issubclass(java.lang.Throwable, vivarium.JavaException)
            """);
  }

  @Test
  @DisplayName("what Python code raises of Java's is thrown in Java as it is")
  void thrownBack() {
    for (Interpreter in : List.of(PythonUnderTest.main())) {
      in.exec(
          "import java.io\nkept = java.io.IOException('from Python')\ndef thrower(): raise kept");
      Throwable thrown = catchThrowable(() -> in.eval("thrower()"));
      assertThat(thrown).isInstanceOf(IOException.class).hasMessage("from Python");
      assertThat(in.eval("kept").as(Object.class)).isSameAs(thrown);
      assertThat(thrown.getSuppressed()[0]).isInstanceOf(PythonException.class);
    }
  }

  @Test
  @DisplayName("Python classes implement Java interfaces, with defaults and exceptions both ways")
  void interfaces() {
    JavaInPythonTest.holds(
        HERE
            + """
            import java.lang, java.io, java.util
            class Mine(T.Handler):
                def __init__(self, text):
                    self.text = text
                def handle(self, text, number):
                    return number * 21
                def name(self):
                    return self.text
                def __eq__(self, other):
                    return isinstance(other, Mine) and other.text == self.text
                def __hash__(self):
                    return hash(self.text)
            m = Mine('me')
            assert T.Calling.call(m) == 'hello me 42' and m.greet() == 'hello me'
            assert T.Calling.back(m) is m and isinstance(m, T.Handler)
            assert T.Calling.same(m, Mine('me')) and not T.Calling.same(m, Mine('you'))
            class Greets(Mine, java.util.function.Supplier):
                def greet(self):
                    return 'own'
                def get(self):
                    return 7
            assert T.Calling.call(Greets('x')) == 'own 42'
            assert java.util.Optional.empty().orElseGet(Greets('x')) == 7
            class Throws(Mine):
                def handle(self, text, number):
                    raise java.io.IOException('mine')
            class Raises(Mine):
                def handle(self, text, number):
                    raise KeyError('k')
            def caught(call, error):
                try:
                    call()
                except error as e:
                    return e
                raise AssertionError(error)
            assert caught(lambda: T.Calling.call(Throws('x')), java.io.IOException).getMessage() == 'mine'
            assert caught(lambda: T.Calling.call(Raises('x')), KeyError).args == ('k',)
            class Lacks(T.Handler):
                pass
            assert 'does not define' in str(caught(lambda: T.Calling.call(Lacks()), java.lang.Error))
            caught(lambda: type('No', (java.lang.String,), {}), TypeError)
            class Wrong(Mine):
                def handle(self, text, number):
                    return 'no number'
            assert 'handle' in str(caught(lambda: T.Calling.call(Wrong('x')), Exception))
            ran = []
            class Task(java.lang.Runnable):
                def run(self):
                    ran.append(1)
            thread = java.lang.Thread(Task())
            thread.start()
            thread.join()
            assert ran == [1]
            l = java.util.ArrayList([2, 3, 1])
            class Down(java.util.Comparator):
                def compare(self, a, b):
                    return b - a
            l.sort(Down())
            assert list(l) == [3, 2, 1]
            l.sort(Down().reversed())
            assert list(l) == [1, 2, 3]
            """);
  }

  /** Has methods of names that are Python's keywords. */
  public interface Reserved {
    boolean is(Object other);

    default String from(String text) {
      return "default " + text;
    }
  }

  public static boolean is(Reserved reserved, Object other) {
    return reserved.is(other);
  }

  public static String from(Reserved reserved) {
    return reserved.from("x");
  }

  @Test
  @DisplayName("methods of names that Python reserves are implemented as they are called")
  void reservedNames() {
    JavaInPythonTest.holds(
        HERE
            + """
            class Plain(T.Reserved):
                def is_(self, other): return other == 'x'
            class Both(Plain):
                def from_(self, text): return 'own ' + text
            assert T.is_(Plain(), 'x') and not T.is_(Plain(), 'y') and T.from_(Plain()) == 'default x'
            assert T.from_(Both()) == 'own x' and Plain().from_('y') == 'default y' and Both().from_('y') == 'own y'
            assert T.is_(lambda other: other == 5, 5)
            class Nothing(T.Reserved): pass
            try:
                T.is_(Nothing(), 5)
            except Exception as e:
                assert 'does not define is_' in str(e), e
            else:
                raise AssertionError
            """);
  }

  @Test
  @DisplayName("an implementation is used from Java, and says so when its interpreter has ended")
  void implementationsInJava() {
    Comparator<Object> kept;
    try (Interpreter own = PythonUnderTest.ownGil()) {
      own.exec(
          """
          import java.util
          class Down(java.util.Comparator):
              def compare(self, a, b):
                  return b - a
          """);
      PyObject made = own.eval("Down()");
      @SuppressWarnings("unchecked")
      Comparator<Object> comparator = (Comparator<Object>) made.as(Object.class);
      kept = comparator;
      List<Object> list = new ArrayList<>(List.of(1, 3, 2));
      list.sort(kept);
      assertThat(list).containsExactly(3, 2, 1);
      assertThatObject(own.toPython(kept)).isEqualTo(made);
    }
    assertThatThrownBy(() -> kept.compare(1, 2))
        .isInstanceOf(dev.vivarium.InterpreterClosedException.class);
  }

  @Test
  @DisplayName("a Java call that waits, or is told to, lets other threads run Python")
  void detached() throws Exception {
    for (String wait : List.of("latch.await_()", "import vivarium; vivarium.detached(task.run)")) {
      Interpreter main = PythonUnderTest.main();
      CountDownLatch latch = new CountDownLatch(1);
      CountDownLatch inside = new CountDownLatch(1);
      AtomicReference<Throwable> failed = new AtomicReference<>();
      PythonUnderTest.define(main, "latch", main.reference(latch));
      PythonUnderTest.define(
          main,
          "task",
          main.reference(
              (Runnable)
                  () -> {
                    try {
                      latch.await();
                    } catch (InterruptedException e) {
                      failed.set(e);
                    }
                  }));
      Thread waiting =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  main.run(in -> {
                    inside.countDown();
                    in.exec(wait);
                  });
                } catch (Throwable t) {
                  failed.set(t);
                }
              });
      inside.await();
      assertThat(main.eval("6 * 7").asInt()).isEqualTo(42); // or nobody would ever count down
      latch.countDown();
      waiting.join();
      assertThat(failed.get()).isNull();
    }
  }
}
