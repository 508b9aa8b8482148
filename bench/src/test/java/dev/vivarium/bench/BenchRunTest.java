package dev.vivarium.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchRunTest {

  @TempDir private Path folder;

  @Test
  void oneFigureIsMeasuredPrintedAndWritten() throws Exception {
    Path json = folder.resolve("figures.json");
    Process bench = bench("--quick", "--json", json.toString(), "ensure.nested");

    assertThat(bench.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(folder.resolve("err")).content().contains("[1/1] EnsureNested");
    assertThat(bench.exitValue()).isZero();
    assertThat(folder.resolve("out"))
        .content()
        .containsPattern("ensure\\.nested +[0-9.]+  ns")
        .contains("machine: ");
    assertThat(Files.readString(json))
        .containsPattern("\"figure\": \"ensure\\.nested\", \"value\": [0-9.]+, \"unit\": \"ns\"")
        .startsWith("[")
        .endsWith("]\n");
  }

  @Test
  void aPythonThatIsNotThereIsOneLine() throws Exception {
    Process bench = bench("--quick", "--python", folder.resolve("nothing").toString());

    assertThat(bench.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(bench.exitValue()).isEqualTo(1);
    assertThat(Files.readAllLines(folder.resolve("err")))
        .singleElement()
        .asString()
        .startsWith("vivarium bench: ")
        .contains("nothing");
  }

  private Process bench(String... arguments) throws Exception {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", // JMH's
            "-cp",
            classPath(),
            Main.class.getName());
    command.command().addAll(List.of(arguments));
    return command
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  /** Everything as a class path, also what the tests have on the module path. */
  private static String classPath() {
    String modules = System.getProperty("jdk.module.path", "");
    String classes = System.getProperty("java.class.path");
    return modules.isEmpty() ? classes : modules + File.pathSeparator + classes;
  }
}
