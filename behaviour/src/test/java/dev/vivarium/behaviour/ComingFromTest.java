package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java examples of docs/coming-from.md; its sessions are JavaGuideTest's. */
final class ComingFromTest {

  private static final String PAGE = "../coming-from.md";

  @TempDir private Path folder;

  @Test
  @DisplayName("Every example of the page compiles, runs and prints what stands beside it")
  void examples() throws Exception {
    GuidePage page = new GuidePage(PAGE);
    assertThat(page.java()).hasSize(8);
    GuidePage.compile(
        folder,
        List.of(
            "dev.vivarium.*",
            "java.lang.foreign.ValueLayout",
            "java.nio.file.Path",
            "java.time.Duration",
            "java.util.*",
            "java.util.concurrent.*",
            "java.util.function.*"),
        "PythonOptions.Builder options",
        ordered(page.java()));
    String printed = String.join("\n", page.printed()) + "\n";
    ChildJvm.Ended ended =
        ChildJvm.run(Duration.ofMinutes(2), RunsPage.class, folder.toString()).expect(0);
    assertThat(ended.out()).isEqualTo(printed);
  }

  // All after the first are inside it, where Python has started: one process starts it once
  private static List<String> ordered(List<String> examples) {
    String first = examples.getFirst();
    assertThat(first).startsWith("PythonOptions chosen").endsWith("}\n");
    StringBuilder all = new StringBuilder(first.substring(0, first.length() - 2));
    examples.stream().skip(1).forEach(one -> all.append("{\n").append(one).append("}\n"));
    return List.of(all.append("}\n").toString());
  }

  /** Runs what was compiled into a folder. */
  static final class RunsPage implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      PythonOptions.Builder options = PythonUnderTest.options();
      try (URLClassLoader loader =
          new URLClassLoader(new URL[] {Path.of(arguments[0]).toUri().toURL()})) {
        loader
            .loadClass("Guide")
            .getMethod("run", PythonOptions.Builder.class)
            .invoke(null, options);
      }
      assertThat(Python.running()).isEmpty();
    }
  }
}
