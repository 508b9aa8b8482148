package dev.vivarium.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the properties mean. */
class PythonPropertiesTest {

  @TempDir Path folder;

  private static PythonOptions options(Map<String, String> properties) {
    return new Binder(new MapConfigurationPropertySource(properties))
        .bindOrCreate("vivarium.python", PythonProperties.class)
        .options()
        .build();
  }

  @Test
  @DisplayName("without any they are Python's own options, but for the time of Boot's shutdown")
  void defaults() {
    PythonOptions expected = PythonOptions.builder().hooksTimeout(Duration.ofMinutes(5)).build();
    assertThat(options(Map.of())).hasToString(expected.toString());
  }

  @Test
  @DisplayName("each has its option")
  void each() throws Exception {
    Path file = Files.createFile(folder.resolve("python3"));
    Path venv = Files.createDirectory(folder.resolve("venv"));
    Files.createFile(venv.resolve("pyvenv.cfg"));
    PythonOptions options =
        options(
            Map.of(
                "vivarium.python.library", file.toString(),
                "vivarium.python.home", folder.toString(),
                "vivarium.python.path", "/a,/b",
                "vivarium.python.use-environment", "true",
                "vivarium.python.class-path-packages", "false",
                "vivarium.python.virtual-thread-workers", "3",
                "vivarium.python.output", "system",
                "vivarium.python.log-to-java", "true",
                "vivarium.python.hooks-timeout", "7s",
                "vivarium.python.exit-timeout", "8s"));
    assertThat(options.library()).isEqualTo(file);
    assertThat(options.home()).isEqualTo(folder);
    assertThat(options.paths()).containsExactly(Path.of("/a"), Path.of("/b"));
    assertThat(options.useEnvironment()).isTrue();
    assertThat(options.classPathPackages()).isFalse();
    assertThat(options.virtualThreadWorkers()).isEqualTo(3);
    assertThat(options.systemStreams()).isTrue();
    assertThat(options.toString()).contains("loggers=");
    assertThat(options.hooksTimeout()).hasSeconds(7);
    assertThat(options.exitTimeout()).hasSeconds(8);
    assertThat(options(Map.of("vivarium.python.venv", venv.toString())).venv()).isEqualTo(venv);
    assertThat(options(Map.of("vivarium.python.executable", file.toString())).executable())
        .isEqualTo(file);
    assertThat(options(Map.of("vivarium.python.python", "3.13")).python()).isEqualTo("3.13");
  }

  @Test
  @DisplayName("each is described for editors")
  void metadata() throws Exception {
    String all;
    try (InputStream in =
        PythonProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (Class<?> type : List.of(PythonProperties.class, PoolProperties.class)) {
      String prefix = type == PoolProperties.class ? "vivarium.pool." : "vivarium.python.";
      Stream<String> names =
          Arrays.stream(type.getRecordComponents())
              .map(component -> component.getName().replaceAll("([A-Z])", "-$1").toLowerCase());
      assertThat(names.toList())
          .allSatisfy(name ->
              assertThat(all)
                  .containsPattern("\"name\": \"" + prefix + name + "\"[^}]*\"description\": "));
    }
  }

  @Test
  @DisplayName("output=system: what a pool's interpreter prints goes where System.out leads then")
  void output() {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurationTest.OURS)
        .withPropertyValues("vivarium.pool.size=1", "vivarium.python.output=system")
        .run(context -> {
          PrintStream before = System.out;
          ByteArrayOutputStream printed = new ByteArrayOutputStream();
          System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
          try {
            context.getBean(InterpreterPool.class).run(in -> in.exec("print('grüße', end='!\\n')"));
          } finally {
            System.setOut(before);
          }
          assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("grüße!\n");
        });
  }

  @Test
  @DisplayName("log-to-java: what a pool's interpreter logs goes to the logger of that name")
  void logging() {
    List<String> logged = new ArrayList<>();
    Logger logger = Logger.getLogger("shop.prices");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord logRecord) {
            logged.add(logRecord.getLevel() + " " + logRecord.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurationTest.OURS)
        .withPropertyValues("vivarium.pool.size=1", "vivarium.python.log-to-java=true")
        .run(context ->
            context
                .getBean(InterpreterPool.class)
                .run(in ->
                    in.exec("import logging; logging.getLogger('shop.prices').warning('dear')")));
    logger.removeHandler(handler);
    assertThat(logged).containsExactly("WARNING dear");
  }

  @Test
  @DisplayName("options of Python's start: main's output, its options, a customizer's")
  void start() {
    ChildJvm.run(Await.LIMIT, Starts.class).expect(0).expectOut("[printed by main]");
  }

  /** An application whose Python nobody has started before. */
  static final class Starts implements Scenario {
    @Override
    public void run(String... arguments) {
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurationTest.OURS)
          .withUserConfiguration(Customized.class)
          .withPropertyValues(
              "vivarium.pool.enabled=false",
              "vivarium.python.path=/somewhere",
              "vivarium.python.output=system")
          .run(context -> {
            dev.vivarium.Interpreter main = context.getBean(dev.vivarium.Interpreter.class);
            assertThat(main.eval("__import__('sys').argv").as(List.class))
                .containsExactly("customized");
            assertThat(main.eval("'/somewhere' in __import__('sys').path").asBoolean()).isTrue();
            PrintStream before = System.out;
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            main.exec("print('printed by main', end='')\nimport sys\nsys.stdout.flush()");
            System.setOut(before);
            System.out.println("[" + printed.toString(StandardCharsets.UTF_8) + "]");
          });
    }
  }

  @Test
  @DisplayName("contexts that start at once have the same Python")
  void atOnce() {
    ChildJvm.run(Await.LIMIT, AtOnce.class).expect(0).expectOut("the same for all");
  }

  /** Contexts of several threads, in a JVM where no Python runs. */
  static final class AtOnce implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      int contexts = 4;
      CountDownLatch all = new CountDownLatch(contexts);
      PythonOptionsCustomizer waits =
          options -> {
            all.countDown();
            Await.latch(all);
          };
      Set<Python> seen = ConcurrentHashMap.newKeySet();
      Together.run(
          contexts,
          i ->
              new ApplicationContextRunner()
                  .withConfiguration(AutoConfigurationTest.OURS)
                  .withBean(PythonOptionsCustomizer.class, () -> waits)
                  .withPropertyValues("vivarium.pool.enabled=false")
                  .run(context -> seen.add(context.getBean(Python.class))));
      assertThat(seen).hasSize(1);
      System.out.println("the same for all");
    }
  }

  /** With an option that has no property. */
  @Configuration(proxyBeanMethods = false)
  static class Customized {

    @Bean
    PythonOptionsCustomizer argv() {
      return options -> options.argv(List.of("customized"));
    }
  }

  @Test
  @DisplayName("where Python cannot be started, Boot says why and what to do")
  void failing() {
    ChildJvm.run(Await.LIMIT, Fails.class, folder.toString())
        .expect(1)
        .expectOut("APPLICATION FAILED TO START")
        .expectOut("Python could not be started: ")
        .expectOut("vivarium.python.enabled=false leaves Python out");
  }

  /** An application that names a folder with no Python in it. */
  static final class Fails implements Scenario {
    @Override
    public void run(String... arguments) {
      try {
        SpringApplication.run(
            Application.class,
            "--spring.main.web-application-type=none",
            "--vivarium.python.home=" + arguments[0]);
      } catch (RuntimeException e) {
        System.exit(1);
      }
    }
  }

  /** What Boot configures. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}
}
