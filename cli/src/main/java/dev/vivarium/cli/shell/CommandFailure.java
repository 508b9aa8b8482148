package dev.vivarium.cli.shell;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A command cannot go on. The message is one line for the user, and says what to do. */
public final class CommandFailure extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  /** A failure of usage or set-up. */
  public CommandFailure(String message) {
    this(message, null);
  }

  /** A failure of usage or set-up, whose cause {@code --debug} shows. */
  public CommandFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
