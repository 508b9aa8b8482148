package dev.vivarium.internal.imports;

import java.util.HexFormat;
import java.util.zip.CRC32;

/** What tells the content of a file from what it was before, as the directory of a jar has it. */
record Checksum(long crc32, long bytes) {

  static Checksum of(byte[] content) {
    CRC32 sum = new CRC32();
    sum.update(content);
    return new Checksum(sum.getValue(), content.length);
  }

  @Override
  public String toString() {
    return HexFormat.of().toHexDigits((int) crc32) + "-" + bytes;
  }
}
