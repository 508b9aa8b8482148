package dev.vivarium.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolCaller;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PythonFunction;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** Which beans there are, when, and of which properties. */
class AutoConfigurationTest {

  private static final PythonFunction SCORE = PythonFunction.attribute("scoring", "score");

  static final AutoConfigurations OURS =
      AutoConfigurations.of(
          PythonAutoConfiguration.class,
          InterpreterPoolAutoConfiguration.class,
          PythonHealthAutoConfiguration.class,
          PythonMetricsAutoConfiguration.class);

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(OURS)
          .withPropertyValues("vivarium.pool.size=1");

  @Test
  @DisplayName("Python, its main interpreter and a pool are beans that work")
  void beans() {
    runner.run(context -> {
      assertThat(context).hasNotFailed().doesNotHaveBean(PoolCaller.class);
      assertThat(context.getBean(Python.class)).isSameAs(Python.running().orElseThrow());
      assertThat(context.getBean(Interpreter.class).eval("6 * 7").asInt()).isEqualTo(42);
      InterpreterPool pool = context.getBean(InterpreterPool.class);
      assertThat(pool.call(SCORE, Integer.class, "one two three")).isEqualTo(3);
      assertThat(pool.statistics().interpreters()).isEqualTo(1);
    });
  }

  @Test
  @DisplayName("a closed context has closed its pool, and left Python to the next one")
  void oneAfterTheOther() {
    runner.run(context -> {
      InterpreterPool pool = context.getBean(InterpreterPool.class);
      Python python = context.getBean(Python.class);
      context.close();
      assertThat(InterpreterPool.opened()).doesNotContain(pool);
      assertThat(python.main().isAlive()).isTrue();
      runner.run(next -> {
        assertThat(next.getBean(Python.class)).isSameAs(python);
        assertThat(next.getBean(InterpreterPool.class).call(SCORE, Integer.class, "a")).isOne();
      });
    });
  }

  @Test
  @DisplayName("properties leave out the pool, or all of it")
  void leftOut() {
    runner
        .withPropertyValues("vivarium.pool.enabled=false")
        .run(context ->
            assertThat(context).hasSingleBean(Python.class).doesNotHaveBean(InterpreterPool.class));
    runner
        .withPropertyValues("vivarium.python.enabled=false")
        .run(context ->
            assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(Python.class)
                .doesNotHaveBean(Interpreter.class)
                .doesNotHaveBean(InterpreterPool.class));
  }

  @Test
  @DisplayName("beans of the application's own take the place of ours, with and without ours")
  void backsOff() {
    for (String enabled : List.of("true", "false")) {
      runner
          .withUserConfiguration(Own.class)
          .withPropertyValues("vivarium.python.enabled=" + enabled, "vivarium.pool.deadline=1m")
          .run(context -> {
            assertThat(context).hasSingleBean(Python.class).hasSingleBean(InterpreterPool.class);
            assertThat(context).doesNotHaveBean("interpreterPool").doesNotHaveBean("python");
            InterpreterPool pool = context.getBean(InterpreterPool.class);
            assertThat(pool.statistics().interpreters()).isEqualTo(2);
            PoolCaller caller = context.getBean(PoolCaller.class);
            assertThat(caller.call(SCORE, Integer.class, "a b")).isEqualTo(2);
            context.close();
            assertThat(InterpreterPool.opened()).doesNotContain(pool);
          });
    }
  }

  /** An application that makes them itself. */
  @Configuration(proxyBeanMethods = false)
  static class Own {

    @Bean(destroyMethod = "")
    Python ownPython() {
      return Python.running().orElseGet(Python::start);
    }

    @Bean(destroyMethod = "")
    InterpreterPool ownPool(Python python, InterpreterPoolLifecycle lifecycle) throws Exception {
      return lifecycle.manage(InterpreterPool.open(python, PoolOptions.main(2)));
    }
  }

  @Test
  @DisplayName("a deadline makes a caller that keeps to it")
  void deadline() {
    runner
        .withPropertyValues(
            "vivarium.pool.deadline=200ms", "vivarium.pool.modules=scoring") // not in that time
        .run(context -> {
          PoolCaller caller = context.getBean(PoolCaller.class);
          assertThat(caller.call(SCORE, Integer.class, "a b")).isEqualTo(2);
          PythonFunction spin = PythonFunction.attribute("scoring", "spin");
          assertThatThrownBy(() -> caller.call(spin, Object.class))
              .isInstanceOf(DeadlineException.class);
        });
  }

