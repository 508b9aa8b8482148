package dev.vivarium;

import dev.vivarium.internal.bridge.ProcessFunctions;
import dev.vivarium.internal.bridge.TextStreams;
import dev.vivarium.internal.capi.Initialization;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.discovery.PythonLocator;
import dev.vivarium.internal.events.Begun;
import dev.vivarium.internal.events.Events;
import dev.vivarium.internal.imports.ClassPathModules;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.OnlyCopy;
import dev.vivarium.internal.mirror.Mirror;
import dev.vivarium.internal.mirror.StartersLoader;
import dev.vivarium.internal.object.Converters;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Beginning;
import dev.vivarium.internal.thread.CarriedValues;
import dev.vivarium.internal.thread.Creation;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interpreters;
import dev.vivarium.internal.thread.PlatformThreads;
import dev.vivarium.internal.thread.ShutdownHooks;
import dev.vivarium.internal.thread.ThreadStates;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The CPython of this process: started once, with a main interpreter and as many others as one
 * wants, and closed once.
 *
 * <p>{@link #close} ends all interpreters by the rules of {@link Interpreter#close()}. A JVM that
 * exits without it closes Python in a shutdown hook, after the application's own hooks ({@link
 * PythonOptions#hooksTimeout}), for {@link PythonOptions#exitTimeout} at most (guide: {@code
 * docs/guide/process.md}).
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="python" :
 * try (Interpreter other = python.newInterpreter()) { // with a GIL of its own
 *   other.exec("import json");
 *   String text = other.eval("json.dumps([1, 2])").asString();
 *   long sum = python.main().eval("sum(range(10))").asLong();
 * }
 * }
 */
public final class Python implements AutoCloseable {

  // 3.12 finds out that it cannot have them there when it is too late, and later crashes
  private static final List<String> UNSOUND_WITH_OWN_GIL =
      List.of("_datetime", "_decimal", "_zoneinfo");

  // 3.12's asks a class of the interpreter that imported it first, whose attributes another one's
  // cache
  // may take for those of a class of its own
  private static final List<String> UNSOUND_BESIDE_OTHERS = List.of("_decimal");

  private static @Nullable Python started;
  private static boolean halfWay; // being set up, or given up in the middle of that
  private static @Nullable String failure; // what has given it up

  private final PythonOptions options;
  private final PythonInstallation installation;
  private final PythonVersion version;
  private final AddedPaths paths;
  private final ClassLoader classLoader;
  private final @Nullable ClassPathModules modules;
  private final Interpreter main;
  private final boolean hosted;

  private Python(
      PythonOptions options,
      PythonInstallation installation,
      PythonVersion version,
      AddedPaths paths,
      ClassLoader classLoader,
      Interpreter main,
      boolean hosted) {
    this.options = options;
    this.installation = installation;
    this.version = version;
    this.paths = paths;
    this.classLoader = classLoader;
    this.modules =
        options.classPathPackages() ? ClassPathModules.of(loader(options.javaClasses())) : null;
    this.main = main;
    this.hosted = hosted;
  }

  /**
   * Starts the CPython that the environment names, or else the embedded one on the class path.
   *
   * @see #start(PythonOptions)
   */
  public static Python start() {
    return start(PythonOptions.defaults());
  }

  /**
   * Starts CPython in this process. Any thread may; Python's own main thread is one of the
   * library's, and {@link #callOnMainThread} runs code there. Java's classes and modules of the
   * class path are looked for by the context class loader of the thread that starts it, where
   * {@link JavaClasses#loadedBy} names no other; by that of the caller's class if there is none, or
   * one that does not see this library.
   *
   * @throws PythonStartException if it cannot be found, loaded or initialised, with what to do
   * @throws IllegalStateException if it runs or has run already, or has failed half-way, which is
   *     the cause then: one process has one CPython; if another class loader's copy of this library
   *     has started it; also one that a Python program has brought, see {@link #attachToHost()}
   */
  public static synchronized Python start(PythonOptions options) {
    refuseSecond();
    Begun making = Events.beginMaking();
    OnlyCopy.check();
    requireNativeAccess();
    if (LibPython.isInProgram()) {
      throw new IllegalStateException(
          "Python runs in this process already, and Java has not started it: Python.attachToHost()"
              + " gives it");
    }
    PythonInstallation installation =
        PythonLocator.locate(options.named(), options.useEnvironment());
    OnlyCopy.claim();
    PythonVersion version = load(installation);
    AddedPaths paths = AddedPaths.of(options, version);
    ClassLoader loader = StartersLoader.find();
    Python python =
        whole(() -> {
          Interpreter main = initialize(options, loader, installation);
          Python made =
              started(new Python(options, installation, version, paths, loader, main, false));
          main.run(in -> {
            Home home = Home.of(main.state());
            ProcessFunctions.refuse(home, refusals(options));
            made.streams(options.streams()).install(home);
          });
          return made;
        });
    Interpreter main = python.main;
    Events.made(making, main.id(), main.state().gil());
    return python;
  }

