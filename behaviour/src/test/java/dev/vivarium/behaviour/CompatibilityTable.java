package dev.vivarium.behaviour;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Writes docs/compatibility.md from Surefire's reports when the tests have run on every CPython,
 * and is what fails the build if one has failed: so that a failure on one CPython does not hide
 * what the others would have said.
 *
 * <p>Arguments: the folder of reports, the file to write, the folder where the module consumers has
 * put the lines of its table, the {@code -Dtest=} of the run (without a value for everything; only
 * then the file is written), and for each CPython its name and, where it may be missing, why it is:
 * {@code 3.15=needs root}.
 */
final class CompatibilityTable {

  private enum Outcome {
    PASSED,
    FAILED,
    SKIPPED
  }

  /** What a test came to, and for one that did not pass, why. */
  private record Verdict(Outcome outcome, String why) {}

  private static final String NOT_APPLICABLE = "not applicable";

  private static final String WAYS =
      """
      ## Ways to ship a program

      Projects as a user has them, built outside of this tree from the artifacts, by the guide's own
      lines ([packaging.md](guide/packaging.md), [deployment.md](guide/deployment.md)), and run.

      | the way | |
      | --- | --- |
      """;

  private final List<String> notes = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  private CompatibilityTable() {}

  public static void main(String[] arguments) throws Exception {
    Path reports = Path.of(arguments[0]);
    Path ways = Path.of(arguments[2]);
    boolean everything = arguments[3].equals("-Dtest=");
    Map<String, String> pythons = new LinkedHashMap<>();
    for (int i = 4; i < arguments.length; i++) {
      String[] nameAndWhy = arguments[i].split("=", 2);
      pythons.put(nameAndWhy[0], nameAndWhy.length == 2 ? nameAndWhy[1] : "");
    }
    CompatibilityTable table = new CompatibilityTable();
    String text = table.write(reports, pythons, everything);
    if (everything) {
      Path file = Path.of(arguments[1]);
      Files.writeString(file, text + waysOfShipping(ways, file));
    }
    if (!table.failures.isEmpty()) {
      table.failures.forEach(System.err::println);
      System.err.println(table.failures.size() + " failed; the reports are in " + reports);
      System.exit(1);
    }
  }

  /** What the tests of consumers have written; without any, what the file says already. */
  private static String waysOfShipping(Path ways, Path file) throws IOException {
    if (!Files.isDirectory(ways)) {
      String before = Files.readString(file);
      int from = before.indexOf(WAYS);
      return from < 0 ? "" : "\n" + before.substring(from);
    }
    StringBuilder out = new StringBuilder("\n").append(WAYS);
    try (Stream<Path> lines = Files.list(ways)) {
      for (Path line : lines.sorted().toList()) {
        out.append(Files.readString(line));
      }
    }
    return out.toString();
  }

  private String write(Path reports, Map<String, String> pythons, boolean everything)
      throws Exception {
    Map<String, List<String>> tests = new LinkedHashMap<>();
    Map<String, String> words = new HashMap<>();
    for (Row row : Row.all()) {
      tests.put(row.number(), new ArrayList<>());
      words.put(row.number(), row.words());
    }
    RowsTest.tests()
        .forEach(method ->
            tests
                .computeIfAbsent(method.getAnnotation(Tag.class).value(), row -> new ArrayList<>())
                .add(method.getDeclaringClass().getName() + "." + method.getName()));
    Map<String, Map<String, Verdict>> verdicts = new LinkedHashMap<>();
    for (String python : pythons.keySet()) {
      verdicts.put(python, read(python, reports.resolve(python)));
    }
    if (everything) {
      requireReports(reports, pythons);
    }
    StringBuilder out = new StringBuilder();
    out.append(
        """
        # What holds on which CPython

        Written by the run of the tests (`./verify`): each promise of [behaviour.md](behaviour.md), and
        whether its tests passed on each build of CPython. A `t` stands for a free-threaded one.

        """);
    out.append("| | promise | ").append(String.join(" | ", pythons.keySet())).append(" |\n");
    out.append("| --- | --- |").append(" --- |".repeat(pythons.size())).append('\n');
    tests.forEach((row, methods) -> {
      String promise = words.getOrDefault(row, "");
      out.append("| ").append(row).append(" | ").append(promise).append(" |");
      pythons.forEach((python, why) -> {
        String cell = cell(python, why, methods, verdicts.get(python), everything);
        out.append(' ').append(cell).append(" |");
      });
      out.append('\n');
    });
    for (int i = 0; i < notes.size(); i++) {
      out.append(i == 0 ? "\n" : "").append(i + 1).append(". ").append(notes.get(i)).append('\n');
    }
    return out.toString();
  }

