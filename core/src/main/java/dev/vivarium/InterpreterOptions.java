package dev.vivarium;

import dev.vivarium.internal.bridge.TextStreams;
import dev.vivarium.internal.capi.NewInterpreter;
import java.io.Reader;
import java.io.Writer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a new interpreter is made: {@code PyInterpreterConfig}, and what of Java it is given.
 * Immutable: each method gives other options, {@code isolated().stdout(writer)}.
 */
@CheckReturnValue
public final class InterpreterOptions {

  private final NewInterpreter.Config config;
  private final TextStreams streams;
  private final JavaClasses javaClasses;
  private final @Nullable Function<? super String, ? extends System.Logger> loggers;

  private InterpreterOptions(
      NewInterpreter.Config config,
      TextStreams streams,
      JavaClasses javaClasses,
      @Nullable Function<? super String, ? extends System.Logger> loggers) {
    this.config = config;
    this.streams = streams;
    this.javaClasses = javaClasses;
    this.loggers = loggers;
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
        JavaClasses.all(),
        null);
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
        JavaClasses.all(),
        null);
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
        javaClasses,
        loggers);
  }

  /**
   * Where {@code sys.stdout} goes; else to the process's own standard output. Buffered by lines:
   * the writer gets text and is flushed at the end of each line, at Python's {@code flush()} and at
   * the interpreter's end, on whatever thread prints, without the GIL; never twice at once, and it
   * is never closed. An {@code IOException} is an {@code OSError} in Python (guide: {@code
   * docs/guide/process.md}).
   */
  public InterpreterOptions stdout(Writer stdout) {
    return with(streams.withOut(Objects.requireNonNull(stdout, "stdout")));
  }

  /** Where {@code sys.stderr} goes, as {@link #stdout}. */
  public InterpreterOptions stderr(Writer stderr) {
    return with(streams.withErr(Objects.requireNonNull(stderr, "stderr")));
  }

  /**
   * Has {@code sys.stdout} and {@code sys.stderr}, where they lead to no writer yet, lead to {@code
   * System.out} and {@code System.err}, as these are when something is written, as {@link
   * PythonOptions.Builder#systemStreams} has it for all interpreters.
   */
  public InterpreterOptions systemStreams() {
    return with(streams.orSystem());
  }

  /**
   * Where {@code sys.stdin} and {@code input()} read from; else from the process's own standard
   * input. Read ahead, as much as the reader has ready, on whatever thread reads, without the GIL;
   * never closed. An {@code IOException} is an {@code OSError} in Python (guide: {@code
   * docs/guide/process.md}).
   */
  public InterpreterOptions stdin(Reader stdin) {
    return with(streams.withIn(Objects.requireNonNull(stdin, "stdin")));
  }

  private InterpreterOptions with(TextStreams others) {
    return new InterpreterOptions(config, others, javaClasses, loggers);
  }

  /**
   * Which Java classes its Python code may see, and that of interpreters that it makes. Default:
   * {@link JavaClasses#all}.
   */
  public InterpreterOptions javaClasses(JavaClasses classes) {
    Objects.requireNonNull(classes, "classes");
    return new InterpreterOptions(config, streams, classes, loggers);
  }

  /**
   * Has what Python code logs by {@code logging} written to Java's loggers, {@code
   * logTo(System::getLogger)} say: a handler of the root logger passes level, message and exception
   * on to the logger that the function gives for the record's logger name, {@code "root"} for the
   * root logger. It is asked once a name. Java's levels decide what is logged, as well as those
   * that Python code sets, and {@code isEnabledFor} says so: {@code DEBUG}, {@code INFO} and {@code
   * WARNING} are what they are in Java, {@code ERROR} and what is above {@code ERROR}, and what is
   * below {@code DEBUG} is {@code TRACE}.
   *
   * <p>A logger is called on the thread that logs, without the GIL. What it throws is reported on
   * {@code sys.stderr}, as of any handler of Python's. What Python code logs while it is called on
   * the same thread is not passed on.
   */
  public InterpreterOptions logTo(Function<? super String, ? extends System.Logger> loggers) {
    Objects.requireNonNull(loggers, "loggers");
    return new InterpreterOptions(config, streams, javaClasses, loggers);
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

  @Nullable Function<? super String, ? extends System.Logger> loggers() {
    return loggers;
  }

  @Override
  public String toString() {
    return "InterpreterOptions["
        + (ownGil() ? "isolated" : "shared")
        + (config.allowDaemonThreads() ? ", daemon threads" : "")
        + ", "
        + javaClasses
        + "]";
  }
}
