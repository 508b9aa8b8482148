package dev.vivarium.cpython;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier start found out about a jar, kept in the cache: so that a start need not open the
 * jar and read its list of thousands of files. It holds for a jar of the same path, size and time.
 *
 * @param jar the jar
 * @param folder the folder that it was unpacked into, whole at the time
 * @param library the path of libpython in that folder
 * @param program the path of the {@code python} program in that folder
 */
record Memo(Path jar, Path folder, String library, String program) {

  private static final String HEADER = "vivarium memo 1";

  /**
   * The memo of the first jar on the class path or the module path that is named as the artifact
   * is, or null if there is none that holds.
   */
  static @Nullable Memo ofClassPath(Path cache, String platform) {
    for (String property : List.of("java.class.path", "jdk.module.path")) {
      String jars = System.getProperty(property, "");
      int start = 0;
      while (start < jars.length()) {
        int end = jars.indexOf(File.pathSeparatorChar, start);
        end = end < 0 ? jars.length() : end;
        String name = jars.substring(start, end);
        if (name.endsWith(platform + ".jar") && name.contains("cpython-")) {
          try {
            Memo memo = ofJar(cache, Path.of(name));
            if (memo != null) {
              return memo;
            }
          } catch (InvalidPathException e) {
            return null;
          }
        }
        start = end + 1;
      }
    }
    return null;
  }

  /** The memo of a jar, or null if there is none, or it no longer holds. */
  static @Nullable Memo ofJar(Path cache, Path jar) {
    try {
      Path absolute = jar.toAbsolutePath();
      String[] line = Files.readString(file(cache, absolute)).split("\n", -1);
      if (line.length != 7 || !line[0].equals(HEADER) || !line[1].equals(absolute.toString())) {
        return null;
      }
      return line[2].equals(stamp(absolute))
          ? new Memo(absolute, cache.resolve(line[3]), line[4], line[5])
          : null;
    } catch (IOException | InvalidPathException e) {
      return null;
    }
  }

  /** Keeps what was found out; where that fails, later starts only take longer. */
  static void keep(Path cache, Bundle bundle) {
    try {
      Path jar = bundle.jar().toAbsolutePath();
      String text =
          String.join(
              "\n",
              HEADER,
              jar.toString(),
              stamp(jar),
              bundle.folderName(),
              bundle.library(),
              bundle.program(),
              "");
      Path file = file(cache, jar);
      Path fresh = cache.resolve(file.getFileName() + ".tmp-" + UUID.randomUUID());
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      // A cache that cannot be written is still good for reading.
    }
  }

  private static String stamp(Path jar) throws IOException {
    BasicFileAttributes file = Files.readAttributes(jar, BasicFileAttributes.class);
    return file.size() + " " + file.lastModifiedTime().toMillis();
  }

  private static Path file(Path cache, Path jar) {
    byte[] name = jar.toString().getBytes(StandardCharsets.UTF_8);
    CRC32 one = new CRC32();
    CRC32C other = new CRC32C();
    one.update(name);
    other.update(name);
    return cache.resolve(
        "jar-" + HexFormat.of().toHexDigits((one.getValue() << 32) | other.getValue()));
  }
}
