package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.Json;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.List;

/** Lines on standard output, past System.out, which does not tell when its reader has gone. */
final class StandardOutput implements LineSink {

  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

  @Override
  public void write(List<String> lines) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String line : lines) {
      bytes.writeBytes(Json.encode(line));
      bytes.write('\n');
    }
    try {
      bytes.writeTo(out);
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
        throw new ReaderGoneException(e);
      }
      throw new IOException("cannot write standard output: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {} // the process's own
}
