package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Converter;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.PyBuffer;
import dev.vivarium.PyObject;
import dev.vivarium.PyReadableFile;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.ByteArrayInputStream;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What interpreters leave in memory when they have ended. */
final class NothingLeftTest {

  private static final Duration LIMIT = Duration.ofMinutes(8);
  private static final int INTERPRETERS =
      Boolean.getBoolean("vivarium.test.full") ? 300 : PythonUnderTest.countsInFull() ? 100 : 20;

  // A heap that is all there from the start, and little that grows beside it
  private static final List<String> STEADY =
      List.of(
          "-Xms64m",
          "-Xmx64m",
          "-XX:+AlwaysPreTouch",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1");

  private static final int KINDS_A_CHILD = 6; // a child for all takes long on a busy machine

  private static final long LEAST_KIB = 50; // what counts as nothing

  // CPython 3.12 and 3.13 free none of an interpreter's memory, and so not what the library's own
  // Python code has taken of it
  private static final long OF_OUR_CODE_KIB = 550;
  private static final long FREED_KIB = 500; // who leaves less has freed its arenas

  /** Something that a user's code does in an interpreter, and leaves there. */
  private interface Use {
    void in(Interpreter one, List<Object> kept) throws Exception;
  }

  /** An interface for a proxy. */
  public interface Sized {
    /** By a method of Python's. */
    int size();
  }

  /** What is used, and Python code that has the interpreter load the same. */
  private record Kind(String twin, Use use) {}

  private static final String NONE = "x = 1";
  private static final String JAVA = "from java.util import ArrayList\nl = ArrayList()\nl.add(1)";

  private static final String EXTENDED =
      JAVA + "\nclass L(ArrayList):\n    def size(self): return 3\nl = L()\nl.me = l\nl.size()";

  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          Map.entry("nothing", new Kind(NONE, (one, kept) -> {})),
          Map.entry("objects", new Kind(NONE, (one, kept) -> kept.add(one.eval("[1]")))),
          Map.entry("attributes", new Kind(NONE, NothingLeftTest::attributes)),
          Map.entry("exceptions", new Kind(NONE, NothingLeftTest::exceptions)),
          Map.entry("Java's exceptions", new Kind(JAVA, NothingLeftTest::javaExceptions)),
          Map.entry("Java", new Kind(JAVA, (one, kept) -> one.exec(JAVA))),
          Map.entry("extended classes", new Kind(EXTENDED, NothingLeftTest::extended)),
          Map.entry("callbacks", new Kind(NONE, NothingLeftTest::callbacks)),
          Map.entry("proxies", new Kind(NONE, NothingLeftTest::proxies)),
          Map.entry("views", new Kind(NONE, NothingLeftTest::views)),
          Map.entry("buffers", new Kind(NONE, NothingLeftTest::buffers)),
          Map.entry("files", new Kind(JAVA, NothingLeftTest::files)),
          Map.entry("loggers", new Kind("import logging", NothingLeftTest::loggers)),
          Map.entry("loops", new Kind("import asyncio", NothingLeftTest::loops)),
          Map.entry("converters", new Kind(NONE, NothingLeftTest::converters)),
          Map.entry("generators", new Kind(NONE, NothingLeftTest::generators)));

  private static void attributes(Interpreter one, List<Object> kept) {
    try (PyObject text = one.eval("'abc'");
        PyObject upper = text.attr("upper")) {
      upper.call().close();
    }
  }

  private static void exceptions(Interpreter one, List<Object> kept) {
    try {
      one.exec("1 / 0");
    } catch (PythonException e) {
      kept.add(e);
    }
  }

  private static void javaExceptions(Interpreter one, List<Object> kept) {
    Runnable fails =
        () -> {
          throw new IllegalStateException("on purpose");
        };
    try {
      one.eval("lambda f: f()").call(fails);
    } catch (IllegalStateException e) {
      kept.add(e);
    }
  }

  private static void extended(Interpreter one, List<Object> kept) {
    one.exec(EXTENDED);
    List<?> held = one.eval("L()").as(ArrayList.class);
    assertThat(held.size()).isEqualTo(3);
    kept.add(held);
    kept.add(one.eval("l").as(ArrayList.class));
  }

