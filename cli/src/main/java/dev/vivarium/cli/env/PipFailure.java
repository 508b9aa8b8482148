package dev.vivarium.cli.env;

import java.io.Serial;

/** pip has ended with a status that is not 0, and has said why on standard error. */
final class PipFailure extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  private final int status;

  PipFailure(int status) {
    super("pip ended with status " + status + "; nothing has been changed");
    this.status = status;
  }

  int status() {
    return status;
  }
}