  /** A JVM that has died writes none, and must not pass for one that has nothing to say. */
  private void requireReports(Path reports, Map<String, String> pythons) {
    List<String> classes =
        RowsTest.testClasses().stream()
            .filter(type ->
                Stream.of(type.getDeclaredMethods())
                    .anyMatch(method -> method.isAnnotationPresent(Test.class)))
            .map(Class::getName)
            .toList();
    pythons.forEach((python, why) -> {
      for (String name : classes) {
        Path report = reports.resolve(python).resolve("TEST-" + name + ".xml");
        if (why.isEmpty() && !Files.isRegularFile(report)) {
          failures.add(python + ": no report of " + name + ": its JVM has died, or hung");
        }
      }
    });
  }

  private String cell(
      String python,
      String whyMissing,
      List<String> methods,
      Map<String, Verdict> verdicts,
      boolean everything) {
    if (!whyMissing.isEmpty()) {
      return notApplicable("CPython " + python + " was not there: " + whyMissing);
    }
    List<String> missing = methods.stream().filter(m -> !verdicts.containsKey(m)).toList();
    if (!missing.isEmpty() && everything) {
      return "**failed**";
    }
    boolean passed = false;
    Set<String> skipped = new LinkedHashSet<>();
    for (String method : methods) {
      Verdict verdict = verdicts.get(method);
      if (verdict != null && verdict.outcome() == Outcome.FAILED) {
        return "**failed**";
      } else if (verdict != null && verdict.outcome() == Outcome.SKIPPED) {
        String test = method.substring(method.lastIndexOf('.') + 1);
        skipped.add("without " + test + ": " + verdict.why());
      } else if (verdict != null) {
        passed = true;
      }
    }
    StringBuilder cell = new StringBuilder(passed ? "passed" : NOT_APPLICABLE);
    skipped.forEach(why -> cell.append(noted(why)));
    return cell.toString();
  }

  private String notApplicable(String why) {
    return NOT_APPLICABLE + noted(why);
  }

  private String noted(String why) {
    if (!notes.contains(why)) {
      notes.add(why);
    }
    return " (" + (notes.indexOf(why) + 1) + ")";
  }

  /** What each test of a run came to, by its class and method. */
  private Map<String, Verdict> read(String python, Path folder) throws Exception {
    Map<String, Verdict> verdicts = new HashMap<>();
    if (!Files.isDirectory(folder)) {
      return verdicts;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "TEST-*.xml")) {
      for (Path file : files) {
        readReport(python, file, verdicts);
      }
    }
    return verdicts;
  }

  private void readReport(String python, Path file, Map<String, Verdict> verdicts)
      throws Exception {
    Element suite =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(file.toFile())
            .getDocumentElement();
    NodeList cases = suite.getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      String method = test.getAttribute("name").replaceAll("[^\\w].*", "");
      String name = test.getAttribute("classname") + "." + method;
      Element bad = first(test, "failure", "error");
      Element skipped = first(test, "skipped");
      if (bad != null) {
        failures.add(python + ": " + name + ": " + bad.getAttribute("message"));
        verdicts.put(name, new Verdict(Outcome.FAILED, ""));
      } else if (skipped != null) {
        String why = skipped.getTextContent().strip().lines().findFirst().orElse("");
        verdicts.put(
            name,
            new Verdict(
                Outcome.SKIPPED,
                why.replaceFirst("^[\\w.]+: (Assumption failed: )?(skipped: )?", "")));
      } else {
        verdicts.putIfAbsent(name, new Verdict(Outcome.PASSED, ""));
      }
    }
  }

  private static Element first(Element parent, String... names) {
    for (String name : names) {
      NodeList found = parent.getElementsByTagName(name);
      if (found.getLength() > 0) {
        return (Element) found.item(0);
      }
    }
    return null;
  }
}
