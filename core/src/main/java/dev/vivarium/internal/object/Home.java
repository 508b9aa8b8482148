package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.InterpreterClosedException;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.object.PerInterpreter.Kept;
import dev.vivarium.internal.thread.Companion;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interrupts;
import dev.vivarium.internal.thread.LargeStack;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What Java keeps of one interpreter's objects. */
public final class Home implements Companion {

  static final int FILE_INPUT = 257;
  private static final int EVAL_INPUT = 258;
  private static final double JOIN_STEP_SECONDS = 0.05;
  private static final int MOST_NAMES = 1000;
  private static final String IMPORT_MACHINERY = "<frozen importlib._bootstrap>";

  private static final OwnSource BEGIN = new OwnSource(Home.class, "begin.py");

  // Two threads may both run it; all see one set of classes, or an exception would not be known
  private static final PerInterpreter<Owned> SUPPORT =
      PerInterpreter.owned(new OwnSource(Home.class, "support.py")::run);

  private static final OwnSource SMALL_STACKS_SOURCE = new OwnSource(Home.class, "small_stacks.py");
  private static final PerInterpreter<Owned> SMALL_STACKS = PerInterpreter.owned(Home::smallStacks);

  private final InterpreterState state;
  private final Surface surface;
  private final References references = new References(this);

  // Owned references, given back at the last moment
  private final Map<String, Long> names = new ConcurrentHashMap<>();
  private final Queue<Long> lasting = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Object[] kept = new Object[0]; // replaced, never changed
  private volatile boolean ending;
  private final ValueTypes values = new ValueTypes(this);
  private final Converters converters = new Converters(Converters.EVERYWHERE);
  private @Nullable JavaObjects javaObjects;

  public Home(InterpreterState state, Surface surface) {
    this.state = state;
    this.surface = surface;
  }

  /** That of an interpreter. */
  public static Home of(InterpreterState state) {
    return (Home) state.companion();
  }

  public InterpreterState state() {
    return state;
  }

  public References references() {
    return references;
  }

  /** Whether Java holds objects of the interpreter. */
  public boolean holdsObjects() {
    return !references.isEmpty();
  }

  public Surface surface() {
    return surface;
  }

  /** Java's functions and objects in it. */
  public JavaObjects javaObjects() {
    JavaObjects known = javaObjects;
    if (known == null) {
      throw new IllegalStateException(state + " has not begun yet");
    }
    return known;
  }

  public void setJavaObjects(JavaObjects shown) {
    javaObjects = shown;
  }

  /** For an interpreter that refuses newcomers. */
  public InterpreterClosedException closed() {
    boolean alive = state.gate().isAlive();
    return new InterpreterClosedException(
        alive ? state + " is closing and takes nobody in any more" : state + " has ended", !alive);
  }

  /** For a thread that is attached to another interpreter than an object's. */
  public WrongInterpreterException wrongInterpreter() {
    return new WrongInterpreterException(
        "an object of "
            + state
            + " was used on a thread that is attached to another interpreter: enter "
            + state
            + " for it, with ThreadState.ensure(view) or view.call(…)");
  }

  @Override
  public void begin() {
    References.startCollecting();
    references.begin();
    references.warmUp();
    surface.begin(this);
  }

  @Nullable Object kept(int number) {
    @Nullable Object[] now = kept;
    return number < now.length ? now[number] : null;
  }

  /** Keeps a value, unless there is one: then that. */
  @SuppressWarnings("unchecked")
  <T> T keep(PerInterpreter<T> of, T value) {
    synchronized (references) { // not a lock that anybody has while calling Python
      Object first = kept(of.number);
      if (first != null) {
        return (T) first;
      }
      replaceKept(of, value);
    }
    if (ending && value instanceof Kept one) {
      one.ending();
    }
    return value;
  }

  <T> void replaceKept(PerInterpreter<T> of, T value) {
    synchronized (references) {
      @Nullable Object[] more = Arrays.copyOf(kept, Math.max(kept.length, of.number + 1));
      more[of.number] = value;
      kept = more;
    }
  }

