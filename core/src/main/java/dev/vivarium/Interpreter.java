package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.NativeFunction;
import dev.vivarium.internal.bridge.TextStreams;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Stay;
import dev.vivarium.internal.memory.Formats;
import dev.vivarium.internal.memory.Geometry;
import dev.vivarium.internal.memory.Lending;
import dev.vivarium.internal.mirror.Mirror;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnContext;
import dev.vivarium.internal.object.PerInterpreter;
import dev.vivarium.internal.object.Source;
import dev.vivarium.internal.object.ToPython;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.Ending;
import dev.vivarium.internal.thread.Forgotten;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.InterruptWatch;
import dev.vivarium.internal.thread.Left;
import dev.vivarium.internal.thread.MainThread;
import dev.vivarium.internal.thread.PlatformThreads;
import dev.vivarium.internal.thread.ThreadStates;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.nio.Buffer;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A Python interpreter: the main one, or a sub-interpreter with modules, globals and mostly a GIL
 * of its own.
 *
 * <p>Any thread may call its methods. One that is attached to it goes straight on; one with nothing
 * attached enters and leaves for the call; one that is attached to another interpreter switches and
 * comes back. A virtual thread has the call done on a platform thread. Once closing has begun,
 * those who are not inside get an {@link InterpreterClosedException}.
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="interpreter" :
 * main.exec("def greet(name, mark='!'): return 'Hello ' + name + mark");
 * PyObject greet = main.eval("greet");
 * String one = greet.call("Ada").asString();
 * String two = greet.callKw(Map.of("mark", "?"), "Bob").asString();
 * }
 */
public final class Interpreter implements AutoCloseable {

  private static final String BODY = "the body of a call";

  private static final System.Logger LOG = System.getLogger("dev.vivarium");

  private static final PerInterpreter<Interpreter> ALL = new PerInterpreter<>(Interpreter::new);

  private final Home home;
  private final InterpreterState state;

  private Interpreter(Home home) {
    this.home = home;
    this.state = home.state();
  }

  /** The public object of an interpreter that has been met. */
  static Interpreter of(InterpreterState state) {
    return of(Home.of(state));
  }

  static Interpreter of(Home home) {
    return ALL.in(home);
  }

  InterpreterState state() {
    return state;
  }

  Home home() {
    return home;
  }

  /** CPython's id of it: 0 for the main interpreter; never used again in the process. */
  public long id() {
    return state.id();
  }

  /** Whether it has not ended. One that is closing is still alive. */
  public boolean isAlive() {
    return state.gate().isAlive();
  }

  /**
   * Whether Java holds objects of it: a {@link PyObject} or an implementation of a functional
   * interface that has not been closed, nor dropped and collected. For those who end an interpreter
   * when nobody has a use for it any more.
   */
  public boolean hasObjects() {
    return home.holdsObjects();
  }

  /** A weak reference to it, safe for ever. */
  @CheckReturnValue
  public InterpreterView view() {
    return new InterpreterView(state);
  }

  /**
   * A strong reference: until it is closed, the interpreter does not begin to end.
   *
   * @throws InterpreterClosedException at once, if closing has begun
   */
  @CheckReturnValue
  public InterpreterGuard guard() {
    return InterpreterGuard.of(state);
  }

  /**
   * Runs statements in {@code __main__}.
   *
   * @throws PythonException what they raise, a {@code SyntaxError} too
   * @throws ConversionException if the text has a NUL or a lone surrogate
   */
  public void exec(String code) {
    exec(code, "<string>");
  }

  /**
   * Runs statements in {@code __main__}.
   *
   * @param fileName what tracebacks call the source
   */
  public void exec(String code, String fileName) {
    Source.check(code);
    Source.check(fileName);
    run(in -> C.Py_DecRef(home.run(code, fileName, false, 0, 0)));
  }

  /**
   * Runs statements in a namespace of their own: {@code exec(code, globals)}. A new one is {@code
   * toPython(Map.of())}.
   *
   * @param globals a {@code dict}, which keeps the names that the code sets
   * @throws IllegalArgumentException if it is no {@code dict}
   */
  public void exec(String code, PyObject globals) {
    exec(code, globals, globals);
  }

  /**
   * As {@link #exec(String, PyObject)}, where names that the code sets go to another mapping.
   *
   * @param locals any mapping
   */
  public void exec(String code, PyObject globals, PyObject locals) {
    Source.check(code);
    run(in -> C.Py_DecRef(run(code, false, globals, locals)));
  }

