package dev.vivarium.cli.map;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The lines of a stream as bytes, without the line feed. */
final class ByteLines implements Closeable {

  private static final int BLOCK = 1 << 16;

  private final InputStream stream;
  private byte[] buffer = new byte[BLOCK];
  private int start; // of what has been read and not given
  private int end;
  private int searched; // from the start: there is no line feed
  private long position;
  private boolean complete;

  ByteLines(InputStream stream) {
    this.stream = stream;
  }

  /** The next line; null at the end. */
  byte @Nullable [] next() throws IOException {
    int feed = lineFeed();
    while (feed < 0 && fill()) {
      feed = lineFeed();
    }
    complete = feed >= 0;
    int stop = complete ? feed : end;
    if (!complete && start == end) {
      return null;
    }
    byte[] line = Arrays.copyOfRange(buffer, start, stop);
    start = complete ? stop + 1 : stop;
    searched = 0;
    position += line.length + (complete ? 1 : 0);
    return line;
  }

  /** Whether a whole line has been read already. */
  boolean isReady() {
    return lineFeed() >= 0;
  }

  /** Whether the line that is ready has only spaces and the like. */
  boolean isBlank() {
    int feed = lineFeed();
    for (int i = start; i < feed; i++) {
      if (buffer[i] > ' ' || buffer[i] < 0) {
        return false;
      }
    }
    return true;
  }

  private int lineFeed() {
    for (int i = start + searched; i < end; i++) {
      if (buffer[i] == '\n') {
        searched = i - start;
        return i;
      }
    }
    searched = end - start;
    return -1;
  }

  // False at the stream's end
  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    int read = stream.read(buffer, end, buffer.length - end);
    end += Math.max(read, 0);
    return read >= 0;
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
