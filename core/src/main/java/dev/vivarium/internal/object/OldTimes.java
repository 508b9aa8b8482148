package dev.vivarium.internal.object;

import dev.vivarium.ConversionException;
import java.lang.reflect.InvocationTargetException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoField;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * The times from before {@code java.time}: a {@code java.util.Date} is a moment, as an {@code
 * Instant} is; those of {@code java.sql} are what a clock and a calendar show. The module {@code
 * java.sql} may not be there, so that its classes are met by their names.
 */
@SuppressWarnings("JavaUtilDate") // which Java code still has
final class OldTimes {

  private static final String SQL_DATE = "java.sql.Date";
  private static final String SQL_TIME = "java.sql.Time";
  private static final String TIMESTAMP = "java.sql.Timestamp";
  private static final int NANOS_PER_MILLI = 1_000_000;
  private static final int MILLIS_PER_SECOND = 1000;

  private OldTimes() {}

  /** How an object becomes that type, or null if the type is none of these. */
  static @Nullable Conversion toJava(Class<?> type) {
    return switch (type.getName()) {
      case "java.util.Date" -> OldTimes::date;
      case SQL_DATE -> (home, object) -> valueOf(type, Times.localDate(home, object));
      case SQL_TIME -> (home, object) -> time(type, Times.localTime(home, object));
      case TIMESTAMP -> (home, object) -> timestamp(home, object, type);
      default -> null;
    };
  }

  // Cut off, as what is below a microsecond is: nobody passes a clock's time for that
  private static Date date(Home home, long object) {
    return new Date(Times.instant(home, object).toEpochMilli());
  }

  // valueOf has no room for less than a second
  private static Date time(Class<?> type, LocalTime time) {
    Date whole = valueOf(type, time.withNano(0));
    whole.setTime(whole.getTime() + time.get(ChronoField.MILLI_OF_SECOND));
    return whole;
  }

  // What is in a time zone is its moment
  private static Date timestamp(Home home, long object, Class<?> type) {
    if (Times.isZoned(home, object)) {
      return (Date) called(type, null, "from", Instant.class, Times.instant(home, object));
    }
    return valueOf(type, Times.localDateTime(home, object));
  }

  // Where the clocks are put forward, and where the calendar was changed, Java moves what there is
  // not
  private static Date valueOf(Class<?> type, Object local) {
    Date made = (Date) called(type, null, "valueOf", local.getClass(), local);
    if (!local.equals(local(made, type))) {
      throw new ConversionException(
          "there is no " + local + " as a " + type.getName() + " in the time zone of this JVM");
    }
    return made;
  }

  private static Object local(Date value, Class<?> type) {
    return switch (type.getName()) {
      case SQL_DATE -> called(type, value, "toLocalDate", null, null);
      case SQL_TIME -> {
        LocalTime whole = (LocalTime) called(type, value, "toLocalTime", null, null);
        int millis = (int) Math.floorMod(value.getTime(), (long) MILLIS_PER_SECOND);
        yield whole.withNano(millis * NANOS_PER_MILLI);
      }
      default -> called(type, value, "toLocalDateTime", null, null);
    };
  }

  private static Object called(
      Class<?> type,
      @Nullable Object receiver,
      String method,
      @Nullable Class<?> parameter,
      @Nullable Object argument) {
    try {
      return parameter == null
          ? type.getMethod(method).invoke(receiver)
          : type.getMethod(method, parameter).invoke(receiver, argument);
    } catch (InvocationTargetException e) {
      throw new ConversionException(String.valueOf(e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type.getName() + " has another " + method, e);
    }
  }

  /** A new reference; of a class derived from one of these as that. */
  static long toPython(Home home, Date value) {
    Object time =
        home.<Object, RuntimeException>detached(() -> time(value)); // a driver's class may block
    return switch (time) {
      case LocalDate date -> Times.toPython(home, date);
      case LocalTime clock -> Times.toPython(home, clock);
      case LocalDateTime local -> Times.toPython(home, local);
      case Instant moment -> Times.toPython(home, moment);
      default -> throw new IllegalStateException(time.toString());
    };
  }

  private static Object time(Date value) {
    for (Class<?> c = value.getClass(); c != Date.class; c = c.getSuperclass()) {
      String name = c.getName();
      if (name.equals(SQL_DATE) || name.equals(SQL_TIME) || name.equals(TIMESTAMP)) {
        return local(value, c);
      }
    }
    return Instant.ofEpochMilli(value.getTime());
  }
}