  /** Evaluates an expression in {@code __main__}. */
  public PyObject eval(String expression) {
    Source.check(expression);
    return call(in -> PyObject.take(home, home.run(expression.strip(), "<string>", true, 0, 0)));
  }

  /**
   * Evaluates an expression in a namespace: {@code eval(expression, globals)}.
   *
   * @throws IllegalArgumentException if the namespace is no {@code dict}
   */
  public PyObject eval(String expression, PyObject globals) {
    return eval(expression, globals, globals);
  }

  /** As {@link #eval(String, PyObject)}, where names are looked for in another mapping first. */
  public PyObject eval(String expression, PyObject globals, PyObject locals) {
    Source.check(expression);
    return call(in -> PyObject.take(home, run(expression.strip(), true, globals, locals)));
  }

  private long run(String code, boolean expression, PyObject globals, PyObject locals) {
    return globals.within(names -> {
      if (!Types.isInstance(names, Types.DICT)) {
        throw new IllegalArgumentException("globals: " + globals.type().repr() + " is no dict");
      }
      long others = locals.referenceIn(home);
      try {
        return home.run(code, "<string>", expression, names, others);
      } finally {
        C.Py_DecRef(others);
      }
    });
  }

  /**
   * The value of a name in {@code __main__}.
   *
   * @throws java.util.NoSuchElementException if there is no such name
   */
  public PyObject get(String name) {
    Source.check(name);
    return call(in -> {
      long found = home.get(name);
      if (found == 0) {
        throw new NoSuchElementException("__main__ of " + state + " has no " + name);
      }
      return PyObject.take(home, found);
    });
  }

  /**
   * Gives a name in {@code __main__} a value.
   *
   * @param value an object of this interpreter, or what {@link #toPython} makes one of
   */
  public void set(String name, @Nullable Object value) {
    Source.check(name);
    run(in -> {
      long object = ToPython.convert(home, value);
      try {
        home.set(name, object);
      } finally {
        C.Py_DecRef(object);
      }
    });
  }

  /** Imports a module: {@code importlib.import_module(name)}. */
  public PyObject importModule(String name) {
    Objects.requireNonNull(name, "name");
    return call(in -> PyObject.take(home, home.importModule(name)));
  }

  /**
   * A module whose code a Java library brings along, as a resource beside a class: {@code
   * importModule("acme_helpers", Acme.class.getResource("helpers.py"))}. It is read, in UTF-8, and
   * run when this interpreter has no module of that name yet; from then on {@code import
   * acme_helpers} finds it too, and {@code importlib.reload} reads it again. What its code raises
   * is thrown, and it can be tried again.
   *
   * @throws IllegalStateException if there is a module of that name that was made of something else
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public PyObject importModule(String name, URL source) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(source, "source: no such resource");
    return call(in -> PyObject.take(home, home.importModule(name, source)));
  }

  /**
   * A Java value as an object of this interpreter. {@code null}, {@code Boolean}, the integer and
   * floating-point types, {@code BigInteger}, {@code Character} and {@code CharSequence} become
   * what one expects; {@code byte[]} becomes {@code bytes}; other arrays and collections {@code
   * list}; {@code Set} {@code set}; {@code Map} {@code dict}; a {@link PyObject} itself; a {@code
   * Throwable} an exception that carries it; and an implementation of a functional interface a
   * callable, which comes back to Java as the object that it was. Any other object is passed by
   * reference, as {@link #reference} does it.
   *
   * @throws ConversionException if it contains itself
   * @throws WrongInterpreterException for an object of another interpreter
   */
  public PyObject toPython(@Nullable Object value) {
    return call(in -> PyObject.take(home, ToPython.convert(home, value)));
  }

  /**
   * A Java object by reference, also where {@link #toPython} would make a counterpart of it: Python
   * code sees its public methods and fields, changes to it are seen on both sides, and it comes
   * back to Java as the same object. {@code null} is {@code None}, and a {@link PyObject} itself.
   *
   * @see JavaClasses
   */
  public PyObject reference(@Nullable Object object) {
    return call(in ->
        object == null ? toPython(null) : PyObject.take(home, Mirror.of(home).reference(object)));
  }

  /** What Java and Python hold of each other here: to find what is never let go. */
  public Holdings holdings() {
    return call(in -> new Holdings(Mirror.of(home).counts(), home.references().counts()));
  }

  /** A tuple of Java values. */
  public PyObject tuple(@Nullable Object... items) {
    return call(in -> PyObject.take(home, ToPython.tuple(home, items)));
  }

