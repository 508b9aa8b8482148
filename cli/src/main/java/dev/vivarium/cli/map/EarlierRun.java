package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier run left in its output file and the file beside it. A last line that was only
 * half written counts as not there.
 *
 * @param length where the output file's complete lines end
 * @param sideLength the same of the side file; 0 if that is to begin anew
 * @param complete whether that run came to its end
 */
record EarlierRun(Finished finished, long length, long sideLength, boolean complete) {

  /**
   * Reads them; where there is nothing, neither is anything finished.
   *
   * @param work what the work is, in one line
   * @throws CommandFailure if the earlier run was other work, or the file is not map's
   */
  static EarlierRun read(Path file, String work, boolean ordered) {
    Finished finished = new Finished();
    try {
      long length = Files.exists(file) ? readOutput(file, ordered, finished) : 0;
      Path sideFile = OutputFile.sideFile(file);
      long sideLength = Files.exists(sideFile) ? readSide(sideFile, file, work, finished) : 0;
      return new EarlierRun(finished, length, sideLength, sideLength == 0 && length > 0);
    } catch (IOException e) {
      throw new CommandFailure("--resume: cannot read " + file + ": " + OutputFile.reason(e), e);
    }
  }

  private static long readOutput(Path file, boolean ordered, Finished finished) throws IOException {
    try (ByteLines lines = new ByteLines(Files.newInputStream(file))) {
      long end = 0;
      for (byte[] bytes = lines.next(); bytes != null && lines.isComplete(); bytes = lines.next()) {
        FinishedLine line = parse(bytes);
        boolean expected =
            line != null
                && line.index() >= 0
                && line.index() < Integer.MAX_VALUE - 8
                && (!ordered || line.index() == finished.count());
        if (line == null || !expected || !finished.addWritten(line)) {
          throw new CommandFailure(
              "--resume: line "
                  + (finished.count() + 1)
                  + " of "
                  + file
                  + " is not one that this command has written; --force overwrites the file");
        }
        end = lines.position();
      }
      return end;
    }
  }

  private static long readSide(Path sideFile, Path file, String work, Finished finished)
      throws IOException {
    try (ByteLines lines = new ByteLines(Files.newInputStream(sideFile))) {
      byte[] head = lines.next();
      if (head == null || !lines.isComplete()) {
        return 0;
      }
      String begun = new String(head, StandardCharsets.UTF_8);
      if (!begun.equals(work)) {
        throw new CommandFailure(
            "--resume: "
                + file
                + " was begun as "
                + begun
                + ", not as "
                + work
                + "; --force overwrites it");
      }
      long end = lines.position();
      for (byte[] bytes = lines.next(); bytes != null && lines.isComplete(); bytes = lines.next()) {
        FinishedLine line = parse(bytes);
        if (line == null) {
          break;
        }
        finished.addAhead(line);
        end = lines.position();
      }
      return end;
    }
  }

  private static @Nullable FinishedLine parse(byte[] bytes) {
    return FinishedLine.parse(new String(bytes, StandardCharsets.UTF_8));
  }
}
