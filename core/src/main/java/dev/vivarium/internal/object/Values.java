package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.Complex;
import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Values with a counterpart on the other side, beyond the plain ones that need no Python code. */
public final class Values {

  private static final Map<Class<?>, Conversion> TO_JAVA =
      Map.ofEntries(
          Map.entry(LocalDate.class, Times::localDate),
          Map.entry(LocalTime.class, Times::localTime),
          Map.entry(LocalDateTime.class, Times::localDateTime),
          Map.entry(OffsetTime.class, Times::offsetTime),
          Map.entry(OffsetDateTime.class, Times::offsetDateTime),
          Map.entry(ZonedDateTime.class, Times::zonedDateTime),
          Map.entry(Instant.class, Times::instant),
          Map.entry(Duration.class, Times::duration),
          Map.entry(BigDecimal.class, Values::decimal),
          Map.entry(
              UUID.class,
              (home, object) ->
                  isText(object)
                      ? ofText(home, object, UUID.class, UUID::fromString)
                      : uuid(home, object)),
          Map.entry(URI.class, (home, object) -> ofText(home, object, URI.class, URI::create)),
          Map.entry(
              Charset.class,
              (home, object) -> ofText(home, object, Charset.class, Charset::forName)),
          Map.entry(ZoneId.class, Values::zone),
          Map.entry(
              Locale.class, (home, object) -> ofText(home, object, Locale.class, Values::locale)),
          Map.entry(Path.class, Values::path),
          Map.entry(byte[].class, Values::byteArray),
          Map.entry(ByteBuffer.class, (home, object) -> ByteBuffer.wrap(byteArray(home, object))),
          Map.entry(
              CharBuffer.class, (home, object) -> CharBuffer.wrap(ToJava.toText(home, object))),
          Map.entry(ShortBuffer.class, ofArray(short.class, a -> ShortBuffer.wrap((short[]) a))),
          Map.entry(IntBuffer.class, ofArray(int.class, a -> IntBuffer.wrap((int[]) a))),
          Map.entry(LongBuffer.class, ofArray(long.class, a -> LongBuffer.wrap((long[]) a))),
          Map.entry(FloatBuffer.class, ofArray(float.class, a -> FloatBuffer.wrap((float[]) a))),
          Map.entry(
              DoubleBuffer.class, ofArray(double.class, a -> DoubleBuffer.wrap((double[]) a))));

  private static final Conversion BYTES_OF_INTS = Containers.array(byte.class, ToJava::toByte);

  // Those that a str may be, beside text itself
  private static final Set<Class<?>> OF_TEXT =
      Set.of(
          CharBuffer.class,
          Path.class,
          UUID.class,
          URI.class,
          Charset.class,
          ZoneId.class,
          Locale.class);

  private Values() {}

  /** Whether a str can be asked as that type for what it says. */
  public static boolean isOfText(Class<?> type) {
    return OF_TEXT.contains(type) || type.isEnum();
  }

  // As much as an array of those takes
  private static Conversion ofArray(Class<?> component, Function<Object, Object> wrapped) {
    Conversion items = (home, object) -> ToJava.convert(home, object, component);
    Conversion array = Containers.array(component, items);
    return (home, object) -> wrapped.apply(Objects.requireNonNull(array.convert(home, object)));
  }

  private static boolean isText(long object) {
    return Types.isInstance(object, Types.STR);
  }

  private static <T> T ofText(Home home, long object, Class<T> type, Function<String, T> made) {
    if (!isText(object)) {
      throw ToJava.cannot(home, object, "a " + type.getName());
    }
    String text = ToJava.toText(home, object);
    try {
      return made.apply(text);
    } catch (RuntimeException e) { // each has its own
      throw new ConversionException(
          "'" + text + "' names no " + type.getName() + ": " + e.getMessage(), e);
    }
  }

  // Python's locales are written with an underscore, and Java would take any text
  private static Locale locale(String text) {
    return new Locale.Builder().setLanguageTag(text.replace('_', '-')).build();
  }

  // A ZoneInfo by its name
  private static ZoneId zone(Home home, long object) {
    if (isText(object) || C.PyObject_HasAttr(object, home.name("key")) == 0) {
      return ofText(home, object, ZoneId.class, ZoneId::of);
    }
    long key = home.attribute(object, "key");
    try {
      return ofText(home, key, ZoneId.class, ZoneId::of);
    } finally {
      C.Py_DecRef(key);
    }
  }

  /** How an object becomes that type, or null if the type is none of these. */
  static @Nullable Conversion toJava(Class<?> type) {
    Conversion value = TO_JAVA.get(type);
    return value != null ? value : OldTimes.toJava(type);
  }

