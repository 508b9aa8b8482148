package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.testing.PythonUnderTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/MappedNumPy.java}, run as a user would, on the CPython under test. */
@ExtendWith({PythonUnderTest.class, NumPyUnderTest.class})
final class NumPyExampleTest {

  @TempDir private Path folder;

  @Test
  @DisplayName("MappedNumPy: a file larger than the heap, computed and drawn")
  void mappedNumPy() throws Exception {
    Path numpy = Path.of(PythonUnderTest.property("vivarium.test.numpy"));
    Path picture = folder.resolve("histogram.svg");
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Path.of("..", "examples", "MappedNumPy.java").toString(),
                "96",
                picture.toString())
            .redirectErrorStream(true);
    java.environment().put("VIVARIUM_LIBRARY", PythonUnderTest.property("vivarium.test.library"));
    java.environment().put("VIVARIUM_HOME", PythonUnderTest.property("vivarium.test.home"));
    java.environment().put("PYTHONPATH", numpy.resolve("numpy/linux-x86_64/python").toString());
    java.environment().put("LD_LIBRARY_PATH", numpy.resolve("openblas/linux-x86_64").toString());
    Process process = java.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(printed)
        .matches(
            "12582912 doubles, 96 MiB, on a heap of \\d+ MiB: mean 1\\.33\\d, the greatest is number"
                + " 6291456\\R");
    assertThat(process.exitValue()).isZero();
    assertThat(Files.readString(picture)).startsWith("<svg").contains("height=\"200\"");
  }
}
