package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.math.BigInteger;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Values across and back, in main and in a sub-interpreter. */
@ExtendWith(PythonUnderTest.class)
public final class ConversionsTest {

  private static final int ROUNDS = 500;

  private interface In {
    void run(Interpreter interpreter);
  }

  private static void everywhere(In test) {
    test.run(PythonUnderTest.main());
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      test.run(sub);
    }
  }

  private static Object across(Interpreter in, Object value) {
    return in.toPython(value).asNullable(Object.class);
  }

  @Test
  @DisplayName("A float is rounded to the nearest of Java's, and nothing finite becomes infinite")
  void nearestFloats() {
    everywhere(in -> {
      assertThat(in.eval("0.1").as(float.class)).isEqualTo(0.1f);
      assertThat(in.eval("[0.1, 1e-50, -0.0]").as(float[].class))
          .containsExactly(0.1f, 0.0f, -0.0f);
      assertThat(in.eval("float('inf')").as(float.class)).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(in.eval("float('nan')").as(float.class)).isNaN();
      assertThatThrownBy(() -> in.eval("1e39").as(float.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("too large");
      for (String large : List.of("__import__('decimal').Decimal('1e400')", "10 ** 400")) {
        assertThatThrownBy(() -> in.eval(large).asDouble()).isInstanceOf(ConversionException.class);
      }
      assertThat(in.eval("__import__('decimal').Decimal('-Infinity')").asDouble())
          .isEqualTo(Double.NEGATIVE_INFINITY);
      Random random = new Random(3);
      for (int i = 0; i < ROUNDS; i++) {
        double value = random.nextGaussian() * Math.pow(10, random.nextInt(-40, 38));
        assertThat(in.toPython(value).as(float.class)).isEqualTo((float) value);
      }
    });
  }

  @Test
  @DisplayName("Java's nanoseconds are cut to Python's microseconds, and pass whole by reference")
  void nanoseconds() {
    everywhere(in -> {
      Instant now = Instant.parse("2026-11-28T12:00:00.123456789Z");
      assertThat(in.toPython(now).as(Instant.class)).isEqualTo(now.minusNanos(789));
      Instant before = Instant.parse("1900-01-01T00:00:00.000000001Z");
      assertThat(in.toPython(before).as(Instant.class)).isEqualTo(before.minusNanos(1));
      assertThat(in.toPython(LocalTime.of(1, 2, 3, 999_999_999)).repr())
          .isEqualTo("datetime.time(1, 2, 3, 999999)");
      assertThat(in.toPython(Duration.ofNanos(1999)).repr())
          .isEqualTo("datetime.timedelta(microseconds=1)");
      assertThat(in.reference(now).as(Instant.class)).isEqualTo(now);
    });
  }

  @Test
  @DisplayName("None, bools, numbers and bytes come back as they went")
  void scalars() {
    everywhere(in -> {
      assertThat(across(in, null)).isNull();
      assertThat(in.toPython(null).isNone()).isTrue();
      assertThat(across(in, true)).isEqualTo(true);
      assertThat(across(in, (byte) -7)).isEqualTo(-7L);
      assertThat(across(in, 2.5f)).isEqualTo(2.5);
      assertThat(across(in, Double.NaN)).isEqualTo(Double.NaN);
      assertThat(across(in, 'x')).isEqualTo("x");
      assertThat(across(in, new byte[] {0, -1, 127})).isEqualTo(new byte[] {0, -1, 127});
      assertThat(in.eval("bytearray(b'ab')").as(byte[].class)).containsExactly('a', 'b');
    });
  }

  @Test
  @DisplayName("ints of any size come back, at every border of Java's types")
  void ints() {
    List<BigInteger> values = new ArrayList<>();
    for (int bits :
        new int[] {0, 7, 8, 15, 16, 29, 30, 31, 32, 59, 60, 62, 63, 64, 65, 127, 1000}) {
      for (int offset = -2; offset <= 2; offset++) {
        BigInteger value = BigInteger.TWO.pow(bits).add(BigInteger.valueOf(offset));
        values.add(value);
        values.add(value.negate());
      }
    }
    Random random = new Random(1);
    for (int i = 0; i < ROUNDS; i++) {
      values.add(new BigInteger(random.nextInt(300), random).subtract(BigInteger.TEN));
    }
    everywhere(in -> {
      for (BigInteger value : values) {
        PyObject object = in.toPython(value);
        assertThat(object.asBigInteger()).isEqualTo(value);
        assertThat(object.toString()).isEqualTo(value.toString());
        if (value.bitLength() < Long.SIZE) {
          assertThat(object.asLong()).isEqualTo(value.longValue());
          assertThat(in.toPython(value.longValue()).asLong()).isEqualTo(value.longValue());
        } else {
          assertThatThrownBy(object::asLong).isInstanceOf(ConversionException.class);
        }
        if (value.bitLength() < Integer.SIZE) {
          assertThat(object.asInt()).isEqualTo(value.intValue());
        } else {
          assertThatThrownBy(object::asInt).isInstanceOf(ConversionException.class);
        }
      }
    });
  }

  @Test
  @DisplayName("text of any length comes back, and what goes before it leaves nothing in it")
  void textsOfAllLengths() {
    PyObject same = PythonUnderTest.main().eval("lambda s: ''.join(s[i] for i in range(len(s)))");
    for (int length : new int[] {0, 1, 63, 64, 65, 2000, 4096, 5000, 16383, 16384, 16385, 70_000}) {
      for (String last :
          new String[] {"x", "\u00e9", "\u013f", "\u0416", "\ud83d\ude00", "\udc80"}) {
        String text = "\u00ffbc".repeat(length / 3 + 1).substring(0, length) + last;
        assertThat(same.call(text).asString()).isEqualTo(text);
        assertThat(same.call(last + text).asString()).isEqualTo(last + text);
      }
    }
  }

  @Test
  @DisplayName("text comes back character for character, NULs and lone surrogates too")
  void text() {
    Random random = new Random(2);
    List<String> texts = new ArrayList<>(List.of("", "a", "\0", "a\0b", "é", "ÿĀ", "😀", "\ud800"));
    texts.add("\udc00\ud800 and 😀");
    texts.add("x".repeat(100_000));
    texts.add("ж".repeat(100_000));
    // What is not Latin-1 behind what is, with the question marks that stand for it in Latin-1
    for (String other : List.of("", "?", "ж", "😀", "\ud800", "\udc00x", "é")) {
      for (int marks : new int[] {0, 1, 5, 63, 64, 65, 200}) {
        texts.add("what" + "?".repeat(marks) + other);
        texts.add("x".repeat(5_000) + "?".repeat(marks) + other + "?");
      }
    }
    for (int i = 0; i < ROUNDS; i++) {
      int[] codePoints =
          random
              .ints(random.nextInt(40), 0, random.nextBoolean() ? 0x180 : Character.MAX_CODE_POINT)
              .toArray();
      texts.add(new String(codePoints, 0, codePoints.length));
    }
    everywhere(in -> {
      PyObject length = in.eval("len");
      for (String text : texts) {
        PyObject object = in.toPython(text);
        assertThat(object.asString()).isEqualTo(text);
        assertThat(length.call(object).asInt()).isEqualTo(text.codePointCount(0, text.length()));
      }
    });
  }

  @Test
  @DisplayName("reading a str leaves no second copy of it behind, whatever it is made of")
  void textAlone() {
    everywhere(in -> {
      in.exec("class Text(str):\n    pass");
      for (String source : List.of("'é' * 999", "'ж' * 999", "'😀' * 999", "'a' * 999")) {
        try (PyObject text = in.eval(source);
            PyObject sub = in.eval("Text(" + source + ")")) {
          int before = text.callMethod("__sizeof__").asInt();
          String java = text.asString();
          assertThat(java).hasSize(source.startsWith("'😀") ? 1998 : 999).isEqualTo(sub.asString());
          assertThat(text.callMethod("__sizeof__").asInt()).as(source).isEqualTo(before);
        }
      }
    });
  }

  @Test
  @DisplayName("floats come back bit for bit, and an int only where a double holds it")
  void floats() {
    Random random = new Random(3);
    everywhere(in -> {
      for (int i = 0; i < ROUNDS; i++) {
        double value = Double.longBitsToDouble(random.nextLong());
        assertThat(Double.doubleToLongBits(in.toPython(value).asDouble()))
            .isEqualTo(Double.doubleToLongBits(value));
      }
      assertThat(in.eval("2**53").asDouble()).isEqualTo(0x1p53);
      assertThatThrownBy(() -> in.eval("2**53 + 1").asDouble())
          .isInstanceOf(ConversionException.class);
      assertThatThrownBy(() -> in.eval("10**400").asDouble())
          .isInstanceOf(ConversionException.class);
      assertThat(in.eval("2**24").as(float.class)).isEqualTo(0x1p24f);
      assertThatThrownBy(() -> in.eval("2**24 + 1").as(float.class))
          .isInstanceOf(ConversionException.class);
    });
  }

  @Test
  @DisplayName("containers come back with what they hold, in order")
  void containers() {
    Map<Object, Object> map = new HashMap<>();
    map.put("k", Arrays.asList(1L, null, "x"));
    map.put(2L, Map.of("inner", Set.of(1.5)));
    everywhere(in -> {
      assertThat(across(in, map)).isEqualTo(map);
      assertThat(across(in, Arrays.asList(1L, List.of(), null)))
          .isEqualTo(Arrays.asList(1L, List.of(), null));
      assertThat(across(in, new int[] {1, 2})).isEqualTo(List.of(1L, 2L));
      assertThat(across(in, new String[] {"a", null})).isEqualTo(Arrays.asList("a", null));
      assertThat(across(in, new LinkedHashSet<>(List.of("a", "b")))).isEqualTo(Set.of("a", "b"));
      PyObject tuple = in.tuple(1, "two", null);
      assertThat(tuple.type().attr("__name__").asString()).isEqualTo("tuple");
      assertThat(tuple.as(List.class)).isEqualTo(Arrays.asList(1L, "two", null));
      assertThat(in.eval("frozenset({1})").as(Set.class)).isEqualTo(Set.of(1L));
      assertThat(new ArrayList<>(in.eval("{'z': 1, 'a': 2}").as(Map.class).keySet()))
          .isEqualTo(List.of("z", "a"));
      List<String> seen = new ArrayList<>();
      in.eval("(c for c in 'abc')").forEach(c -> seen.add(c.asString()));
      assertThat(seen).containsExactly("a", "b", "c");
    });
  }

  @Test
  @DisplayName("what contains itself is refused, not followed for ever")
  void cycles() {
    everywhere(in -> {
      in.exec("loop = []\nloop.append(loop)");
      assertThatThrownBy(() -> in.eval("loop").as(Object.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("contains itself");
      List<Object> loop = new ArrayList<>();
      loop.add(loop);
      assertThatThrownBy(() -> in.toPython(loop))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("contains itself");
    });
  }

  @Test
  @DisplayName("a value of another type is refused by name, with what to do")
  void wrongTypes() {
    everywhere(in -> {
      assertThatThrownBy(() -> in.eval("1").asString())
          .hasMessageContaining("int")
          .hasMessageContaining("str()");
      assertThatThrownBy(() -> in.eval("1").asBoolean()).hasMessageContaining("isTrue()");
      assertThatThrownBy(() -> in.eval("'1'").asInt()).hasMessageContaining("str");
      assertThatThrownBy(() -> in.eval("1.0").asInt()).hasMessageContaining("float");
      assertThatThrownBy(() -> in.eval("'x'").as(Map.class)).hasMessageContaining("java.util.Map");
      assertThatThrownBy(() -> in.eval("1").as(IntBinaryOperator.class))
          .hasMessageContaining("not callable");
    });
  }

  @Test
  @DisplayName("any functional interface becomes a callable, and comes back as the same object")
  void javaFunctions() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    IntBinaryOperator times = (a, b) -> a * b;
    Function<Object, Object> same = o -> o;
    BiFunction<String, List<?>, String> join = (s, l) -> s + l;
    Supplier<Object> nothing = () -> null;
    Runnable run = ran::incrementAndGet;
    DoubleUnaryOperator half = x -> x / 2;
    LongPredicate even = l -> l % 2 == 0;
    Callable<String> hello = () -> "hello";
    everywhere(in -> {
      ran.set(0);
      assertThat(in.toPython(times).call(6, 7).asInt()).isEqualTo(42);
      assertThat(in.toPython(same).call(List.of(1)).as(Object.class)).isEqualTo(List.of(1L));
      assertThat(in.toPython(join).call("a", List.of(1)).asString()).isEqualTo("a[1]");
      assertThat(in.toPython(nothing).call().isNone()).isTrue();
      in.toPython(run).call();
      assertThat(ran).hasValue(1);
      assertThat(in.toPython(half).call(3).asDouble()).isEqualTo(1.5);
      assertThat(in.toPython(even).call(4).asBoolean()).isTrue();
      assertThat(in.toPython(hello).call().asString()).isEqualTo("hello");
      assertThat(across(in, times)).isSameAs(times);
      assertThat(in.toPython(times).as(IntBinaryOperator.class)).isSameAs(times);
      assertThatThrownBy(() -> in.toPython(times).call(1)).hasMessageContaining("takes 2");
      assertThatThrownBy(() -> in.toPython(times).call(1L << 40, 1))
          .isInstanceOf(ConversionException.class);
      assertThatThrownBy(() -> in.toPython(times).callKw(Map.of("a", 1), 2))
          .hasMessageContaining("keyword");
    });
  }

  @FunctionalInterface
  private interface Hidden {
    int call(int a);
  }

  private record Point(int x, int y) {}

  /** A functional interface with a default, an object's method, and types of its own. */
  @FunctionalInterface
  public interface Describer {
    String describe(int number, String text, boolean flag, double d);

    default String twice(int number) {
      return describe(number, "", false, 0) + describe(number, "", false, 0);
    }

    @Override
    boolean equals(Object other);
  }

  @Test
  @DisplayName("a Python callable becomes any functional interface")
  void pythonFunctions() {
    everywhere(in -> {
      in.exec("def add(a, b): return a + b\ndef show(*a): return ','.join(map(repr, a))");
      assertThat(in.eval("add").as(IntBinaryOperator.class).applyAsInt(2, 3)).isEqualTo(5);
      Describer describer = in.eval("show").as(Describer.class);
      assertThat(describer.describe(1, "x", true, 0.5)).isEqualTo("1,'x',True,0.5");
      assertThat(describer.twice(1)).isEqualTo("1,'',False,0.01,'',False,0.0");
      @SuppressWarnings("unchecked")
      BiFunction<Object, Object, Object> add = in.eval("add").as(BiFunction.class);
      assertThat(add.apply("a", "b")).isEqualTo("ab");
      in.eval("show").as(Runnable.class).run();
      assertThatThrownBy(
              () -> in.eval("add").as(IntBinaryOperator.class).applyAsInt(Integer.MAX_VALUE, 1))
          .isInstanceOf(ConversionException.class);
      PyObject closed = in.eval("add");
      IntBinaryOperator function = closed.as(IntBinaryOperator.class);
      closed.close();
      assertThat(function.applyAsInt(1, 1)).as("holds the callable by itself").isEqualTo(2);
      assertThatThrownBy(() -> in.eval("add").as(Hidden.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("public");
      Point point = new Point(1, 2);
      assertThat(in.toPython(point).as(Object.class)).isSameAs(point);
    });
  }

  @Test
  @DisplayName("Java's old times are moments, or what clock and calendar show; nothing is lost")
  void oldTimes() {
    everywhere(in -> {
      in.exec("from datetime import *; utc = timezone.utc");
      PyObject moment = in.eval("datetime(2024, 2, 29, 12, 0, 0, 5000, utc)");
      assertThat(moment.as(Date.class)).isEqualTo(new Date(1_709_208_000_005L));
      assertThat(moment.as(Timestamp.class)).isEqualTo(new Timestamp(1_709_208_000_005L));
      assertThat(in.eval("datetime(2024, 2, 29, 12, 0, 0, 5)").as(Timestamp.class))
          .isEqualTo(Timestamp.valueOf("2024-02-29 12:00:00.000005"));
      for (String lossy : List.of("datetime(2024, 2, 29, 12)", "date(2024, 2, 29)", "5")) {
        assertThatThrownBy(() -> in.eval(lossy).as(Date.class))
            .as(lossy)
            .isInstanceOf(ConversionException.class);
      }
      assertThat(in.eval("datetime(1969, 12, 31, 23, 59, 59, 999999, utc)").as(Date.class))
          .as("cut off")
          .isEqualTo(new Date(-1));
      assertThat(in.eval("time(12, 0, 0, 5999)").as(Time.class).getTime())
          .isEqualTo(Time.valueOf("12:00:00").getTime() + 5);
      assertThatThrownBy(() -> in.eval("datetime(1582, 10, 10)").as(Timestamp.class))
          .as("left out by the calendar of Java's old classes")
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("1582-10-10");
      assertThatThrownBy(() -> in.eval("'not a tag'").as(Locale.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("not a tag");
      assertThat(in.eval("'de_CH'").as(Locale.class)).isEqualTo(Locale.of("de", "CH"));
      in.exec(
          """
          from java.util import Date
          from java.sql import Timestamp
          from java.lang import String
          assert Date(0) == datetime(1970, 1, 1, tzinfo=utc) and Date(0) < datetime.now(utc)
          assert hash(Date(0)) == hash(datetime(1970, 1, 1, tzinfo=utc))
          assert Timestamp.valueOf('2024-02-29 12:00:00') == datetime(2024, 2, 29, 12)
          assert Date(5).after(Date(1)) and Date(5) > Date(1)
          assert Date(5).before(datetime.now(utc))
          assert String('I').toLowerCase('tr-TR') == chr(0x131)
          del Date, Timestamp, String
          """);
    });
  }

  @Test
  @DisplayName("what a conversion's Python code takes out of the containers is there to be read")
  void takenOutMeanwhile() {
    ChildJvm.run(Duration.ofMinutes(2), TakenOut.class).expect(0).expectOut("all read");
  }

  /** Reads containers that are emptied, and their memory used again, while they are read. */
  static final class TakenOut implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start()) {
        Interpreter in = python.main();
        in.exec(
            """
            import datetime, gc
            outer = []
            class Emptying(datetime.tzinfo):
                def utcoffset(self, when):
                    global trash
                    outer.clear()
                    trash = [[object() for i in range(50)] for j in range(100)]
                    gc.collect()
                    return datetime.timedelta(0)
                def dst(self, when): return None
            def made(kind):
                global outer
                moment = datetime.datetime(2024, 1, 1, tzinfo=Emptying())
                inner = [moment] + [object() for i in range(200)]
                outer = [
                    [inner],
                    [[inner]],
                    [tuple(inner)],
                    [set(inner)],
                    {"a": inner},
                    {"a": {"b": moment, **{str(i): object() for i in range(50)}}},
                    {moment: inner, 3: inner},
                ][kind]
                return outer
            """);
        for (int i = 0; i < 70; i++) {
          Object read = in.eval("made(" + i % 7 + ")").as(Object.class);
          assertThat(read.toString()).contains("2024-01-01");
        }
      }
      System.out.println("all read");
    }
  }
}