  /**
   * Lends memory of Java to Python, without copying: a {@code memoryview} of its bytes. {@code
   * numpy.asarray}, {@code memoryview.cast}, slices and what else takes a buffer follow, and the
   * memory stays valid until the last of them is gone: memory of {@link
   * java.lang.foreign.Arena#ofAuto}, {@code Arena.global()} and direct byte buffers is kept, and a
   * {@link LendingArena} does not close meanwhile. Python can write to it unless the segment is
   * read-only.
   *
   * @throws IllegalArgumentException for memory of another arena, which could be closed while
   *     Python looks at it, and for memory of Java's heap, which can only be copied
   * @throws IllegalStateException if its arena has been closed
   */
  public PyObject lend(MemorySegment memory) {
    return lendAs(memory, Geometry.contiguous("B", 1, memory.byteSize()));
  }

  /**
   * As {@link #lend(MemorySegment)}, seen as elements of a type in rows, columns and so on, the
   * last index running fastest.
   *
   * @param element {@code JAVA_DOUBLE}, say, in either byte order
   * @param shape the length of each dimension; none for one dimension as long as the segment
   * @throws IllegalArgumentException also if the elements do not fill the segment exactly
   */
  public PyObject lend(MemorySegment memory, ValueLayout element, long... shape) {
    return lendAs(memory, Formats.of(memory, element, shape));
  }

  /**
   * As {@link #lend(MemorySegment)}, what remains of a direct buffer, as elements of its type.
   *
   * @throws IllegalArgumentException also if it is not direct
   */
  public PyObject lend(Buffer memory) {
    return lendAs(MemorySegment.ofBuffer(memory), Formats.of(memory));
  }

  private PyObject lendAs(MemorySegment memory, Geometry geometry) {
    return call(in -> PyObject.take(home, Lending.lend(home, memory, 0, geometry)));
  }

  /**
   * A copy of memory of Java, on its heap or off it, made in one pass: a {@code memoryview} of its
   * bytes, which are Python's own.
   */
  public PyObject copy(MemorySegment memory) {
    return copyAs(memory, Geometry.contiguous("B", 1, memory.byteSize()));
  }

  /**
   * As {@link #copy(MemorySegment)}, seen as elements of a type. For a {@code double[]}: {@code
   * copy(MemorySegment.ofArray(values), ValueLayout.JAVA_DOUBLE)}.
   *
   * @param shape the length of each dimension; none for one dimension as long as the segment
   * @throws IllegalArgumentException if the elements do not fill the segment exactly
   */
  public PyObject copy(MemorySegment memory, ValueLayout element, long... shape) {
    return copyAs(memory, Formats.of(memory, element, shape));
  }

  /**
   * As {@link #copy(MemorySegment)}, what remains of a buffer, as elements of its type: {@code
   * copy(DoubleBuffer.wrap(values))}.
   */
  public PyObject copy(Buffer memory) {
    return copyAs(MemorySegment.ofBuffer(memory), Formats.of(memory));
  }

  private PyObject copyAs(MemorySegment memory, Geometry geometry) {
    return call(in -> PyObject.take(home, Lending.copy(home, memory, geometry)));
  }

  /**
   * A stream of Java as a Python file that is open for reading bytes: an {@code io.BufferedReader},
   * as {@code gzip}, {@code zipfile}, {@code io.TextIOWrapper} and others take. Java's part runs
   * detached, since it may block, and is called for 64 KiB at a time. An {@code IOException} is an
   * {@code OSError} in Python, whose {@code __cause__} carries it. Closing the file, or dropping
   * it, closes the stream.
   */
  public PyObject file(InputStream in) {
    return call(i -> JavaFile.of(home, in));
  }

  /**
   * As {@link #file(InputStream)}, open for writing: an {@code io.BufferedWriter}. What Python
   * flushes, the stream is made to flush too.
   */
  public PyObject file(OutputStream out) {
    return call(i -> JavaFile.of(home, out));
  }

  /**
   * As {@link #file(InputStream)}, a channel with a position: an {@code io.BufferedReader}, {@code
   * BufferedWriter} or {@code BufferedRandom}, as the channel was opened, that can seek. Bytes go
   * straight between the channel and Python's buffer.
   */
  public PyObject file(SeekableByteChannel channel) {
    return call(i -> JavaFile.of(home, channel));
  }

