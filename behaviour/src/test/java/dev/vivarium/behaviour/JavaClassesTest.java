package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.Holdings;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which Java classes Python code sees, and that nothing of what it holds is held for ever. */
@ExtendWith(PythonUnderTest.class)
public final class JavaClassesTest {

  private static Interpreter seeing(JavaClasses classes) {
    return PythonUnderTest.python()
        .newInterpreter(InterpreterOptions.isolated().javaClasses(classes));
  }

  @Test
  @DisplayName("with none, nothing is imported, and what is handed over has no members")
  void none() {
    try (Interpreter in = seeing(JavaClasses.none())) {
      assertThatThrownBy(() -> in.exec("import java"))
          .hasMessage("ModuleNotFoundError: No module named 'java'");
      List<Object> list = new ArrayList<>(List.of(1));
      PyObject opaque = in.reference(list);
      assertThat(opaque.as(Object.class)).isSameAs(list);
      in.importModule("__main__").setAttr("opaque", opaque);
      in.exec(
          """
          import vivarium
          members = [name for name in dir(opaque) if name[:2] != '__']
          assert members == [], members
          assert str(opaque) == '[1]' and opaque == opaque and hash(opaque) == hash(opaque)
          for attempt in 'getClass', 'get', 'add', 'wait':
              assert not hasattr(opaque, attempt)
          for attempt in lambda: len(opaque), lambda: opaque[0], lambda: list(opaque):
              try:
                  attempt()
                  raise AssertionError()
              except TypeError:
                  pass
          try:
              vivarium.jclass('java.lang.Runtime')
              raise AssertionError()
          except ImportError:
              pass
          assert type(opaque).__mro__[-2].__name__ == 'Reference'
          """);
      Callable<Object> throwing =
          () -> {
            throw new IOException("told");
          };
      in.importModule("__main__").setAttr("throwing", throwing);
      in.exec(
          """
          try:
              throwing()
          except vivarium.JavaException as e:
              assert str(e) == 'told' and not hasattr(e, 'getCause') and not hasattr(e, 'getClass')
              assert not hasattr(e.__throwable__, 'getClass')
          """);
    }
  }

  @Test
  @DisplayName("with packages or a predicate, an object is what it may be seen as")
  void some() {
    try (Interpreter in = seeing(JavaClasses.packages("java.util", "java.util.function"))) {
      in.exec(
          """
          import java.util
          from java.util import ArrayList
          from java.util.function import Function
          l = ArrayList([1, 2])
          assert len(l) == 2 and l.get(0) == 1 and Function.identity()(5) == 5
          assert dir(l.getClass()) == dir(l.getClass().__class__) and not hasattr(l.getClass(), 'forName')
          assert not hasattr(ArrayList, 'getName') and not hasattr(ArrayList, 'forName')
          try:
              import java.utl
          except ImportError as e:
              assert 'did you mean util?' in str(e), e
          try:
              import java.lag
          except ImportError as e:
              assert 'did you mean' not in str(e), e
          for name in 'import java.lang', 'import java.io', 'from java.util import concurrent':
              try:
                  exec(name)
                  raise AssertionError(name)
              except ImportError:
                  pass
          """);
      in.importModule("__main__")
          .setAttr("stream", in.reference(new ByteArrayInputStream(new byte[] {1})));
      in.exec("assert not hasattr(stream, 'read') and not hasattr(stream, 'close')");
    }
    JavaClasses named =
        JavaClasses.matching(
            c -> c == Object.class || c == Map.class || c == String.class || c == Class.class);
    try (Interpreter in = seeing(named)) {
      in.importModule("__main__").setAttr("m", in.reference(new HashMap<>(Map.of("a", 1))));
      in.exec(
          """
          assert m['a'] == 1 and m.size() == 1 and type(m).__name__ == 'Object' or m.size() == 1
          assert not hasattr(m, 'clone')
          cls = m.getClass()
          for name in 'forName', 'getMethod', 'getName', 'getClassLoader', 'getDeclaredConstructor':
              assert not hasattr(cls, name), name
          from java.lang import Object
          assert not hasattr(Object.getClass(Object()), 'forName')
          import java.lang
          for name in 'Runtime', 'System', 'Class', 'ClassLoader', 'Thread':
              assert not hasattr(java.lang, name), name
          """);
    }
  }