  /**
   * The Python of this process, with the default options.
   *
   * @see #shared(PythonOptions)
   */
  public static Python shared() {
    return shared(PythonOptions.defaults());
  }

  /**
   * The Python of this process, for several pieces of code in one JVM of which none owns it: test
   * classes, plug-ins, web applications (guide: {@code docs/guide/testing.md}). It is the one that
   * runs; that of the Python program that has started this JVM; or else it is started. Nobody
   * closes it: it ends with the JVM. Any thread may call this.
   *
   * @param options count where this call starts Python, or attaches to the program's; otherwise the
   *     {@linkplain #options() options} are those of whoever came first
   * @throws PythonStartException if there is none yet, and it cannot be found, loaded or
   *     initialised, with what to do
   * @throws IllegalStateException if it has been closed, for one process has one CPython; if
   *     another class loader's copy of this library has started it
   */
  public static synchronized Python shared(PythonOptions options) {
    Python before = running().orElse(null);
    if (before != null) {
      return before;
    }
    refuseSecond();
    requireNativeAccess();
    return LibPython.isInProgram() ? attachToHost(options) : start(options);
  }

  /**
   * The CPython of the Python program that has started this JVM, with the default options.
   *
   * @see #attachToHost(PythonOptions)
   */
  public static Python attachToHost() {
    return attachToHost(PythonOptions.defaults());
  }

  /**
   * The CPython that runs in this process already, since a Python program has started this JVM in
   * it. Its main interpreter stays that program's: it ends when the program does, which waits for
   * guards and for threads that are inside, {@link PythonOptions#exitTimeout} at most (guide:
   * {@code docs/guide/host.md}). Any thread may call this, whether it has a thread state attached
   * or not; once it has gone well, it gives the same each time.
   *
   * <p>Of the options those count that say nothing of which Python to start and how: {@code paths},
   * {@code environment}, {@code classPathPackages}, {@code exitTimeout}, {@code
   * virtualThreadWorkers}, {@code traceGuards}, {@code busyLogInterval}, {@code javaClasses},
   * {@code logTo} and, for interpreters that Java makes, {@code systemStreams}.
   *
   * @throws PythonStartException if no Python runs in this process, or it is older than 3.12, or
   *     the environment folder has no packages for it
   * @throws IllegalStateException if Java has started a Python of its own here, or a call before
   *     this one has failed half-way, with what of
   */
  public static synchronized Python attachToHost(PythonOptions options) {
    Python before = started;
    if (before != null && before.hosted && !halfWay) {
      return before;
    }
    refuseSecond();
    OnlyCopy.check();
    requireNativeAccess();
    PythonVersion version = findHost();
    AddedPaths paths = AddedPaths.of(options, version);
    OnlyCopy.claim();
    ClassLoader loader = StartersLoader.find();
    return whole(() -> {
      ApiSurface surface = new ApiSurface(options, loader, true);
      Interpreter main =
          Interpreter.of(
              Beginning.attach(
                  setup(options, surface),
                  options.exitTimeout(),
                  ShutdownHooks.within(options.exitTimeout())));
      return started(
          new Python(options, hostInstallation(main), version, paths, loader, main, true));
    });
  }

  // What failed half-way is not for use, nor begun again: the process is no longer as it was
  private static Python whole(Supplier<Python> setUp) {
    halfWay = true;
    try {
      Python python = setUp.get();
      halfWay = false;
      return python;
    } catch (Throwable t) {
      failure = t.toString();
      throw t;
    }
  }

  private static void requireNativeAccess() {
    try {
      LibPython.requireNativeAccess();
    } catch (IllegalCallerException e) {
      Module module = Python.class.getModule();
      throw new PythonStartException(
          "this JVM does not let Vivarium call native code: start java with "
              + (module.isNamed()
                  ? "--enable-native-access=" + module.getName()
                  : "--enable-native-access=ALL-UNNAMED, or name it in the manifest of the jar"
                      + " that is run (Enable-Native-Access: ALL-UNNAMED)"),
          e);
    }
  }

