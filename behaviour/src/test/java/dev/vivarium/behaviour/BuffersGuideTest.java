package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/guide/buffers.md, compiled and run in the order in which they stand. */
@ExtendWith({PythonUnderTest.class, NumPyUnderTest.class})
final class BuffersGuideTest {

  private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  @DisplayName("Every example of the guide compiles, runs and prints what stands beside it")
  void examples() throws Exception {
    List<String> examples = new ArrayList<>();
    Matcher found = EXAMPLE.matcher(Files.readString(Path.of("..", "docs", "guide", "buffers.md")));
    while (found.find()) {
      examples.add(found.group(1));
    }
    assertThat(examples).hasSize(4);
    Path source = folder.resolve("Guide.java");
    Files.writeString(source, program(examples));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int compiled =
        compiler.run(
            null,
            null,
            null,
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            folder.toString(),
            source.toString());
    assertThat(compiled).isZero();
    ChildJvm.Ended ended =
        ChildJvm.run(Duration.ofMinutes(2), RunsGuide.class, folder.toString()).expect(0);
    assertThat(ended.out()).isEqualTo("2.5\n['ada', 'grace']\n");
  }

  private static String program(List<String> examples) {
    StringWriter text = new StringWriter();
    text.write("import dev.vivarium.*; import java.io.*; import java.lang.foreign.*;\n");
    text.write(
        "public class Guide { public static void run(Interpreter main) throws Exception {\n");
    text.write("MemorySegment earlier = Arena.ofAuto().allocate(48, 8);\n");
    for (String example : examples) {
      // Where an example goes on with memory of the one before, it is given some
      String own =
          example.contains("MemorySegment memory =")
              ? example
              : "var memory = earlier;\n" + example;
      text.write("{\n" + own + "}\n");
    }
    text.write("}}\n");
    return text.toString();
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