  private static void callbacks(Interpreter one, List<Object> kept) {
    kept.add(one.toPython((Runnable) () -> {}));
    kept.add(one.nativeCallback(CallingLibrary.LONG_TO_LONG, one.eval("abs"), -1L));
  }

  private static void proxies(Interpreter one, List<Object> kept) {
    one.exec("class Three:\n    def size(self): return 3");
    Sized three = one.eval("Three()").as(Sized.class);
    assertThat(three.size()).isEqualTo(3);
    kept.add(three);
  }

  private static void views(Interpreter one, List<Object> kept) {
    kept.add(one.eval("[1, 2]").as(List.class));
    kept.add(one.eval("{'a': 1}").as(Map.class));
  }

  private static void buffers(Interpreter one, List<Object> kept) {
    kept.add(PyBuffer.of(one.eval("bytearray(100)")));
    one.eval("sum").call((Object) new int[] {1, 2, 3}).close();
  }

  private static void files(Interpreter one, List<Object> kept) throws Exception {
    one.exec("import io");
    PyReadableFile file = PyReadableFile.of(one.eval("io.BytesIO(b'abc')"));
    assertThat(file.read(ByteBuffer.allocate(2))).isEqualTo(2);
    kept.add(file);
    one.eval("lambda file: file.read()").call(new ByteArrayInputStream(new byte[100])).close();
  }

  private static void loggers(Interpreter one, List<Object> kept) {
    one.exec("import logging\nlogging.getLogger('a').debug('not said')");
  }

  private static void loops(Interpreter one, List<Object> kept) throws Exception {
    one.exec("import asyncio\nasync def three():\n    await asyncio.sleep(0)\n    return 3");
    kept.add(one.eval("three()").as(CompletableFuture.class).get());
  }

  private static void converters(Interpreter one, List<Object> kept) {
    one.register(
        Locale.class,
        new Converter<>() {
          @Override
          public Object toPython(Locale locale, Interpreter interpreter) {
            return locale.toString();
          }

          @Override
          public Locale toJava(PyObject python) {
            return Locale.of(python.asString());
          }
        });
    kept.add(one.toPython(Locale.of("xx")));
  }

  private static void generators(Interpreter one, List<Object> kept) {
    Iterator<PyObject> halfWay = one.eval("(x for x in range(9))").iterator();
    kept.add(halfWay.next());
    kept.add(halfWay);
    one.exec("def numbers():\n    yield 1\n    yield 2\nhalf_way = numbers()\nnext(half_way)");
  }

  @Test
  @Tag("O3")
  @Timeout(1200)
  @DisplayName(
      "Nothing of an ended interpreter is left: memory after N interpreters is that of the same"
          + " Python code in interpreters that CPython's own _interpreters makes, whatever the user"
          + " left open")
  void memory() {
    List<String> kinds = KINDS.keySet().stream().sorted().toList();
    for (int from = 0; from < kinds.size(); from += KINDS_A_CHILD) {
      List<String> some = kinds.subList(from, Math.min(from + KINDS_A_CHILD, kinds.size()));
      ChildJvm.start(LIMIT, STEADY, Memory.class, some.toArray(String[]::new))
          .await()
          .expect(0)
          .expectOut("all as their twins");
    }
  }

  /** Measures the kinds that the arguments name, each beside its twin. */
  static final class Memory implements Scenario {

    private static final String MAKE_AND_END =
        """
        try:
            import _interpreters
        except ImportError:
            import _xxsubinterpreters as _interpreters
        def make_and_end(code):
            made = _interpreters.create()
            _interpreters.run_string(made, code)
            _interpreters.destroy(made)
        """;

    private final Map<String, Long> twins = new HashMap<>();
    private Python python;
    private PyObject makeAndEnd;

