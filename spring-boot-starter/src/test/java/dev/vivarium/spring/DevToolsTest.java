package dev.vivarium.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.testing.Await;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that the developer tools restart, in a JVM of its own, when its files change. */
class DevToolsTest {

  private static final String APPLICATION =
      """
      package demo;

      import dev.vivarium.Interpreter;
      import dev.vivarium.pool.InterpreterPool;
      import org.springframework.boot.CommandLineRunner;
      import org.springframework.boot.SpringApplication;
      import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
      import org.springframework.context.annotation.Bean;
      import org.springframework.context.annotation.Configuration;

      @Configuration(proxyBeanMethods = false)
      @EnableAutoConfiguration
      public class Application {

        public static void main(String[] args) {
          SpringApplication.run(Application.class, args);
        }

        @Bean
        CommandLineRunner report(Interpreter main, InterpreterPool pool) {
          return args -> {
            main.exec("import atexit; starts = globals().get('starts', [])");
            main.exec("starts or atexit.register(print, 'Python has ended'); starts.append(1)");
            boolean ours =
                pool.call(in -> in.eval("__import__('greeting').Greeting").as(Object.class))
                    .equals(Greeting.class);
            String text =
                pool.call(in -> in.eval("__import__('greeting').text()").asString());
            System.out.println(
                main.eval("len(starts)") + ": " + text + ", " + ours + ", pools "
                    + InterpreterPool.opened().size() + ", main's is "
                    + main.eval("__import__('demo').Greeting.TEXT"));
          };
        }
      }
      """;

  private static final String GREETING =
      """
      package demo;

      public class Greeting {
        public static final String TEXT = "%s";
      }
      """;

  private static final String MODULE =
      """
      from demo import Greeting

      def text():
          return f"{Greeting.TEXT} from %s"
      """;

  @TempDir Path folder;

  private Process process;

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private void write(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Changes what the application is made of, the trigger file last. */
  private void version(String greeting, String module) throws Exception {
    write("src/demo/Application.java", APPLICATION);
    write("src/demo/Greeting.java", GREETING.formatted(greeting));
    write("classes/META-INF/python/greeting.py", MODULE.formatted(module));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-parameters",
                "-d",
                folder.resolve("classes").toString(),
                folder.resolve("src/demo/Application.java").toString(),
                folder.resolve("src/demo/Greeting.java").toString());
    assertThat(status).isZero();
    write("classes/.restart", greeting);
  }

  private String printed() {
    try {
      return Files.readString(folder.resolve("printed.txt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void await(String line) throws Exception {
    Await.until(
        line,
        () -> {
          assertThat(process.isAlive()).as(printed()).isTrue();
          return printed().contains(line);
        });
  }

  @Test
  @DisplayName(
      "after a restart of the developer tools the pool has the new classes and modules, in the same Python")
  void restarts() throws Exception {
    version("one", "a module");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(
                    File.pathSeparator,
                    folder.resolve("classes").toString(),
                    System.getProperty("vivarium.devtools"),
                    System.getProperty("java.class.path")),
                "demo.Application",
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--spring.devtools.restart.poll-interval=200ms",
                "--spring.devtools.restart.quiet-period=100ms",
                "--spring.devtools.restart.trigger-file=.restart",
                "--vivarium.pool.size=2")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("printed.txt").toFile())
            .start();
    await("1: one from a module, true, pools 1, main's is one\n");
    version("two", "a module");
    await("2: two from a module, true, pools 1, main's is one\n");
    version("three", "another");
    await("3: three from another, true, pools 1, main's is one\n");
    process.destroy();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(printed()).isTrue();
    assertThat(process.exitValue()).as(printed()).isEqualTo(143);
    assertThat(printed()).endsWith("Python has ended\n").doesNotContain("WARN", "ERROR");
  }
}
