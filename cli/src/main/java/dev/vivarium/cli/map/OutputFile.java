package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Lines in a file, with a file beside it while the work is not complete. That one's first line says
 * what the work is; below it stand the lines that were finished before their turn. What was given
 * to either has been handed to the system, so killing the process loses none of it.
 */
final class OutputFile implements LineSink {

  private final Path sideFile;
  private final FileChannel lines;
  private final FileChannel side;
  private final long sideHead;
  private boolean sideHasLines = true; // perhaps from before

  private OutputFile(Path sideFile, FileChannel lines, FileChannel side, long sideHead) {
    this.sideFile = sideFile;
    this.lines = lines;
    this.side = side;
    this.sideHead = sideHead;
  }

  /** The file beside an output file. */
  static Path sideFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".resume");
  }

  /**
   * Begins with an empty file.
   *
   * @throws CommandFailure if it exists and may not be overwritten, or cannot be written
   */
  static OutputFile create(Path file, String work, boolean force) {
    refuseOther(file);
    if (Files.exists(file) && !force) {
      throw new CommandFailure(file + " exists: --resume goes on with it, --force overwrites it");
    }
    return open(file, work, 0, 0);
  }

  /**
   * Goes on with a file.
   *
   * @param length where the complete lines of the file end; the rest is cut off
   * @param sideLength the same of the side file, 0 to begin it anew
   */
  static OutputFile resume(Path file, String work, long length, long sideLength) {
    return open(file, work, length, sideLength);
  }

  /** Refuses what exists and is not a regular file. */
  static void refuseOther(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new CommandFailure("--output: " + file + " is not a regular file");
    }
  }

  private static OutputFile open(Path file, String work, long length, long sideLength) {
    Path sideFile = sideFile(file);
    try {
      FileChannel side =
          FileChannel.open(sideFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock(side, file);
      FileChannel lines =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lines.truncate(length).position(length);
      byte[] head = Json.encode(work + "\n");
      side.truncate(sideLength).position(sideLength);
      if (sideLength == 0) {
        writeAll(side, head);
      }
      return new OutputFile(sideFile, lines, side, head.length);
    } catch (IOException e) {
      throw new CommandFailure("--output: cannot write " + file + ": " + reason(e), e);
    }
  }

  /** Locks the file beside an output file, until it is closed or the process ends. */
  static void lock(FileChannel side, Path file) throws IOException {
    FileLock lock;
    try {
      lock = side.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new CommandFailure("another run is writing " + file + ": wait for it, or stop it");
    }
  }

  @Override
  public void write(List<String> ready) throws IOException {
    writeLines(lines, ready);
  }

  @Override
  public void keepAhead(List<String> early) throws IOException {
    writeLines(side, early);
    sideHasLines = true;
  }

  @Override
  public void forgetAhead() throws IOException {
    if (sideHasLines) {
      side.truncate(sideHead).position(sideHead);
      sideHasLines = false;
    }
  }

  @Override
  public void complete() throws IOException {
    Files.deleteIfExists(sideFile);
  }

  @Override
  public void close() throws IOException {
    lines.close();
    side.close();
  }

  private static void writeLines(FileChannel channel, List<String> ready) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String line : ready) {
      bytes.writeBytes(Json.encode(line));
      bytes.write('\n');
    }
    try {
      writeAll(channel, bytes.toByteArray());
    } catch (IOException e) {
      throw new IOException("cannot write the output: " + reason(e), e);
    }
  }

  private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException _ -> "there is no such folder";
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
