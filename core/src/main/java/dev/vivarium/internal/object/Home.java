package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.Companion;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interrupts;
import dev.vivarium.internal.thread.ThreadStates;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What Java keeps of one interpreter's objects. */
public final class Home implements Companion {

  static final int FILE_INPUT = 257;
  private static final int EVAL_INPUT = 258;
  private static final double JOIN_STEP_SECONDS = 0.05;

  private static final OwnSource BEGIN = new OwnSource("begin.py");
  private static final OwnSource SUPPORT = new OwnSource("support.py");
  private static final OwnSource SMALL_STACKS = new OwnSource("small_stacks.py");

  private final InterpreterState state;
  private final Surface surface;
  private final References references = new References(this);

  // Owned references, freed by the interpreter's end as everything in it
  private final Map<String, Long> names = new ConcurrentHashMap<>();
  private final List<Runnable> beforeEnd = new CopyOnWriteArrayList<>();
  private final List<Runnable> onEnd = new CopyOnWriteArrayList<>();
  private final AtomicLong support = new AtomicLong();
  private final AtomicLong smallStacks = new AtomicLong();
  private volatile boolean ending;
  private final ValueTypes values = new ValueTypes(this);
  private final Converters converters = new Converters(Converters.EVERYWHERE);
  private @Nullable Object owner;
  private @Nullable Object mirror;

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

  /** The public object that stands for the interpreter. */
  public Object owner() {
    Object known = owner;
    if (known == null) {
      throw new IllegalStateException(state + " has no public object yet");
    }
    return known;
  }

  public void setOwner(Object publicObject) {
    owner = publicObject;
  }

  /** What the room above keeps of the Java classes that Python code has met. */
  public Object mirror() {
    Object known = mirror;
    if (known == null) {
      throw new IllegalStateException(state + " has not begun yet");
    }
    return known;
  }

  public void setMirror(Object kept) {
    mirror = kept;
  }

  @Override
  public void begin() {
    References.startCollecting();
    surface.begin(this);
  }

  /** Has something done before the interpreter ends, when nobody else is inside; attached. */
  public void beforeEnd(Runnable action) {
    beforeEnd.add(action);
    if (ending) {
      action.run();
    }
  }

  @Override
  public void ending() {
    ending = true;
    beforeEnd.forEach(Runnable::run);
  }

  /** Has something done when the interpreter has ended. */
  public void onEnd(Runnable action) {
    onEnd.add(action);
  }

  @Override
  public void ended() {
    references.end();
    names.clear();
    onEnd.forEach(Runnable::run);
    onEnd.clear();
  }

  /** Java code that Python has called. */
  @FunctionalInterface
  public interface Body<T extends @Nullable Object, X extends Throwable> {
    T run() throws X;
  }

  /** Runs Java code that may block, on a thread that is inside; others run Python meanwhile. */
  public <T extends @Nullable Object, X extends Throwable> T detached(Body<T, X> body) throws X {
    Attachment here = ThreadStates.ensureReady(state);
    if (here == null) {
      throw surface.closed(this);
    }
    int depth = here.depth();
    try {
      ThreadStates.beginDetached(here);
      try {
        return body.run();
      } finally {
        ThreadStates.endDetached(here);
      }
    } finally {
      ThreadStates.release(here, depth);
    }
  }

  /** A borrowed reference to a name as a Python str, made once. */
  public long name(String text) {
    Long known = names.get(text);
    if (known != null) {
      return known;
    }
    long made = checked(Text.toPython(text));
    if (names.size() > 1000) {
      names.clear(); // names made up at run time; their strs stay until the interpreter's end
    }
    names.put(text, made);
    return made;
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
    return surface.toPythonException(this, thrown);
  }

  /** An attribute as a new reference. */
  public long attribute(long object, String name) {
    return checked(C.PyObject_GetAttr(object, name(name)));
  }

  /** Imports a module as a new reference. */
  public long importModule(String name) {
    return checked(C.PyImport_Import(name(name)));
  }

