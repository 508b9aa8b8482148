package dev.vivarium.spring;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import dev.vivarium.pool.PoolOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;

/**
 * The application's pool of interpreters. What they mean in detail the methods of {@link
 * PoolOptions} say.
 *
 * @param enabled Whether there is a pool.
 * @param kind What it consists of.
 * @param size How many interpreters there are at most, or threads of main. By default as many as
 *     processors.
 * @param least How many there always are. By default all.
 * @param mostWaiting How many calls may wait for one; more are refused.
 * @param mostStuck How many calls that were given up may still be going on before the pool becomes
 *     smaller.
 * @param deadline How long a call of the PoolCaller bean may take, its wait included. Without one
 *     there is no such bean.
 * @param grace How long a call past its deadline has to let go before it is given up.
 * @param idleTime How long an interpreter beyond the least may be idle before it is closed.
 * @param replaceAfterCalls After how many calls an interpreter is replaced by a new one. By default
 *     never.
 * @param modules Modules that each interpreter imports before it serves.
 * @param script Python code that each interpreter runs before it serves, after those imports.
 * @param shutdownTimeout How long, when the application ends, calls have to come to their end
 *     before they are interrupted.
 */
@ConfigurationProperties("vivarium.pool")
public record PoolProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("isolated") PoolKind kind,
    @Nullable Integer size,
    @Nullable Integer least,
    @DefaultValue("65536") int mostWaiting,
    @DefaultValue("16") int mostStuck,
    @Nullable Duration deadline,
    @DefaultValue("100ms") Duration grace,
    @DefaultValue("1m") Duration idleTime,
    @Nullable Long replaceAfterCalls,
    @DefaultValue List<String> modules,
    @Nullable Resource script,
    @DefaultValue("10s") Duration shutdownTimeout) {

  /**
   * The options that they say.
   *
   * @param loader where its interpreters look for Java's classes; null for where main does
   */
  PoolOptions options(PythonProperties python, @Nullable ClassLoader loader) {
    int most = most();
    int always = Objects.requireNonNullElse(least, most);
    PoolOptions options =
        switch (kind) {
          case ISOLATED -> own(always, most, python, loader, InterpreterOptions.isolated());
          case SHARED -> own(always, most, python, loader, InterpreterOptions.shared());
          case MAIN -> PoolOptions.main(always, most);
        };
    options = options.mostWaiting(mostWaiting).mostStuck(mostStuck).grace(grace).idleTime(idleTime);
    if (replaceAfterCalls != null) {
      options = options.replaceAfterCalls(replaceAfterCalls);
    }
    if (modules.isEmpty() && script == null) {
      return options;
    }
    String code = script == null ? "" : text(script);
    return options.initializer(in -> initialize(in, code));
  }

  private int most() {
    return Objects.requireNonNullElse(size, Runtime.getRuntime().availableProcessors());
  }

  /** How many interpreters there are at most, those of calls that were given up included. */
  long mostAtAll() {
    return (long) most() + mostStuck;
  }

  private static PoolOptions own(
      int least,
      int most,
      PythonProperties python,
      @Nullable ClassLoader loader,
      InterpreterOptions options) {
    InterpreterOptions chosen = options;
    if (python.output() == PythonOutput.SYSTEM) {
      chosen = chosen.systemStreams();
    }
    if (python.logToJava()) {
      chosen = chosen.logTo(System::getLogger);
    }
    // With the system's, children of multiprocessing have Java where nothing else is said
    if (loader != null && !loader.equals(ClassLoader.getSystemClassLoader())) {
      chosen = chosen.javaClasses(JavaClasses.all().loadedBy(loader));
    }
    return PoolOptions.isolated(least, most).interpreters(chosen);
  }

  private void initialize(Interpreter in, String code) {
    for (String module : modules) {
      in.importModule(module).close();
    }
    if (script != null) {
      in.exec(code, script.getDescription());
    }
  }

  private static String text(Resource script) {
    try {
      return script.getContentAsString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "vivarium.pool.script: " + script.getDescription() + " cannot be read", e);
    }
  }
}
