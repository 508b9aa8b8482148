package dev.vivarium.cli.map;

import java.io.IOException;
import java.io.Serial;

/** Whoever read standard output has closed it, as {@code head} does: no fault of ours. */
final class ReaderGoneException extends IOException {

  @Serial private static final long serialVersionUID = 1;

  ReaderGoneException(IOException cause) {
    super("standard output has been closed", cause);
  }
}
