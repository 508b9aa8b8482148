package dev.vivarium.internal.mirror;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text of {@link java.util.Formatter} formats as a character: Python has characters as texts
 * of one, and their numbers as ints, which are a String and a Long in Java.
 */
final class FormatArguments {

  // %[index$][flags][width][.precision]conversion, as Formatter says it
  private static final Pattern PLACE =
      Pattern.compile("%(?:(\\d+)\\$)?([-#+ 0,(<]*)\\d*(?:\\.\\d+)?([tT]?[a-zA-Z%])");

  private FormatArguments() {}

  static void adapt(@Nullable String template, @Nullable Object[] values) {
    if (template == null || !(template.contains("c") || template.contains("C"))) {
      return;
    }
    int next = 0;
    int last = -1;
    Matcher places = PLACE.matcher(template);
    while (places.find()) {
      String conversion = places.group(3);
      if (conversion.equals("%") || conversion.equals("n")) {
        continue;
      }
      int index =
          places.group(1) != null
              ? index(places.group(1))
              : places.group(2).contains("<") ? last : next++;
      last = index;
      if (conversion.equalsIgnoreCase("c") && index >= 0 && index < values.length) {
        values[index] = character(values[index]);
      }
    }
  }

  private static int index(String digits) {
    return digits.length() > 6 ? -1 : Integer.parseInt(digits) - 1;
  }

  private static @Nullable Object character(@Nullable Object value) {
    return switch (value) {
      case String text when text.codePointCount(0, text.length()) == 1 -> text.codePointAt(0);
      case Long number when number == number.intValue() -> number.intValue();
      case null, default -> value;
    };
  }
}
