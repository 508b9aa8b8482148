package dev.vivarium.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The results as people and as programs read them. In ASCII, as a terminal may know nothing else.
 *
 * @param results one for each figure
 * @param noise times of a fixed loop in the course of the run, in milliseconds
 * @param onTwoThreads how many times as much of it two threads do as one
 */
record Report(List<Result> results, Series noise, Series onTwoThreads) {

  // Above this spread someone else has been using the processors
  private static final double QUIET = 0.3;

  private static final List<String> HEAD =
      List.of("figure", "value", "", "twin", "ratio", "+-", "limit", "kept", "spread", "twin is");

  /** The table, with the machine's noise below it. */
  String table() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEAD);
    for (Result r : results) {
      Limit limit = r.figure().limit();
      lines.add(
          List.of(
              r.figure().name(),
              number(r.value()),
              r.figure().unit(),
              number(r.twin()),
              number(r.ratio()),
              percent(r.ratioSpread()),
              limit == null ? "" : limit.text(),
              r.verdict(),
              percent(r.spread()),
              r.figure().twinIs()));
    }
    return aligned(lines)
        + "machine: the same loop took "
        + number(noise.median())
        + " ms each time, spread "
        + percent(noise.spread())
        + ", and two threads did "
        + number(onTwoThreads.median())
        + " times as much of it as one"
        + (noise.spread() > QUIET ? "; not quiet: a ratio near its limit may fall either way" : "")
        + System.lineSeparator();
  }

  private static String aligned(List<List<String>> lines) {
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder row = new StringBuilder();
      for (int column = 0; column < HEAD.size(); column++) {
        int at = column;
        int width = lines.stream().mapToInt(l -> l.get(at).length()).max().orElse(0);
        String cell = line.get(column);
        String padding = " ".repeat(width - cell.length());
        boolean isNumber =
            List.of("value", "twin", "ratio", "+-", "spread").contains(HEAD.get(column));
        row.append(isNumber ? padding + cell : cell + padding).append("  ");
      }
      text.append(row.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** A JSON array with one object a figure, and the machine's at the end. */
  String json() {
    List<String> objects = new ArrayList<>();
    for (Result r : results) {
      Limit limit = r.figure().limit();
      String verdict = r.verdict();
      objects.add(
          object(
              r.figure().name(),
              r.value(),
              r.figure().unit(),
              r.twin(),
              r.ratio(),
              r.spread(),
              ", \"ratioSpread\": "
                  + jsonNumber(r.ratioSpread())
                  + ", \"limit\": "
                  + (limit == null ? "null" : jsonText(limit.text()))
                  + ", \"kept\": "
                  + (verdict.isEmpty() ? "null" : verdict.equals("yes"))));
    }
    objects.add(
        object("machine.noise", noise.median(), "ms", Double.NaN, Double.NaN, noise.spread(), ""));
    objects.add(
        object(
            "machine.threads",
            onTwoThreads.median(),
            "x",
            Double.NaN,
            Double.NaN,
            onTwoThreads.spread(),
            ""));
    return objects.stream().collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
  }

  private static String object(
      String figure,
      double value,
      String unit,
      double twin,
      double ratio,
      double spread,
      String rest) {
    return "{\"figure\": "
        + jsonText(figure)
        + ", \"value\": "
        + jsonNumber(value)
        + ", \"unit\": "
        + jsonText(unit)
        + ", \"twin\": "
        + jsonNumber(twin)
        + ", \"ratio\": "
        + jsonNumber(ratio)
        + ", \"spread\": "
        + jsonNumber(spread)
        + rest
        + "}";
  }

  // Names, units and limits are all written in this package, without quotes or backslashes.
  private static String jsonText(String text) {
    return '"' + text + '"';
  }

  private static String jsonNumber(double number) {
    return Double.isFinite(number) ? String.format(Locale.ROOT, "%.4f", number) : "null";
  }

  private static String number(double number) {
    if (!Double.isFinite(number)) {
      return "-";
    }
    return String.format(Locale.ROOT, Math.abs(number) < 100 ? "%.3g" : "%.0f", number);
  }

  private static String percent(double part) {
    return Double.isFinite(part) ? String.format(Locale.ROOT, "%.0f%%", 100 * part) : "-";
  }
}
