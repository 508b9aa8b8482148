package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/guide/buffers.md, compiled and run in the order in which they stand. */
@ExtendWith({PythonUnderTest.class, NumPyUnderTest.class})
final class BuffersGuideTest {

  @TempDir private Path folder;

  @Test
  @DisplayName("Every example of the guide compiles, runs and prints what stands beside it")
  void examples() throws Exception {
    List<String> examples = new GuidePage("buffers.md").java();
    assertThat(examples).hasSize(4);
    GuidePage.compile(
        folder,
        List.of("dev.vivarium.*", "java.io.*", "java.lang.foreign.*"),
        "Interpreter main",
        examples.stream().map(BuffersGuideTest::withMemory).toList());
    ChildJvm.Ended ended =
        ChildJvm.run(Duration.ofMinutes(2), RunsGuide.class, folder.toString()).expect(0);
    assertThat(ended.out()).isEqualTo("2.5\n['ada', 'grace']\n");
  }

  /** Where an example goes on with memory of the one before, it is given some. */
  private static String withMemory(String example) {
    return example.contains("MemorySegment memory =")
        ? example
        : "MemorySegment memory = Arena.ofAuto().allocate(48, 8);\n" + example;
  }

  /** Runs what was compiled into a folder. */
  static final class RunsGuide implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      try (var python = PythonUnderTest.start();
          var loader =
              new java.net.URLClassLoader(
                  new java.net.URL[] {Path.of(arguments[0]).toUri().toURL()})) {
        NumPyUnderTest.load(python.main());
        python.main().exec("import numpy");
        loader
            .loadClass("Guide")
            .getMethod("run", dev.vivarium.Interpreter.class)
            .invoke(null, python.main());
      }
    }
  }
}
