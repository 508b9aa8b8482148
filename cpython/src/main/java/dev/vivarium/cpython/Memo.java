package dev.vivarium.cpython;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier start found out about a jar, kept in the cache: so that a start need not open the
 * jar and read its list of thousands of files. It holds for a jar of the same path, size and time;
 * where what is unpacked comes from two jars, for both.
 *
 * @param jar the jar
 * @param folder the folder that it was unpacked into, whole at the time
 * @param one for a CPython the path of libpython in that folder; for NumPy its version
 * @param other for a CPython the path of the {@code python} program; for NumPy the CPython that it
 *     is for
 */
record Memo(Jar jar, Path folder, String one, String other) {

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
            Memo memo = ofJar(cache, Jar.of(Path.of(name)));
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
  static @Nullable Memo ofJar(Path cache, Jar jar) {
    return ofJars(cache, jar, null, "");
  }

  /**
   * The memo of a jar and a second one, or null if there is none, or it no longer holds.
   *
   * @param rules of what is made of them; of others, it does not hold
   */
  static @Nullable Memo ofJars(Path cache, Jar jar, @Nullable Jar second, String rules) {
    try {
      String names = names(jar, second);
      String[] line = Files.readString(file(cache, names)).split("\n", -1);
      if (line.length != 7 || !line[0].equals(HEADER) || !line[1].equals(names)) {
        return null;
      }
      return line[2].equals(stamps(jar, second, rules))
          ? new Memo(jar, cache.resolve(line[3]), line[4], line[5])
          : null;
    } catch (IOException | InvalidPathException e) {
      return null;
    }
  }

  /** Keeps what was found out; where that fails, later starts only take longer. */
  static void keep(
      Path cache,
      Jar jar,
      @Nullable Jar second,
      String rules,
      String folderName,
      String one,
      String other) {
    try {
      String names = names(jar, second);
      String text =
          String.join("\n", HEADER, names, stamps(jar, second, rules), folderName, one, other, "");
      Path file = file(cache, names);
      Path fresh = cache.resolve(file.getFileName() + ".tmp-" + UUID.randomUUID());
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      // A cache that cannot be written is still good for reading.
    }
  }

  private static String names(Jar jar, @Nullable Jar second) {
    return second == null ? jar.id() : jar.id() + File.pathSeparator + second.id();
  }

  private static String stamps(Jar jar, @Nullable Jar second, String rules) throws IOException {
    return second == null ? jar.stamp() : jar.stamp() + " " + second.stamp() + " " + rules;
  }

  private static Path file(Path cache, String names) {
    byte[] name = names.getBytes(StandardCharsets.UTF_8);
    CRC32 one = new CRC32();
    CRC32C other = new CRC32C();
    one.update(name);
    other.update(name);
    return cache.resolve(
        "jar-" + HexFormat.of().toHexDigits((one.getValue() << 32) | other.getValue()));
  }
}
