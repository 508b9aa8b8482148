package dev.vivarium.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.vivarium.PyObject;
import dev.vivarium.ThreadState;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Python code gives containers and texts to Java methods, which read all of them, and takes some
 * from there. In one JVM, since each needs few turns.
 *
 * <p>The twin is C that takes the same objects apart with CPython's API, or makes them, with a bare
 * FFM upcall for each item, in which {@link Upcalls} makes the Java object, or gives it, by the
 * JDK's plain means.
 */
@SuppressWarnings("NullAway.Init") // see prepare()
public class Conversions extends PythonBenchmark {

  private static final int BATCH = 20;
  private static final int TEXTS = 200;
  private static final int ITEMS = 1000;

  private static final String SOURCE =
      """
      numbers = [1000 * i for i in range(1000)]
      table = {f"key {i:04}": 1000 * i for i in range(1000)}
      rows = [{"id": 1000 * i, "name": f"name {i}", "price": i + 0.5} for i in range(1000)]
      ascii10, ascii10000 = ("abcdefghij" * n for n in (1, 1000))
      latin10, latin10000 = ((chr(0xE4) + "bcdefghij") * n for n in (1, 1000))
      emoji10, emoji10000 = (chr(0x1F600) * n for n in (10, 10_000))

      def nothing(function, argument, n):
          for i in range(n):
              pass

      def given(function, argument, n):
          for i in range(n):
              function(argument)

      def taken(function, take, n):
          for i in range(n):
              take(function())
      """;

  private final Used used = new Used();
  private ThreadState entered;
  private PyObject given;
  private PyObject numbers;
  private PyObject sumOf;
  private @Nullable Upcalls upcalls;

  /** What Python code calls. */
  public static final class Used {

    private final List<Integer> list = new ArrayList<>();
    private final Map<String, Integer> map = new LinkedHashMap<>();

    private Used() {
      for (int i = 0; i < ITEMS; i++) {
        list.add(1000 * i);
        map.put("key %04d".formatted(i), 1000 * i);
      }
    }

    /** Reads a list. */
    public long sum(List<Integer> all) {
      long sum = 0;
      for (int each : all) {
        sum += each;
      }
      return sum;
    }

    /** Reads a map. */
    public long sumOfMap(Map<String, Integer> all) {
      long sum = 0;
      for (Map.Entry<String, Integer> each : all.entrySet()) {
        sum += each.getKey().length() + each.getValue();
      }
      return sum;
    }

    /** Reads maps. */
    public int sizes(List<Map<String, Object>> all) {
      int sum = 0;
      for (Map<String, Object> row : all) {
        for (Map.Entry<String, Object> each : row.entrySet()) {
          sum += each.getKey().length() + (each.getValue() instanceof String s ? s.length() : 1);
        }
      }
      return sum;
    }

    /** Gives a list. */
    public List<Integer> list() {
      return list;
    }

    /** Gives a map. */
    public Map<String, Integer> map() {
      return map;
    }

    /** Takes a text and gives it back. */
    public String same(String text) {
      return text;
    }
  }

  /** All but the list that Java reads. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The loop with nothing in it. */
    public double loop;

    /** A Java list becomes a Python list. */
    public double listOut;

    /** A Python dict is read by Java. */
    public double dictIn;

    /** A Java map becomes a dict. */
    public double dictOut;

    /** A list of dicts is read by Java. */
    public double dictsIn;

    /** A text, there and back. */
    public double ascii10;

    /** Another. */
    public double latin10;

    /** Another. */
    public double emoji10;

    /** A long text. */
    public double ascii10000;

    /** Another. */
    public double latin10000;

    /** Another. */
    public double emoji10000;

    /** The same in C, as all below. */
    public double listInInC;

    /** As named. */
    public double listOutInC;

    /** As named. */
    public double dictInInC;

    /** As named. */
    public double dictOutInC;

    /** As named. */
    public double dictsInInC;

    /** As named. */
    public double ascii10InC;

    /** As named. */
    public double latin10InC;

    /** As named. */
    public double emoji10InC;

