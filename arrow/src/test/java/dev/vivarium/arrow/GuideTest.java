package dev.vivarium.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** docs/guide/arrow.md: its code, and the example that it shows. */
@ExtendWith(WithPyArrow.class)
final class GuideTest {

  private static final GuidePage GUIDE = new GuidePage("arrow.md");

  @TempDir private Path folder;

  @Test
  @DisplayName("every piece of the guide compiles, runs and prints what stands beside it")
  void guide() throws Exception {
    List<String> pieces = GUIDE.java();
    assertThat(pieces).hasSize(2);
    GuidePage.compile(
        folder,
        List.of(
            "dev.vivarium.*",
            "dev.vivarium.arrow.*",
            "org.apache.arrow.memory.*",
            "org.apache.arrow.vector.*",
            "org.apache.arrow.vector.ipc.*",
            "org.apache.arrow.vector.types.pojo.Schema"),
        "Interpreter main, BufferAllocator allocator, Schema schema",
        pieces);
    Interpreter main = PythonUnderTest.main();
    main.exec("import pandas, pyarrow");
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (BufferAllocator allocator = new RootAllocator();
        URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Guide")
          .getMethod("run", Interpreter.class, BufferAllocator.class, Schema.class)
          .invoke(
              null,
              main,
              allocator,
              new Schema(List.of(Field.nullable("n", new ArrowType.Int(32, true)))));
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines().toList())
        .isEqualTo(GUIDE.printed());
  }

  @Test
  @DisplayName("PandasArrow prints what the guide shows, and draws it")
  void example() throws Exception {
    Path picture = folder.resolve("arrow.svg");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Path.of("..", "examples", "PandasArrow.java").toString(),
                picture.toString())
            .redirectError(folder.resolve("err").toFile())
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
    assertThat(GUIDE.text()).contains("```\n" + printed + "```");
    assertThat(Files.readString(Path.of("..", "docs", "guide", "arrow.svg")))
        .isEqualTo(Files.readString(picture));
  }
}
