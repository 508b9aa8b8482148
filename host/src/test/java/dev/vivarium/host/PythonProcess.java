package dev.vivarium.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Python program of its own, with the tests' class path. */
final class PythonProcess {

  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** How it ended. */
  record Ended(int status, String output) {

    Ended expect(int wanted, String... texts) {
      if (status != wanted) {
        throw new AssertionError("status " + status + ", not " + wanted + "\n" + output);
      }
      for (String text : texts) {
        if (!output.contains(text)) {
          throw new AssertionError("no \"" + text + "\" in\n" + output);
        }
      }
      return this;
    }

    Ended without(String text) {
      if (output.contains(text)) {
        throw new AssertionError("\"" + text + "\" in\n" + output);
      }
      return this;
    }
  }

  private static final String START =
      """
      import os, sys
      import vivarium_host
      def start(**options):
          return vivarium_host.start(os.environ['TEST_CLASS_PATH'], ['-Xmx256m'], **options)
      CODE = 'dev.vivarium.host.HostedCode.'
      """;

  private final Process process;
  private final Path output;

  private PythonProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** The home of one of the CPythons that the tests run on. */
  static Path home(String version) {
    return Path.of(System.getProperty("vivarium.host.pythons"))
        .resolve(version)
        .resolve("org/bytedeco/cpython/linux-x86_64");
  }

  static Ended run(String version, String program) throws IOException, InterruptedException {
    return start(version, program).await();
  }

  static PythonProcess start(String version, String program) throws IOException {
    Path python = home(version).resolve("bin/python3");
    python.toFile().setExecutable(true); // the archive does not keep modes
    return start(python, List.of("-c", START + program), version);
  }

  static PythonProcess start(Path python, List<String> arguments, String version)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("env", "--default-signal=INT", python.toString(), "-B"));
    command.addAll(arguments);
    Path output = Files.createTempFile("vivarium-host-", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("LD_LIBRARY_PATH", home(version).toString()); // libffi
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("PYTHONPATH", System.getProperty("vivarium.host.classes"));
    builder.environment().put("TEST_CLASS_PATH", System.getProperty("java.class.path"));
    return new PythonProcess(builder.start(), output);
  }

  /** Waits until the program has said that. */
  PythonProcess awaitOutput(String text) throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!text().contains(text)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("no \"" + text + "\" came:\n" + text());
      }
      Thread.sleep(5);
    }
    return this;
  }

  /** Sends a signal, such as INT, which whatever runs the tests in the background ignores. */
  PythonProcess signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    return this;
  }

  Ended await() throws IOException, InterruptedException {
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("the Python program hung\n" + text());
    }
    String all = text();
    Files.delete(output);
    return new Ended(process.exitValue(), all);
  }

  private String text() throws IOException {
    return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
  }
}
