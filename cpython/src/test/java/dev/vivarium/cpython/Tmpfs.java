package dev.vivarium.cpython;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A small disk in memory, which only root can mount; without it, a test is skipped. */
final class Tmpfs implements AutoCloseable {

  private final Path folder;

  private Tmpfs(Path folder) {
    this.folder = folder;
  }

  static Tmpfs mount(Path folder, String options) throws IOException {
    Files.createDirectories(folder);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString()),
        "only root can mount a small disk to fill or to make read-only");
    return new Tmpfs(folder);
  }

  void makeReadOnly() throws IOException {
    Assumptions.assumeTrue(
        run("mount", "-o", "remount,ro", folder.toString()), "the disk cannot be made read-only");
  }

  @Override
  public void close() throws IOException {
    if (!run("umount", folder.toString())) {
      throw new IOException(folder + " cannot be unmounted");
    }
  }

  private static boolean run(String... command) throws IOException {
    List<String> words = new ArrayList<>(List.of(command));
    Process process;
    try {
      process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return false;
    }
    try {
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