  private static Python started(Python python) {
    started = python;
    CarriedValues.name(python.options.scopedValues());
    PlatformThreads.limit(
        python.options.virtualThreadWorkers(), python.options.mostVirtualThreadWorkers());
    PythonOptions options = python.options;
    Runtime.getRuntime().addShutdownHook(new ExitHook(python.main, options, python.hosted));
    python.prepare(python.main, options.loggers(), options.javaClasses());
    return python;
  }

  private static PythonVersion findHost() {
    try {
      LibPython.find();
    } catch (UnsatisfiedLinkError e) {
      throw new PythonStartException(
          "no Python runs in this process: "
              + e.getMessage()
              + ". Python.start() starts one; attachToHost() is for a JVM that a Python program has"
              + " started",
          e);
    }
    return supported(PythonVersion.parse(LibPython.versionText()), "the program's Python");
  }

  private static PythonInstallation hostInstallation(Interpreter main) {
    return main.call(in -> {
      try (PyObject sys = in.importModule("sys");
          PyObject executable = sys.attr("executable");
          PyObject prefix = sys.attr("base_prefix")) {
        String program = executable.isNone() ? "" : executable.asString();
        Path path = Path.of(program);
        return new PythonInstallation(
            path,
            Path.of(prefix.asString()),
            program.isEmpty() ? null : path,
            "the Python program that has started this JVM");
      }
    });
  }

  private static Interpreters.Setup setup(PythonOptions options, ApiSurface surface) {
    return new Interpreters.Setup(
        options.traceGuards(),
        state -> new Home(state, surface),
        options.busyLogInterval(),
        Interpreter::logWaiting);
  }

  private static Set<ProcessFunctions.Refusal> refusals(PythonOptions options) {
    Set<ProcessFunctions.Refusal> refusals = EnumSet.allOf(ProcessFunctions.Refusal.class);
    if (options.allowFork()) {
      refusals.remove(ProcessFunctions.Refusal.FORK);
    }
    if (options.allowProcessExit() || options.allowFork()) { // the child has no other end
      refusals.remove(ProcessFunctions.Refusal.EXIT);
    }
    if (options.allowSignalHandlers()) {
      refusals.remove(ProcessFunctions.Refusal.SIGNALS);
    }
    if (options.allowSignalHandlers() || LibPython.chainsSignals()) {
      refusals.remove(ProcessFunctions.Refusal.FAULT_HANDLER);
    }
    return refusals;
  }

  private static void refuseSecond() {
    if (halfWay) {
      String why = failure;
      throw new IllegalStateException(
          why == null
              ? "Python is being set up by this very thread: wait for start() or attachToHost()"
              : "Python could not be set up in this process before, and cannot be a second time: "
                  + why);
    }
    Python before = started;
    if (before != null) {
      throw new IllegalStateException(
          before.main.isAlive()
              ? "Python is running already: Python.running() gives it, and Python.shared() starts"
                  + " one only where none runs"
              : "Python has been closed, and cannot be started again: one process has one CPython");
    }
  }

  private static PythonVersion load(PythonInstallation installation) {
    try {
      LibPython.load(installation.library(), installation.preload());
      return supported(
          PythonVersion.parse(LibPython.versionText()), installation.library().toString());
    } catch (UnsatisfiedLinkError e) {
      throw new PythonStartException(
          "cannot load " + installation.library() + ": " + e.getMessage(), e);
    }
  }

  private static PythonVersion supported(PythonVersion version, String what) {
    if (!version.isAtLeast(3, 12)) {
      throw new PythonStartException(
          what + " is Python " + version + "; Vivarium needs 3.12 or newer");
    }
    return version;
  }

  private static Interpreter initialize(
      PythonOptions options, ClassLoader loader, PythonInstallation installation) {
    ApiSurface surface = new ApiSurface(options, loader, false);
    try {
      InterpreterState main =
          Beginning.start(
              new Initialization.Settings(
                  installation.home(),
                  installation.executable(),
                  options.isolated(),
                  options.useEnvironment(),
                  options.site(),
                  options.argv()),
              setup(options, surface));
      return Interpreter.of(main);
    } catch (IllegalStateException e) {
      throw new PythonStartException(
          "Python ("
              + installation.library()
              + ", "
              + installation.source()
              + ") could not be initialised: "
              + e.getMessage(),
          e);
    }
  }

