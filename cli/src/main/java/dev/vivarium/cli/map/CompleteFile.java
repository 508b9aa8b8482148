package dev.vivarium.cli.map;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The output of a run that is complete: nothing is left to be written. */
final class CompleteFile implements LineSink {

  private final Path file;
  private final long length;

  /**
   * Changes nothing yet.
   *
   * @param length where the complete lines end
   */
  CompleteFile(Path file, long length) {
    this.file = file;
    this.length = length;
  }

  @Override
  public void write(List<String> lines) throws IOException {
    throw new IOException("--resume: the output file is complete; --force overwrites it");
  }

  @Override
  public void complete() throws IOException {
    try (FileChannel lines = FileChannel.open(file, StandardOpenOption.WRITE)) {
      lines.truncate(length);
    }
  }

  @Override
  public void close() {}
}
