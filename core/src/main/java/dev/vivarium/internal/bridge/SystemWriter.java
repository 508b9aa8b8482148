package dev.vivarium.internal.bridge;

import java.io.PrintStream;
import java.io.Writer;
import java.util.function.Supplier;

/** Writes to {@code System.out} or {@code System.err}, whatever has been put there last. */
final class SystemWriter extends Writer {

  private final Supplier<PrintStream> stream;

  SystemWriter(Supplier<PrintStream> stream) {
    this.stream = stream;
  }

  @Override
  public void write(char[] text, int from, int count) {
    stream.get().print(new String(text, from, count));
  }

  @Override
  public void write(String text) {
    stream.get().print(text);
  }

  @Override
  public void flush() {
    stream.get().flush();
  }

  /** Not ours to close. */
  @Override
  public void close() {}
}