  /**
   * As {@link #file(InputStream)}, a Java reader as a text file. Line ends stay as they are, which
   * is what {@code csv} wants.
   */
  public PyObject file(Reader in) {
    return call(i -> PyObject.take(home, TextStreams.file(home, in)));
  }

  /** As {@link #file(Reader)}, open for writing. */
  public PyObject file(Writer out) {
    return call(i -> PyObject.take(home, TextStreams.file(home, out)));
  }

  /**
   * A Java logger that writes to Python's: {@code logging.getLogger(name)} of this interpreter,
   * which decides by its levels and handlers. For Java libraries, to have what they log beside what
   * Python code logs. A record names the Java method that logs and its thread. {@code TRACE} is
   * Python's level 5.
   *
   * <p>Any thread may use it, for ever: it keeps no interpreter alive, and where this one takes no
   * calls any more, it writes to {@code System.getLogger(name)}. As every call into Python it may
   * wait for the GIL, also to say what {@code isLoggable} is.
   */
  public System.Logger logger(String name) {
    return new PythonLogger(this, Objects.requireNonNull(name, "name"));
  }

  /**
   * Has values of a type, and of types derived from it, converted by a converter of yours, in this
   * interpreter: as arguments and wherever else Java values go to Python, and by {@code as(type)},
   * components of records and results of proxies. It comes before one of {@link Python#register}.
   *
   * @throws IllegalArgumentException for types whose conversion is fixed: primitives and their
   *     boxes, strings, {@code BigInteger}, {@code byte[]}, {@code Object}, {@code PyObject}
   */
  public <T> void register(Class<T> type, Converter<T> converter) {
    home.converters().register(type, new RegisteredConverter<>(type, converter));
  }

  /**
   * Has what Java's members give to this interpreter's Python code, a method's result, a field or
   * an element of a collection, converted where it is of that type: by itself it stays a reference
   * to the Java object. A constructor's object does. What Java hands over by itself, as an argument
   * for instance, is {@link #register(Class, Converter)}'s.
   *
   * @param converter gives what {@link #toPython} takes, or a value of the type, which is then a
   *     reference as before; called as a {@link Converter} is
   * @throws IllegalArgumentException for types whose conversion is fixed, as there
   */
  public <T> void registerResult(
      Class<T> type, BiFunction<? super T, ? super Interpreter, ?> converter) {
    home.converters().registerResult(type, new ResultConverter<>(type, converter));
  }

  /**
   * Has objects of a Python class, and of those that derive from it, become Java values of a type
   * where Java asks for that type, for one that it derives from or for {@code Object}: by {@code
   * as}, as arguments and results, and in containers. A {@code PyObject} stays what it is.
   *
   * @param pythonClass of this interpreter
   * @param converter gives a value, not {@code null}; called as a {@link Converter} is, and as it
   *     throws {@code IllegalArgumentException} if an object has none
   * @throws IllegalArgumentException if it is no class, one of Python's built-in ones or a Java
   *     class
   * @throws WrongInterpreterException if it is another interpreter's
   */
  public <T> void register(
      PyObject pythonClass, Class<T> type, Function<? super PyObject, ? extends T> converter) {
    ClassConverter<T> conversion = new ClassConverter<>(type, converter);
    this.<@Nullable Object, RuntimeException>call(in -> {
      conversion.register(home, pythonClass.referenceIn(home));
      return null;
    });
  }

  /**
   * A C function pointer that leads to a Python callable of this interpreter, on whatever thread C
   * calls it. Calls that are refused, since the interpreter is closing or has ended, are logged.
   *
   * @param type of the C function: numbers and pointers, {@link NativeCallback#PY_OBJECT} and
   *     {@link NativeCallback#C_STRING} among them; other pointers are ints in Python
   * @param function a callable, or what {@link #toPython} makes one of
   * @param errorValue what C gets where the callable cannot be called or fails: a number that fits,
   *     {@code null} or a {@code MemorySegment} for a pointer, {@code null} for {@code void}
   * @throws IllegalArgumentException if a type or the error value has no counterpart, or the
   *     function is not callable
   */
  public NativeCallback nativeCallback(
      FunctionDescriptor type, Object function, @Nullable Object errorValue) {
    return nativeCallback(
        type,
        function,
        errorValue,
        refusal ->
            System.getLogger("dev.vivarium")
                .log(
                    System.Logger.Level.WARNING,
                    "a native callback into "
                        + state
                        + " was refused, on the thread "
                        + Thread.currentThread().getName(),
                    refusal));
  }