    @Override
    public void run(String... arguments) throws Exception {
      python = PythonUnderTest.start(PythonUnderTest.options().site(false).build());
      python.main().exec(MAKE_AND_END);
      makeAndEnd = python.main().eval("make_and_end");
      List<String> tooMuch = new ArrayList<>();
      for (String name : arguments) {
        Kind kind = KINDS.get(name);
        String code = kind.twin();
        Long twin = twins.get(code);
        if (twin == null) {
          twin = kibEach(() -> makeAndEnd.call(code).close(), INTERPRETERS);
          twins.put(code, twin);
        }
        long most = twin < FREED_KIB ? twin + LEAST_KIB : twin * 11 / 10 + OF_OUR_CODE_KIB;
        Cycle cycle = () -> use(kind.use());
        long ours = kibEach(cycle, INTERPRETERS);
        if (ours > most) {
          // What each one leaves is left by more of them too, unlike what the JVM takes once
          ours = kibEach(cycle, 300);
        }
        String line = name + ": " + ours + " KiB each, of " + twin;
        System.out.println(line);
        if (ours > most) {
          tooMuch.add(line);
        }
      }
      python.close();
      assertThat(tooMuch).isEmpty();
      System.out.println("all as their twins");
    }

    private interface Cycle {
      void run() throws Exception;
    }

    private void use(Use use) throws Exception {
      List<Object> kept = new ArrayList<>();
      try (Interpreter one = python.newInterpreter()) {
        use.in(one, kept);
      }
      assertThat(kept).doesNotContainNull();
    }

    private static long kibEach(Cycle cycle, int interpreters) throws Exception {
      for (int i = 0; i < Math.max(40, interpreters / 4); i++) {
        cycle.run();
      }
      long before = residentKib();
      for (int i = 0; i < interpreters; i++) {
        cycle.run();
      }
      return (residentKib() - before) / interpreters;
    }

    private static long residentKib() throws Exception {
      System.gc(); // what it lets go of is given back
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  @Tag("O3")
  @DisplayName(
      "… its objects are finalized whoever holds them, with all of Python there, and Java objects"
          + " that its code held are free")
  void finalizers() {
    ChildJvm.run(LIMIT, Finalizers.class).expect(0).expectOut("all finalized");
  }

  /** Ends interpreters whose objects Java holds, and which hold Java's. */
  static final class Finalizers implements Scenario {

    private static final String SOURCE =
        """
        import json
        from java.util import ArrayList
        class Held:
            def __init__(self, count):
                self.count = count
                self.list = ArrayList()
                self.me = self
            def __del__(self):
                self.list.add(json.dumps([1]))
                self.count()
        """;

    @Override
    public void run(String... arguments) throws Exception {
      int[] finalized = {0};
      List<PyObject> kept = new ArrayList<>();
      List<WeakReference<Object>> javas = new ArrayList<>();
      try (Python python = PythonUnderTest.start()) {
        for (int i = 0; i < 20; i++) {
          InterpreterOptions options =
              i % 2 == 0 ? InterpreterOptions.isolated() : InterpreterOptions.shared();
          try (Interpreter one = python.newInterpreter(options)) {
            one.exec(SOURCE);
            Runnable count = counting(finalized);
            javas.add(new WeakReference<>(count));
            kept.add(one.eval("Held").call(count));
            kept.add(one.eval("Held").call(count));
          }
        }
        assertThat(finalized[0]).isEqualTo(40);
        for (PyObject one : kept) {
          assertThat(one.toString()).isNotNull();
          assertThatClosed(one);
        }
        python.main().exec(SOURCE);
        kept.add(python.main().eval("Held").call(counting(finalized)));
      }
      assertThat(finalized[0]).as("with main's").isEqualTo(41);
      kept.clear();
      Await.until(
          "Java's objects are free",
          () -> {
            System.gc();
            return javas.stream().allMatch(one -> one.get() == null);
          });
      System.out.println("all finalized");
    }

    // Each its own object, which only Python holds afterwards
    private static Runnable counting(int[] finalized) {
      return new Runnable() {
        @Override
        public void run() {
          finalized[0]++;
        }
      };
    }

    private static void assertThatClosed(PyObject one) {
      try {
        one.attr("list");
        throw new AssertionError("used after its interpreter's end");
      } catch (InterpreterClosedException e) {
        one.close(); // does nothing
      }
    }
  }
}
