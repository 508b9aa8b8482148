package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.PyObject;
import dev.vivarium.testing.GuidePage;
import java.io.StringWriter;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.script.Invocable;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineManager;
import javax.script.ScriptException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The examples of {@code docs/guide/script.md}. */
final class GuideTest {

  @Test
  @DisplayName("the examples are here, and do what they say")
  @SuppressWarnings("unchecked")
  void examples() throws Exception {
    ScriptEngine python = new ScriptEngineManager().getEngineByName("python");
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
      e.getMessage();
      e.getCause();
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
    new GuidePage("script.md").assertLinesOf(GuideTest.class);
  }
}
