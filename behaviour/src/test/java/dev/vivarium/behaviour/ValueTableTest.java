package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Complex;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each row of the tables in docs/guide/values.md, with random values there and back. */
@ExtendWith(PythonUnderTest.class)
public final class ValueTableTest {

  private static final Path PAGE = Path.of("..", "docs", "guide", "values.md");
  private static final int ROUNDS = 40;
  private static final List<String> ZONES =
      List.of("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe");

  private static final String SAME = "lambda a, b: type(a) is type(b) and a == b";
  private static final String EQUAL = "lambda a, b: a == b";
  private static final String EQUAL_ITEMS = "lambda a, b: list(a) == list(b)";
  private static final String IDENTICAL = "lambda a, b: a is b";

  private static Map<String, List<String>> toJava;
  private static Map<String, List<String>> toPython;

  /** A value of a row. */
  private interface Make {
    Object random(Random random);
  }

  /** A constant for what is an enum by name. */
  public enum Colour {
    /** One. */
    RED,
    /** Two. */
    GREEN
  }

  /** What a dict, a tuple, a dataclass and a named tuple can be. */
  public record Point(long x, String label) {}

  /** What anything else can be. */
  public interface Shape {
    /** A method. */
    double area(double scale);

    /** An attribute. */
    String name();
  }

  /**
   * A row of the first table.
   *
   * @param expression of Python, given the random Java value as v
   * @param alike compares what went with what came back from as(Object.class)
   * @param also other types, which the last column names
   */
  private record FromPython(String expression, Make value, String alike, List<Class<?>> also) {}

  private record FromJava(Make value, Class<?> back) {}

  private static List<Interpreter> interpreters;

  @BeforeAll
  static void prepare() throws IOException {
    interpreters =
        List.of(PythonUnderTest.main(), PythonUnderTest.ownGil(), PythonUnderTest.sharedGil());
    List<String> lines = Files.readAllLines(PAGE);
    toJava = rows(lines, "### Python to Java");
    toPython = rows(lines, "### Java to Python");
  }

  @AfterAll
  static void close() {
    interpreters.stream().skip(1).forEach(Interpreter::close);
  }

  private static Map<String, List<String>> rows(List<String> lines, String heading) {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    boolean in = false;
    for (String line : lines) {
      if (line.startsWith("#")) {
        in = line.equals(heading);
      } else if (in && line.startsWith("| ") && !line.startsWith("| ---")) {
        List<String> cells = Stream.of(line.split("\\|", -1)).skip(1).map(String::strip).toList();
        rows.put(cells.getFirst(), cells.subList(1, cells.size()));
      }
    }
    rows.remove(rows.keySet().iterator().next()); // the heading
    return rows;
  }

  // Generators

  private static BigInteger integer(Random random) {
    return new BigInteger(random.nextInt(90), random).subtract(BigInteger.valueOf(99));
  }

  private static String text(Random random) {
    int[] points =
        random
            .ints(random.nextInt(12), 1, 0x2_0000)
            .filter(c -> c < 0xd800 || c > 0xdfff)
            .toArray();
    return new String(points, 0, points.length);
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static List<Object> list(Random random) {
    return random.longs(random.nextInt(5), -9, 9).<Object>mapToObj(i -> i).toList();
  }

  private static LocalTime time(Random random) {
    return LocalTime.ofNanoOfDay(random.nextLong(86_400_000_000L) * 1000);
  }

  private static LocalDate date(Random random) {
    return LocalDate.ofEpochDay(
        random.nextLong(
            LocalDate.of(1, 1, 1).toEpochDay(), LocalDate.of(10000, 1, 1).toEpochDay()));
  }

  // After Java's old classes changed their calendar
  private static LocalDate modern(LocalDate date) {
    return date.isBefore(LocalDate.of(1583, 1, 1)) ? date.plusYears(2000) : date;
  }

  private static Instant millis(Instant moment) {
    return Instant.ofEpochMilli(moment.toEpochMilli());
  }

  private static ZoneOffset offset(Random random) {
    return random.nextInt(8) == 0
        ? ZoneOffset.UTC
        : ZoneOffset.ofTotalSeconds(random.nextInt(-64800, 64801));
  }

  // Half of them at a change of the clocks, where times come twice
  private static ZonedDateTime zoned(Random random) {
    ZoneId zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    Instant some = Instant.ofEpochSecond(random.nextLong(0, 2_000_000_000L));
    var change = zone.getRules().nextTransition(some);
    if (change != null && random.nextBoolean()) {
      some = change.getInstant().plusSeconds(random.nextInt(-5000, 5000));
    }
    return some.plusNanos(1000L * random.nextInt(1_000_000)).atZone(zone);
  }

  private static Duration duration(Random random) {
    long most = 999_999_999L * 86_400;
    return Duration.ofSeconds(
        random.nextLong(-most, most) >> random.nextInt(50), 1000L * random.nextInt(1_000_000));
  }

  private static BigDecimal decimal(Random random) {
    return new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(-40, 60))
        .multiply(random.nextBoolean() ? BigDecimal.ONE : BigDecimal.ONE.negate());
  }

