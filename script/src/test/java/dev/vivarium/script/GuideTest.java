package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.PyObject;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.script.Invocable;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineManager;
import javax.script.ScriptException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The examples of {@code docs/guide/script.md}, which has each of these lines. */
final class GuideTest {

  private static final Path GUIDE = Path.of("..", "docs", "guide", "script.md");
  private static final Path HERE =
      Path.of("src", "test", "java", "dev", "vivarium", "script", "GuideTest.java");

  private final ScriptEngine python = new ScriptEngineManager().getEngineByName("python");

  @Test
  @DisplayName("the examples do what they say")
  @SuppressWarnings("unchecked")
  void examples() throws Exception {
    python.put("prices", List.of(3, 4, 5));
    Object total = python.eval("sum(prices)");
    assertThat(total).isEqualTo(12L);

    StringWriter out = new StringWriter();
    python.getContext().setWriter(out);
    python.eval("print('hello')");
    assertThat(out.toString()).isEqualTo("hello\n");

    try {
      python.eval("x = 1\nx.y");
    } catch (ScriptException e) {
      out.write(e.getMessage());
    }
    assertThat(out.toString())
        .endsWith(
            "AttributeError: 'int' object has no attribute 'y' in <script> at line number 2 at"
                + " column number 1");

    python.eval("def greet(name): return 'hello ' + name");
    Invocable functions = (Invocable) python;
    Object hello = functions.invokeFunction("greet", "you");
    assertThat(hello).isEqualTo("hello you");
    UnaryOperator<String> half = ((PyObject) python.get("greet")).as(UnaryOperator.class);
    assertThat(half.apply("me")).isEqualTo("hello me");
    ((AutoCloseable) python).close();
  }

  @Test
  @DisplayName("each line of Java in the guide is one of this test's")
  void sameLines() throws Exception {
    List<String> here = Files.readAllLines(HERE).stream().map(String::strip).toList();
    boolean java = false;
    for (String line : Files.readAllLines(GUIDE)) {
      String code = line.replaceFirst("\\s+//.*", "").strip();
      if (line.startsWith("```")) {
        java = line.equals("```java");
      } else if (java && !code.isEmpty() && !code.startsWith("e.get")) {
        assertThat(here)
            .anySatisfy(
                tested -> assertThat(tested.replaceFirst("private final ", "")).isEqualTo(code));
      }
    }
  }
}