  @Test
  @DisplayName("Java objects are pickled where the JVM has a filter of what may be read")
  void pickled() {
    try (Interpreter in = PythonUnderTest.ownGil()) {
      in.exec(
          """
          import pickle
          from java.util import ArrayList
          try:
              pickle.dumps(ArrayList())
              raise AssertionError()
          except TypeError as e:
              assert 'jdk.serialFilter' in str(e) and 'java.util.ArrayList' in str(e), e
          assert pickle.loads(pickle.dumps(ArrayList)) is ArrayList
          """);
    }
    ChildJvm.start(
            Duration.ofSeconds(120),
            List.of("-Djdk.serialFilter=java.util.*;java.time.*;java.lang.*;!*"),
            Pickles.class)
        .await()
        .expect(0)
        .expectOut("pickled");
  }

  /** Pickles in interpreters that may see all, and some. */
  static final class Pickles implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      String trips =
          """
          import pickle
          from java.time import DayOfWeek, LocalDate
          from java.util import ArrayList, HashMap
          for one in (ArrayList([1, 'a', None, 2.5, 2 ** 40]), HashMap({'a': ArrayList([1])}), LocalDate.of(2024, 1, 2),
                      DayOfWeek.MONDAY):
              for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                  back = pickle.loads(pickle.dumps({'held': [one]}, protocol))['held'][0]
                  assert back == one and type(back) is type(one), one
          def refused(f, said):
              try:
                  f()
              except TypeError as e:
                  assert said in str(e), e
              else:
                  raise AssertionError()
          refused(lambda: pickle.dumps(ArrayList([object()])), 'not Serializable')
          from java.util.concurrent import ConcurrentHashMap
          not_named = pickle.dumps(ConcurrentHashMap({'a': 1}))
          refused(lambda: pickle.loads(not_named), 'filter')
          import vivarium
          refused(lambda: vivarium.unpickled(b'no stream'), 'no Java object')
          """;
      python.main().exec(trips);
      try (Interpreter own = PythonUnderTest.ownGil()) {
        own.exec(trips);
      }
      try (Interpreter seeing =
          python.newInterpreter(
              InterpreterOptions.isolated().javaClasses(JavaClasses.packages("java.util")))) {
        PyObject dumps = python.main().eval("pickle.dumps(ArrayList([LocalDate.of(2024, 1, 2)]))");
        seeing.importModule("__main__").setAttr("content", dumps.as(byte[].class));
        seeing.exec(
            """
            import pickle
            from java.util import ArrayList
            assert pickle.loads(pickle.dumps(ArrayList([1]))) == [1]
            try:
                pickle.loads(content)
                raise AssertionError()
            except TypeError as e:
                assert 'filter' in str(e), e
            """);
      }
      System.out.println("pickled");
    }
  }

  @Test
  @DisplayName("interpreters that Python code makes see no more than the one that made them")
  void made() {
    try (Interpreter in = seeing(JavaClasses.none())) {
      in.exec(
          """
          try:
              import _interpreters as made
          except ImportError:
              import _xxsubinterpreters as made
          one = made.create()
          code = '''
          try:
              import java.lang
              found = True
          except ImportError:
              found = False
          if found:
              raise AssertionError('java.lang was found')
          '''
          failure = made.run_string(one, code)
          assert failure is None, failure
          made.destroy(one)
          """);
    }
  }

  @Test
  @DisplayName("a class loader of one's own is looked into")
  void loader() {
    ClassLoader refusing =
        new ClassLoader(JavaClassesTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.equals("java.util.ArrayList")) {
              throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
          }
        };
    try (Interpreter in = seeing(JavaClasses.all().loadedBy(refusing))) {
      in.exec("from java.util import HashMap");
      assertThatThrownBy(() -> in.exec("from java.util import ArrayList"))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("cannot import name 'ArrayList'");
      in.exec(
          """
          import vivarium
          from java.lang import Class, ClassLoader, ClassNotFoundException
          system = ClassLoader.getSystemClassLoader()
          name = 'java.util.ArrayList'
          assert vivarium.jclass(name, system)() == [] and Class.forName(name, True, system)
          for find in vivarium.jclass, Class.forName:
              try:
                  find(name)
              except (ImportError, ClassNotFoundException) as e:
                  assert name in str(e)
              else:
                  raise AssertionError(find)
          try:
              vivarium.jclass('no.Such', system)
          except ImportError as e:
              assert 'no.Such' in str(e)
          else:
              raise AssertionError
          assert Class.forName('java.util.HashMap').getName() == 'java.util.HashMap'
          import java
          for importing in 'from java.nosuch import Some', 'java.nosuch':
              try:
                  exec(importing)
              except (ImportError, AttributeError) as e:
                  assert 'vivarium.jclass(its full name)' in str(e), e
              else:
                  raise AssertionError
          """);
    }
  }

  @Test
  @DisplayName(
      "a class that its module keeps to itself is none to hasattr, and to an import what to say to the module")
  void kept() throws Exception {
    // Of the compiler's module, which exports no such package: known since a class of it is loaded
    Class.forName("com.sun.tools.javac.util.Names", false, JavaClassesTest.class.getClassLoader());
    try (Interpreter in = seeing(JavaClasses.all())) {
      in.exec(
          """
          import com.sun.tools.javac.util as package, importlib, vivarium
          name = 'com.sun.tools.javac.util.Names'
          says = f"the module jdk.compiler keeps {name} to itself: its module-info may say 'exports "
          for _ in range(2):
              assert not hasattr(package, 'Names') and getattr(package, 'Names', 1) == 1
              for error, ask in (
                  (AttributeError, lambda: package.Names),
                  (ImportError, lambda: exec('from com.sun.tools.javac.util import Names')),
                  (ImportError, lambda: exec('import com.sun.tools.javac.util.Names')),
                  (ImportError, lambda: importlib.import_module(name)),
                  (ImportError, lambda: vivarium.jclass(name)),
              ):
                  try:
                      ask()
                  except (AttributeError, ImportError) as e:
                      assert type(e) is error and str(e).startswith(says), repr(e)
                  else:
                      raise AssertionError(error)
          """);
    }
  }

  /** Public for Python code: a property without a getter, until a subclass has one. */
  public static class Scaled {

    public float held;

    public void setScale(float scale) {
      held = scale;
    }

    public static class Seen extends Scaled {

      public float getScale() {
        return held;
      }
    }
  }

  @Test
  @DisplayName(
      "a property that has only a setter is set, and cannot be read until there is a getter")
  void onlySet() {
    try (Interpreter in = PythonUnderTest.ownGil()) {
      in.importModule("__main__").setAttr("one", in.reference(new Scaled()));
      in.importModule("__main__").setAttr("seen", in.reference(new Scaled.Seen()));
      in.exec(
          """
          one.scale = 0.5
          assert one.held == 0.5 and not hasattr(one, 'scale') and 'scale' in dir(one)
          try:
              one.scale
          except AttributeError as e:
              assert 'scale' in str(e) and 'set' in str(e), e
          seen.scale = 2
          assert seen.scale == 2 == seen.held
          """);
    }
  }

  @Test
  @DisplayName("what is held across is counted, a cycle shows, and a weak handle breaks it")
  void holdings() {
    try (Interpreter in = PythonUnderTest.ownGil()) {
      in.exec("from java.util import ArrayList\nkept = [ArrayList() for _ in range(50)]");
      Holdings holdings = in.holdings();
      assertThat(holdings.javaInPython()).containsEntry("java.util.ArrayList", 50L);
      PyObject set = in.eval("{1}");
      assertThat(in.holdings().pythonInJava()).containsEntry("set", 1L);
      set.close();
      in.exec("del kept[10:]");
      assertThat(in.holdings().javaInPython()).containsEntry("java.util.ArrayList", 10L);
      in.exec(
          """
          kept.clear()
          class Node: pass
          def cycle(hold):
              node = Node()
              node.list = ArrayList()
              node.list.add(hold(node))
          for _ in range(5):
              cycle(lambda node: node)
          """);
      Await.until(
          "only the cycles are left",
          () -> {
            System.gc();
            in.exec("import gc; gc.collect()");
            return in.holdings().pythonInJava().get("Node") == 5L;
          });
      assertThat(in.holdings().javaInPython()).containsEntry("java.util.ArrayList", 5L);
      in.exec("import weakref\nfor _ in range(7):\n    cycle(weakref.ref)");
      Await.until(
          "those with a weak handle have gone",
          () -> {
            System.gc();
            in.exec("gc.collect()");
            return in.holdings().javaInPython().get("java.util.ArrayList") == 5L;
          });
    }
  }

  @Test
  @DisplayName(
      "at an interpreter's end its Java objects are let go of, also those that Python leaks")
  void letGoAtTheEnd() {
    WeakReference<Object> weak;
    PyObject stale;
    try (Interpreter in = PythonUnderTest.ownGil()) {
      in.exec("import java.util\nclass Cycle: pass\nc = Cycle(); c.c = c");
      weak = kept(in);
      stale = in.eval("c.kept");
      System.gc();
      assertThat(weak.get()).isNotNull();
    }
    Await.until(
        "the object is collected",
        () -> {
          System.gc();
          return weak.get() == null;
        });
    assertThatThrownBy(() -> stale.as(Object.class))
        .isInstanceOf(dev.vivarium.InterpreterClosedException.class);
  }

  @Test
  @DisplayName("threads that meet classes first at once all see one type of each")
  void firstOfMany() throws Exception {
    for (int round = 0; round < 5; round++) {
      try (Interpreter in = PythonUnderTest.ownGil()) {
        in.exec(
            """
            def first():
                from java.util import ArrayList, TreeMap, Optional
                from java.lang import IllegalArgumentException, Integer
                l = ArrayList()
                l.add(Optional.of(1))
                try:
                    Integer.parseInt('x')
                except IllegalArgumentException as e:
                    error = type(e)
                assert type(l) is ArrayList and isinstance(l.get(0), Optional) and len(l) == 1
                return ArrayList, TreeMap, Optional, error
            """);
        List<PyObject> seen = java.util.Collections.synchronizedList(new ArrayList<>());
        Together.run(6, i -> seen.add(in.eval("first()")));
        PyObject same = in.eval("lambda *all: all.count(all[0]) == len(all)");
        assertThat(same.call(seen.toArray()).asBoolean()).isTrue();
      }
    }
  }

  /** A class whose method's name no other code has. */
  public static final class MetWhileInterned {
    public int metWhileItIsInterned() {
      return 1;
    }
  }

  @Test
  @DisplayName(
      "a member is met while another thread interns its name, half-way through (CPython 3.13t)")
  void whileItsNameIsInterned() {
    assumeThat(PythonUnderTest.version()).as("a free-threaded CPython").endsWith("t");
    try (Interpreter in = PythonUnderTest.ownGil()) {
      in.importModule("__main__").setAttr("met", in.reference(new MetWhileInterned()));
      in.exec(
          """
          import ctypes, sys, threading
          name = sys.intern('metWhileItIsInterned')
          state = ctypes.c_uint32.from_address(id(name) + object.__basicsize__ + 16)
          interned = state.value
          assert interned & 3  # in the dict of such names, and marked so
          state.value = interned & ~3
          def go_on():
              state.value = interned
          threading.Timer(0.2, go_on).start()
          assert met.metWhileItIsInterned() == 1
          assert state.value == interned
          """);
    }
  }

  private static WeakReference<Object> kept(Interpreter in) {
    Object object = new ArrayList<>();
    in.eval("c").setAttr("kept", in.reference(object));
    return new WeakReference<>(object);
  }

  @Test
  @Tag("F6")
  @DisplayName("atexit functions and finalizers use Java objects at an interpreter's very end")
  void atTheEnd() {
    ChildJvm.run(Duration.ofSeconds(120), LateUse.class).expect(0).expectOut("over");
  }

  /** Uses Java in atexit functions, __del__ methods and modules that are taken apart. */
  static final class LateUse implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      String code =
          """
          import atexit, sys
          from java.util import ArrayList, HashMap
          from java.lang import Runnable
          import java.io
          class Late(Runnable):
              def __init__(self): self.l = ArrayList()
              def run(self): pass
              def __del__(self):
                  try:
                      self.l.add(HashMap())
                      ArrayList([1])
                      java.io.IOException('x')
                  except RuntimeError:
                      pass
          late = Late()
          late.me = late
          sys.late = Late()
          atexit.register(lambda: ArrayList().add(late))
          leaked = [ArrayList() for _ in range(100)]
          """;
      for (int i = 0; i < 20; i++) {
        try (Interpreter in = i % 2 == 0 ? PythonUnderTest.ownGil() : PythonUnderTest.sharedGil()) {
          in.exec(code);
        }
      }
      python.main().exec(code);
      python.close();
      System.out.println("over");
    }
  }

  @Test
  @Tag("O2")
  @DisplayName("10 million round trips of Java objects to Python and back leave memory flat")
  void tenMillion() {
    String trips = String.valueOf(PythonUnderTest.count(10_000_000));
    ChildJvm.start(Duration.ofMinutes(5), List.of("-Xmx64m"), ObjectTrips.class, trips)
        .await()
        .expect(0)
        .expectOut("flat");
  }

  /** What Python calls. */
  public static final class Post {
    private int fetched;
    private int returned;

    public Object fetch() {
      return new int[] {fetched++};
    }

    public void giveBack(int[] same) {
      returned += same[0] == returned ? 1 : 0;
    }
  }

  /** Java objects that a Python function gets from Java and gives back, each a new one. */
  static final class ObjectTrips implements Scenario {

    @Override
    public void run(String... arguments) {
      int trips = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      main.exec(
          """
          import sys
          def trips(post, n):
              fetch, give_back = post.fetch, post.giveBack
              for _ in range(n):
                  give_back(fetch())
          """);
      Post post = new Post();
      PyObject function = main.eval("trips");
      function.call(post, trips / 10);
      long before = main.eval("sys.getallocatedblocks()").asLong();
      function.call(post, trips - trips / 10);
      assertThat(post.returned).as("came back as they were").isEqualTo(trips);
      long grown = Long.MAX_VALUE; // until what was dropped has been given back
      for (long end = System.nanoTime() + Await.LIMIT.toNanos();
          grown >= 2_000 && System.nanoTime() < end; ) {
        System.gc();
        grown = main.eval("sys.getallocatedblocks()").asLong() - before;
      }
      assertThat(grown).as("growth of Python's blocks").isLessThan(2_000);
      assertThat(main.holdings().javaInPython()).doesNotContainKey("[I");
      System.out.println("flat");
      python.close();
    }
  }

  @Test
  @Tag("O2")
  @DisplayName("round trips of Java objects leave memory flat, in two interpreters in parallel")
  void roundTrips() {
    ChildJvm.start(Duration.ofMinutes(4), List.of("-Xmx64m"), RoundTrips.class, "200000")
        .await()
        .expect(0)
        .expectOut("flat");
  }

  /** Java objects, exceptions and implementations to Python and back. */
  static final class RoundTrips implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int trips = Integer.parseInt(arguments[0]);
      Python python = PythonUnderTest.start();
      Interpreter main = python.main();
      Interpreter own = PythonUnderTest.ownGil();
      List<Interpreter> both = List.of(main, own);
      for (Interpreter in : both) {
        in.exec(
            """
            import sys
            from java.util import ArrayList, Comparator, Optional
            from java.lang import IllegalStateException, Integer
            class Down(Comparator):
                def compare(self, a, b): return b - a
            def trips(n):
                for i in range(n):
                    l = ArrayList()
                    l.add(Optional.of(l.size()))
                    assert l.get(0).get() == 0
                    if i % 16 == 0:
                        try:
                            Integer.parseInt('no')
                        except ValueError as e:
                            assert e.getMessage()
                        l.clear()
                        l.extend([1, 2])
                        l.sort(Down())
                        assert [*l] == [2, 1]
            """);
      }
      Together.run(2, i -> both.get(i).exec("trips(" + trips / 10 + ")"));
      long before = blocks(both.get(1), main);
      Together.run(2, i -> both.get(i).exec("trips(" + trips + ")"));
      long after = blocks(both.get(1), main);
      for (Interpreter in : both) {
        assertThat(in.holdings().javaInPython().values().stream().mapToLong(n -> n).sum())
            .as("Java objects still held")
            .isLessThan(200);
      }
      assertThat(after - before).as("growth of Python's blocks").isLessThan(20_000);
      System.out.println("flat");
      python.close();
    }

    private static long blocks(Interpreter own, Interpreter main) throws Exception {
      System.gc();
      String count = "__import__('sys').getallocatedblocks()";
      if (PythonUnderTest.version().endsWith("t")) { // where counting stops all that are attached
        return main.eval(count).asLong();
      }
      try (ThreadState entered = ThreadState.ensure(own.view())) {
        assertThat(entered.interpreter().id()).isEqualTo(own.id());
        return Together.elsewhere(() -> main.eval(count).asLong());
      }
    }
  }
}
