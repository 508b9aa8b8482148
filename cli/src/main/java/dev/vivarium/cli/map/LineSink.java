package dev.vivarium.cli.map;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Where finished lines go. For one thread at a time. */
interface LineSink extends Closeable {

  /**
   * Takes lines whose turn it is; when this returns they are safe from the death of the process.
   */
  void write(List<String> lines) throws IOException;

  /** Takes lines that are finished before their turn, and will be written later. */
  default void keepAhead(List<String> lines) throws IOException {}

  /** Nothing that was kept ahead is needed any more. */
  default void forgetAhead() throws IOException {}

  /** All lines have been written: the work is complete. */
  default void complete() throws IOException {}
}