  /** The one that runs now, if any. */
  public static synchronized Optional<Python> running() {
    return Optional.ofNullable(started).filter(python -> !halfWay && python.main.isAlive());
  }

  static synchronized Python require() {
    Python python = started;
    if (python == null) {
      throw new IllegalStateException("Python has not been started: call Python.start() first");
    }
    return python;
  }

  static Duration busyLogInterval() {
    return require().options.busyLogInterval();
  }

  /** As {@link Interpreter#register}, for every interpreter, those to come too. */
  public <T> void register(Class<T> type, Converter<T> converter) {
    Converters.EVERYWHERE.register(type, new RegisteredConverter<>(type, converter));
  }

  /** The main interpreter. */
  public Interpreter main() {
    return main;
  }

  /**
   * Runs a body on Python's main thread, attached to the main interpreter, and waits for it. What
   * Python code may do on no other thread it may do there: {@code signal.signal}, where {@link
   * PythonOptions#allowSignalHandlers} lets it, and what asks for {@code threading.main_thread()}.
   * Signal handlers of Python code run there, between the body's bytecodes. It is a thread of the
   * library's own, never Java's main thread, with a stack of 64 MiB.
   *
   * <p>Bodies run one after the other, so one that never returns keeps all others waiting, but
   * nothing else: the interpreter is closed and looked after on other threads, and {@link
   * System#exit} may be called there. A closer waits for the body as for anyone inside. The calling
   * thread is detached while it waits, through interrupts; on Python's main thread itself the body
   * runs at once. The body has the calling thread's context class loader; a Java thread that it
   * starts is a daemon, as that thread is, where it does not say otherwise.
   *
   * @throws InterpreterClosedException if the main interpreter is closing or has ended when the
   *     body's turn comes
   * @throws IllegalStateException if a Python program has started this JVM ({@link #isHosted}): its
   *     main thread is its own
   */
  public <T extends @Nullable Object, X extends Throwable> T callOnMainThread(
      InterpreterFunction<T, X> body) throws X {
    if (hosted) {
      throw new IllegalStateException(
          "Python's main thread is that of the Python program that has started this JVM: run there"
              + " what wants that thread, or use Interpreter.call(…)");
    }
    return main.callOnMainThread(body);
  }

  /** As {@link #callOnMainThread}, without a result. */
  public <X extends Throwable> void runOnMainThread(InterpreterAction<X> body) throws X {
    this.<@Nullable Object, X>callOnMainThread(in -> {
      body.run(in);
      return null;
    });
  }

  /** A new interpreter with a GIL of its own; see {@link InterpreterOptions#isolated}. */
  public Interpreter newInterpreter() {
    return newInterpreter(InterpreterOptions.isolated());
  }

  /**
   * A new interpreter. Made, and later ended, on a thread of its own.
   *
   * @throws InterpreterClosedException if the main interpreter is closing or has ended
   */
  public Interpreter newInterpreter(InterpreterOptions options) {
    Begun making = Events.beginMaking();
    InterpreterState made = Creation.create(options.config());
    if (made == null) {
      throw main.home().closed();
    }
    try {
      Interpreter interpreter = Interpreter.of(made);
      setUp(interpreter, options);
      Events.made(making, made.id(), made.gil());
      return interpreter;
    } catch (Throwable t) {
      made.abandon();
      throw t;
    }
  }

  private void setUp(Interpreter interpreter, InterpreterOptions options) {
    Mirror.of(interpreter.home()).setAccess(options.javaClasses().access());
    if (!version.isAtLeast(3, 13)) {
      refuse(interpreter, options.ownGil() ? UNSOUND_WITH_OWN_GIL : UNSOUND_BESIDE_OTHERS);
    }
    prepare(interpreter, options.loggers(), options.javaClasses());
    TextStreams streams = streams(options.streams());
    if (!streams.equals(TextStreams.OWN)) {
      interpreter.run(in -> streams.install(interpreter.home()));
    }
  }

  private TextStreams streams(TextStreams named) {
    return options.systemStreams() ? named.orSystem() : named;
  }

