package dev.vivarium;

import java.io.Serial;

/** No interpreter of this process has ever had that id (guide: {@code docs/guide/threads.md}). */
public final class InterpreterNotFoundException extends IllegalArgumentException {

  @Serial private static final long serialVersionUID = 1;

  InterpreterNotFoundException(String message) {
    super(message);
  }
}
