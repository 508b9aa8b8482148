package dev.vivarium.cli.shell;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations such as {@code 500ms}, {@code 2s}, {@code 1.5s} and {@code 3m}. */
public final class DurationConverter implements ITypeConverter<Duration> {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m)");

  @Override
  public Duration convert(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is not a duration: write 500ms, 2s or 1.5m, for instance");
    }
    long nanosOfUnit =
        switch (matcher.group(2)) {
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          default -> 60_000_000_000L;
        };
    Duration duration =
        Duration.ofNanos(
            new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(nanosOfUnit)).longValue());
    if (duration.toMillis() == 0) {
      throw new TypeConversionException("'" + text + "' is too short: at least 1ms");
    }
    return duration;
  }

  /** A duration as a user would write it. */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    if (millis % 1_000 == 0) {
      return millis / 1_000 + "s";
    }
    return millis < 1_000
        ? millis + "ms"
        : BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString() + "s";
  }
}
