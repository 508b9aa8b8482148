package dev.vivarium.internal.discovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the first bytes of a library file say: a library for another processor is told apart here,
 * before the system's loader fails on it with words of its own.
 *
 * @param format the kind of file
 * @param processors the processors it has code for; more than one in a universal Mach-O file
 * @param shared whether it can be loaded at run time
 */
record LibraryHeader(Format format, List<String> processors, boolean shared) {

  enum Format {
    ELF("an ELF file (Linux)"),
    MACH_O("a Mach-O file (macOS)"),
    PE("a PE file (Windows)"),
    ARCHIVE("a static library");

    final String words;

    Format(String words) {
      this.words = words;
    }
  }

  private static final int WANTED = 4096;
  private static final int MAX_FAT_PARTS = 16;

  /** The header, or null if the file is none of the formats. */
  static @Nullable LibraryHeader read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(WANTED);
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // fill it
      }
    }
    bytes.flip();
    try {
      return parse(bytes);
    } catch (IndexOutOfBoundsException cutShort) {
      return null;
    }
  }

  private static @Nullable LibraryHeader parse(ByteBuffer bytes) {
    bytes.order(ByteOrder.BIG_ENDIAN);
    int magic = bytes.getInt(0);
    if (magic == 0x7f454c46) {
      return elf(bytes);
    }
    if (magic == 0xcffaedfe || magic == 0xcefaedfe) {
      return machO(bytes);
    }
    if (magic == 0xcafebabe) {
      return universal(bytes);
    }
    if ((magic >>> 16) == 0x4d5a) {
      return pe(bytes);
    }
    byte[] start = new byte[8];
    bytes.get(0, start);
    return new String(start, StandardCharsets.ISO_8859_1).equals("!<arch>\n")
        ? new LibraryHeader(Format.ARCHIVE, List.of(), false)
        : null;
  }

  private static LibraryHeader elf(ByteBuffer bytes) {
    bytes.order(bytes.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int machine = Short.toUnsignedInt(bytes.getShort(18));
    String processor =
        switch (machine) {
          case 3 -> "x86";
          case 21 -> "ppc64";
          case 22 -> "s390x";
          case 40 -> "arm";
          case 62 -> bytes.get(4) == 1 ? "x32" : "x86-64";
          case 183 -> "aarch64";
          case 243 -> "riscv64";
          case 258 -> "loongarch64";
          default -> "ELF machine " + machine;
        };
    return new LibraryHeader(Format.ELF, List.of(processor), bytes.getShort(16) == 3);
  }

  private static LibraryHeader machO(ByteBuffer bytes) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    int fileType = bytes.getInt(12);
    return new LibraryHeader(
        Format.MACH_O, List.of(machOProcessor(bytes.getInt(4))), fileType == 6);
  }

  private static @Nullable LibraryHeader universal(ByteBuffer bytes) {
    int parts = bytes.getInt(4);
    if (parts < 1 || parts > MAX_FAT_PARTS) {
      // A Java class file begins with the same four bytes.
      return null;
    }
    List<String> processors = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      processors.add(machOProcessor(bytes.getInt(8 + 20 * i)));
    }
    return new LibraryHeader(Format.MACH_O, List.copyOf(processors), true);
  }

  private static String machOProcessor(int type) {
    return switch (type) {
      case 0x00000007 -> "x86";
      case 0x01000007 -> "x86-64";
      case 0x0100000c -> "aarch64";
      default -> "Mach-O processor 0x" + Integer.toHexString(type);
    };
  }

  private static @Nullable LibraryHeader pe(ByteBuffer bytes) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    int at = bytes.getInt(0x3c);
    if (bytes.getInt(at) != 0x00004550) {
      return null;
    }
    int machine = Short.toUnsignedInt(bytes.getShort(at + 4));
    String processor =
        switch (machine) {
          case 0x014c -> "x86";
          case 0x8664 -> "x86-64";
          case 0xaa64 -> "aarch64";
          default -> "PE machine 0x" + Integer.toHexString(machine);
        };
    return new LibraryHeader(
        Format.PE, List.of(processor), (bytes.getShort(at + 22) & 0x2000) != 0);
  }
}
