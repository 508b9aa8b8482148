package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Python;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link Python#shared}, for code of which none owns the Python. */
final class SharedPythonTest {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  @Test
  @Tag("F11")
  @DisplayName("many at once are given the same Python, which the first has started")
  void manyAtOnce() {
    ChildJvm.run(LIMIT, ManyAtOnce.class).expect(0).expectOut("done");
  }

  static final class ManyAtOnce implements Scenario {
    private static final int THREADS = 32;

    @Override
    public void run(String... arguments) throws Exception {
      Set<Python> given =
          Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
      Together.run(
          THREADS,
          i -> {
            Python python =
                Python.shared(PythonUnderTest.options().argv(List.of("thread " + i)).build());
            given.add(python);
            python.main().exec("x = 1");
          });
      assertThat(given).hasSize(1);
      Python python = given.iterator().next();
      assertThat(Python.running()).containsSame(python);
      assertThat(Python.shared()).isSameAs(python);
      assertThat(python.main().eval("__import__('sys').argv").as(List.class))
          .isEqualTo(python.options().argv());
      assertThatThrownBy(() -> Python.start(PythonUnderTest.options().build()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Python.shared()");

      python.close();
      assertThatThrownBy(Python::shared)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has been closed");
      System.out.println("done");
    }
  }
}
