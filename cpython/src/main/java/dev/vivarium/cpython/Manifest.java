package dev.vivarium.cpython;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What an unpacked folder should hold. Two files in it: one lists every file with size and
 * checksum; the other, written last, some files with size and time, which is enough to see at a
 * start that nothing was cut short or taken away.
 */
final class Manifest {

  /** Lists every file. */
  static final String FULL = ".vivarium-manifest";

  /** Lists the files that each start looks at. */
  static final String QUICK = ".vivarium-stamp";

  private static final String HEADER = "vivarium 2 ";
  private static final String END = "end ";

  private Manifest() {}

  /** Writes the list of all files. */
  static void writeFull(Path folder, Contents contents) throws IOException {
    StringBuilder text = new StringBuilder(HEADER).append(contents.key()).append('\n');
    for (Contents.Entry entry : contents.files()) {
      text.append(entry.crc()).append(' ').append(entry.size()).append(' ');
      text.append(entry.path()).append('\n');
    }
    text.append(END).append(contents.files().size()).append('\n');
    Durable.write(folder.resolve(FULL), text.toString());
  }

  /**
   * Writes the list of the files that each start looks at, with their times as they are, in
   * seconds: a container's image keeps no more of them.
   */
  static void writeQuick(Path folder, Contents contents) throws IOException {
    StringBuilder text = new StringBuilder(HEADER).append(contents.key()).append('\n');
    int count = 0;
    for (Contents.Entry entry : contents.files()) {
      if (contents.lookedAt().contains(entry.path())) {
        BasicFileAttributes file = attributes(folder.resolve(entry.path()));
        text.append(seconds(file)).append(' ').append(file.size()).append(' ');
        text.append(entry.path()).append('\n');
        count++;
      }
    }
    text.append(END).append(count).append('\n');
    Durable.write(folder.resolve(QUICK), text.toString());
  }

  /** What the quick look finds wrong, or null if it finds nothing. */
  static @Nullable String quickProblem(Path folder) {
    try {
      String text = Files.readString(folder.resolve(QUICK));
      int line = text.indexOf('\n') + 1;
      if (!text.startsWith(HEADER)
          || !folder.toString().endsWith(text.substring(HEADER.length(), line - 1))) {
        return QUICK + ": altered";
      }
      int files = 0;
      while (!text.startsWith(END, line)) {
        int size = text.indexOf(' ', line) + 1;
        int path = text.indexOf(' ', size) + 1;
        int end = text.indexOf('\n', path);
        String name = text.substring(path, end);
        BasicFileAttributes file = attributes(folder.resolve(name));
        if (file.size() != Long.parseLong(text, size, path - 1, 10)
            || seconds(file) != Long.parseLong(text, line, size - 1, 10)) {
          return name + ": altered";
        }
        line = end + 1;
        files++;
      }
      return text.substring(line).equals(END + files + "\n") ? null : QUICK + ": altered";
    } catch (NoSuchFileException e) {
      return folder.relativize(Path.of(e.getFile())) + ": missing";
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return QUICK + ": altered";
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Everything that is wrong with the files, each read in full. */
  static List<String> problems(Path folder, Contents contents) {
    List<String> problems = new ArrayList<>();
    byte[] buffer = new byte[1 << 16];
    for (Contents.Entry entry : contents.files()) {
      Path file = folder.resolve(entry.path());
      try {
        if (attributes(file).size() != entry.size() || crc(file, buffer) != entry.crc()) {
          problems.add(entry.path() + ": altered");
        } else if (entry.path().equals(contents.program()) && !Files.isExecutable(file)) {
          problems.add(entry.path() + ": not executable");
        }
      } catch (NoSuchFileException e) {
        problems.add(entry.path() + ": missing");
      } catch (IOException e) {
        problems.add(entry.path() + ": " + e);
      }
    }
    return problems;
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static long seconds(BasicFileAttributes file) {
    return file.lastModifiedTime().to(TimeUnit.SECONDS);
  }

  private static long crc(Path file, byte[] buffer) throws IOException {
    CRC32 crc = new CRC32();
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        crc.update(buffer, 0, n);
      }
    }
    return crc.getValue();
  }
}