  @Test
  @DisplayName("an empty deadline is none")
  void noDeadline() {
    runner
        .withPropertyValues("vivarium.pool.deadline=")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(PoolCaller.class));
  }

  @ParameterizedTest
  @CsvSource({"isolated, false, own", "shared, false, main's", "main, true, main's"})
  @DisplayName("each kind of a pool")
  void kinds(String kind, boolean main, String gil) {
    runner
        .withPropertyValues("vivarium.pool.kind=" + kind, "vivarium.pool.size=2")
        .run(context -> {
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          assertThat(pool.statistics().interpreters()).isEqualTo(2);
          long id = pool.call(Interpreter::id);
          assertThat(id == 0).isEqualTo(main);
          assertThat(
                  dev.vivarium.management.PythonManagement.bean(context.getBean(Python.class))
                      .getInterpreters())
              .filteredOn(one -> one.id() == id)
              .allMatch(one -> main || one.gil().equals(gil))
              .hasSize(1);
        });
  }

  @Test
  @DisplayName("modules and a script are there before the first call, in each interpreter")
  void initialized() {
    runner
        .withPropertyValues(
            "vivarium.pool.modules=json,scoring", "vivarium.pool.script=classpath:prepare.py")
        .run(context -> {
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          assertThat(pool.<Integer, RuntimeException>call(in -> in.eval("prepared").asInt()))
              .isEqualTo(3);
          assertThat(
                  pool.<Boolean, RuntimeException>call(
                      in -> in.eval("'json' in __import__('sys').modules").asBoolean()))
              .isTrue();
        });
  }

  @Test
  @DisplayName("what an interpreter cannot do in the beginning ends the start, and leaves no pool")
  void failing() {
    int before = InterpreterPool.opened().size();
    runner
        .withPropertyValues("vivarium.pool.modules=no_such_module")
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(PythonException.class)
                .hasMessageContaining("no_such_module"));
    runner
        .withPropertyValues("vivarium.pool.script=classpath:no_such_script.py")
        .run(context ->
            assertThat(context).getFailure().rootCause().hasMessageContaining("no_such_script.py"));
    runner
        .withUserConfiguration(Fails.class)
        .run(context -> assertThat(context).getFailure().rootCause().hasMessage("on purpose"));
    assertThat(InterpreterPool.opened()).hasSize(before);
  }

  /** A bean that fails when the pool is open. */
  @Configuration(proxyBeanMethods = false)
  static class Fails {

    @Bean
    Object failing(InterpreterPool pool) {
      assertThat(InterpreterPool.opened()).contains(pool);
      throw new IllegalStateException("on purpose");
    }
  }

  @Test
  @DisplayName("interpreters of a pool look where their context has its classes and modules")
  void classLoaders(@TempDir Path folder) throws Exception {
    Path modules = Files.createDirectories(folder.resolve("META-INF/python"));
    Files.writeString(modules.resolve("of_this_context.py"), "from java.lang import Thread\n");
    try (URLClassLoader loader =
        new URLClassLoader(
            "anew", new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      runner
          .withClassLoader(loader)
          .withPropertyValues("vivarium.pool.modules=of_this_context")
          .run(context -> {
            assertThat(context).hasNotFailed();
            assertThatThrownBy(
                    () -> context.getBean(Interpreter.class).importModule("of_this_context"))
                .isInstanceOf(PythonException.class);
          });
    }
  }

  @Test
  @DisplayName("customizers come after the properties, in their order")
  void customized() {
    runner
        .withUserConfiguration(Customized.class)
        .run(context -> {
          InterpreterPool pool = context.getBean(InterpreterPool.class);
          assertThat(pool.<String, RuntimeException>call(in -> in.eval("who").asString()))
              .isEqualTo("the second");
        });
  }

  /** Two of them. */
  @Configuration(proxyBeanMethods = false)
  static class Customized {

    @Bean
    @Order(2)
    PoolOptionsCustomizer second() {
      return options -> options.initializer(in -> in.exec("who = 'the second'"));
    }

    @Bean
    @Order(1)
    PoolOptionsCustomizer first() {
      return options -> options.initializer(in -> in.exec("who = 'the first'"));
    }
  }
}