  private static void refuse(Interpreter interpreter, List<String> unsound) {
    interpreter.run(in -> {
      try (PyObject sys = in.importModule("sys");
          PyObject modules = sys.attr("modules")) {
        for (String name : unsound) {
          modules.callMethod("setdefault", name, null).close();
        }
      }
    });
  }

  private void prepare(
      Interpreter interpreter,
      @Nullable Function<? super String, ? extends System.Logger> loggers,
      JavaClasses javaClasses) {
    paths.addTo(interpreter);
    ClassPathModules found = modules(loader(javaClasses));
    if (found != null) {
      interpreter.run(in -> found.install(in.home()));
    }
    if (loggers != null) {
      interpreter.run(in -> LogHandler.install(in.home(), loggers));
    }
  }

  private ClassLoader loader(JavaClasses javaClasses) {
    ClassLoader named = javaClasses.access().loader();
    return named == null ? classLoader : named;
  }

  private @Nullable ClassPathModules modules(ClassLoader loader) {
    if (!options.classPathPackages()) {
      return null;
    }
    // Main's have compiled what they have seen
    return loader.equals(loader(options.javaClasses())) ? modules : ClassPathModules.of(loader);
  }

  /** What {@link InterpreterView#of} gives. */
  InterpreterView view(long id) {
    InterpreterState known = Interpreters.known(id);
    if (known != null) {
      return new InterpreterView(known);
    }
    if (main.call(in -> Interpreters.exists(id))) {
      throw new InterpreterNotFoundException(
          "interpreter "
              + id
              + " has been made by C code, and may end at any moment: it has a view once its own"
              + " code has called Java, by InterpreterView.current()");
    }
    throw hasEnded(id)
        ? new InterpreterClosedException("interpreter " + id + " has ended", true)
        : new InterpreterNotFoundException(
            "there has never been an interpreter with the id " + id + " in this process");
  }

  // Ids are given out in order: a new interpreter's tells whether there has been one
  private boolean hasEnded(long id) {
    if (id < 0 || Interpreters.hasBeenSeen(id)) {
      return id >= 0;
    }
    try (Interpreter probe = newInterpreter()) {
      return id < probe.id();
    }
  }

  /** The version of the CPython that runs. */
  public PythonVersion version() {
    return version;
  }

  /** Where it lies. */
  public PythonInstallation installation() {
    return installation;
  }

  /** What it was started with. */
  public PythonOptions options() {
    return options;
  }

  /** How calls keep their thread states on this CPython. */
  public ThreadStatePolicy threadStatePolicy() {
    return Interpreters.keepsSubinterpreterStates()
        ? ThreadStatePolicy.KEPT
        : ThreadStatePolicy.KEPT_IN_MAIN;
  }

  /**
   * Whether a Python program has started this JVM, and ends Python: then {@link #close} leaves main
   * open.
   */
  public boolean isHosted() {
    return hosted;
  }

  /**
   * Where the threads are that are inside an interpreter, as text for people: of each the Python
   * frames, then the Java frames, the innermost first; then the threads that Python code has
   * started, and the guards that are held. To be logged when something does not go on (guide:
   * {@code docs/guide/observability.md}).
   *
   * <p>For any thread. Each interpreter's own thread waits for its GIL to look, for a second in
   * all: where C code keeps that longer, and on a free-threaded CPython, the Java frames have to
   * do. The threads go on meanwhile, so the two sides of one may be a moment apart. The text's form
   * may change.
   */
  public String dumpThreads() {
    return ThreadStates.unattached(() -> ThreadDump.of(this));
  }

  /**
   * Closes every interpreter, main last, each as {@link Interpreter#close()} does. In a Python
   * program, those that Java has made; main goes on, as the program does.
   */
  @Override
  public void close() {
    if (hosted) {
      made().forEach(Interpreter::close);
    } else {
      main.close();
    }
  }

  /**
   * As {@link #close()}, but not for longer than that in all.
   *
   * @throws InterpreterBusyException past the time, naming who is inside; nothing is torn down then
   */
  public void close(Duration timeout, CloseOption... options) {
    if (!hosted) {
      main.close(timeout, options);
      return;
    }
    Deadline deadline = Deadline.in(timeout);
    made().forEach(one -> one.close(Duration.ofNanos(deadline.nanosLeft()), options));
  }

  private static List<Interpreter> made() {
    return Interpreters.made().stream().map(Interpreter::of).toList();
  }

  @Override
  public String toString() {
    return "Python[" + version + ", " + installation.library() + "]";
  }
}
