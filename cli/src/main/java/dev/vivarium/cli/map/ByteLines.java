package dev.vivarium.cli.map;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of a stream as bytes, without the line feed. */
final class ByteLines implements Closeable {

  private static final int BUFFER = 1 << 16;

  private final InputStream stream;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long position;
  private boolean complete;

  ByteLines(InputStream stream) {
    this.stream = new BufferedInputStream(stream, BUFFER);
  }

  /** The next line; null at the end. */
  byte @Nullable [] next() throws IOException {
    line.reset();
    int c = stream.read();
    if (c < 0) {
      return null;
    }
    while (c >= 0 && c != '\n') {
      line.write(c);
      c = stream.read();
    }
    complete = c == '\n';
    position += line.size() + (complete ? 1 : 0);
    return line.toByteArray();
  }

  /** Whether the line had a line feed, and not the stream's end, after it. */
  boolean isComplete() {
    return complete;
  }

  /** How many bytes have been read. */
  long position() {
    return position;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