  private static UUID uuid(Random random) {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private static Path path(Random random) {
    return Path.of(random.nextBoolean() ? "/" : "a", "b " + random.nextInt(), "é");
  }

  // The tables' rows

  private static Map<String, FromPython> fromPython() {
    Map<String, FromPython> rows = new HashMap<>();
    rows.put("`None`", row("v", r -> null, IDENTICAL));
    rows.put("`bool`", row("v", Random::nextBoolean, IDENTICAL, boolean.class));
    rows.put(
        "`int`",
        row(
            "v",
            r -> r.nextBoolean() ? BigInteger.valueOf(r.nextInt(-128, 128)) : integer(r),
            SAME,
            long.class,
            int.class,
            short.class,
            byte.class,
            double.class,
            float.class,
            BigInteger.class,
            BigDecimal.class));
    rows.put("`float`", row("v", r -> (double) r.nextFloat(), SAME, double.class, float.class));
    rows.put("`complex`", row("complex(*v)", r -> List.of(r.nextGaussian(), -0.0), SAME));
    rows.put(
        "`str`",
        row(
            "v",
            r ->
                List.of(text(r), "x", "RED", "utf-8", "Europe/Paris", "de-CH", uuid(r).toString())
                    .get(r.nextInt(7)),
            SAME,
            CharSequence.class,
            char.class,
            Path.class,
            UUID.class,
            URI.class,
            Charset.class,
            ZoneId.class,
            Locale.class,
            Colour.class));
    rows.put("`bytes`", row("v", r -> bytes(r), SAME, ByteBuffer.class));
    rows.put("`bytearray`", row("bytearray(v)", r -> bytes(r), EQUAL, ByteBuffer.class));
    rows.put(
        "`memoryview`",
        row("memoryview(v)", r -> bytes(r), IDENTICAL, byte[].class, ByteBuffer.class));
    Class<?>[] sequences = {
      Collection.class,
      Iterator.class,
      Stream.class,
      Object[].class,
      String[].class,
      long[].class,
      int[][].class
    };
    rows.put("`list`", row("v", r -> list(r), SAME, sequences));
    rows.put("`tuple`", row("tuple(v)", r -> List.of(r.nextLong(), "t"), EQUAL_ITEMS, Point.class));
    rows.put(
        "`dict`", row("v", r -> Map.of("x", r.nextLong(), "label", text(r)), SAME, Point.class));
    Class<?>[] iterables = {Collection.class, Iterator.class, Stream.class};
    rows.put("`set`", row("v", r -> new HashSet<>(list(r)), SAME, iterables));
    rows.put("`frozenset`", row("frozenset(v)", r -> new HashSet<>(list(r)), EQUAL, iterables));
    rows.put("`datetime.date`", row("v", r -> date(r), SAME, java.sql.Date.class));
    rows.put("`datetime.time`", row("v", r -> time(r), SAME, Time.class));
    rows.put(
        "`datetime.time` with a `timezone`",
        row("v", r -> OffsetTime.of(time(r), offset(r)), SAME));
    rows.put(
        "`datetime.datetime`",
        row("v", r -> LocalDateTime.of(date(r), time(r)), SAME, Timestamp.class));
    rows.put(
        "`datetime.datetime` with a `timezone`",
        row(
            "v",
            r -> OffsetDateTime.of(date(r), time(r), offset(r)),
            SAME,
            ZonedDateTime.class,
            Instant.class,
            Date.class));
    rows.put(
        "`datetime.datetime` with a `ZoneInfo`",
        row("v", r -> zoned(r), SAME + " and a.fold == b.fold", Instant.class, Date.class));
    rows.put("`datetime.timedelta`", row("v", r -> duration(r), SAME));
    rows.put("`decimal.Decimal`", row("v", r -> decimal(r), SAME + " and str(a) == str(b)"));
    rows.put("`uuid.UUID`", row("v", r -> uuid(r), SAME));
    rows.put("`pathlib.Path`", row("v", r -> path(r), SAME));
    rows.put(
        "member of an `Enum`",
        row("Colour[v]", r -> r.nextBoolean() ? "RED" : "GREEN", IDENTICAL, Colour.class));
    rows.put("dataclass", row("Data(*v)", r -> List.of(r.nextLong(), "d"), IDENTICAL, Point.class));
    rows.put(
        "named tuple",
        row("Named(*v)", r -> List.of(r.nextLong(), "n"), IDENTICAL, Point.class, List.class));
    rows.put(
        "function, class, what else is callable",
        row("lambda *a: sum(a) + v", r -> r.nextInt(), IDENTICAL, IntBinaryOperator.class));
    rows.put("awaitable", row("Later(v)", r -> r.nextLong(), IDENTICAL, CompletableFuture.class));
    rows.put(
        "what `async for` goes through",
        row("Coming(v)", r -> r.nextLong(), IDENTICAL, Flow.Publisher.class));
    IntBinaryOperator function = (a, b) -> a;
    rows.put("Java object or function", row("v", r -> function, "lambda a, b: a(5, 6) == b(5, 6)"));
    rows.put("anything else", row("Square(v)", Random::nextDouble, IDENTICAL, Shape.class));
    return rows;
  }

  private static FromPython row(String expression, Make value, String alike, Class<?>... also) {
    return new FromPython(expression, value, alike, List.of(also));
  }

  private static Map<String, FromJava> fromJava() {
    Map<String, FromJava> rows = new HashMap<>();
    rows.put("`null`", new FromJava(r -> null, Object.class));
    rows.put("`boolean`", new FromJava(Random::nextBoolean, Boolean.class));
    rows.put(
        "`byte`, `short`, `int`, `long`",
        new FromJava(
            r ->
                List.<Object>of((byte) r.nextInt(), (short) r.nextInt(), r.nextInt(), r.nextLong())
                    .get(r.nextInt(4)),
            null));
    rows.put(
        "`float`, `double`",
        new FromJava(r -> r.nextBoolean() ? (Object) r.nextFloat() : r.nextGaussian(), null));
    rows.put("`char`", new FromJava(r -> (char) r.nextInt(0xd800), Character.class));
    rows.put("`CharSequence`", new FromJava(ValueTableTest::text, String.class));
    rows.put("`BigInteger`", new FromJava(ValueTableTest::integer, BigInteger.class));
    rows.put("`BigDecimal`", new FromJava(ValueTableTest::decimal, BigDecimal.class));
    rows.put(
        "`Complex`",
        new FromJava(r -> new Complex(r.nextGaussian(), r.nextGaussian()), Complex.class));
    rows.put("`byte[]`", new FromJava(ValueTableTest::bytes, byte[].class));
    rows.put("`ByteBuffer`", new FromJava(r -> ByteBuffer.wrap(bytes(r)), ByteBuffer.class));
    rows.put(
        "other arrays",
        new FromJava(
            r ->
                r.nextBoolean()
                    ? new double[][] {r.doubles(3).toArray(), {}}
                    : new String[] {text(r), null},
            null));
    rows.put("`Collection`", new FromJava(ValueTableTest::list, List.class));
    rows.put("`Set`", new FromJava(r -> new HashSet<>(list(r)), Set.class));
    rows.put("`Map`", new FromJava(r -> Map.of(text(r), list(r), 1L, 2.5), Map.class));
    rows.put(
        "`Optional`", new FromJava(r -> Optional.ofNullable(r.nextBoolean() ? 5L : null), null));
    rows.put("`LocalDate`", new FromJava(ValueTableTest::date, LocalDate.class));
    rows.put("`LocalTime`", new FromJava(ValueTableTest::time, LocalTime.class));
    rows.put(
        "`OffsetTime`", new FromJava(r -> OffsetTime.of(time(r), offset(r)), OffsetTime.class));
    rows.put(
        "`LocalDateTime`",
        new FromJava(r -> LocalDateTime.of(date(r), time(r)), LocalDateTime.class));
    rows.put(
        "`OffsetDateTime`",
        new FromJava(r -> OffsetDateTime.of(date(r), time(r), offset(r)), OffsetDateTime.class));
    rows.put("`ZonedDateTime`", new FromJava(ValueTableTest::zoned, ZonedDateTime.class));
    rows.put("`Instant`", new FromJava(r -> zoned(r).toInstant(), Instant.class));
    rows.put("`Date`", new FromJava(r -> Date.from(millis(zoned(r).toInstant())), Date.class));
    rows.put(
        "`java.sql.Date`",
        new FromJava(r -> java.sql.Date.valueOf(modern(date(r))), java.sql.Date.class));
    rows.put(
        "`java.sql.Time`",
        new FromJava(
            r -> new Time(Time.valueOf(time(r).withNano(0)).getTime() + r.nextInt(1000)),
            Time.class));
    rows.put(
        "`java.sql.Timestamp`",
        new FromJava(r -> Timestamp.valueOf(modern(date(r)).atTime(time(r))), Timestamp.class));
    rows.put("`Duration`", new FromJava(ValueTableTest::duration, Duration.class));
    rows.put("`UUID`", new FromJava(ValueTableTest::uuid, UUID.class));
    rows.put("`Path`", new FromJava(ValueTableTest::path, Path.class));
    IntBinaryOperator function = (a, b) -> a - b;
    rows.put("functional interface", new FromJava(r -> function, IntBinaryOperator.class));
    rows.put("`PyObject`", new FromJava(r -> null, null)); // in whatGoesBack
    rows.put("live view", new FromJava(r -> null, null));
    rows.put("proxy", new FromJava(r -> null, null));
    rows.put("anything else", new FromJava(r -> new AtomicLong(), AtomicLong.class));
    return rows;
  }

  // The tests

  @Test
  @DisplayName("each row of the tables has its test, and each test its row")
  void complete() {
    assertThat(toJava.keySet()).containsExactlyInAnyOrderElementsOf(fromPython().keySet());
    assertThat(toPython.keySet()).containsExactlyInAnyOrderElementsOf(fromJava().keySet());
  }

  @TestFactory
  @DisplayName("Python to Java")
  Stream<DynamicTest> pythonToJava() {
    Map<String, FromPython> rows = fromPython();
    return toJava.entrySet().stream()
        .map(row ->
            DynamicTest.dynamicTest(
                row.getKey(),
                () -> everywhere(in -> check(in, row.getValue(), rows.get(row.getKey())))));
  }

  @TestFactory
  @DisplayName("Java to Python")
  Stream<DynamicTest> javaToPython() {
    Map<String, FromJava> rows = fromJava();
    return toPython.entrySet().stream()
        .map(row ->
            DynamicTest.dynamicTest(
                row.getKey(),
                () ->
                    everywhere(in ->
                        check(
                            in, row.getKey(), row.getValue().getFirst(), rows.get(row.getKey())))));
  }

  private interface In {
    void run(Interpreter interpreter);
  }

  private static void everywhere(In test) {
    interpreters.forEach(test::run);
  }

  private static final String CLASSES =
      """
      import collections, dataclasses, enum
      Colour = enum.Enum("Colour", "RED GREEN")
      Named = collections.namedtuple("Named", "x label")
      @dataclasses.dataclass
      class Data:
          x: int
          label: str
      class Later:
          def __init__(self, value): self.value = value
          def __await__(self):
              return self.value
              yield
      class Coming:
          def __init__(self, value): self.value = value
          async def __aiter__(self): yield self.value
      class Square:
          name = "square"
          def __init__(self, side): self.side = side
          def area(self, scale): return self.side ** 2 * scale
      """;

  private static void check(Interpreter in, List<String> cells, FromPython row) {
    in.exec(CLASSES);
    PyObject make = in.eval("lambda v: " + row.expression);
    PyObject alike = in.eval(row.alike);
    PyObject equal = in.eval(EQUAL);
    Random random = new Random(7);
    Set<Class<?>> worked = new HashSet<>();
    for (int i = 0; i < ROUNDS; i++) {
      Object value = row.value.random(random);
      PyObject object = make.call(value);
      Object natural = object.asNullable(Object.class);
      assertThat(cells.get(0)).as("the type of %s", natural).contains(name(natural));
      assertThat(alike.call(object, natural).isTrue()).as("%s and %s", object, natural).isTrue();
      for (Class<?> type : row.also) {
        if (asked(in, object, type, equal)) {
          worked.add(type);
        }
      }
    }
    assertThat(worked).as("types that took some of the values").containsAll(row.also);
    Matcher named = Pattern.compile("`([\\w\\[\\]]+)`").matcher(cells.get(1));
    while (named.find()) {
      String type = named.group(1);
      assertThat(
              type.equals("list")
                  || type.equals("Optional")
                  || row.also.stream().anyMatch(c -> c.getSimpleName().equals(type)))
          .as("the table says %s", type)
          .isTrue();
    }
  }

  // What does not fit a type is refused, which other tests are about
  private static boolean asked(Interpreter in, PyObject object, Class<?> type, PyObject equal) {
    if (type == CompletableFuture.class
        && PythonUnderTest.version().equals("3.12")
        && in == interpreters.get(1)) {
      return true; // as in AwaitablesTest: no asyncio there
    }
    Object value;
    try {
      value = object.asNullable(type);
    } catch (dev.vivarium.ConversionException e) {
      return false;
    }
    switch (value) {
      case Iterator<?> i -> assertThat(i.hasNext()).isEqualTo(object.len() > 0);
      case Stream<?> s -> assertThat(s.count()).isEqualTo(object.len());
      case Collection<?> c -> assertThat(equal.call(c, object).isTrue()).isTrue();
      case Path p -> assertThat(object.asString()).startsWith(p.toString());
      case Colour c -> assertThat(object.toString()).endsWith(c.name());
      case UUID u -> assertThat(object.str()).isEqualTo(u.toString());
      case URI u -> assertThat(object.asString()).isEqualTo(u.toString());
      case Charset c -> assertThat(object.asString()).isEqualToIgnoringCase(c.name());
      case ZoneId z -> assertThat(object.asString()).isEqualTo(z.getId());
      case Instant i -> // which Python calls unequal where the other's time comes twice
          assertThat(in.toPython(i).callMethod("timestamp").asDouble())
              .isEqualTo(object.callMethod("timestamp").asDouble());
      case Time t -> assertThat(equal.call(cut(in, object), t).isTrue()).as("%s", t).isTrue();
      case Date d when d.getClass() == Date.class ->
          assertThat(in.toPython(d).callMethod("timestamp").asDouble())
              .isEqualTo(cut(in, object).callMethod("timestamp").asDouble());
      case Locale l -> assertThat(object.asString()).isEqualToIgnoringCase(l.toLanguageTag());
      case CompletableFuture<?> f ->
          assertThat(f.join()).isEqualTo(object.attr("value").as(Object.class));
      case Point p -> assertThat(p.label()).isNotNull();
      case IntBinaryOperator f -> assertThat(f.applyAsInt(1, 2) - 3).isEqualTo(f.applyAsInt(0, 0));
      case Shape s -> {
        assertThat(s.name()).isEqualTo("square");
        assertThat(s.area(2)).isEqualTo(object.callMethod("area", 2.0).asDouble());
      }
      default -> assertThat(equal.call(object, value).isTrue()).as("%s", value).isTrue();
    }
    return true;
  }

  private static PyObject cut(Interpreter in, PyObject time) {
    return in.eval("lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)").call(time);
  }

  private static String name(@Nullable Object natural) {
    return switch (natural) {
      case null -> "null";
      case List<?> l -> "List";
      case Map<?, ?> m -> "Map";
      case Set<?> s -> "Set";
      case Path p -> "Path";
      case IntBinaryOperator f -> "the same Java object";
      default -> natural.getClass().getSimpleName();
    };
  }

  private static void check(Interpreter in, String key, String cell, FromJava row) {
    if (key.equals("`PyObject`") || key.equals("live view") || key.equals("proxy")) {
      whatGoesBack(in);
      return;
    }
    Random random = new Random(8);
    for (int i = 0; i < ROUNDS; i++) {
      Object value = row.value.random(random);
      PyObject object = in.toPython(value);
      Class<?> back = row.back != null ? row.back : backOf(value);
      if (!(value instanceof Optional || value instanceof AtomicLong)) {
        assertThat(cell).contains("`" + object.type().attr("__name__").asString() + "`");
      }
      assertThat(object.<Object>asNullable(cast(back))).as(key).isEqualTo(value);
    }
  }

  private static Class<?> backOf(Object value) {
    return value instanceof Optional ? Optional.class : value.getClass();
  }

  @SuppressWarnings("unchecked")
  private static Class<Object> cast(Class<?> type) {
    return (Class<Object>) type;
  }

  private static void whatGoesBack(Interpreter in) {
    in.exec(CLASSES);
    PyObject is = in.eval(IDENTICAL);
    PyObject list = in.eval("[[1], {2: 3}, {4}]");
    List<Object> views = new ArrayList<>(List.of(list, list.as(List.class)));
    for (Object view : views) {
      assertThat(is.call(list, view).isTrue()).isTrue();
    }
    List<?> inside = list.as(List.class);
    for (int i = 0; i < 3; i++) {
      assertThat(is.call(list.item(i), inside.get(i)).isTrue()).isTrue();
    }
    PyObject square = in.eval("Square(2)");
    assertThat(is.call(square, square.as(Shape.class)).isTrue()).isTrue();
    PyObject function = in.eval("lambda a, b: a");
    assertThat(is.call(function, function.as(IntBinaryOperator.class)).isTrue()).isTrue();
    Function<Object, Object> same = o -> o;
    assertThat(in.toPython(same).call(list).asNullable(Object.class))
        .isEqualTo(list.asNullable(Object.class));
  }
}
