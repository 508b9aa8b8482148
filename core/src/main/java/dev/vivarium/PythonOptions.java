package dev.vivarium;

import dev.vivarium.internal.bridge.TextStreams;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which CPython {@link Python#start(PythonOptions)} starts, and how. Immutable; made with {@link
 * #builder()}.
 *
 * <p>Where no option names a Python, these are asked, in this order: the environment variables
 * {@code VIVARIUM_PYTHON} (as {@link Builder#python(String)}), {@code VIVARIUM_LIBRARY} and {@code
 * VIVARIUM_HOME}; with {@link Builder#useEnvironment(boolean)} also {@code VIRTUAL_ENV} and {@code
 * CONDA_PREFIX}; then a {@link PythonProvider} on the class path; then the {@code python3} on the
 * {@code PATH}.
 */
public final class PythonOptions {

  private static final PythonOptions DEFAULTS = builder().build();

  private final @Nullable Path library;
  private final @Nullable Path home;
  private final @Nullable Path venv;
  private final @Nullable Path executable;
  private final @Nullable String python;
  private final List<Path> paths;
  private final List<String> argv;
  private final boolean isolated;
  private final boolean useEnvironment;
  private final boolean site;
  private final Duration exitTimeout;
  private final int virtualThreadWorkers;
  private final boolean traceGuards;
  private final Duration busyLogInterval;
  private final boolean allowSignalHandlers;
  private final boolean allowProcessExit;
  private final boolean allowFork;
  private final @Nullable Writer stdout;
  private final @Nullable Writer stderr;
  private final @Nullable Reader stdin;
  private final JavaClasses javaClasses;
  private final @Nullable Function<? super String, ? extends System.Logger> loggers;

  private PythonOptions(Builder b) {
    this.library = b.library;
    this.home = b.home;
    this.venv = b.venv;
    this.executable = b.executable;
    this.python = b.python;
    this.paths = List.copyOf(b.paths);
    this.argv = b.argv;
    this.isolated = b.isolated;
    this.useEnvironment = b.useEnvironment;
    this.site = b.site;
    this.exitTimeout = b.exitTimeout;
    this.virtualThreadWorkers = b.virtualThreadWorkers;
    this.traceGuards = b.traceGuards;
    this.busyLogInterval = b.busyLogInterval;
    this.allowSignalHandlers = b.allowSignalHandlers;
    this.allowProcessExit = b.allowProcessExit;
    this.allowFork = b.allowFork;
    this.stdout = b.stdout;
    this.stderr = b.stderr;
    this.stdin = b.stdin;
    this.javaClasses = b.javaClasses;
    this.loggers = b.loggers;
  }

  /** The options of {@link Python#start()}: nothing is named, everything is as its option says. */
  public static PythonOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that begins with the {@linkplain #defaults() defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** The libpython to load, or null. */
  public @Nullable Path library() {
    return library;
  }

  /** The folder of the installation, or null. */
  public @Nullable Path home() {
    return home;
  }

  /** The virtual environment, or null. */
  public @Nullable Path venv() {
    return venv;
  }

  /** The {@code python} program, or null. */
  public @Nullable Path executable() {
    return executable;
  }

  /** What {@code --python} said, or null. */
  public @Nullable String python() {
    return python;
  }

  /** What is added at the end of {@code sys.path}, in order; absolute. */
  public List<Path> paths() {
    return paths;
  }

  /** What {@code sys.argv} is; its first item is the program's name. */
  public List<String> argv() {
    return argv;
  }

  /** Whether Python takes nothing from the user's folder, as {@code python -I}. */
  public boolean isolated() {
    return isolated;
  }

  /** Whether {@code PYTHON*} variables, {@code VIRTUAL_ENV} and {@code CONDA_PREFIX} count. */
  public boolean useEnvironment() {
    return useEnvironment;
  }

  /** Whether the {@code site} module runs at start, which adds {@code site-packages}. */
  public boolean site() {
    return site;
  }

  /** How long the JVM's exit waits for threads that are inside Python. */
  public Duration exitTimeout() {
    return exitTimeout;
  }

  /** How many platform threads run Python for virtual threads, at most. */
  public int virtualThreadWorkers() {
    return virtualThreadWorkers;
  }

  /** Whether guards and attachments remember where they were taken. */
  public boolean traceGuards() {
    return traceGuards;
  }

  /** How often a close that waits without a limit logs whom it waits for. */
  public Duration busyLogInterval() {
    return busyLogInterval;
  }

  /** Whether Python code may fork this process. */
  public boolean allowFork() {
    return allowFork;
  }

  /** Whether Python code may end this process at once. */
  public boolean allowProcessExit() {
    return allowProcessExit;
  }

  /** Whether Python code may take signals from the JVM. */
  public boolean allowSignalHandlers() {
    return allowSignalHandlers;
  }

  /** Where main's {@code sys.stdout} goes; null for the process's own. */
  public @Nullable Writer stdout() {
    return stdout;
  }

  /** Where main's {@code sys.stderr} goes; null for the process's own. */
  public @Nullable Writer stderr() {
    return stderr;
  }

  /** Where main's {@code sys.stdin} reads from; null for the process's own. */
  public @Nullable Reader stdin() {
    return stdin;
  }

  /** Which Java classes main's Python code may see. */
  public JavaClasses javaClasses() {
    return javaClasses;
  }

  @Nullable Function<? super String, ? extends System.Logger> loggers() {
    return loggers;
  }

  TextStreams streams() {
    return new TextStreams(stdout, stderr, stdin);
  }

  /** A builder whose values are these options. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.library = library;
    b.home = home;
    b.venv = venv;
    b.executable = executable;
    b.python = python;
    b.paths.addAll(paths);
    b.argv = argv;
    b.isolated = isolated;
    b.useEnvironment = useEnvironment;
    b.site = site;
    b.exitTimeout = exitTimeout;
    b.virtualThreadWorkers = virtualThreadWorkers;
    b.traceGuards = traceGuards;
    b.busyLogInterval = busyLogInterval;
    b.allowSignalHandlers = allowSignalHandlers;
    b.allowProcessExit = allowProcessExit;
    b.allowFork = allowFork;
    b.stdout = stdout;
    b.stderr = stderr;
    b.stdin = stdin;
    b.javaClasses = javaClasses;
    b.loggers = loggers;
    return b;
  }

  /** Collects options. For one thread; each method checks its argument and returns this builder. */
  public static final class Builder {

    private static final int MAX_WORKERS = 32_767;

    private @Nullable Path library;
    private @Nullable Path home;
    private @Nullable Path venv;
    private @Nullable Path executable;
    private @Nullable String python;
    private final List<Path> paths = new ArrayList<>();
    private List<String> argv = List.of("");
    private boolean isolated = true;
    private boolean useEnvironment;
    private boolean site = true;
    private Duration exitTimeout = Duration.ofSeconds(5);
    private int virtualThreadWorkers = 64;
    private boolean traceGuards;
    private Duration busyLogInterval = Duration.ofSeconds(10);
    private boolean allowSignalHandlers;
    private boolean allowProcessExit;
    private boolean allowFork;
    private @Nullable Writer stdout;
    private @Nullable Writer stderr;
    private @Nullable Reader stdin;
    private JavaClasses javaClasses = JavaClasses.all();
    private @Nullable Function<? super String, ? extends System.Logger> loggers;

    private Builder() {}

    /**
     * Loads this libpython: {@code libpython3.14.so.1.0}, {@code libpython3.14.dylib}, {@code
     * python314.dll}. Its standard library is found by {@link #home(Path)}, {@link #venv(Path)} or
     * {@link #executable(Path)} if one of them is given too, else by where the library lies.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public Builder library(Path library) {
      this.library = file("library", library);
      return this;
    }

    /**
     * Uses the Python installed in this folder: the one with {@code lib/python3.14} in it, or
     * {@code Lib} on Windows.
     *
     * @throws IllegalArgumentException if there is no such folder
     */
    public Builder home(Path home) {
      this.home = folder("home", home);
      return this;
    }

    /**
     * Uses this virtual environment, with its packages, and the Python that it was made from.
     *
     * @throws IllegalArgumentException if there is no such folder, or no {@code pyvenv.cfg} in it
     */
    public Builder venv(Path venv) {
      Path folder = folder("venv", venv);
      if (!Files.isRegularFile(folder.resolve("pyvenv.cfg"))) {
        throw new IllegalArgumentException(
            "venv: " + folder + " is not a virtual environment: it has no pyvenv.cfg");
      }
      this.venv = folder;
      return this;
    }

    /**
     * Uses the Python that this program is. It is run once, to ask where its libpython lies.
     * Together with {@link #library(Path)} or {@link #home(Path)} it is not run, and only becomes
     * {@code sys.executable}.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public Builder executable(Path executable) {
      this.executable = file("executable", executable);
      return this;
    }

    /**
     * Uses the Python that the user named, as {@code --python} takes it: a path to a {@code python}
     * program, to a virtual environment's folder, to an installation's folder or to a libpython; or
     * a version or name looked up on the {@code PATH}, such as {@code 3.13}, {@code 3.14t} or
     * {@code python3.13}. Whether there is such a Python is found out at the start.
     *
     * @throws IllegalArgumentException if it is blank or has a NUL character
     */
    public Builder python(String python) {
      noNul("python", python);
      if (python.isBlank()) {
        throw new IllegalArgumentException(
            "python: name a path, a version such as 3.13 or a program on the PATH");
      }
      this.python = python;
      return this;
    }

    /**
     * Adds folders, or zip files, at the end of {@code sys.path}, after those that were added
     * before. A path that does not exist is allowed, as in {@code PYTHONPATH}.
     *
     * @throws IllegalArgumentException if a path has a NUL character
     */
    public Builder addPath(Path... paths) {
      for (Path path : paths) {
        noNul("addPath", path.toString());
        this.paths.add(path.toAbsolutePath());
      }
      return this;
    }

    /**
     * Sets {@code sys.argv}, whose first item is the program's name. The default is one empty
     * string, as in an interactive Python.
     *
     * @throws IllegalArgumentException if it is empty or an item has a NUL character
     */
    public Builder argv(List<String> argv) {
      List<String> copy = List.copyOf(argv);
      if (copy.isEmpty()) {
        throw new IllegalArgumentException(
            "argv: give at least the program's name, which may be the empty string");
      }
      for (String argument : copy) {
        noNul("argv", argument);
      }
      this.argv = copy;
      return this;
    }

    /**
     * Whether Python takes nothing from the user's own {@code site-packages} nor the current
     * folder, as {@code python -I} does. Default: true.
     */
    public Builder isolated(boolean isolated) {
      this.isolated = isolated;
      return this;
    }

    /**
     * Whether the environment of this process says how Python works: CPython's own variables, such
     * as {@code PYTHONPATH}, and {@code VIRTUAL_ENV} and {@code CONDA_PREFIX} for which Python it
     * is. Default: false, so that a service does not change with the shell that started it.
     * Vivarium's own {@code VIVARIUM_PYTHON}, {@code VIVARIUM_LIBRARY} and {@code VIVARIUM_HOME}
     * always count.
     */
    public Builder useEnvironment(boolean useEnvironment) {
      this.useEnvironment = useEnvironment;
      return this;
    }

    /**
     * Whether the {@code site} module runs at start, without which {@code site-packages} and a
     * virtual environment's packages are not there. Default: true.
     */
    public Builder site(boolean site) {
      this.site = site;
      return this;
    }

    /**
     * How long the JVM's exit waits for threads inside Python before it goes on without them (F9).
     * Default: 5 seconds; zero does not wait.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder exitTimeout(Duration exitTimeout) {
      if (exitTimeout.isNegative()) {
        throw new IllegalArgumentException("exitTimeout: " + exitTimeout + " is negative");
      }
      this.exitTimeout = exitTimeout;
      return this;
    }

    /**
     * How many platform threads run Python for virtual threads, at most (T1). Default: 64.
     *
     * @throws IllegalArgumentException if it is not from 1 to 32767
     */
    public Builder virtualThreadWorkers(int virtualThreadWorkers) {
      if (virtualThreadWorkers < 1 || virtualThreadWorkers > MAX_WORKERS) {
        throw new IllegalArgumentException(
            "virtualThreadWorkers: " + virtualThreadWorkers + " is not from 1 to " + MAX_WORKERS);
      }
      this.virtualThreadWorkers = virtualThreadWorkers;
      return this;
    }

    /**
     * Whether guards and attachments remember the stack that took them, so that {@link
     * InterpreterBusyException} can name it (G4). Costs microseconds each time. Default: false.
     */
    public Builder traceGuards(boolean traceGuards) {
      this.traceGuards = traceGuards;
      return this;
    }

    /**
     * How often a close that waits without a limit logs whom it waits for (G4). Default: 10
     * seconds.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder busyLogInterval(Duration busyLogInterval) {
      if (!busyLogInterval.isPositive()) {
        throw new IllegalArgumentException(
            "busyLogInterval: " + busyLogInterval + " is not a positive time");
      }
      this.busyLogInterval = busyLogInterval;
      return this;
    }

    /**
     * Whether Python code may call {@code os.fork} and {@code os.forkpty}, which {@code
     * multiprocessing} does with its start method {@code fork}. The child has one thread, none of
     * the JVM's own: it must not call Java, and end by {@code os.execv} or {@code os._exit}, which
     * are allowed with it. Default: false, they raise {@code RuntimeError} with an explanation
     * (BEHAVIOUR S2).
     */
    public Builder allowFork(boolean allow) {
      this.allowFork = allow;
      return this;
    }

    /**
     * Whether Python code may call {@code os._exit}, {@code os.abort} and {@code os.execv}, which
     * end the JVM without its shutdown hooks (BEHAVIOUR S2). Default: false, they raise {@code
     * RuntimeError} with an explanation. {@code sys.exit} is a {@link PythonExit} in Java in any
     * case.
     */
    public Builder allowProcessExit(boolean allow) {
      this.allowProcessExit = allow;
      return this;
    }

    /**
     * Whether Python code may call {@code faulthandler.enable}, {@code faulthandler.register},
     * {@code signal.signal}, {@code signal.alarm} and {@code signal.setitimer}. A handler for a
     * signal that the JVM uses itself, as {@code faulthandler} installs it for SIGSEGV, ends the
     * process at the next {@code NullPointerException}. Default: false: {@code faulthandler.enable}
     * does nothing but warn, {@code signal.signal} raises {@code ValueError}, as everywhere outside
     * Python's main thread, and the others {@code RuntimeError} (BEHAVIOUR S1).
     */
    public Builder allowSignalHandlers(boolean allow) {
      this.allowSignalHandlers = allow;
      return this;
    }

    /**
     * Where {@code sys.stdout} of the main interpreter goes; else to the process's own standard
     * output. What holds of it is what holds of {@link InterpreterOptions#stdout}, which is for
     * other interpreters (BEHAVIOUR S3).
     */
    public Builder stdout(Writer stdout) {
      this.stdout = Objects.requireNonNull(stdout, "stdout");
      return this;
    }

    /** Where {@code sys.stderr} of the main interpreter goes, as {@link #stdout}. */
    public Builder stderr(Writer stderr) {
      this.stderr = Objects.requireNonNull(stderr, "stderr");
      return this;
    }

    /**
     * Where {@code sys.stdin} of the main interpreter reads from, as {@link
     * InterpreterOptions#stdin}.
     */
    public Builder stdin(Reader stdin) {
      this.stdin = Objects.requireNonNull(stdin, "stdin");
      return this;
    }

    /**
     * Which Java classes the Python code of the main interpreter may see, and that of interpreters
     * which it makes; {@link InterpreterOptions#javaClasses} is for others. Default: all.
     */
    public Builder javaClasses(JavaClasses classes) {
      this.javaClasses = Objects.requireNonNull(classes, "classes");
      return this;
    }

    /**
     * Has what Python code of the main interpreter logs written to Java's loggers; what {@link
     * InterpreterOptions#logTo} says, which is for others.
     */
    public Builder logTo(Function<? super String, ? extends System.Logger> loggers) {
      this.loggers = Objects.requireNonNull(loggers, "loggers");
      return this;
    }

    /**
     * The options collected so far.
     *
     * @throws IllegalArgumentException if two of them name different Pythons
     */
    public PythonOptions build() {
      if (python != null
          && (library != null || home != null || venv != null || executable != null)) {
        throw new IllegalArgumentException(
            "python names a Python by itself; leave out library, home, venv and executable");
      }
      if (venv != null && (home != null || executable != null)) {
        throw new IllegalArgumentException(
            "venv names a Python by itself; leave out " + (home != null ? "home" : "executable"));
      }
      return new PythonOptions(this);
    }

    private static Path file(String option, Path path) {
      noNul(option, path.toString());
      Path absolute = path.toAbsolutePath();
      if (Files.isDirectory(absolute)) {
        throw new IllegalArgumentException(option + ": " + absolute + " is a folder, not a file");
      }
      if (!Files.exists(absolute)) {
        throw new IllegalArgumentException(option + ": " + absolute + whyMissing(absolute));
      }
      return absolute;
    }

    private static Path folder(String option, Path path) {
      noNul(option, path.toString());
      Path absolute = path.toAbsolutePath();
      if (!Files.exists(absolute)) {
        throw new IllegalArgumentException(option + ": " + absolute + whyMissing(absolute));
      }
      if (!Files.isDirectory(absolute)) {
        throw new IllegalArgumentException(option + ": " + absolute + " is a file, not a folder");
      }
      return absolute;
    }

    private static String whyMissing(Path path) {
      return Files.isSymbolicLink(path)
          ? " is a symbolic link to something that does not exist"
          : " does not exist";
    }

    private static void noNul(String option, String text) {
      Objects.requireNonNull(text, option);
      if (text.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(option + ": a NUL character cannot be passed to Python");
      }
    }
  }
}