  /**
   * As {@link #nativeCallback(FunctionDescriptor, Object, Object)}.
   *
   * @param refused told of each call that is refused, on the thread that calls, with nothing of
   *     this interpreter attached; what it throws is logged
   */
  public NativeCallback nativeCallback(
      FunctionDescriptor type,
      Object function,
      @Nullable Object errorValue,
      Consumer<? super RuntimeException> refused) {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(refused, "refused");
    return call(in -> {
      long callable = ToPython.convert(home, Objects.requireNonNull(function, "function"));
      if (C.PyCallable_Check(callable) == 0) {
        C.Py_DecRef(callable);
        throw new IllegalArgumentException("not callable: " + function);
      }
      return new NativeCallback(
          view(), new NativeFunction(home, callable, type, errorValue, refused::accept));
    });
  }

  /**
   * Runs a body attached to this interpreter: {@code ThreadState.ensure} and release in one. On a
   * virtual thread the body runs on a platform thread while the virtual one waits.
   *
   * @throws InterpreterClosedException if it is closing or has ended
   */
  public <T extends @Nullable Object, X extends Throwable> T call(InterpreterFunction<T, X> body)
      throws X {
    if (Thread.currentThread().isVirtual()) {
      return elsewhere(body);
    }
    Attachment entered = attach();
    int depth = entered.depth();
    T result;
    try {
      result = body.apply(this);
    } catch (Throwable t) {
      Forgotten.tell(ThreadStates.endBody(entered, depth), t);
      throw t;
    }
    Forgotten.refuse(ThreadStates.endBody(entered, depth), BODY);
    return result;
  }

  private Attachment attach() {
    Attachment attachment = ThreadStates.ensure(state, null);
    if (attachment == null) {
      throw home.closed();
    }
    return attachment;
  }

  /** As {@link #call}, without a result. */
  public <X extends Throwable> void run(InterpreterAction<X> body) throws X {
    this.<@Nullable Object, X>call(in -> {
      body.run(in);
      return null;
    });
  }

  /**
   * As {@link #call}, and {@link Thread#interrupt} of this thread meanwhile raises {@code
   * KeyboardInterrupt} in the Python code that it runs (guide: {@code docs/guide/threads.md}). It
   * arrives at the next bytecode: a C function that does not return to Python is not reached.
   * Raised again twice a second until the body ends, since Python code may catch it.
   *
   * @throws InterruptedException if the thread was interrupted before, or the {@code
   *     KeyboardInterrupt} came out of the body; its cause is then the {@link PythonException}. The
   *     thread is no longer interrupted then. A body that ends in another way leaves it interrupted
   * @throws InterpreterClosedException if it is closing or has ended
   */
  public <T extends @Nullable Object, X extends Throwable> T callInterruptibly(
      InterpreterFunction<T, X> body) throws X, InterruptedException {
    if (Thread.currentThread().isVirtual()) {
      return elsewhereInterruptibly(body);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted before entering " + state);
    }
    Attachment entered = attach();
    int depth = entered.depth();
    T result;
    try {
      result = watched(entered, body);
    } catch (Throwable t) {
      Forgotten.tell(ThreadStates.endBody(entered, depth), t);
      throw t;
    }
    Forgotten.refuse(ThreadStates.endBody(entered, depth), BODY);
    return result;
  }

  /** As {@link #callInterruptibly}, without a result. */
  public <X extends Throwable> void runInterruptibly(InterpreterAction<X> body)
      throws X, InterruptedException {
    this.<@Nullable Object, X>callInterruptibly(in -> {
      body.run(in);
      return null;
    });
  }

  private <T extends @Nullable Object, X extends Throwable> T watched(
      Attachment entered, InterpreterFunction<T, X> body) throws X, InterruptedException {
    try (InterruptWatch watch = InterruptWatch.of(entered)) {
      try {
        return body.apply(this);
      } catch (PythonException e) {
        if (watch.hasRaised() && e.isInstance("KeyboardInterrupt")) {
          boolean ignored = Thread.interrupted();
          InterruptedException interrupted = new InterruptedException("interrupted in " + state);
          interrupted.initCause(e);
          throw interrupted;
        }
        throw e;
      }
    }
  }

