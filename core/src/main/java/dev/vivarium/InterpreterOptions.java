package dev.vivarium;

import dev.vivarium.internal.bridge.TextStreams;
import dev.vivarium.internal.capi.NewInterpreter;
import java.io.Reader;
import java.io.Writer;
import java.util.Objects;

/** How a new interpreter is made: {@code PyInterpreterConfig}, and its streams. Immutable. */
public final class InterpreterOptions {

  private final NewInterpreter.Config config;
  private final TextStreams streams;
  private final JavaClasses javaClasses;

  private InterpreterOptions(
      NewInterpreter.Config config, TextStreams streams, JavaClasses javaClasses) {
    this.config = config;
    this.streams = streams;
    this.javaClasses = javaClasses;
  }

  /**
   * A GIL and a memory allocator of its own, so that it runs in parallel with all others; no daemon
   * threads, no fork, no exec. Extension modules that do not support several interpreters, such as
   * NumPy, are refused in it.
   */
  public static InterpreterOptions isolated() {
    return new InterpreterOptions(
        new NewInterpreter.Config(false, false, false, true, false, true, true),
        TextStreams.OWN,
        JavaClasses.all());
  }

  /**
   * The main interpreter's GIL and allocator: its own modules and globals, but no parallelism.
   * Extension modules that do not know of several interpreters may load; import them in main first.
   * (A free-threaded CPython has no GIL to share, and refuses them in every interpreter but main.)
   */
  public static InterpreterOptions shared() {
    return new InterpreterOptions(
        new NewInterpreter.Config(true, false, false, true, true, false, false),
        TextStreams.OWN,
        JavaClasses.all());
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
            config.ownGil()),
        streams,
        javaClasses);
  }

  /**
   * Where {@code sys.stdout} goes; else to the process's own standard output. Buffered by lines:
   * the writer gets text and is flushed at the end of each line, at Python's {@code flush()} and at
   * the interpreter's end, on whatever thread prints, without the GIL; never twice at once, and it
   * is never closed. An {@code IOException} is an {@code OSError} in Python (BEHAVIOUR S3).
   */
  public InterpreterOptions stdout(Writer stdout) {
    Objects.requireNonNull(stdout, "stdout");
    return with(new TextStreams(stdout, streams.err(), streams.in()));
  }

  /** Where {@code sys.stderr} goes, as {@link #stdout}. */
  public InterpreterOptions stderr(Writer stderr) {
    Objects.requireNonNull(stderr, "stderr");
    return with(new TextStreams(streams.out(), stderr, streams.in()));
  }

  /**
   * Where {@code sys.stdin} and {@code input()} read from; else from the process's own standard
   * input. Read ahead, as much as the reader has ready, on whatever thread reads, without the GIL;
   * never closed. An {@code IOException} is an {@code OSError} in Python (BEHAVIOUR S3).
   */
  public InterpreterOptions stdin(Reader stdin) {
    Objects.requireNonNull(stdin, "stdin");
    return with(new TextStreams(streams.out(), streams.err(), stdin));
  }

  private InterpreterOptions with(TextStreams others) {
    return new InterpreterOptions(config, others, javaClasses);
  }

  /**
   * Which Java classes its Python code may see, and that of interpreters that it makes. Default:
   * {@link JavaClasses#all}.
   */
  public InterpreterOptions javaClasses(JavaClasses classes) {
    Objects.requireNonNull(classes, "classes");
    return new InterpreterOptions(config, streams, classes);
  }

  /** Whether it has a GIL of its own. */
  public boolean ownGil() {
    return config.ownGil();
  }

  NewInterpreter.Config config() {
    return config;
  }

  TextStreams streams() {
    return streams;
  }

  JavaClasses javaClasses() {
    return javaClasses;
  }
}