  // Each alone: where one fails, the others are to be told
  private void tellKept(boolean ended) {
    Throwable failure = null;
    for (Object value : kept) {
      if (value instanceof Kept one) {
        try {
          if (ended) {
            one.ended();
          } else {
            one.ending();
          }
        } catch (RuntimeException | Error e) {
          failure = e;
        }
      }
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    } else if (failure instanceof Error e) {
      throw e;
    }
  }

  @Override
  public void ending() {
    ending = true;
    try {
      tellKept(false);
    } finally {
      references.giveBackLast(); // while what finalizers want is still there
    }
  }

  @Override
  public void lastMoment() {
    references.giveBackLast(); // those that finalizers have brought
    for (long name : names.values()) {
      C.Py_DecRef(name);
    }
    names.clear();
    values.forget();
    for (long object : lasting) {
      C.Py_DecRef(object);
    }
    lasting.clear();
    giveBackOwned();
  }

  private void giveBackOwned() {
    List<Owned> owned = new ArrayList<>();
    synchronized (references) {
      @Nullable Object[] others = kept.clone();
      for (int i = 0; i < others.length; i++) {
        if (others[i] instanceof Owned one) {
          owned.add(one);
          others[i] = null;
        }
      }
      kept = others;
    }
    for (Owned one : owned) {
      one.giveBack();
    }
  }

  @Override
  public void ended() {
    references.end();
    names.clear();
    converters.clear();
    tellKept(true);
  }

  /** Java code that Python has called. */
  @FunctionalInterface
  public interface Body<T extends @Nullable Object, X extends Throwable> {
    T run() throws X;
  }

  /** Runs Java code that may block, on a thread that is inside; others run Python meanwhile. */
  public <T extends @Nullable Object, X extends Throwable> T detached(Body<T, X> body) throws X {
    Detached begun = Detached.begin(this);
    try {
      return body.run();
    } finally {
      Detached.end(begun);
    }
  }

  /** A borrowed reference to a name as a Python str, made once. */
  public long name(String text) {
    Long known = names.get(text);
    if (known != null) {
      return known;
    }
    long made = checked(Text.toPython(text));
    if (names.size() > MOST_NAMES) { // made up at run time
      names.forEach((name, str) -> {
        if (names.remove(name, str)) {
          lasting.add(str); // somebody may be using it
        }
      });
    }
    Long first = names.putIfAbsent(text, made);
    if (first != null) {
      C.Py_DecRef(made);
      return first;
    }
    return made;
  }

  /** Takes over a reference that is to be held as long as the interpreter lives. */
  public void own(long reference) {
    lasting.add(reference);
  }

  /** Passes a new reference on, or throws what is raised. */
  public long checked(long reference) {
    if (reference == 0) {
      throw raised();
    }
    return reference;
  }

  /** Throws what is raised if a C function has reported failure. */
  public void checked(int result) {
    if (result < 0) {
      throw raised();
    }
  }

  /** The Java exception for what is raised, which is cleared. */
  public RuntimeException raised() {
    long exception = C.PyErr_GetRaisedException();
    if (exception == 0) {
      return new IllegalStateException("a C function failed without a Python exception");
    }
    return surface.raised(this, exception);
  }

  /** The exception that a Java exception becomes here, as a new reference. */
  public long toPythonException(Throwable thrown) {
    long same = surface.pythonException(this, thrown);
    return same != 0 ? same : javaObjects().exception(thrown);
  }

  /** An attribute as a new reference. */
  public long attribute(long object, String name) {
    return checked(C.PyObject_GetAttr(object, name(name)));
  }

  /** Imports a module as a new reference. */
  public long importModule(String name) {
    return checked(C.PyImport_Import(name(name)));
  }

  /**
   * A new reference to the module of that name, made of a file's code if there is none yet.
   *
   * @throws IllegalStateException if there is one that was made of something else
   */
  public long importModule(String name, URL source) {
    long module = C.PyImport_GetModule(name(name));
    if (module == 0) {
      if (C.PyErr_Occurred() != 0) {
        throw raised();
      }
      module = makeModule(name, source);
    }
    String file = textAttribute(module, "__file__");
    if (!file.equals(fileOf(source))) {
      C.Py_DecRef(module);
      throw new IllegalStateException(
          "there is a module "
              + name
              + " already"
              + (file.isEmpty() ? "" : ", from " + file)
              + ", not from "
              + source
              + ": importModule(name) gives it");
    }
    return module;
  }

