package dev.vivarium.spring;

import java.io.PrintStream;
import java.io.Writer;
import java.util.function.Supplier;

/** Writes to one of Java's standard streams, whichever that is at the time. */
final class SystemWriter extends Writer {

  private final Supplier<PrintStream> stream;

  private SystemWriter(Supplier<PrintStream> stream) {
    this.stream = stream;
  }

  static Writer out() {
    return new SystemWriter(() -> System.out);
  }

  static Writer err() {
    return new SystemWriter(() -> System.err);
  }

  @Override
  public void write(char[] buffer, int offset, int length) {
    stream.get().print(new String(buffer, offset, length));
  }

  @Override
  public void write(String text, int offset, int length) {
    stream.get().print(text.substring(offset, offset + length));
  }

  @Override
  public void flush() {
    stream.get().flush();
  }

  /** Does nothing: the stream is everybody's. */
  @Override
  public void close() {}
}