  /** A new reference to the module of that name, made of a file's code if there is none yet. */
  public long importModule(String name, URL source) {
    long known = C.PyImport_GetModule(name(name));
    if (known != 0) {
      return known;
    }
    if (C.PyErr_Occurred() != 0) {
      throw raised();
    }
    String text =
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
              .add((Object) text)
              .add((Object) source.toString())
              .callFunction(support("make_module")));
    }
  }

  /** Runs statements or evaluates an expression in {@code __main__}; a new reference. */
  public long runInMain(String source, String fileName, boolean expression) {
    try (Arena arena = Arena.ofConfined()) {
      long main = checked(C.PyImport_AddModule(arena.allocateFrom("__main__").address()));
      return run(source, fileName, expression, C.PyModule_GetDict(main), arena);
    }
  }

  private long run(
      String source, String fileName, boolean expression, long namespace, Arena arena) {
    long text = arena.allocateFrom(source).address();
    long file = arena.allocateFrom(fileName).address();
    LongSupplier compile =
        () -> C.Py_CompileString(text, file, expression ? EVAL_INPUT : FILE_INPUT);
    long code =
        checked(
            ThreadStates.isSmallForParser()
                ? ThreadStates.onLargeStack(state, compile)
                : compile.getAsLong());
    try {
      return checked(C.PyEval_EvalCode(code, namespace, namespace));
    } finally {
      C.Py_DecRef(code);
    }
  }

  /** A borrowed reference to one of the Python helpers of {@code support.py}. */
  public long support(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return C.PyDict_GetItemString(supported(), arena.allocateFrom(name).address());
    }
  }

  /** The conversions that users have registered. */
  public Converters converters() {
    return converters;
  }

  /** The types whose values have counterparts in Java. */
  ValueTypes values() {
    return values;
  }

  // Two threads may both run it; all see one set of classes, or an exception would not be known
  private long supported() {
    if (support.get() == 0) {
      long made = SUPPORT.run(this, Map.of());
      if (!support.compareAndSet(0, made)) {
        C.Py_DecRef(made);
      }
    }
    return support.get();
  }

  /** Runs what each interpreter begins with, which is given these Java functions. */
  public void runBegin(Map<String, Object> given) {
    C.Py_DecRef(BEGIN.run(this, given));
  }

  @Override
  public void smallStack(long ident) {
    if (smallStacks.get() == 0) {
      LongConsumer elsewhere =
          function ->
              C.Py_DecRef(
                  checked(
                      ThreadStates.onLargeStack(
                          state, () -> C.PyObject_Vectorcall(function, 0, 0, 0))));
      long made = SMALL_STACKS.run(this, Map.of("elsewhere", elsewhere));
      if (!smallStacks.compareAndSet(0, made)) {
        C.Py_DecRef(made);
      }
    }
    try (Arena arena = Arena.ofConfined();
        Call call = Call.of(this)) {
      long add = C.PyDict_GetItemString(smallStacks.get(), arena.allocateFrom("add").address());
      C.Py_DecRef(checked(call.add(ident).callFunction(add)));
    }
  }

  @Override
  public List<String> joinThreads(Deadline deadline, boolean daemons, boolean interrupt) {
    if (!daemons && !isImported("threading")) {
      return List.of(); // only threading knows of daemons, and nobody has asked it for a thread
    }
    List<Running> running = joinBriefly(0, daemons);
    if (interrupt) {
      running.forEach(thread -> Interrupts.raise(thread.ident));
    }
    while (!running.isEmpty() && !deadline.hasPassed()) {
      running = joinBriefly(JOIN_STEP_SECONDS, daemons);
    }
    return running.stream().map(Running::name).toList();
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
  private List<Running> joinBriefly(double seconds, boolean daemons) {
    try (Call call = Call.of(this)) {
      long running = checked(call.add(seconds).add(daemons).callFunction(support("join_threads")));
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
  public void lastWords() {
    try (Call call = Call.of(this)) {
      C.Py_DecRef(checked(call.callFunction(support("last_words"))));
    }
  }
}