  /** A new reference, or 0 if the value is none of these. */
  static long toPython(Home home, Object value) {
    return switch (value) {
      case BigDecimal decimal -> made(home, "make_decimal", decimal.toString());
      case LocalDate date -> Times.toPython(home, date);
      case LocalDateTime time -> Times.toPython(home, time);
      case Instant instant -> Times.toPython(home, instant);
      case ZonedDateTime time -> Times.toPython(home, time);
      case OffsetDateTime time -> Times.toPython(home, time);
      case LocalTime time -> Times.toPython(home, time);
      case OffsetTime time -> Times.toPython(home, time);
      case Date date -> OldTimes.toPython(home, date);
      case Duration duration -> Times.toPython(home, duration);
      case UUID uuid -> made(home, "make_uuid", bytes(uuid));
      case Path path -> fromPath(home, path);
      case ByteBuffer buffer -> fromBuffer(home, buffer);
      case Optional<?> optional -> ToPython.convert(home, optional.orElse(null));
      case Complex(double real, double imaginary) -> C.PyComplex_FromDoubles(real, imaginary);
      default -> 0;
    };
  }

  /** What a function of {@code values.py} puts together, as a new reference. */
  static long made(Home home, String function, @Nullable Object... parts) {
    long made;
    try (Call call = Call.of(home, parts.length)) {
      for (Object part : parts) {
        call.add(part);
      }
      made = home.checked(call.callFunction(home.values().function(function)));
    }
    if (Types.typeOf(made) != Types.STR) {
      return made;
    }
    try {
      throw new ConversionException(Text.toJava(home, made));
    } finally {
      C.Py_DecRef(made);
    }
  }

  private static BigDecimal decimal(Home home, long object) {
    if (Types.isInstance(object, Types.INT)) {
      return new BigDecimal(Numbers.toBigInteger(home, object));
    }
    String text = decimalText(home, object);
    BigDecimal decimal = decimalOf(text);
    if (decimal == null) {
      throw new ConversionException("the Decimal " + text + " has no BigDecimal");
    }
    return decimal;
  }

  static @Nullable Object naturalDecimal(Home home, long object) {
    return decimalOf(decimalText(home, object));
  }

  private static String decimalText(Home home, long object) {
    try (Parts parts = Parts.of(home, object, "split_decimal", "a BigDecimal")) {
      return String.valueOf(parts.value(0));
    }
  }

  // Java has no NaN, no infinity, no negative zero, and exponents of 32 bits alone
  private static @Nullable BigDecimal decimalOf(String text) {
    BigDecimal decimal;
    try {
      decimal = new BigDecimal(text);
    } catch (NumberFormatException e) {
      return null;
    }
    return decimal.signum() == 0 && text.startsWith("-") ? null : decimal;
  }

  static UUID uuid(Home home, long object) {
    try (Parts parts = Parts.of(home, object, "split_uuid", "a UUID")) {
      ByteBuffer bytes = ByteBuffer.wrap((byte[]) java.util.Objects.requireNonNull(parts.value(0)));
      return new UUID(bytes.getLong(), bytes.getLong());
    }
  }

  private static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(2 * Long.BYTES)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }

  private static Path path(Home home, long object) {
    try (Parts parts = Parts.of(home, object, "split_path", "a Path")) {
      String text = String.valueOf(parts.value(0));
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw new ConversionException("Java cannot name the path " + text + ": " + e.getReason());
      }
    }
  }

  static @Nullable Object naturalPath(Home home, long object) {
    try (Parts parts = Parts.of(home, object, "split_path", "a Path")) {
      return Path.of(String.valueOf(parts.value(0)));
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static long fromPath(Home home, Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new ConversionException(
          path + " is of " + path.getFileSystem() + ", of which Python knows nothing");
    }
    return made(home, "make_path", path.toString());
  }

  private static byte[] byteArray(Home home, long object) {
    return Types.isInstance(object, Types.LIST) || Types.isInstance(object, Types.TUPLE)
        ? (byte[]) Objects.requireNonNull(BYTES_OF_INTS.convert(home, object))
        : bytes(home, object);
  }

  /** A copy of what bytes, or anything with a buffer of single bytes, holds. */
  static byte[] bytes(Home home, long object) {
    if (Types.isInstance(object, Types.BYTES)) {
      return Memory.getBytes(C.PyBytes_AsString(object), Math.toIntExact(C.PyBytes_Size(object)));
    }
    if (!Types.isInstance(object, Types.BYTEARRAY)
        && !Types.isInstance(object, Types.MEMORYVIEW)
        && !isOfBytes(home, object)) {
      throw ToJava.cannot(home, object, "a byte[]");
    }
    long copy = home.checked(C.PyBytes_FromObject(object)); // which nobody else has
    try {
      return bytes(home, copy);
    } finally {
      C.Py_DecRef(copy);
    }
  }

  private static boolean isOfBytes(Home home, long object) {
    if (C.PyObject_CheckBuffer(object) == 0) {
      return false;
    }
    long view = home.checked(C.PyMemoryView_FromObject(object));
    try {
      long size = home.attribute(view, "itemsize");
      try {
        return ToJava.toInt(home, size) == 1;
      } finally {
        C.Py_DecRef(size);
      }
    } finally {
      C.Py_DecRef(view);
    }
  }

  private static long fromBuffer(Home home, ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return ToPython.convert(home, bytes);
  }
}
