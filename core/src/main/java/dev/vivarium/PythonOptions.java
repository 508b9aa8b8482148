package dev.vivarium;

import dev.vivarium.internal.bridge.TextStreams;
import dev.vivarium.internal.discovery.Named;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.Field;
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
 * <p>Where no option names a Python, these are asked, in this order: the system properties {@code
 * vivarium.python} (as {@link Builder#python(String)}), {@code vivarium.library} and {@code
 * vivarium.home}; the environment variables {@code VIVARIUM_PYTHON}, {@code VIVARIUM_LIBRARY} and
 * {@code VIVARIUM_HOME}; with {@link Builder#useEnvironment(boolean)} also {@code VIRTUAL_ENV} and
 * {@code CONDA_PREFIX}; then a {@link PythonProvider} on the class path; then the {@code python3}
 * on the {@code PATH}.
 */
public final class PythonOptions {

  private static final PythonOptions DEFAULTS = builder().build();

  private final Values values;

  private PythonOptions(Values values) {
    this.values = values;
  }

  /** What a builder collects; a copy of it, which nobody changes any more, is what options are. */
  private static final class Values implements Cloneable {

    Named named = Named.NOTHING;
    @Nullable PythonEnvironment environment;
    List<Path> paths = List.of();
    List<String> argv = List.of("");
    boolean classPathPackages = true;
    boolean isolated = true;
    boolean useEnvironment;
    boolean site = true;
    Duration exitTimeout = Duration.ofSeconds(5);
    Duration hooksTimeout = Duration.ofSeconds(30);
    boolean closeAtExit = true;
    int virtualThreadWorkers = 64;
    int mostVirtualThreadWorkers = Builder.workersThatFit();
    List<ScopedValue<?>> scopedValues = List.of();
    boolean traceGuards;
    Duration busyLogInterval = Duration.ofSeconds(10);
    boolean allowSignalHandlers;
    boolean allowProcessExit;
    boolean allowFork;
    @Nullable Class<?> childMain;
    List<String> childArguments = List.of();
    TextStreams streams = TextStreams.OWN;
    boolean systemStreams;
    JavaClasses javaClasses = JavaClasses.all();
    @Nullable Function<? super String, ? extends System.Logger> loggers;

    @Override
    public String toString() {
      Values defaults = new Values();
      List<String> set = new ArrayList<>();
      for (Field field : Values.class.getDeclaredFields()) {
        try {
          Object value = field.get(this);
          if (!Objects.equals(value, field.get(defaults))) {
            set.add(field.getName() + "=" + value);
          }
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
      return set.toString();
    }

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** The options of {@link Python#start()}: nothing is named, everything is as its option says. */
  public static PythonOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that begins with the {@linkplain #defaults() defaults}. */
  public static Builder builder() {
    return new Builder(new Values());
  }

  /** The libpython to load, or null. */
  public @Nullable Path library() {
    return values.named.library();
  }

  /** The folder of the installation, or null. */
  public @Nullable Path home() {
    return values.named.home();
  }

  /** The virtual environment, or null. */
  public @Nullable Path venv() {
    return values.named.venv();
  }

  /** The {@code python} program, or null. */
  public @Nullable Path executable() {
    return values.named.executable();
  }

  /** What {@code --python} said, or null. */
  public @Nullable String python() {
    return values.named.python();
  }

  /** The environment folder with the packages, or null. */
  public @Nullable PythonEnvironment environment() {
    return values.environment;
  }

  /** What is added at the end of {@code sys.path}, in order; absolute. */
  public List<Path> paths() {
    return values.paths;
  }

  /** Whether Python code finds the packages on the class path. */
  public boolean classPathPackages() {
    return values.classPathPackages;
  }

  /** What {@code sys.argv} is; its first item is the program's name. */
  public List<String> argv() {
    return values.argv;
  }

  /** Whether Python takes nothing from the user's folder, as {@code python -I}. */
  public boolean isolated() {
    return values.isolated;
  }

  /** Whether {@code PYTHON*} variables, {@code VIRTUAL_ENV} and {@code CONDA_PREFIX} count. */
  public boolean useEnvironment() {
    return values.useEnvironment;
  }

  /** Whether the {@code site} module runs at start, which adds {@code site-packages}. */
  public boolean site() {
    return values.site;
  }

  /** How long the JVM's exit waits for threads that are inside Python. */
  public Duration exitTimeout() {
    return values.exitTimeout;
  }

  /** How long Python stays open at the JVM's exit for the application's own shutdown hooks. */
  public Duration hooksTimeout() {
    return values.hooksTimeout;
  }

  /** Whether the JVM's exit ends Python. */
  public boolean closeAtExit() {
    return values.closeAtExit;
  }

  /** How many platform threads run Python for virtual threads, at most. */
  public int virtualThreadWorkers() {
    return values.virtualThreadWorkers;
  }

  /** How many there may be where those are blocked. */
  public int mostVirtualThreadWorkers() {
    return Math.max(values.virtualThreadWorkers, values.mostVirtualThreadWorkers);
  }

  /** Those that go along where a thread's work is done by another. */
  public List<ScopedValue<?>> scopedValues() {
    return values.scopedValues;
  }

  /** Whether guards and attachments remember where they were taken. */
  public boolean traceGuards() {
    return values.traceGuards;
  }

  /** How often a close that waits without a limit logs whom it waits for. */
  public Duration busyLogInterval() {
    return values.busyLogInterval;
  }

  /** Whether Python code may fork this process. */
  public boolean allowFork() {
    return values.allowFork;
  }

  /** Whether Python code may end this process at once. */
  public boolean allowProcessExit() {
    return values.allowProcessExit;
  }

  /** Whether Python code may take signals from the JVM. */
  public boolean allowSignalHandlers() {
    return values.allowSignalHandlers;
  }

  /** The main class of children that {@code multiprocessing} spawns; null for the library's own. */
  public @Nullable Class<?> childMain() {
    return values.childMain;
  }

  /** The first arguments of {@link #childMain}. */
  public List<String> childArguments() {
    return values.childArguments;
  }

  /** Where main's {@code sys.stdout} goes; null for the process's own. */
  public @Nullable Writer stdout() {
    return values.streams.out();
  }

  /** Where main's {@code sys.stderr} goes; null for the process's own. */
  public @Nullable Writer stderr() {
    return values.streams.err();
  }

  /** Where main's {@code sys.stdin} reads from; null for the process's own. */
  public @Nullable Reader stdin() {
    return values.streams.in();
  }

  /** Whether {@code System.out} and {@code System.err} take the place of the process's streams. */
  public boolean systemStreams() {
    return values.systemStreams;
  }

  /** Which Java classes main's Python code may see. */
  public JavaClasses javaClasses() {
    return values.javaClasses;
  }

  @Nullable Function<? super String, ? extends System.Logger> loggers() {
    return values.loggers;
  }

  Named named() {
    return values.named;
  }

  TextStreams streams() {
    return values.streams;
  }

  /** What differs from the defaults. */
  @Override
  public String toString() {
    return "PythonOptions" + values;
  }

  /** A builder whose values are these options. */
  public Builder toBuilder() {
    return new Builder(values.copy());
  }

  /** Collects options. For one thread; each method checks its argument and returns this builder. */
  public static final class Builder {

    private static final int MAX_WORKERS = 32_767;
    private static final long WORKER_BYTES = 256 << 10;

    private final Values values;

    private Builder(Values values) {
      this.values = values;
    }

    /**
     * Loads this libpython: {@code libpython3.14.so.1.0}, {@code libpython3.14.dylib}, {@code
     * python314.dll}. Its standard library is found by {@link #home(Path)}, {@link #venv(Path)} or
     * {@link #executable(Path)} if one of them is given too, else by where the library lies.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public Builder library(Path library) {
      values.named = values.named.withLibrary(library);
      return this;
    }

    /**
     * Uses the Python installed in this folder: the one with {@code lib/python3.14} in it, or
     * {@code Lib} on Windows.
     *
     * @throws IllegalArgumentException if there is no such folder
     */
    public Builder home(Path home) {
      values.named = values.named.withHome(home);
      return this;
    }

    /**
     * Uses this virtual environment, with its packages, and the Python that it was made from.
     *
     * @throws IllegalArgumentException if there is no such folder, or no {@code pyvenv.cfg} in it
     */
    public Builder venv(Path venv) {
      values.named = values.named.withVenv(venv);
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
      values.named = values.named.withExecutable(executable);
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
      values.named = values.named.withPython(python);
      return this;
    }

    /**
     * Has packages from this environment folder, which {@code vivarium env} makes: whichever
     * CPython is started finds those that were installed for it, in main and in other interpreters,
     * in the place of its own {@code site-packages}, which comes behind them. Which Python it is,
     * the other options say (guide: {@code docs/guide/packages.md}).
     *
     * <p>{@link Python#start} throws {@link PythonStartException}, with what to do, where the
     * environment has no packages for that CPython or they are not what its lock file says.
     *
     * @throws IllegalArgumentException if it is no such folder
     */
    public Builder environment(Path folder) {
      values.environment = PythonEnvironment.of(folder);
      return this;
    }

    /**
     * Adds folders, or zip files, at the end of {@code sys.path}, after those that were added
     * before. A path that does not exist is allowed, as in {@code PYTHONPATH}.
     *
     * @throws IllegalArgumentException if a path has a NUL character
     */
    public Builder addPath(Path... paths) {
      List<Path> all = new ArrayList<>(values.paths);
      for (Path path : paths) {
        Named.requireNoNul("addPath", path.toString());
        all.add(path.toAbsolutePath());
      }
      values.paths = List.copyOf(all);
      return this;
    }

    /**
     * Whether Python code, in main and in other interpreters, finds the packages on the class path,
     * after all others: NumPy from the artifact {@code org.bytedeco:numpy}, and modules below
     * {@code META-INF/python/} in jars and folders. Those are looked for by the class loader that
     * {@link JavaClasses#loadedBy} names for that interpreter, else by the context class loader of
     * the thread that starts Python. Default: true (guide: {@code docs/guide/packages.md}).
     */
    public Builder classPathPackages(boolean classPathPackages) {
      values.classPathPackages = classPathPackages;
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
        Named.requireNoNul("argv", argument);
      }
      values.argv = copy;
      return this;
    }

    /**
     * Whether Python takes nothing from the user's own {@code site-packages} nor the current
     * folder, as {@code python -I} does. Default: true.
     */
    public Builder isolated(boolean isolated) {
      values.isolated = isolated;
      return this;
    }

    /**
     * Whether the environment of this process says how Python works: CPython's own variables, such
     * as {@code PYTHONPATH}, and {@code VIRTUAL_ENV} and {@code CONDA_PREFIX} for which Python it
     * is. Default: false, so that a service does not change with the shell that started it.
     * Vivarium's own {@code VIVARIUM_PYTHON}, {@code VIVARIUM_LIBRARY} and {@code VIVARIUM_HOME},
     * and the system properties beside them, always count.
     */
    public Builder useEnvironment(boolean useEnvironment) {
      values.useEnvironment = useEnvironment;
      return this;
    }

    /**
     * Whether the {@code site} module runs at start, without which {@code site-packages} and a
     * virtual environment's packages are not there. Default: true.
     */
    public Builder site(boolean site) {
      values.site = site;
      return this;
    }

    /**
     * How long the JVM's exit waits for threads inside Python before it goes on without them.
     * Default: 5 seconds; zero does not wait. What is done then takes 2 seconds more at most.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder exitTimeout(Duration exitTimeout) {
      values.exitTimeout = notNegative("exitTimeout", exitTimeout);
      return this;
    }

    /**
     * How long Python stays open at the JVM's exit for the application's own shutdown hooks, which
     * the JVM runs beside that of this library: a server that finishes its requests there calls
     * Python as before. It is ended as soon as they have ended. Default: 30 seconds; zero ends it
     * beside them (guide: {@code docs/guide/process.md}).
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder hooksTimeout(Duration hooksTimeout) {
      values.hooksTimeout = notNegative("hooksTimeout", hooksTimeout);
      return this;
    }

    /**
     * Whether the JVM's exit ends Python. Where it does not, {@link Python#close()} in a hook of
     * the application's own does, or nobody: then no {@code atexit} function runs, and what files
     * have not written is lost. Default: true.
     */
    public Builder closeAtExit(boolean closeAtExit) {
      values.closeAtExit = closeAtExit;
      return this;
    }

    private static Duration notNegative(String name, Duration given) {
      if (given.isNegative()) {
        throw new IllegalArgumentException(name + ": " + given + " is negative");
      }
      return given;
    }

    /**
     * How many platform threads run Python for virtual threads, and are at work at once. Default:
     * 64. There are more while those are blocked, see {@link #virtualThreadWorkers(int, int)}.
     *
     * @throws IllegalArgumentException if it is not from 1 to 32767
     */
    public Builder virtualThreadWorkers(int atOnce) {
      values.virtualThreadWorkers = workers(atOnce, 1);
      return this;
    }

    /**
     * How many platform threads run Python for virtual threads. A body on one of them may wait for
     * another virtual thread, which calls Python in turn: so while all are blocked, and tasks wait,
     * there come more, and they go when they are idle (guide: {@code docs/guide/threads.md}).
     *
     * @param atOnce while they are at work. Default: 64
     * @param most where they are blocked. Default: one for each 256 KiB of the most memory that
     *     Java's heap may take, of which a blocked thread uses less
     * @throws IllegalArgumentException if they are not from 1 to 32767, {@code most} from {@code
     *     atOnce}
     */
    public Builder virtualThreadWorkers(int atOnce, int most) {
      values.virtualThreadWorkers = workers(atOnce, 1);
      values.mostVirtualThreadWorkers = workers(most, atOnce);
      return this;
    }

    /**
     * Scoped values that go along where Vivarium has a thread's work done by another, so that Java
     * code below, which Python code calls, finds them bound as the caller had them: on the platform
     * thread that works for a virtual one, on Python's main thread ({@code callOnMainThread}), and
     * in what a coroutine calls that was given to the event loop. On one and the same thread they
     * are bound anyway. Default: none (guide: {@code docs/guide/async.md}).
     */
    public Builder scopedValues(ScopedValue<?>... named) {
      values.scopedValues = List.of(named);
      return this;
    }

    private static int workers(int threads, int least) {
      if (threads < least || threads > MAX_WORKERS) {
        throw new IllegalArgumentException(
            "virtualThreadWorkers: " + threads + " is not from " + least + " to " + MAX_WORKERS);
      }
      return threads;
    }

    private static int workersThatFit() {
      return Math.clamp(Runtime.getRuntime().maxMemory() / WORKER_BYTES, 1, MAX_WORKERS);
    }

    /**
     * Whether guards and attachments remember the stack that took them, so that {@link
     * InterpreterBusyException} can name it. Costs microseconds each time. Default: false.
     */
    public Builder traceGuards(boolean traceGuards) {
      values.traceGuards = traceGuards;
      return this;
    }

    /**
     * How often a close that waits without a limit logs whom it waits for. Default: 10 seconds.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder busyLogInterval(Duration busyLogInterval) {
      if (!busyLogInterval.isPositive()) {
        throw new IllegalArgumentException(
            "busyLogInterval: " + busyLogInterval + " is not a positive time");
      }
      values.busyLogInterval = busyLogInterval;
      return this;
    }

    /**
     * Whether Python code may call {@code os.fork} and {@code os.forkpty}, which {@code
     * multiprocessing} does with its start method {@code fork}. The child has one thread, none of
     * the JVM's own: it must not call Java, and end by {@code os.execv} or {@code os._exit}, which
     * are allowed with it. Default: false, they raise {@code RuntimeError} with an explanation
     * (guide: {@code docs/guide/process.md}).
     */
    public Builder allowFork(boolean allow) {
      values.allowFork = allow;
      return this;
    }

    /**
     * The main class of the JVM in which a child that {@code multiprocessing} spawns runs, once
     * Python code has imported something of Java's (guide: {@code docs/guide/process.md}). It gets
     * these arguments and then what {@code python} would: {@code -c}, Python code, and {@code
     * --multiprocessing-fork}. It is to start Python, with {@code -c} and {@code
     * --multiprocessing-fork} as {@link #argv}, to run that code, and to exit with the {@linkplain
     * PythonExit#code code} that it ends with. Default: one of the library's own, which starts the
     * same Python.
     *
     * @param main loaded by the system's class loader
     */
    public Builder childMain(Class<?> main, String... arguments) {
      values.childMain = Objects.requireNonNull(main, "main");
      values.childArguments = List.of(arguments);
      return this;
    }

    /**
     * Whether Python code may call {@code os._exit}, {@code os.abort} and {@code os.execv}, which
     * end the JVM without its shutdown hooks (guide: {@code docs/guide/process.md}). Default:
     * false, they raise {@code RuntimeError} with an explanation. {@code sys.exit} is a {@link
     * PythonExit} in Java in any case.
     */
    public Builder allowProcessExit(boolean allow) {
      values.allowProcessExit = allow;
      return this;
    }

    /**
     * Whether Python code may call {@code faulthandler.enable}, {@code faulthandler.register},
     * {@code signal.signal}, {@code signal.alarm} and {@code signal.setitimer}; the handlers run on
     * Python's main thread, see {@link Python#callOnMainThread}. A handler for a signal that the
     * JVM uses itself, as {@code faulthandler} installs it for SIGSEGV, ends the process at the
     * next {@code NullPointerException}; but where the JVM was started with the JDK's {@code
     * libjsig} preloaded, {@code faulthandler.enable} does no harm and is allowed. Default: false:
     * {@code faulthandler.enable} does nothing but warn, {@code signal.signal} raises {@code
     * ValueError}, as everywhere outside Python's main thread, and the others {@code RuntimeError}
     * (guide: {@code docs/guide/process.md}).
     */
    public Builder allowSignalHandlers(boolean allow) {
      values.allowSignalHandlers = allow;
      return this;
    }

    /**
     * Where {@code sys.stdout} of the main interpreter goes; else to the process's own standard
     * output. What holds of it is what holds of {@link InterpreterOptions#stdout}, which is for
     * other interpreters (guide: {@code docs/guide/process.md}).
     */
    public Builder stdout(Writer stdout) {
      values.streams = values.streams.withOut(Objects.requireNonNull(stdout, "stdout"));
      return this;
    }

    /** Where {@code sys.stderr} of the main interpreter goes, as {@link #stdout}. */
    public Builder stderr(Writer stderr) {
      values.streams = values.streams.withErr(Objects.requireNonNull(stderr, "stderr"));
      return this;
    }

    /**
     * Where {@code sys.stdin} of the main interpreter reads from, as {@link
     * InterpreterOptions#stdin}.
     */
    public Builder stdin(Reader stdin) {
      values.streams = values.streams.withIn(Objects.requireNonNull(stdin, "stdin"));
      return this;
    }

    /**
     * Whether {@code sys.stdout} and {@code sys.stderr} of interpreters for which no writer is
     * named are {@code System.out} and {@code System.err}, as these are when something is written:
     * for a test framework, an IDE or a server that has put its own in their place. Default: false,
     * the process's own streams (guide: {@code docs/guide/testing.md}).
     */
    public Builder systemStreams(boolean systemStreams) {
      values.systemStreams = systemStreams;
      return this;
    }

    /**
     * Which Java classes the Python code of the main interpreter may see, and that of interpreters
     * which it makes; {@link InterpreterOptions#javaClasses} is for others. Default: all.
     */
    public Builder javaClasses(JavaClasses classes) {
      values.javaClasses = Objects.requireNonNull(classes, "classes");
      return this;
    }

    /**
     * Has what Python code of the main interpreter logs written to Java's loggers; what {@link
     * InterpreterOptions#logTo} says, which is for others.
     */
    public Builder logTo(Function<? super String, ? extends System.Logger> loggers) {
      values.loggers = Objects.requireNonNull(loggers, "loggers");
      return this;
    }

    /**
     * The options collected so far.
     *
     * @throws IllegalArgumentException if two of them name different Pythons, or both a virtual
     *     environment and an environment folder are named
     */
    public PythonOptions build() {
      values.named.requireOne();
      if (values.environment != null && values.named.venv() != null) {
        throw new IllegalArgumentException(
            "venv and environment both say where packages are; leave out one of them");
      }
      return new PythonOptions(values.copy());
    }
  }
}
