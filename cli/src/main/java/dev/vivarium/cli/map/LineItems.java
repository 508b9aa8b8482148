package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Items that are lines of files or of standard input, which are read as they are asked for. */
final class LineItems implements ItemSource {

  private static final char BYTE_ORDER_MARK = '\uFEFF';
  private static final char REPLACEMENT = '\uFFFD'; // what String puts for what is not UTF-8

  private final List<String> files;
  private final InputStream standardInput;
  private final boolean json;
  private @Nullable ByteLines open;
  private int nextFile;
  private long index;
  private boolean first;
  private boolean waits;

  /**
   * Reads nothing yet.
   *
   * @param files paths, and - for standard input
   */
  LineItems(List<String> files, InputStream standardInput, ItemKind kind) {
    this.files = files;
    this.standardInput = standardInput;
    this.json = kind == ItemKind.JSONL;
  }

  @Override
  public @Nullable Item next() throws IOException {
    while (true) {
      ByteLines lines = open;
      if (lines == null) {
        if (nextFile == files.size()) {
          return null;
        }
        lines = openNext();
      }
      byte[] line = lines.next();
      if (line == null) {
        lines.close();
        open = null;
        continue;
      }
      Item item = item(line);
      first = false;
      if (json && item.problem() == null && item.text().isBlank()) {
        continue;
      }
      index++;
      return item;
    }
  }

  @Override
  public boolean isReady() throws IOException {
    ByteLines lines = open;
    if (lines == null || !waits) {
      return lines != null;
    }
    while (json && lines.isReady() && lines.isBlank()) {
      byte[] _ = lines.next(); // which is no item, and the next may not be there yet
      first = false;
    }
    return lines.isReady();
  }

  private ByteLines openNext() throws IOException {
    String file = files.get(nextFile++);
    boolean standard = file.equals(InputFiles.STANDARD_INPUT);
    ByteLines lines = new ByteLines(standard ? standardInput : Files.newInputStream(Path.of(file)));
    waits = standard || !Files.isRegularFile(Path.of(file)); // as a pipe does
    open = lines;
    first = true;
    return lines;
  }

  private Item item(byte[] bytes) {
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) { // which may be what the line has
      int position = malformed(bytes, length);
      if (position >= 0) {
        return notText(bytes, length, position);
      }
    }
    if (first && !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK) {
      text = text.substring(1);
    }
    return json ? Item.ofJson(index, text) : Item.of(index, text);
  }

  // Where it is not UTF-8; -1 if it is
  private static int malformed(byte[] bytes, int length) {
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(in, CharBuffer.allocate(length), true);
    return result.isError() ? in.position() : -1;
  }

  private Item notText(byte[] bytes, int length, int position) {
    String shown = new String(bytes, 0, length, StandardCharsets.UTF_8);
    String message =
        String.format(
            "the line is not UTF-8: byte 0x%02x at position %d", bytes[position] & 0xff, position);
    return new Item(
        index, Json.quote(shown), "", 0, new ItemError("UnicodeDecodeError", message, ""));
  }

  @Override
  public long size() {
    return UNKNOWN;
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
    }
  }
}