  // A path where there is one, as others' __file__ is
  private static String fileOf(URL source) {
    try {
      return source.getProtocol().equals("file")
          ? Path.of(source.toURI()).toString()
          : source.toString();
    } catch (URISyntaxException | IllegalArgumentException e) {
      return source.toString();
    }
  }

  private long makeModule(String name, URL source) {
    Supplier<String> read =
        () ->
            detached(() -> {
              try (InputStream in = source.openStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try (Call call = Call.of(this, 3)) {
      return checked(
          call.add((Object) name)
              .add((Object) read)
              .add((Object) fileOf(source))
              .callFunction(support("make_module")));
    }
  }

  /** An attribute that is a str; empty if there is none, or it is something else. */
  public String textAttribute(long object, String name) {
    long value = C.PyObject_GetAttr(object, name(name));
    if (value == 0) {
      C.PyErr_Clear();
      return "";
    }
    try {
      return Types.isInstance(value, Types.STR) ? ToJava.toText(this, value) : "";
    } finally {
      C.Py_DecRef(value);
    }
  }

  /**
   * Runs statements or evaluates an expression; a new reference.
   *
   * @param globals a dict, or 0 for that of {@code __main__}
   * @param locals a mapping, or 0 for the globals
   */
  public long run(String source, String fileName, boolean expression, long globals, long locals) {
    try (Arena arena = Arena.ofConfined()) {
      long names = globals == 0 ? main(arena) : globals;
      if (globals != 0) {
        setBuiltins(names, arena);
      }
      long code = compile(source, fileName, expression, arena);
      try {
        return checked(C.PyEval_EvalCode(code, names, locals == 0 ? names : locals));
      } finally {
        C.Py_DecRef(code);
      }
    }
  }

  // Borrowed
  private long main(Arena arena) {
    return C.PyModule_GetDict(
        checked(C.PyImport_AddModule(arena.allocateFrom("__main__").address())));
  }

  // As exec() does it
  private void setBuiltins(long globals, Arena arena) {
    long key = arena.allocateFrom("__builtins__").address();
    if (C.PyDict_GetItemString(globals, key) == 0) {
      long builtins = C.PyImport_AddModule(arena.allocateFrom("builtins").address());
      checked(C.PyDict_SetItemString(globals, key, checked(builtins)));
    }
  }

  private long compile(String source, String fileName, boolean expression, Arena arena) {
    long text = arena.allocateFrom(source).address();
    long file = arena.allocateFrom(fileName).address();
    LongSupplier compile =
        () -> C.Py_CompileString(text, file, expression ? EVAL_INPUT : FILE_INPUT);
    return checked(LargeStack.isWanted() ? LargeStack.run(state, compile) : compile.getAsLong());
  }

  /**
   * A name of {@code __main__} as a new reference.
   *
   * @return 0 if there is none
   */
  public long get(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long key = checked(Text.toPython(name));
      long found = C.PyObject_GetItem(main(arena), key);
      C.Py_DecRef(key);
      if (found == 0) {
        C.PyErr_Clear(); // a KeyError, of a dict with a str
      }
      return found;
    }
  }

  /** Gives a name of {@code __main__} a value. */
  public void set(String name, long value) {
    try (Arena arena = Arena.ofConfined()) {
      checked(C.PyDict_SetItemString(main(arena), arena.allocateFrom(name).address(), value));
    }
  }

  /** A borrowed reference to one of the Python helpers of {@code support.py}. */
  public long support(String name) {
    return SUPPORT.in(this).item(name);
  }

  /** The conversions that users have registered. */
  public Converters converters() {
    return converters;
  }

  /** The types whose values have counterparts in Java. */
  ValueTypes values() {
    return values;
  }

  /** Runs what each interpreter begins with, which is given these Java functions. */
  public void runBegin(Map<String, Object> given) {
    C.Py_DecRef(BEGIN.run(this, given));
  }

  @Override
  public void smallStack(long ident) {
    try (Call call = Call.of(this)) {
      long add = SMALL_STACKS.in(this).item("add");
      C.Py_DecRef(checked(call.add(ident).callFunction(add)));
    }
  }

  private static long smallStacks(Home home) {
    LongConsumer elsewhere =
        function ->
            C.Py_DecRef(
                home.checked(
                    LargeStack.run(home.state, () -> C.PyObject_Vectorcall(function, 0, 0, 0))));
    return SMALL_STACKS_SOURCE.run(home, Map.of("elsewhere", elsewhere));
  }

  @Override
  public List<String> joinThreads(Deadline deadline, boolean daemons, boolean interrupt) {
    return joinThreads(deadline, daemons, interrupt, Set.of());
  }

  private List<String> joinThreads(
      Deadline deadline, boolean daemons, boolean interrupt, Set<Long> but) {
    if (!daemons && !isImported("threading")) {
      return List.of(); // only threading knows of daemons, and nobody has asked it for a thread
    }
    List<Running> running = joinBriefly(0, daemons, but);
    if (interrupt && !deadline.hasPassed()) { // else it has come too late to the GIL
      running.forEach(thread -> Interrupts.raise(thread.ident));
    }
    while (!running.isEmpty() && !deadline.hasPassed()) {
      running = joinBriefly(JOIN_STEP_SECONDS, daemons, but);
    }
    return running.stream().map(Running::name).toList();
  }

  @Override
  public boolean joinProgram(Deadline deadline) {
    if (!isImported("threading")) {
      return false;
    }
    boolean running;
    do {
      try (Call call = Call.of(this)) {
        long answer = checked(call.add(JOIN_STEP_SECONDS).callFunction(support("join_program")));
        running = ToJava.toLong(this, answer) != 0;
        C.Py_DecRef(answer);
      }
    } while (running && !deadline.hasPassed());
    return running;
  }

  @Override
  public boolean isOfImport(long frame) {
    long code = attribute(frame, "f_code");
    long file = attribute(code, "co_filename");
    try {
      return ToJava.toText(this, file).equals(IMPORT_MACHINERY);
    } finally {
      C.Py_DecRef(file);
      C.Py_DecRef(code);
    }
  }

  @Override
  public void destroy(long id) {
    try (Call call = Call.of(this)) {
      C.Py_DecRef(checked(call.add(id).callFunction(support("destroy"))));
    }
  }

  @Override
  public void shutPools() {
    if (isImported("threading")) {
      callSupport("shut_pools");
    }
  }

  private boolean isImported(String module) {
    long found = C.PyImport_GetModule(name(module));
    if (found == 0) {
      C.PyErr_Clear();
      return false;
    }
    C.Py_DecRef(found);
    return true;
  }

  private record Running(String name, long ident) {}

  // Waits a little for each thread, and gives those still there
  private List<Running> joinBriefly(double seconds, boolean daemons, Set<Long> but) {
    try (Call call = Call.of(this, 3)) {
      long running =
          checked(
              call.add(seconds)
                  .add(daemons)
                  .add((Object) List.copyOf(but))
                  .callFunction(support("join_threads")));
      try {
        List<Running> threads = new ArrayList<>();
        for (long i = 0; i < C.PyList_Size(running); i++) {
          long entry = C.PyList_GetItem(running, i);
          threads.add(
              new Running(
                  ToJava.toText(this, C.PyTuple_GetItem(entry, 0)),
                  ToJava.toLong(this, C.PyTuple_GetItem(entry, 1))));
        }
        return threads;
      } finally {
        C.Py_DecRef(running);
      }
    }
  }

  @Override
  public void lastWords(Deadline threads, Set<Long> exiting) {
    callSupport("flush_files"); // first, since what comes next may take too long
    try {
      if (!threads.hasPassed()) {
        shutPools();
        joinThreads(threads, false, true, exiting);
      }
    } finally {
      callSupport("last_words");
    }
  }

  @Override
  public void leaveDaemons() {
    try (Call call = Call.of(this)) {
      checked(call.callFunction(support("leave_daemons"))); // never given back, as it says
    }
  }

  private void callSupport(String function) {
    try (Call call = Call.of(this)) {
      C.Py_DecRef(checked(call.callFunction(support(function))));
    }
  }
}
