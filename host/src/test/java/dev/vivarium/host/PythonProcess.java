package dev.vivarium.host;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

  /** Where the tests' CPythons are; what is not there skips its tests, with the reason. */
  private record Installed(Path python, Map<String, String> environment, List<String> entering) {

    static Installed of(String version) {
      return switch (version) {
        case "3.15" -> {
          String root = prepared(version);
          String pytest = property("pytest");
          String bind = property("3.15.bind") + (pytest.equals("none") ? "" : ":" + pytest);
          Map<String, String> where = Map.of("VIVARIUM_ROOT", root, "VIVARIUM_BIND", bind);
          yield new Installed(
              Path.of("/usr/bin/python3.15"), where, List.of(property("3.15.enter")));
        }
        case "3.13t" ->
            new Installed(Path.of(prepared(version), "bin/python3.13t"), Map.of(), List.of());
        default -> {
          Path home =
              Path.of(property("pythons"), version).resolve("org/bytedeco/cpython/linux-x86_64");
          Path python = home.resolve("bin/python3");
          python.toFile().setExecutable(true); // the archive does not keep modes
          Map<String, String> libffi = Map.of("LD_LIBRARY_PATH", home.toString());
          yield new Installed(python, libffi, List.of());
        }
      };
    }
  }

  static Stream<String> versions() {
    return Stream.of("3.12", "3.13", "3.14", "3.15", "3.13t");
  }

  /** A folder that ./verify prepares. */
  static String prepared(String name) {
    String folder = property(name);
    assumeFalse(folder.equals("none"), () -> "no " + name + ": ./verify prepares it");
    return folder;
  }

  static Ended run(String version, String program) throws IOException, InterruptedException {
    return start(version, program).await();
  }

  static PythonProcess start(String version, String program) throws IOException {
    return start(version, null, null, List.of("-c", START + program));
  }

  /**
   * @param python another executable of that version; null for its own
   * @param modules one more folder of Python modules, or null
   */
  static PythonProcess start(
      String version, @Nullable Path python, @Nullable String modules, List<String> arguments)
      throws IOException {
    return start(version, python, modules, arguments, Map.of());
  }

  /** The same with more environment. */
  static PythonProcess start(
      String version,
      @Nullable Path python,
      @Nullable String modules,
      List<String> arguments,
      Map<String, String> environment)
      throws IOException {
    Installed installed = Installed.of(version);
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(installed.entering());
    command.add((python == null ? installed.python() : python).toString());
    command.add("-B");
    command.addAll(arguments);
    Path output = Files.createTempFile("vivarium-host-", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(installed.environment());
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    String own = property("classes");
    builder
        .environment()
        .put("PYTHONPATH", modules == null ? own : own + File.pathSeparator + modules);
    builder.environment().put("TEST_CLASS_PATH", System.getProperty("java.class.path"));
    return new PythonProcess(builder.start(), output);
  }

  private static String property(String name) {
    return System.getProperty("vivarium.host." + name);
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
