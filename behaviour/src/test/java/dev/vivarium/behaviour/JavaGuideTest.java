package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Holdings;
import dev.vivarium.Interpreter;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guide's examples do what they say. */
@ExtendWith(PythonUnderTest.class)
final class JavaGuideTest {

  /** Runs the sessions of a page as Python's doctest does, in one namespace. */
  private static final String RUN =
      """
      import doctest
      def run(text, name):
          lines, inside = [], False
          for line in text.splitlines():
              if line.startswith('```'):
                  inside = line == '```pycon'
                  lines.append('')
              else:
                  lines.append(line if inside else '')
          said = []
          test = doctest.DocTestParser().get_doctest('\\n'.join(lines), {}, name, name, 0)
          runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
          runner.run(test, out=said.append)
          return len(test.examples), ''.join(said)
      """;

  @ParameterizedTest
  @ValueSource(strings = {"objects.md", "exceptions.md", "memory.md", "../coming-from.md"})
  @DisplayName("the Python sessions of a page give what it shows")
  void sessions(String page) {
    String text = new GuidePage(page).text();
    try (Interpreter in = PythonUnderTest.sharedGil()) {
      in.exec(RUN);
      List<?> result = in.eval("run").call(text, page).as(List.class);
      assertThat(result.get(1)).isEqualTo("");
      assertThat((Long) result.get(0)).isGreaterThan(4);
    }
  }

  @Test
  @DisplayName("the Java lines of memory.md are here, and do what they say")
  void holdings() {
    try (Interpreter interpreter = PythonUnderTest.ownGil()) {
      interpreter.exec(
          """
          from java.util import ArrayList
          class Node: pass
          for _ in range(5):
              node = Node()
              node.list = ArrayList()
              node.list.add(node)
          """);
      Holdings holdings = interpreter.holdings();
      System.out.println(holdings.javaInPython()); // {java.util.ArrayList=5}
      System.out.println(holdings.pythonInJava()); // {Node=5}
      assertThat(holdings.javaInPython()).containsEntry("java.util.ArrayList", 5L);
      assertThat(holdings.pythonInJava()).containsEntry("Node", 5L);
    }
    new GuidePage("memory.md").assertLinesOf(JavaGuideTest.class);
  }
}
