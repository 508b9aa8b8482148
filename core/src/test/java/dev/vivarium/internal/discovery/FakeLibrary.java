package dev.vivarium.internal.discovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that begin as a library of some system begins, and have nothing behind it. */
final class FakeLibrary {

  static final int ELF_X86_64 = 62;
  static final int ELF_AARCH64 = 183;
  static final int ELF_S390X = 22;

  private FakeLibrary() {}

  /** A library that this machine would load, as far as its header tells. */
  static Path forThisMachine(Path file) throws IOException {
    boolean arm = Machine.current().processor().equals("aarch64");
    return switch (Machine.current().os()) {
      case LINUX -> elf(file, arm ? ELF_AARCH64 : ELF_X86_64, true);
      case MACOS -> machO(file, arm ? 0x0100000c : 0x01000007, 6);
      case WINDOWS -> pe(file, arm ? 0xaa64 : 0x8664, true);
    };
  }

  static Path elf(Path file, int machine, boolean library) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64);
    boolean big = machine == ELF_S390X;
    bytes.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) (big ? 2 : 1), 1});
    bytes.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    bytes.putShort(16, (short) (library ? 3 : 2)).putShort(18, (short) machine);
    return write(file, bytes);
  }

  static Path machO(Path file, int processor, int fileType) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, 0xfeedfacf).putInt(4, processor).putInt(12, fileType);
    return write(file, bytes);
  }

  static Path universal(Path file, int... processors) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + 20 * processors.length);
    bytes.putInt(0, 0xcafebabe).putInt(4, processors.length);
    for (int i = 0; i < processors.length; i++) {
      bytes.putInt(8 + 20 * i, processors[i]);
    }
    return write(file, bytes);
  }

  static Path pe(Path file, int machine, boolean library) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, "MZ".getBytes(StandardCharsets.US_ASCII)).putInt(0x3c, 128);
    bytes.putInt(128, 0x00004550).putShort(132, (short) machine);
    bytes.putShort(128 + 22, (short) (library ? 0x2022 : 0x0022));
    return write(file, bytes);
  }

  private static Path write(Path file, ByteBuffer bytes) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    byte[] content = new byte[bytes.capacity()];
    bytes.get(0, content);
    return Files.write(file, content);
  }
}
