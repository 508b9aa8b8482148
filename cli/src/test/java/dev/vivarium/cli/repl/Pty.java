package dev.vivarium.cli.repl;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code vivarium} on a terminal of its own, which the program {@code script} makes. */
final class Pty implements AutoCloseable {

  private static final long LIMIT_SECONDS = 60;

  private final Process process;
  private final OutputStream keys;
  private final StringBuilder shown = new StringBuilder();
  private int seen;

  private Pty(Process process) {
    this.process = process;
    this.keys = process.getOutputStream();
    Thread.ofPlatform().daemon().start(this::read);
  }

  static boolean isThere() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "script")));
  }

  static Pty start(Path state, boolean colours, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), "dev.vivarium.cli.Main"));
    command.addAll(List.of(arguments));
    String quoted = command.stream().map(w -> "'" + w + "'").collect(Collectors.joining(" "));
    ProcessBuilder builder =
        new ProcessBuilder(
                "env", "--default-signal=INT", "script", "-qefc", "exec " + quoted, "/dev/null")
            .redirectErrorStream(true);
    builder.environment().put("XDG_STATE_HOME", state.toString());
    builder.environment().put("TERM", "xterm-256color");
    builder.environment().remove("NO_COLOR");
    builder.environment().remove("VIRTUAL_ENV");
    if (!colours) {
      builder.environment().put("NO_COLOR", "1");
    }
    return new Pty(builder.start());
  }

  private void read() {
    byte[] block = new byte[8192];
    try (InputStream output = process.getInputStream()) {
      for (int count = output.read(block); count >= 0; count = output.read(block)) {
        synchronized (shown) {
          shown.append(new String(block, 0, count, StandardCharsets.UTF_8));
          shown.notifyAll();
        }
      }
    } catch (IOException e) {
      // It has ended; what is awaited and does not come fails the test
    }
  }

  Pty type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
    return this;
  }

  /** Types a line and waits for what comes of it, and for the prompt after that. */
  Pty line(String text, String expected) throws Exception {
    type(text + "\r");
    await(expected);
    return await(">>> ");
  }

  /** Waits for text that has come since what was awaited last; control sequences do not count. */
  Pty await(String text) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    synchronized (shown) {
      while (true) {
        String plain = plain();
        int found = plain.indexOf(text, seen);
        if (found >= 0) {
          seen = found + text.length();
          return this;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError("never shown: " + text + "\nafter:\n" + plain.substring(seen));
        }
        shown.wait(left);
      }
    }
  }

  /** All that was shown, without control sequences. */
  private String plain() {
    return shown
        .toString()
        .replaceAll("\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|[=>]|\\][^\u0007]*\u0007)", "");
  }

  String raw() {
    synchronized (shown) {
      return shown.toString();
    }
  }

  /** The status that it ends with. */
  int ended() throws InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("not ended:\n" + raw());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
