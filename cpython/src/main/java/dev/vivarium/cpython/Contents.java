package dev.vivarium.cpython;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * What goes into one folder of the cache.
 *
 * @param what in words, for messages
 * @param name the first part of the folder's name
 * @param key what tells it from every other: of the same files, always the same
 * @param files in the order in which they are written
 * @param lookedAt the paths of those that each start looks at
 * @param program the path of what must be executable; null if nothing is
 */
record Contents(
    String what,
    String name,
    String key,
    List<Entry> files,
    Set<String> lookedAt,
    @Nullable String program) {

  Contents {
    files = List.copyOf(files);
    lookedAt = Set.copyOf(lookedAt);
  }

  /**
   * A file to unpack.
   *
   * @param jar where it comes from; null if {@code source} is its text
   * @param source its name in the jar
   * @param path where it goes, relative to the unpacked folder
   * @param size in bytes
   * @param crc the CRC-32 of its content
   */
  record Entry(@Nullable Jar jar, String source, String path, long size, long crc) {

    static Entry ofJar(Jar jar, ZipEntry entry, String path) {
      return new Entry(jar, entry.getName(), path, entry.getSize(), entry.getCrc());
    }

    /** A file that no jar has. */
    static Entry ofText(String text, String path) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      CRC32 crc = new CRC32();
      crc.update(bytes);
      return new Entry(null, text, path, bytes.length, crc.getValue());
    }

    /** The same in another place. */
    Entry at(String path) {
      return new Entry(jar, source, path, size, crc);
    }

    /** Its content; from that jar, if it is in one. */
    InputStream open(@Nullable ZipFile zip) throws IOException {
      if (zip == null) {
        return new ByteArrayInputStream(source.getBytes(StandardCharsets.UTF_8));
      }
      ZipEntry found = zip.getEntry(source);
      InputStream in = found == null ? null : zip.getInputStream(found);
      if (in == null) {
        throw new IOException(jar + " has changed: " + source + " is no longer in it");
      }
      return in;
    }

    /** Where it comes from, in words. */
    String origin() {
      return jar == null ? "vivarium-cpython" : jar.toString();
    }
  }

  /** The name of the folder in the cache. */
  String folderName() {
    return name + "-" + key;
  }

  /** How many bytes it takes on a disk. */
  long bytes() {
    long bytes = 0;
    for (Entry entry : files) {
      // A disk gives out whole blocks.
      bytes += (entry.size() + 4095) / 4096 * 4096;
    }
    return bytes;
  }

  /** Two checksums over what jars list: quick, and enough to tell artifacts apart. */
  static String key(List<Entry> files) {
    CRC32 one = new CRC32();
    CRC32C other = new CRC32C();
    ByteBuffer numbers = ByteBuffer.allocate(16);
    for (Entry entry : files) {
      byte[] path = entry.path().getBytes(StandardCharsets.UTF_8);
      one.update(path);
      other.update(path);
      byte[] sizeAndSum = numbers.putLong(0, entry.size()).putLong(8, entry.crc()).array();
      one.update(sizeAndSum);
      other.update(sizeAndSum);
    }
    return HexFormat.of().toHexDigits((one.getValue() << 32) | other.getValue());
  }
}
