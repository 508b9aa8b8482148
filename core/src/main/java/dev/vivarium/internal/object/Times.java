package dev.vivarium.internal.object;

import dev.vivarium.ConversionException;
import java.time.DateTimeException;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Dates and times: {@code datetime} and {@code java.time}. */
final class Times {

  private static final int SECONDS_PER_DAY = 86_400;
  private static final int NANOS_PER_MICRO = 1_000;
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int LAST_YEAR = 9999;
  private static final int MOST_DAYS = 999_999_999;

  /** How Python knows a zone; the names are those of {@code values.py}. */
  private enum Zone {
    NONE,
    OFFSET,
    KEY,
    OTHER
  }

  private Times() {}

  // To Java

  /** What a datetime says: a local time, whether it is the second of its kind, and where. */
  private record Moment(
      LocalDateTime local, int fold, Zone zone, @Nullable String key, @Nullable Long micros) {

    static Moment of(Home home, long object, String target) {
      try (Parts parts = Parts.of(home, object, "split_datetime", target)) {
        LocalDateTime local =
            LocalDateTime.of(
                parts.integer(0),
                parts.integer(1),
                parts.integer(2),
                parts.integer(3),
                parts.integer(4),
                parts.integer(5),
                parts.integer(6));
        return new Moment(
            local,
            parts.integer(7),
            Zone.valueOf(parts.text(9)),
            (String) parts.value(10),
            (Long) parts.value(8));
      }
    }

    /** The offset if Java has it: of whole seconds, and of 18 hours at most. */
    @Nullable ZoneOffset offset() {
      return offsetOf(micros);
    }

    ZoneOffset offset(String target) {
      ZoneOffset offset = offset();
      if (offset == null) {
        throw refused(
            micros == null
                ? "the datetime " + local + " is in no time zone, which " + target + " needs"
                : "the datetime " + local + " is " + micros + " us from UTC, not whole seconds");
      }
      return offset;
    }

    @Nullable ZonedDateTime zoned() {
      ZoneOffset offset = offset();
      if (offset == null || key == null) {
        return null;
      }
      try {
        return ZonedDateTime.ofStrict(local, offset, ZoneId.of(key));
      } catch (DateTimeException e) {
        return null; // a zone that Java does not have, or knows other things of; or a gap
      }
    }
  }

  private static @Nullable ZoneOffset offsetOf(@Nullable Long micros) {
    if (micros == null
        || micros % MICROS_PER_SECOND != 0
        || Math.abs(micros / MICROS_PER_SECOND) > ZoneOffset.MAX.getTotalSeconds()) {
      return null;
    }
    return ZoneOffset.ofTotalSeconds((int) (micros / MICROS_PER_SECOND));
  }

  static LocalDate localDate(Home home, long object) {
    try (Parts parts = Parts.of(home, object, "split_date", "a LocalDate")) {
      return LocalDate.of(parts.integer(0), parts.integer(1), parts.integer(2));
    }
  }

  static LocalDateTime localDateTime(Home home, long object) {
    Moment moment = Moment.of(home, object, "a LocalDateTime");
    if (moment.zone != Zone.NONE) {
      throw refused(
          "the datetime "
              + moment.local
              + " is in a time zone, which a LocalDateTime would lose: use ZonedDateTime,"
              + " OffsetDateTime or Instant");
    }
    if (moment.fold != 0) {
      throw lostFold(moment.local);
    }
    return moment.local;
  }

  static OffsetDateTime offsetDateTime(Home home, long object) {
    Moment moment = Moment.of(home, object, "an OffsetDateTime");
    if (moment.zone == Zone.KEY) {
      throw refused(
          "the datetime "
              + moment.local
              + " is in the time zone "
              + moment.key
              + ", which an OffsetDateTime would lose: use ZonedDateTime or Instant");
    }
    return OffsetDateTime.of(moment.local, moment.offset("an OffsetDateTime"));
  }

  static ZonedDateTime zonedDateTime(Home home, long object) {
    Moment moment = Moment.of(home, object, "a ZonedDateTime");
    if (moment.zone != Zone.KEY) {
      return ZonedDateTime.of(moment.local, moment.offset("a ZonedDateTime"));
    }
    ZonedDateTime zoned = moment.zoned();
    if (zoned == null) {
      throw refused(
          "Java has no "
              + moment.local
              + " in a time zone "
              + moment.key
              + " at that offset; Instant takes the moment alone");
    }
    return zoned;
  }

  /** Any datetime that is in some zone: where it was said is not part of an Instant. */
  static Instant instant(Home home, long object) {
    Moment moment = Moment.of(home, object, "an Instant");
    Long micros = moment.micros;
    if (micros == null) {
      throw refused("the datetime " + moment.local + " is in no time zone, which an Instant needs");
    }
    return moment.local.toInstant(ZoneOffset.UTC).minusNanos(micros * NANOS_PER_MICRO);
  }

  /** Whether a datetime says where it is. */
  static boolean isZoned(Home home, long object) {
    return Moment.of(home, object, "a Timestamp").zone != Zone.NONE;
  }

  static @Nullable Object naturalDateTime(Home home, long object) {
    Moment moment = Moment.of(home, object, "a LocalDateTime");
    ZoneOffset offset = moment.offset();
    return switch (moment.zone) {
      case NONE -> moment.fold == 0 ? moment.local : null;
      case OFFSET -> offset == null ? null : OffsetDateTime.of(moment.local, offset);
      case KEY -> moment.zoned();
      case OTHER -> null;
    };
  }

