package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.net.URL;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Java's collections in Python under the test cases that CPython has for its own, where its library
 * has them. Which do not apply, and why, stands beside this in {@code cpythons_own_cases.py}.
 */
@ExtendWith(PythonUnderTest.class)
public final class CPythonsOwnContainerTests {

  private static final URL CASES =
      Objects.requireNonNull(CPythonsOwnContainerTests.class.getResource("cpythons_own_cases.py"));

  @ParameterizedTest
  @CsvSource({
    "ArrayList, 30",
    "LinkedList, 30",
    "HashMap, 20",
    "LinkedHashMap, 20",
    "TreeMap, 15",
    "HashSet, 350",
    "LinkedHashSet, 350"
  })
  @DisplayName("A Java collection passes CPython's own test cases for list, dict or set")
  void passes(String java, int least) {
    check(PythonUnderTest.main(), java, least);
    try (Interpreter isolated = PythonUnderTest.ownGil()) {
      check(isolated, java, least);
    }
  }

  private static void check(Interpreter in, String java, int least) {
    PyObject cases = in.importModule("cpythons_own_cases", CASES);
    List<?> missing = cases.attr("missing").call().as(List.class);
    assumeTrue(
        missing.isEmpty(), () -> "skipped: the library of this CPython is without " + missing);
    PyObject result = cases.attr("run").call(java);
    assertThat(result.item(1).as(List.class)).as(java).isEmpty();
    assertThat(result.item(0).as(int.class)).as("cases that ran").isGreaterThan(least);
  }
}
