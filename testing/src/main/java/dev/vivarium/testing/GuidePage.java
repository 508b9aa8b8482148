package dev.vivarium.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** A page of {@code docs/guide}, whose examples a test runs. */
public final class GuidePage {

  private static final Path GUIDE = Path.of("..", "docs", "guide"); // from a module's folder
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private final String text;

  /**
   * Reads a page.
   *
   * @param name of its file
   */
  public GuidePage(String name) {
    try {
      text = Files.readString(GUIDE.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The whole page. */
  public String text() {
    return text;
  }

  /** The Java code of each of its examples. */
  public List<String> java() {
    List<String> examples = new ArrayList<>();
    Matcher found = JAVA.matcher(text);
    while (found.find()) {
      examples.add(found.group(1));
    }
    assertThat(examples).isNotEmpty();
    return examples;
  }

  /**
   * What the page says that its Java examples print: the comments behind {@code println}, in order.
   */
  public List<String> printed() {
    return java().stream()
        .flatMap(String::lines)
        .filter(line -> line.contains("println") && line.contains("// "))
        .map(line -> line.substring(line.indexOf("// ") + 3))
        .toList();
  }

  /** Fails unless each line of its Java code is one of a test's, comments apart. */
  public void assertLinesOf(Class<?> test) {
    Path source =
        Path.of("src", "test", "java").resolve(test.getName().replace('.', '/') + ".java");
    try (var lines = Files.lines(source)) {
      List<String> here = lines.map(GuidePage::code).toList();
      assertThat(here)
          .containsAll(
              java().stream()
                  .flatMap(String::lines)
                  .map(GuidePage::code)
                  .filter(line -> !line.isEmpty())
                  .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String code(String line) {
    return line.replaceFirst("(^|\\s+)// .*", "").strip();
  }

  /**
   * Compiles a class {@code Guide} into a folder: its method {@code run} is public and static, and
   * has each example in a block of its own.
   *
   * @param imports such as {@code java.util.*}
   * @param parameters of the method, as in its declaration
   */
  public static void compile(
      Path folder, List<String> imports, String parameters, List<String> examples)
      throws IOException {
    StringBuilder program = new StringBuilder();
    imports.forEach(name -> program.append("import ").append(name).append(";\n"));
    program
        .append("public class Guide {\npublic static void run(")
        .append(parameters)
        .append(") throws Exception {\n");
    examples.forEach(example -> program.append("{\n").append(example).append("}\n"));
    Path source = folder.resolve("Guide.java");
    Files.writeString(source, program.append("}}\n"));
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());
    assertThat(compiled).isZero();
  }
}