    /** As named. */
    public double ascii10000InC;

    /** As named. */
    public double latin10000InC;

    /** As named. */
    public double emoji10000InC;

    /** The thread is attached for all but the twin's containers, for which it attaches itself. */
    @TearDown(Level.Iteration)
    public void measure(Conversions benchmark) {
      loop = benchmark.each("nothing", "o.same", "None", TEXTS);
      dictIn = benchmark.each("given", "o.sumOfMap", "table", BATCH);
      dictsIn = benchmark.each("given", "o.sizes", "rows", 1);
      listOut = benchmark.each("taken", "o.list", "list", BATCH);
      dictOut = benchmark.each("taken", "o.map", "dict", BATCH);
      ascii10 = benchmark.each("given", "o.same", "ascii10", TEXTS);
      latin10 = benchmark.each("given", "o.same", "latin10", TEXTS);
      emoji10 = benchmark.each("given", "o.same", "emoji10", TEXTS);
      ascii10000 = benchmark.each("given", "o.same", "ascii10000", TEXTS);
      latin10000 = benchmark.each("given", "o.same", "latin10000", TEXTS);
      emoji10000 = benchmark.each("given", "o.same", "emoji10000", TEXTS);
      Twin twin = benchmark.twin();
      if (twin != null) {
        ascii10InC = benchmark.each("given", "c_text", "ascii10", TEXTS);
        latin10InC = benchmark.each("given", "c_text", "latin10", TEXTS);
        emoji10InC = benchmark.each("given", "c_text", "emoji10", TEXTS);
        ascii10000InC = benchmark.each("given", "c_text", "ascii10000", TEXTS);
        latin10000InC = benchmark.each("given", "c_text", "latin10000", TEXTS);
        emoji10000InC = benchmark.each("given", "c_text", "emoji10000", TEXTS);
      }
      benchmark.entered.close();
      listInInC = benchmark.inC("list_to_java", u -> u.numberToJava);
      listOutInC = benchmark.inC("list_to_python", u -> u.numberToPython);
      dictInInC = benchmark.inC("dict_to_java", u -> u.entryToJava);
      benchmark.checkMade();
      dictOutInC = benchmark.inC("dict_to_python", u -> u.entryToPython);
      dictsInInC = benchmark.inC("dicts_to_java", u -> u.entryToJava);
    }
  }

  @Override
  void prepare() throws ReflectiveOperationException {
    main.exec(SOURCE);
    main.set("o", main.reference(used));
    given = main.eval("given");
    numbers = main.eval("numbers");
    sumOf = main.eval("o.sum");
    Twin twin = twin();
    if (twin != null) {
      upcalls = new Upcalls(twin, used.list(), used.map());
      twin.defineTexts(upcalls.text);
      main.exec(
          "for text in ascii10, latin10, emoji10, ascii10000, latin10000, emoji10000:\n"
              + "    assert c_text(text) == text");
    }
  }

  /** Attaches. */
  @Setup(Level.Iteration)
  public void attach() {
    entered = ThreadState.ensure(main.view());
  }

  /** A Python list is read by Java. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void read(Beside beside) {
    given.call(sumOf, numbers, BATCH).close();
  }

  // Shorter turns than others', for there are many
  private static int turn() {
    return Math.max(1, slice() / 2);
  }

  private double each(String loop, String function, String argument, int times) {
    try (PyObject looping = main.eval(loop);
        PyObject called = main.eval(function);
        PyObject with = main.eval(argument)) {
      return nanoseconds(times, turn(), () -> looping.call(called, with, times).close());
    }
  }

  private void checkMade() {
    if (upcalls != null
        && !(upcalls.madeList.equals(used.list()) && upcalls.madeMap.equals(used.map()))) {
      throw new IllegalStateException("the twin has made something else");
    }
  }

  private double inC(String function, Function<Upcalls, MemorySegment> upcall) {
    Twin twin = twin();
    return twin == null || upcalls == null
        ? 0
        : twin.upcallNanoseconds(function, upcall.apply(upcalls), turn());
  }

  /**
   * What the twin calls for an item. Between C and Java it lies in twin.c's {@code item} or {@code
   * text_memory}.
   */
  static final class Upcalls {

    // Of twin.c's item
    private static final long KEY_SIZE = 0;
    private static final long TEXT_SIZE = 8;
    private static final long NUMBER = 16;
    private static final long REAL = 24;
    private static final long KEY = 32;
    private static final long TEXT = KEY + 64;
    private static final long BYTES = TEXT + 64;

    private static final int IS_INT = 0;
    private static final int IS_REAL = 1;
    private static final int IS_DICT = 3;

    final MemorySegment numberToJava = stub("numberToJava");
    final MemorySegment numberToPython = stub("numberToPython");
    final MemorySegment entryToJava = stub("entryToJava");
    final MemorySegment entryToPython = stub("entryToPython");
    final MemorySegment text = stub("text");

    private final MemorySegment item;
    private final MemorySegment textMemory;
    private final List<Integer> list;
    private final Map<String, Integer> map;

    private List<Integer> madeList = new ArrayList<>();
    private Map<String, Object> madeMap = new LinkedHashMap<>();
    private Iterator<Map.Entry<String, Integer>> entries = Collections.emptyIterator();

    Upcalls(Twin twin, List<Integer> list, Map<String, Integer> map) {
      item = twin.variable("item", BYTES);
      textMemory = twin.variable("text_memory", 2 << 16);
      this.list = list;
      this.map = map;
    }

    @SuppressWarnings("ThisEscapedInObjectConstruction") // C calls when all is there
    private MemorySegment stub(String name) {
      MethodType type = MethodType.methodType(int.class, int.class, int.class);
      try {
        return Linker.nativeLinker()
            .upcallStub(
                MethodHandles.lookup().bind(this, name, type),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT),
                Arena.global());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    @SuppressWarnings("unused") // called from C, as all below
    private int numberToJava(int index, int value) {
      if (index == 0) {
        madeList = new ArrayList<>();
      }
      madeList.add(value);
      return 0;
    }

    @SuppressWarnings("unused")
    private int numberToPython(int index, int kind) {
      return list.get(index);
    }

    @SuppressWarnings("unused")
    private int entryToJava(int index, int kind) {
      if (kind == IS_DICT) {
        madeMap = new LinkedHashMap<>();
        return 0;
      }
      Object value =
          switch (kind) {
            case IS_INT -> (int) item.get(JAVA_LONG, NUMBER);
            case IS_REAL -> item.get(JAVA_DOUBLE, REAL);
            default -> utf8(TEXT, item.get(JAVA_LONG, TEXT_SIZE));
          };
      madeMap.put(utf8(KEY, item.get(JAVA_LONG, KEY_SIZE)), value);
      return 0;
    }

    @SuppressWarnings("unused")
    private int entryToPython(int index, int kind) {
      if (index == 0) {
        entries = map.entrySet().iterator();
      }
      Map.Entry<String, Integer> entry = entries.next();
      String key = entry.getKey();
      item.setString(KEY, key, StandardCharsets.ISO_8859_1);
      item.set(JAVA_LONG, KEY_SIZE, key.length());
      return entry.getValue();
    }

    private String utf8(long at, long size) {
      byte[] bytes = new byte[(int) size];
      MemorySegment.copy(item, JAVA_BYTE, at, bytes, 0, bytes.length);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unused")
    private int text(int units, int bytesEach) {
      if (bytesEach == 1) {
        byte[] bytes = new byte[units];
        MemorySegment.copy(textMemory, JAVA_BYTE, 0, bytes, 0, units);
        String made = new String(bytes, StandardCharsets.ISO_8859_1);
        textMemory.setString(0, made, StandardCharsets.ISO_8859_1);
      } else {
        char[] chars = new char[units];
        MemorySegment.copy(textMemory, JAVA_CHAR, 0, chars, 0, units);
        String made = new String(chars);
        MemorySegment.copy(made.toCharArray(), 0, textMemory, JAVA_CHAR, 0, units);
      }
      return 0;
    }
  }
}
