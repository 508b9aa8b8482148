package dev.vivarium.internal.imports;

import dev.vivarium.PythonStartException;
import dev.vivarium.internal.discovery.CacheFolder;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of the class path's modules in the user's cache folder: files that C code opens, and
 * code that sources were compiled to. The name of each says by checksums what it was made from, so
 * that nothing there is ever out of date; each is written beside its place and renamed.
 */
final class Cache {

  private static final Logger LOG = System.getLogger("dev.vivarium.imports");

  private static final String FOLDER = "modules";
  private static final int CHECKSUM = 4;

  /** A file of that name and content, which nobody changes. */
  Path file(String name, byte[] content) throws IOException {
    Path folder = folder().resolve("files").resolve(sum(content));
    Path file = folder.resolve(name);
    if (!isThere(file, content.length)) {
      try {
        write(file, ByteBuffer.wrap(content));
      } catch (FileSystemException e) {
        if (!isThere(file, content.length)) { // where one that is loaded cannot be replaced
          throw new IOException(
              name
                  + " of the class path cannot be unpacked into "
                  + folder
                  + ": "
                  + e
                  + ". Name a folder that can be written with the environment variable "
                  + CacheFolder.VARIABLE,
              e);
        }
      }
    }
    return file;
  }

  private static boolean isThere(Path file, long size) {
    try {
      return Files.size(file) == size;
    } catch (IOException e) {
      return false;
    }
  }

  /** The code of a source that was kept; null if there is none, or what is there is damaged. */
  byte @Nullable [] code(String path, String tag, Checksum source) {
    try {
      byte[] all = Files.readAllBytes(codeFile(path, tag, source));
      int length = all.length - CHECKSUM;
      if (length <= 0 || ByteBuffer.wrap(all).getInt(length) != checksum(all, length)) {
        return null;
      }
      return Arrays.copyOf(all, length);
    } catch (IOException | PythonStartException e) {
      return null; // it is compiled
    }
  }

  /** Keeps the code of a source; where that fails, it is compiled again. */
  void keepCode(String path, String tag, Checksum source, byte[] code) {
    try {
      ByteBuffer all = ByteBuffer.allocate(code.length + CHECKSUM);
      all.put(code).putInt(checksum(code, code.length)).flip();
      write(codeFile(path, tag, source), all);
    } catch (IOException | PythonStartException e) {
      LOG.log(Level.DEBUG, "the code of {0} is not kept: {1}", path, e);
    }
  }

  // Its path too: the code has it inside, for tracebacks
  private static Path codeFile(String path, String tag, Checksum source) {
    String name = sum(path.getBytes(StandardCharsets.UTF_8)) + "-" + source + ".code";
    return folder().resolve(tag).resolve(name);
  }

  private static Path folder() {
    return CacheFolder.fromEnvironment().resolve(FOLDER);
  }

  private static void write(Path file, ByteBuffer content) throws IOException {
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(file.getFileName() + ".tmp-" + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        while (content.hasRemaining()) {
          channel.write(content);
        }
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }

  /** Two checksums and the length: against accidents, not attackers, who could write here too. */
  private static String sum(byte[] bytes) {
    CRC32 one = new CRC32();
    CRC32C other = new CRC32C();
    one.update(bytes);
    other.update(bytes);
    return HexFormat.of().toHexDigits((one.getValue() << 32) | other.getValue())
        + "-"
        + bytes.length;
  }
}
