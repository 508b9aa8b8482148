package dev.vivarium.cli;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command line in a process of its own, started in a folder. */
public final class Cli {

  private static final Duration LONGEST = Duration.ofSeconds(120);

  private final Path folder;
  private final Map<String, String> root;
  private final Map<String, String> variables;
  private final List<String> options;

  public Cli(Path folder) {
    this(folder, Map.of(), Map.of(), List.of());
  }

  private Cli(
      Path folder, Map<String, String> root, Map<String, String> variables, List<String> options) {
    this.folder = folder;
    this.root = root;
    this.variables = Map.copyOf(variables);
    this.options = List.copyOf(options);
  }

  /**
   * The command line inside Debian sid's root, whose own Python, {@code /usr/bin/python3}, has
   * pyarrow and pandas. Skips the test where there is none.
   */
  public static Cli withPyarrow(Path folder) {
    String root = System.getProperty("vivarium.cli.root", "none");
    assumeThat(root)
        .as("skipped: Debian sid's root, which ./verify prepares, is not there")
        .isNotEqualTo("none");
    assumeThat(Path.of(root, "usr/lib/python3/dist-packages/pyarrow"))
        .as("skipped: Debian sid's root has no pyarrow")
        .exists();
    String bind = System.getProperty("vivarium.cli.root.bind") + ":" + folder;
    return new Cli(
        folder, Map.of("VIVARIUM_ROOT", root, "VIVARIUM_BIND", bind), Map.of(), List.of());
  }

  /** The same with one more environment variable. */
  public Cli with(String variable, String value) {
    Map<String, String> more = new HashMap<>(variables);
    more.put(variable, value);
    return new Cli(folder, root, more, options);
  }

  /** The same with more options for its JVM, of which the last ones win. */
  public Cli withJava(String... more) {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of(more));
    return new Cli(folder, root, variables, all);
  }

  /** How a process ended, and what it wrote. */
  public record Ended(int status, String out, String err) {

    public List<String> lines() {
      return out.lines().toList();
    }
  }

  public Path write(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines));
  }

  public Ended run(String... arguments) throws Exception {
    return runWithInput("", arguments);
  }

  public Ended runWithInput(String input, String... arguments) throws Exception {
    return runWithInput(input.getBytes(StandardCharsets.UTF_8), arguments);
  }

  public Ended runWithInput(byte[] input, String... arguments) throws Exception {
    Process process = start(arguments);
    try (var stdin = process.getOutputStream()) {
      stdin.write(input);
    }
    return end(process);
  }

  /** Begins one; its output goes to the files out.txt and err.txt. */
  public Process start(String... arguments) throws IOException {
    return builder(arguments).redirectOutput(folder.resolve("out.txt").toFile()).start();
  }

  /** Begins one whose output the test reads; its errors go to the file err.txt. */
  public Process startPiped(String... arguments) throws IOException {
    return builder(arguments).start();
  }

  /** As {@link #start}, of a process that ignores a signal from the first on. */
  public Process startIgnoring(String signal, String... arguments) throws IOException {
    return builder(List.of("env", "--ignore-signal=" + signal), arguments)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
  }

  /** As {@link #start}, of a process in a group of its own, as a shell starts them. */
  public Process startGroup(String... arguments) throws IOException {
    return builder(List.of("setsid", "env", "--default-signal=INT,HUP"), arguments)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
  }

  private ProcessBuilder builder(String... arguments) {
    return builder(List.of("env", "--default-signal=INT,HUP"), arguments); // see signal
  }

  private ProcessBuilder builder(List<String> by, String... arguments) {
    List<String> command = new ArrayList<>(by);
    if (!root.isEmpty()) {
      command.add(System.getProperty("vivarium.cli.root.enter"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path")));
    command.addAll(options);
    command.add("dev.vivarium.cli.Main");
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(root);
    builder.environment().putAll(variables);
    builder.environment().remove("VIRTUAL_ENV");
    builder.environment().remove("VIVARIUM_DEBUG");
    return builder.redirectError(folder.resolve("err.txt").toFile());
  }

  /** Waits for it. */
  public Ended end(Process process) throws Exception {
    if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("not ended: " + Files.readString(folder.resolve("err.txt")));
    }
    return new Ended(
        process.exitValue(),
        Files.readString(folder.resolve("out.txt")),
        Files.readString(folder.resolve("err.txt")));
  }

  /** Sends a signal, such as INT, which whatever runs the tests in the background ignores. */
  public static void signal(Process process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /**
   * Sends a signal to all processes of a group, as a terminal's Ctrl-C does; with the signal 0 asks
   * whether there are any.
   *
   * @param leader what {@link #startGroup} has given
   */
  public static boolean signalGroup(Process leader, String name) throws Exception {
    return new ProcessBuilder("kill", "-" + name, "--", "-" + leader.pid())
            .redirectErrorStream(true)
            .start()
            .waitFor()
        == 0;
  }

  /** Waits until a file has that many lines. */
  public void awaitLines(String file, int count) throws Exception {
    Path path = folder.resolve(file);
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!Files.exists(path)
        || new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                .chars()
                .filter(c -> c == '\n')
                .count()
            < count) {
      if (System.nanoTime() > end) {
        throw new AssertionError(file + " never had " + count + " lines");
      }
      Thread.sleep(20);
    }
  }
}
