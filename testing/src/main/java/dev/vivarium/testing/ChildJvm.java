package dev.vivarium.testing;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for a scenario that ends Python, or could end the process. */
public final class ChildJvm {

  /**
   * How it ended.
   *
   * @param status the exit status; 128 and a signal's number if one ended it
   */
  public record Ended(int status, String out, String err, Duration time) {

    /** Fails with all output if the status is another. */
    public Ended expect(int wanted) {
      if (status != wanted) {
        throw new AssertionError("exit status " + status + ", not " + wanted + all());
      }
      return this;
    }

    /** Fails with all output if the standard output has no such text. */
    public Ended expectOut(String text) {
      if (!out.contains(text)) {
        throw new AssertionError("standard output has no \"" + text + "\"" + all());
      }
      return this;
    }

    /** Both streams, for a message. */
    public String all() {
      return "\nafter " + time + "\nstandard output:\n" + out + "\nstandard error:\n" + err;
    }
  }

  private final Process process;
  private final Path errorFile;
  private final Duration limit;
  private final long begun = System.nanoTime();
  private final Reader out;
  private final Reader err;

  private ChildJvm(Process process, Path errorFile, Duration limit) {
    this.process = process;
    this.errorFile = errorFile;
    this.limit = limit;
    this.out = new Reader(process.getInputStream());
    this.err = new Reader(process.getErrorStream());
    // A test that fails before it has waited for its children leaves none behind
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Runs a scenario to its end. */
  public static Ended run(Duration limit, Class<? extends Scenario> scenario, String... arguments) {
    return start(limit, List.of(), scenario, arguments).await();
  }

  /** Starts a scenario on a JVM with this one's options and properties, and more options. */
  public static ChildJvm start(
      Duration limit, List<String> options, Class<? extends Scenario> scenario, String... args) {
    return start(limit, Map.of(), options, scenario, args);
  }

  /** As the other, with more environment variables. */
  public static ChildJvm start(
      Duration limit,
      Map<String, String> environment,
      List<String> options,
      Class<? extends Scenario> scenario,
      String... args) {
    return start(
        limit, environment, options, System.getProperty("java.class.path"), scenario, args);
  }

  /** As the other, with a folder of classes in front of its class path. */
  public static ChildJvm start(
      Duration limit,
      List<String> options,
      Path inFront,
      Class<? extends Scenario> scenario,
      String... args) {
    return start(limit, Map.of(), options, inFront, scenario, args);
  }

  /** As the other, with more environment variables. */
  public static ChildJvm start(
      Duration limit,
      Map<String, String> environment,
      List<String> options,
      Path inFront,
      Class<? extends Scenario> scenario,
      String... args) {
    String classPath = inFront + File.pathSeparator + System.getProperty("java.class.path");
    return start(limit, environment, options, classPath, scenario, args);
  }

  private static ChildJvm start(
      Duration limit,
      Map<String, String> environment,
      List<String> options,
      String classPath,
      Class<? extends Scenario> scenario,
      String... args) {
    try {
      Path errorFile = Files.createTempFile("vivarium-child-", ".log");
      Files.delete(errorFile);
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
        if (!option.startsWith("-agentlib:") && !option.startsWith("-javaagent:")) {
          command.add(option);
        }
      }
      System.getProperties().stringPropertyNames().stream()
          .filter(name -> name.startsWith("vivarium."))
          .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("-XX:-CreateCoredumpOnCrash");
      command.add("-XX:ErrorFile=" + errorFile);
      command.addAll(options);
      command.add("-cp");
      command.add(classPath);
      command.add(ChildMain.class.getName());
      command.add(scenario.getName());
      command.addAll(List.of(args));
      ProcessBuilder child = new ProcessBuilder(command);
      child.environment().putAll(environment);
      return new ChildJvm(child.start(), errorFile, limit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the child has written that on its standard output. */
  public ChildJvm awaitOut(String text) {
    Await.until("the child says " + text, () -> out.text().contains(text) || !process.isAlive());
    if (!out.text().contains(text)) {
      throw new AssertionError("the child ended before it said " + text + await().all());
    }
    return this;
  }

  /** SIGTERM. */
  public ChildJvm terminate() {
    process.toHandle().destroy(); // Process.destroy would close the streams as well
    return this;
  }

  /** Waits for the end; fails with the child's thread dump if it does not come in time. */
  public Ended await() {
    try {
      if (!process.waitFor(limit.toNanos() - (System.nanoTime() - begun), TimeUnit.NANOSECONDS)) {
        new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor();
        process.waitFor(2, TimeUnit.SECONDS); // for the dump to be written
        process.destroyForcibly().waitFor();
        throw new AssertionError("the child JVM hung" + ended().all());
      }
      return ended();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new AssertionError("interrupted while waiting for a child JVM", e);
    }
  }

  private Ended ended() throws IOException, InterruptedException {
    out.join();
    err.join();
    String errors = err.text();
    if (Files.exists(errorFile)) {
      List<String> lines = Files.readAllLines(errorFile, StandardCharsets.ISO_8859_1);
      errors += "\n" + String.join("\n", lines.subList(0, Math.min(lines.size(), 120)));
      Files.delete(errorFile);
    }
    return new Ended(
        process.exitValue(), out.text(), errors, Duration.ofNanos(System.nanoTime() - begun));
  }

  /** Collects a stream. */
  private static final class Reader extends Thread {

    private final InputStream in;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Reader(InputStream in) {
      this.in = in;
      setDaemon(true);
      start();
    }

    @Override
    public void run() {
      try {
        in.transferTo(bytes);
      } catch (IOException e) {
        bytes.writeBytes(e.toString().getBytes(StandardCharsets.UTF_8));
      }
    }

    String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }
}