  @SuppressWarnings("unchecked") // as in elsewhere
  private <T extends @Nullable Object, X extends Throwable> T elsewhereInterruptibly(
      InterpreterFunction<T, X> body) throws X, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted before entering " + state);
    }
    try {
      return PlatformThreads.callInterruptibly(() -> {
        try {
          return this.<T, Throwable>call(in -> OwnContext.run(home, () -> callInterruptibly(body)));
        } catch (Exception | Error e) {
          throw e;
        } catch (Throwable t) {
          throw new java.lang.reflect.UndeclaredThrowableException(t);
        }
      });
    } catch (Throwable t) {
      throw (X) t;
    }
  }

  @SuppressWarnings("unchecked") // the body throws X and unchecked exceptions, nothing else
  private <T extends @Nullable Object, X extends Throwable> T elsewhere(
      InterpreterFunction<T, X> body) throws X {
    try {
      return PlatformThreads.call(() -> here(in -> OwnContext.run(home, () -> call(body))));
    } catch (Throwable t) {
      throw (X) t;
    }
  }

  /** What {@link Python#callOnMainThread} does, of the main interpreter. */
  @SuppressWarnings("unchecked") // as in elsewhere
  <T extends @Nullable Object, X extends Throwable> T callOnMainThread(
      InterpreterFunction<T, X> body) throws X {
    if (MainThread.isCurrent(state)) {
      return call(body);
    }
    try {
      return MainThread.call(state, () -> here(body));
    } catch (MainThread.EndedException e) {
      throw home.closed();
    } catch (Throwable t) {
      throw (X) t;
    }
  }

  private <T extends @Nullable Object, X extends Throwable> T here(InterpreterFunction<T, X> body)
      throws Exception {
    try {
      return call(body);
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new java.lang.reflect.UndeclaredThrowableException(t);
    }
  }

  /**
   * Ends the interpreter when nobody is inside: refuses newcomers, waits for open thread states,
   * guards, calls into Java and the threads that Python code has started (in main, those that are
   * not daemons) without limit, and logs at intervals whom it waits for. Closing main closes the
   * others first. A second time it does nothing.
   *
   * @throws IllegalStateException at once, if this thread is inside or has taken a guard that is
   *     open
   */
  @Override
  public void close() {
    close(Deadline.NONE, false);
  }

  /**
   * As {@link #close()}, but not for longer than that.
   *
   * <p>The time covers all of it: waiting for who is inside, for threads of Python, for the GIL,
   * and the end itself, with {@code atexit} functions and finalizers. That work may take a second
   * more, so that {@link Duration#ZERO} ends an interpreter that nobody is inside.
   *
   * @throws InterpreterBusyException past the time, naming who is inside; nothing is torn down
   *     then, newcomers are taken in again, and it can be closed again. Or the end itself was not
   *     done: then it goes on, and nobody is taken in
   * @throws IllegalStateException at once, also if it is closed from inside another interpreter
   *     that is being closed from inside this one
   */
  public void close(Duration timeout, CloseOption... options) {
    close(Deadline.in(timeout), Arrays.asList(options).contains(CloseOption.INTERRUPT));
  }

  private void close(Deadline deadline, boolean interrupt) {
    if (!isAlive()) {
      return;
    }
    // On a virtual thread too: closing only waits, and the interpreter's own thread does the work.
    // Those that run Python for virtual threads may all be busy with what this waits for
    Left left =
        Ending.close(state, deadline, interrupt, Python.busyLogInterval(), Interpreter::logWaiting);
    if (isAlive()) {
      throw new InterpreterBusyException(left.interpreter().toString(), occupants(left));
    }
  }

  static void logWaiting(Left left) {
    LOG.log(
        System.Logger.Level.WARNING,
        "closing " + left.interpreter() + " waits for:" + Occupant.list(occupants(left)));
  }

  private static List<Occupant> occupants(Left left) {
    List<Occupant> occupants = new ArrayList<>();
    for (Stay stay : left.stays()) {
      occupants.add(
          new Occupant(
              switch (stay.kind()) {
                case INSIDE -> Occupant.Kind.ATTACHMENT;
                case CALLBACK -> Occupant.Kind.CALLBACK;
                case HELD -> Occupant.Kind.GUARD;
              },
              stay.thread().getName(),
              stay.since(),
              stay.where()));
    }
    if (left.outcome() == Left.Outcome.ENDING) {
      String name = left.interpreter().threadName();
      occupants.add(new Occupant(Occupant.Kind.FINALIZATION, name, Instant.now(), List.of()));
    }
    for (String name : left.pythonThreads()) {
      occupants.add(new Occupant(Occupant.Kind.PYTHON_THREAD, name, Instant.now(), List.of()));
    }
    return occupants;
  }

  @Override
  public String toString() {
    return "Interpreter[" + state.id() + (isAlive() ? "]" : ", ended]");
  }
}
