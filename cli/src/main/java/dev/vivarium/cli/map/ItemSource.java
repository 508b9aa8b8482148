package dev.vivarium.cli.map;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where items come from, one at a time. For one thread at a time. */
interface ItemSource extends Closeable {

  /** What {@link #size} gives where nobody knows before the end. */
  long UNKNOWN = -1;

  /** The next item, or null after the last. */
  @Nullable Item next() throws IOException;

  /** Whether {@link #next} gives what it gives without waiting for whoever writes it. */
  default boolean isReady() throws IOException {
    return true;
  }

  /** How many there are, or {@link #UNKNOWN}. */
  long size();

  @Override
  default void close() throws IOException {}
}