  /** What a time says. */
  private record Clock(LocalTime local, int fold, Zone zone, @Nullable Long micros) {

    static Clock of(Home home, long object, String target) {
      try (Parts parts = Parts.of(home, object, "split_time", target)) {
        LocalTime local =
            LocalTime.of(parts.integer(0), parts.integer(1), parts.integer(2), parts.integer(3));
        return new Clock(
            local, parts.integer(4), Zone.valueOf(parts.text(6)), (Long) parts.value(5));
      }
    }
  }

  static LocalTime localTime(Home home, long object) {
    Clock clock = Clock.of(home, object, "a LocalTime");
    if (clock.zone != Zone.NONE) {
      throw refused(
          "the time "
              + clock.local
              + " is in a time zone, which a LocalTime would lose: use OffsetTime");
    }
    if (clock.fold != 0) {
      throw lostFold(clock.local);
    }
    return clock.local;
  }

  static OffsetTime offsetTime(Home home, long object) {
    Clock clock = Clock.of(home, object, "an OffsetTime");
    ZoneOffset offset = offsetOf(clock.micros);
    if (offset == null) {
      throw refused(
          "the time " + clock.local + " is at no offset from UTC of whole seconds up to 18 hours");
    }
    return OffsetTime.of(clock.local, offset);
  }

  static @Nullable Object naturalTime(Home home, long object) {
    Clock clock = Clock.of(home, object, "a LocalTime");
    ZoneOffset offset = offsetOf(clock.micros);
    return switch (clock.zone) {
      case NONE -> clock.fold == 0 ? clock.local : null;
      case OFFSET -> offset == null ? null : OffsetTime.of(clock.local, offset);
      case KEY, OTHER -> null;
    };
  }

  static Duration duration(Home home, long object) {
    try (Parts parts = Parts.of(home, object, "split_timedelta", "a Duration")) {
      return Duration.ofSeconds(parts.number(0), parts.number(1));
    }
  }

  private static RuntimeException lostFold(Object local) {
    return refused(
        local + " has fold=1, the second of its kind on that day, which Java would lose");
  }

  // To Python

  static long toPython(Home home, LocalDate date) {
    checkYear(date.getYear(), date);
    return make(home, "make_date", date.getYear(), date.getMonthValue(), date.getDayOfMonth());
  }

  static long toPython(Home home, LocalTime time) {
    return time(home, time, null);
  }

  static long toPython(Home home, OffsetTime time) {
    return time(home, time.toLocalTime(), time.getOffset());
  }

  private static long time(Home home, LocalTime time, @Nullable ZoneOffset offset) {
    return make(
        home,
        "make_time",
        time.getHour(),
        time.getMinute(),
        time.getSecond(),
        micros(time.getNano()),
        seconds(offset));
  }

  static long toPython(Home home, LocalDateTime time) {
    return dateTime(home, time, 0, null, null);
  }

  static long toPython(Home home, OffsetDateTime time) {
    return dateTime(home, time.toLocalDateTime(), 0, null, time.getOffset());
  }

  static long toPython(Home home, Instant time) {
    LocalDateTime utc;
    try {
      utc = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw refused(time + " does not fit Python's datetime");
    }
    return dateTime(home, utc, 0, null, ZoneOffset.UTC);
  }

  static long toPython(Home home, ZonedDateTime time) {
    LocalDateTime local = time.toLocalDateTime();
    ZoneOffset offset = time.getOffset();
    if (time.getZone() instanceof ZoneOffset) {
      return dateTime(home, local, 0, null, offset);
    }
    List<ZoneOffset> valid = time.getZone().getRules().getValidOffsets(local);
    int fold = valid.size() > 1 && offset.equals(valid.getLast()) ? 1 : 0;
    return dateTime(home, local, fold, time.getZone().getId(), offset);
  }

  private static long dateTime(
      Home home, LocalDateTime time, int fold, @Nullable String key, @Nullable ZoneOffset offset) {
    checkYear(time.getYear(), time);
    return make(
        home,
        "make_datetime",
        time.getYear(),
        time.getMonthValue(),
        time.getDayOfMonth(),
        time.getHour(),
        time.getMinute(),
        time.getSecond(),
        micros(time.getNano()),
        fold,
        key,
        seconds(offset));
  }

  static long toPython(Home home, Duration duration) {
    long days = Math.floorDiv(duration.getSeconds(), SECONDS_PER_DAY);
    if (days < -MOST_DAYS || days > MOST_DAYS) {
      throw refused(duration + " does not fit Python's timedelta, of 999999999 days");
    }
    return make(
        home,
        "make_timedelta",
        days,
        Math.floorMod(duration.getSeconds(), SECONDS_PER_DAY),
        micros(duration.getNano()));
  }

  private static long make(Home home, String function, @Nullable Object... parts) {
    return Values.made(home, function, parts);
  }

  private static @Nullable Integer seconds(@Nullable ZoneOffset offset) {
    return offset == null ? null : offset.getTotalSeconds();
  }

  // Cut off: a clock's nanoseconds are not what somebody passes a time for
  private static int micros(int nanos) {
    return nanos / NANOS_PER_MICRO;
  }

  private static void checkYear(int year, Object value) {
    if (year < 1 || year > LAST_YEAR) {
      throw refused(value + " does not fit Python's years, 1 to " + LAST_YEAR);
    }
  }

  private static RuntimeException refused(String message) {
    return new ConversionException(message);
  }
}
