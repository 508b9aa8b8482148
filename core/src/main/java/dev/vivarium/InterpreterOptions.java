package dev.vivarium;

import dev.vivarium.internal.capi.NewInterpreter;

/** How a new interpreter is made: {@code PyInterpreterConfig}. Immutable. */
public final class InterpreterOptions {

  private final NewInterpreter.Config config;

  private InterpreterOptions(NewInterpreter.Config config) {
    this.config = config;
  }

  /**
   * A GIL and a memory allocator of its own, so that it runs in parallel with all others; no daemon
   * threads, no fork, no exec. Extension modules that do not support several interpreters, such as
   * NumPy, are refused in it.
   */
  public static InterpreterOptions isolated() {
    return new InterpreterOptions(
        new NewInterpreter.Config(false, false, false, true, false, true, true));
  }

  /**
   * The main interpreter's GIL and allocator: its own modules and globals, but no parallelism.
   * Extension modules that do not know of several interpreters may load; import them in main first.
   * (A free-threaded CPython has no GIL to share, and refuses them in every interpreter but main.)
   */
  public static InterpreterOptions shared() {
    return new InterpreterOptions(
        new NewInterpreter.Config(true, false, false, true, true, false, false));
  }

  /** Whether Python code may start daemon threads. */
  public InterpreterOptions allowDaemonThreads(boolean allow) {
    return new InterpreterOptions(
        new NewInterpreter.Config(
            config.useMainObmalloc(),
            config.allowFork(),
            config.allowExec(),
            true,
            allow,
            config.checkMultiInterpExtensions(),
            config.ownGil()));
  }

  /** Whether it has a GIL of its own. */
  public boolean ownGil() {
    return config.ownGil();
  }

  NewInterpreter.Config config() {
    return config;
  }
}
