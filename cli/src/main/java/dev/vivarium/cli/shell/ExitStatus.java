package dev.vivarium.cli.shell;

/** The statuses that the process ends with. */
public final class ExitStatus {

  /** All went well. */
  public static final int OK = 0;

  /** The work was done, and some of it failed. */
  public static final int FAILED = 1;

  /** The command was used wrongly, or could not be set up. */
  public static final int USAGE = 2;

  /** Ctrl-C: 128 and SIGINT's number. */
  public static final int INTERRUPTED = 130;

  /** Standard output's reader has gone: 128 and SIGPIPE's number. */
  public static final int BROKEN_PIPE = 141;

  /** {@code kill}: 128 and SIGTERM's number. */
  public static final int TERMINATED = 143;

  private ExitStatus() {}
}
