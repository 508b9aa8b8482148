package dev.vivarium.cpython;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Python;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real artifacts on the class path of JVMs, with each CPython that there is NumPy for. */
@Timeout(value = 300, unit = SECONDS)
@EnabledOnOs(value = OS.LINUX, disabledReason = "those of Linux are there")
class NumPyTest {

  private static final Path JARS = Path.of("target", "jars");
  private static final Path CACHE = Path.of("target", "cache").toAbsolutePath();

  @ParameterizedTest
  @CsvSource({
    "3.12.1, 1.26.3, ImportError: Interpreter change detected",
    "3.13.5, 2.3.1, '[1.0, 1.0]'",
    "3.14.3, 2.4.2, ImportError: cannot load module more than once per process"
  })
  void theJarsOnTheClassPathAreAllThatImportNeeds(String python, String version, String shared)
      throws Exception {
    String said = run(List.of("cpython-" + python, "numpy-" + version, "openblas-"));
    assertThat(said.lines())
        .as(said)
        .contains("main " + version, "solve [1.0, 1.0]", "child 2.0", "main again [1.0, 1.0]")
        .anyMatch(
            line -> line.startsWith("from " + CACHE + File.separator + "numpy-" + version + "-cp"))
        .anyMatch(line -> line.startsWith("shared " + shared))
        .anyMatch(line -> line.startsWith("shared again " + shared))
        .anyMatch(line -> line.startsWith("own ImportError: "))
        .noneMatch(line -> line.contains("left out"));
  }

  @ParameterizedTest
  @CsvSource({
    "3.12.1, 1.26.3, RuntimeError: import numpy in the main interpreter first, '[1.0, 1.0]'",
    "3.13.5, 2.3.1, RuntimeError: import numpy in the main interpreter first, '[1.0, 1.0]'",
    "3.14.3, 2.4.2, '[1.0, 1.0]', ImportError: cannot load module more than once per process"
  })
  void whereMainHasNotImportedIt(String python, String version, String shared, String main)
      throws Exception {
    String said = run(List.of("cpython-" + python, "numpy-" + version, "openblas-"), "not in main");
    assertThat(said.lines())
        .as(said)
        .anyMatch(line -> line.startsWith("shared " + shared))
        .anyMatch(line -> line.matches("shared again \\w+Error: .*"))
        .anyMatch(line -> line.startsWith("main " + main));
  }

  @Test
  void thatForAnotherCPythonIsLeftOutWithAWord() throws Exception {
    assertThat(run(List.of("cpython-3.14", "numpy-2.3.1", "openblas-")))
        .contains("main ModuleNotFoundError: No module named 'numpy'")
        .contains("NumPy 2.3.1 of numpy-2.3.1-1.5.12-linux-x86_64.jar is left out: it was built")
        .contains("for CPython 3.13, and 3.14 runs");
  }

  @Test
  void thatWithoutOpenBlasIsLeftOutWithAWord() throws Exception {
    assertThat(run(List.of("cpython-3.14", "numpy-2.4.2")))
        .contains("main ModuleNotFoundError: No module named 'numpy'")
        .contains("add the artifact org.bytedeco:openblas with the classifier linux-x86_64");
  }

  @Test
  void anOptionLeavesItOut() throws Exception {
    assertThat(run(List.of("cpython-3.14", "numpy-2.4.2", "openblas-"), "without"))
        .contains("main ModuleNotFoundError: No module named 'numpy'")
        .doesNotContain("left out");
  }

  private static String run(List<String> artifacts, String... arguments) throws Exception {
    List<String> classPath = new ArrayList<>();
    for (Class<?> type : List.of(EmbeddedCPython.class, Python.class, NumPyProgram.class)) {
      classPath.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    String build = "";
    for (String artifact : artifacts) {
      Path jar = jar(artifact, artifact.endsWith("-") ? build : "");
      classPath.add(jar.toString());
      build = jar.getFileName().toString().replaceFirst("^.*-(1\\.5\\.\\d+)-.*$", "$1");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(File.pathSeparator, classPath),
                NumPyProgram.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder child = new ProcessBuilder(command).redirectErrorStream(true);
    child.environment().put("VIVARIUM_CACHE", CACHE.toString());
    child.environment().keySet().removeIf(name -> name.matches("VIVARIUM_(?!CACHE).*"));
    Process process = child.start();
    try (BufferedReader out = process.inputReader()) {
      String said = out.readAllAsString();
      assertThat(process.waitFor()).as(said).isZero();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Path jar(String artifact, String build) throws Exception {
    try (Stream<Path> all = Files.list(JARS)) {
      return all.filter(jar -> jar.getFileName().toString().startsWith(artifact))
          .filter(jar -> jar.getFileName().toString().contains(build))
          .findFirst()
          .orElseThrow();
    }
  }
}
