package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Reference;
import dev.vivarium.internal.object.Target;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.ToPython;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.PlatformThreads;
import dev.vivarium.internal.thread.ThreadStates;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Python object held by Java: a strong reference, given back by {@link #close} or, if nobody
 * calls that, after the garbage collector has found the wrapper unused. Closing is never required:
 * do it, by {@code try}, where many are made or what they hold is large, since Java's collector
 * knows nothing of Python's memory.
 *
 * <p>Any thread may use it: one that is attached to the object's interpreter goes straight on, one
 * with nothing attached enters and leaves for the operation (a virtual thread has it done on a
 * platform thread), and one that is attached to another interpreter gets a {@link
 * WrongInterpreterException}. After the interpreter's end every use throws {@link
 * InterpreterClosedException}, but for {@link #close}, {@link #equals}, {@link #hashCode}, {@link
 * #isSame} and {@link #toString} (guide: {@code docs/guide/objects.md}).
 *
 * <p>Arguments are converted as by {@link Interpreter#toPython}. What Python code raises is thrown
 * as a {@link PythonException}; a Java exception that came through Python is thrown as the object
 * that it was.
 *
 * <p>In Java's collections it is what the object is in a {@code dict}: equal and found by Python's
 * {@code ==} and {@code hash()}, and in order by {@code <}.
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="object" :
 * try (PyObject numbers = main.eval("[3, 1, 2]")) {
 *   numbers.callMethod("sort");
 *   List<?> values = numbers.as(List.class);
 *   int first = numbers.item(0).asInt();
 *   IntBinaryOperator add = main.eval("lambda a, b: a + b").as(IntBinaryOperator.class);
 *   int sum = add.applyAsInt(first, 41);
 * }
 * }
 */
public final class PyObject implements AutoCloseable, Comparable<PyObject>, Iterable<PyObject> {

  private static final int LESS = 0; // CPython's Py_LT and Py_EQ
  private static final int EQUAL = 2;
  private static final int UNHASHABLE = 0; // which no kept hash is
  private static final long TYPE_ERROR = LibPython.pointer("PyExc_TypeError");

  /** An operation on the C object, attached. */
  @FunctionalInterface
  interface Operation<T extends @Nullable Object> {
    T on(long pointer);
  }

  private final Home home;
  private final Reference reference;
  private final long identity;
  private int keptHash; // 0 before it is known; two threads keep the same one

  private PyObject(Home home, long pointer) {
    this.home = home;
    this.identity = pointer;
    this.reference = home.references().keep(this, pointer);
  }

  /** Takes over a new reference. */
  static PyObject take(Home home, long newReference) {
    return new PyObject(home, newReference);
  }

  /** What a borrowed callable of the library's own gives; attached. */
  static PyObject ofCall(Home home, long callable, @Nullable Object... arguments) {
    requireArguments(arguments);
    try (Call call = Call.of(home, arguments.length)) {
      for (Object argument : arguments) {
        call.add(argument);
      }
      return take(home, home.checked(call.callFunction(callable)));
    }
  }

  // call(null), which javac warns of
  private static void requireArguments(@Nullable Object @Nullable [] arguments) {
    if (arguments == null) {
      throw new IllegalArgumentException(
          "null as all of the arguments: write (Object) null to pass None");
    }
  }

  Home home() {
    return home;
  }

  /** What reads from it as from a file. */
  PyObject reader() {
    return within(p -> {
      try (Call call = Call.of(home)) {
        return result(call.addBorrowed(p).callFunction(home.support("Reader")));
      }
    });
  }

  /** A new reference, or 0 if the object is another interpreter's or has been given back. */
  long referenceIfIn(Home where) {
    return home == where ? reference.borrow() : 0;
  }

  /** A new reference for use in an interpreter. */
  long referenceIn(Home where) {
    if (home != where) {
      throw new WrongInterpreterException(
          "an object of "
              + home.state()
              + " cannot be used in "
              + where.state()
              + ": pass a Java value across instead");
    }
    return borrow();
  }

  private long borrow() {
    long pointer = reference.borrow();
    if (pointer == 0) {
      throw home.state().gate().isAlive()
          ? new IllegalStateException("this PyObject has been closed")
          : home.closed();
    }
    return pointer;
  }

  /** Runs an operation attached, with the object kept whatever other threads do. */
  <T extends @Nullable Object> T within(Operation<T> operation) {
    if (Thread.currentThread().isVirtual()) {
      return owner().call(in -> within(operation));
    }
    Attachment entered = Entry.enter(home);
    try {
      long pointer = borrow();
      try {
        return operation.on(pointer);
      } finally {
        reference.endBorrow(pointer);
      }
    } finally {
      Entry.leave(entered);
    }
  }

  /** The same, or what is to be said where the object or its interpreter has been closed. */
  private <T> T withinIfOpen(Operation<T> operation, T closed) {
    if (reference.pointer() == 0) {
      return closed;
    } else if (Thread.currentThread().isVirtual()) {
      return PlatformThreads.callUnchecked(() -> withinIfOpen(operation, closed));
    }
    Attachment entered;
    try {
      entered = Entry.enter(home);
    } catch (InterpreterClosedException e) {
      return closed;
    }
    try {
      long pointer = reference.borrow();
      if (pointer == 0) {
        return closed;
      }
      try {
        return operation.on(pointer);
      } finally {
        reference.endBorrow(pointer);
      }
    } finally {
      Entry.leave(entered);
    }
  }

  private PyObject result(long newReference) {
    return take(home, home.checked(newReference));
  }

  /** Converts a value, gives the object to an operation, and lets go of it. */
  <T extends @Nullable Object> T passing(@Nullable Object value, Operation<T> operation) {
    long converted = ToPython.convert(home, value);
    try {
      return operation.on(converted);
    } finally {
      C.Py_DecRef(converted);
    }
  }

  private Interpreter owner() {
    return Interpreter.of(home);
  }

  /** The interpreter that the object belongs to. */
  public InterpreterView view() {
    return new InterpreterView(home.state());
  }

  /** {@code object.name}. */
  public PyObject attr(String name) {
    Objects.requireNonNull(name, "name");
    return within(p -> result(C.PyObject_GetAttr(p, home.name(name))));
  }

  /** {@code hasattr(object, name)}. */
  public boolean hasAttr(String name) {
    Objects.requireNonNull(name, "name");
    return within(p -> C.PyObject_HasAttr(p, home.name(name)) != 0);
  }

  /** {@code object.name = value}. */
  public void setAttr(String name, @Nullable Object value) {
    Objects.requireNonNull(name, "name");
    within(p ->
        passing(
            value,
            v -> {
              home.checked(C.PyObject_SetAttr(p, home.name(name), v));
              return null;
            }));
  }

  /** {@code del object.name}. */
  public void delAttr(String name) {
    Objects.requireNonNull(name, "name");
    within(p -> {
      home.checked(C.PyObject_SetAttr(p, home.name(name), 0));
      return null;
    });
  }

  /** {@code object[key]}. */
  public PyObject item(@Nullable Object key) {
    return within(p -> passing(key, k -> result(C.PyObject_GetItem(p, k))));
  }

  /** {@code object[key] = value}. */
  public void setItem(@Nullable Object key, @Nullable Object value) {
    within(p ->
        passing(
            key,
            k ->
                passing(
                    value,
                    v -> {
                      home.checked(C.PyObject_SetItem(p, k, v));
                      return null;
                    })));
  }

  /** {@code del object[key]}. */
  public void delItem(@Nullable Object key) {
    within(p ->
        passing(
            key,
            k -> {
              home.checked(C.PyObject_DelItem(p, k));
              return null;
            }));
  }

  /** {@code object[start:stop:step]}, where null leaves one out. */
  public PyObject slice(@Nullable Object start, @Nullable Object stop, @Nullable Object step) {
    try (PyObject slice = sliceOf(start, stop, step)) {
      return item(slice);
    }
  }

  /** {@code object[start:stop]}. */
  public PyObject slice(@Nullable Object start, @Nullable Object stop) {
    return slice(start, stop, null);
  }

  /** {@code object[start:stop] = values}. */
  public void setSlice(@Nullable Object start, @Nullable Object stop, @Nullable Object values) {
    try (PyObject slice = sliceOf(start, stop, null)) {
      setItem(slice, values);
    }
  }

  /** {@code del object[start:stop]}. */
  public void delSlice(@Nullable Object start, @Nullable Object stop) {
    try (PyObject slice = sliceOf(start, stop, null)) {
      delItem(slice);
    }
  }

  private PyObject sliceOf(@Nullable Object start, @Nullable Object stop, @Nullable Object step) {
    return within(p ->
        passing(
            start,
            from -> passing(stop, to -> passing(step, by -> result(C.PySlice_New(from, to, by))))));
  }

  /** {@code object operator value}; a comparison's result may be any object, as NumPy's are. */
  public PyObject op(Operator operator, @Nullable Object value) {
    return within(p -> passing(value, v -> result(operator.on(p, v))));
  }

  /**
   * {@code object operator= value}: the object itself if it can be changed so, else a new one.
   *
   * @throws IllegalArgumentException for a comparison
   */
  public PyObject opInPlace(Operator operator, @Nullable Object value) {
    return within(p -> passing(value, v -> result(operator.inPlaceOn(p, v))));
  }

  /** {@code bool(object operator value)}, for comparisons mostly. */
  public boolean test(Operator operator, @Nullable Object value) {
    try (PyObject result = op(operator, value)) {
      return result.isTrue();
    }
  }

  /** {@code -object}. */
  public PyObject negate() {
    return within(p -> result(C.PyNumber_Negative(p)));
  }

  /** {@code ~object}. */
  public PyObject invert() {
    return within(p -> result(C.PyNumber_Invert(p)));
  }

  /** {@code abs(object)}. */
  public PyObject abs() {
    return within(p -> result(C.PyNumber_Absolute(p)));
  }

  /**
   * {@code with object as entered: body(entered)}. The body runs attached to the interpreter, on a
   * platform thread if this one is virtual. What it throws goes to {@code __exit__} as a Python
   * exception, and is thrown here unless {@code __exit__} swallows it.
   *
   * @return what the body returns; null if it threw and {@code __exit__} swallowed that
   */
  public <T extends @Nullable Object, X extends Throwable> @Nullable T with(
      ContextFunction<T, X> body) throws X {
    if (Thread.currentThread().isVirtual()) {
      return owner().<@Nullable T, X>call(in -> with(body));
    }
    return new WithStatement(this).run(body);
  }

  /** {@code object(*args)}. */
  public PyObject call(@Nullable Object... args) {
    return within(p -> ofCall(home, p, args));
  }

  /** {@code object(*args, **keywords)}. */
  public PyObject callKw(
      Map<String, ? extends @Nullable Object> keywords, @Nullable Object... args) {
    requireArguments(args);
    Map<String, ? extends @Nullable Object> named = new java.util.LinkedHashMap<>(keywords);
    return within(p -> {
      long names = ToPython.tuple(home, named.keySet().toArray());
      try (Call call = Call.of(home, args.length + named.size())) {
        for (Object arg : args) {
          call.add(arg);
        }
        for (Object value : named.values()) {
          call.add(value);
        }
        return result(call.callFunction(p, names, named.size()));
      } finally {
        C.Py_DecRef(names);
      }
    });
  }

  /** {@code object.name(*args)}. */
  public PyObject callMethod(String name, @Nullable Object... args) {
    return within(p -> {
      try (PyObject method = attr(name)) {
        return method.call(args);
      }
    });
  }

  /**
   * The value as a Java type, by the table in {@code docs/guide/values.md}: a primitive or its box,
   * a {@code String}, a number, a date or time, a {@code byte[]} or another array, an enum, a
   * record, {@code PyObject}, or {@code Object} for the type nearest to the Python one. Those are
   * Java's own, copied with all that they hold.
   *
   * <p>{@code List}, {@code Map}, {@code Set}, {@code Collection}, {@code Iterator} and {@code
   * Stream} give a live view: it reads and changes the Python object, as any thread may by the same
   * rules as here, and the containers inside it are views too. They are {@code asList}'s and its
   * like's for items of a type.
   *
   * <p>{@code CompletableFuture} is of an awaitable, and {@code Flow.Publisher} of what {@code
   * async for} goes through: see {@link #await} and {@link #asPublisher}.
   *
   * <p>A functional interface gives an implementation that calls the object; any other public
   * interface one whose methods are the object's attributes of the same name, or of that name in
   * snake_case. Both convert by their methods' generic types, and box nothing.
   *
   * @throws ConversionException if the object is none, or would lose something; for {@code None},
   *     of which an {@code Optional} is empty and a {@code PyObject} itself: see {@link
   *     #asNullable}
   */
  public <T> T as(Class<T> type) {
    T value = asNullable(type);
    if (value == null) {
      throw new ConversionException(
          "None is no " + type.getTypeName() + ": asNullable(…) gives null for it");
    }
    return value;
  }

  /**
   * As {@link #as}, and null for {@code None}, unless that is a value of the type.
   *
   * @throws ConversionException if the object is none, or would lose something
   */
  public <T> @Nullable T asNullable(Class<T> type) {
    if (type == PyObject.class) {
      return type.cast(this);
    }
    Object value = within(p -> ToJava.convert(home, p, type));
    @SuppressWarnings("unchecked") // cast() refuses the boxes that stand for primitives
    T converted = type.isPrimitive() ? (T) value : type.cast(value);
    return converted;
  }

  /** As {@code as(List.class)}, with items as that type. */
  @SuppressWarnings("unchecked") // what the conversion makes
  public <T> List<T> asList(Class<T> items) {
    return (List<T>) view(List.class, items, items);
  }

  /** As {@code as(Set.class)}, with items as that type. */
  @SuppressWarnings("unchecked")
  public <T> Set<T> asSet(Class<T> items) {
    return (Set<T>) view(Set.class, items, items);
  }

  /** As {@code as(Map.class)}, with keys and values as those types. */
  @SuppressWarnings("unchecked")
  public <K, V> Map<K, V> asMap(Class<K> keys, Class<V> values) {
    return (Map<K, V>) view(Map.class, keys, values);
  }

  /**
   * What {@code async for} goes through, an async generator for instance, as a publisher of items
   * as that type: {@code as(Flow.Publisher.class)} is one of {@code Object}s. For each subscriber
   * it is gone through anew, on the interpreter's event loop, an item where one has been requested;
   * an async generator takes one subscriber. {@code cancel} closes the iterator ({@code aclose}).
   * What the iterator raises, and the interpreter's closing, is an {@code onError}. Subscribers are
   * told on virtual threads, and may block (guide: {@code docs/guide/async.md}).
   *
   * @throws ConversionException if {@code async for} does not go through it
   */
  @SuppressWarnings("unchecked")
  public <T> Flow.Publisher<T> asPublisher(Class<T> items) {
    return (Flow.Publisher<T>) this.<Object>within(p -> Target.publisher(home, p, items));
  }

  /**
   * Waits for what an awaitable gives, as {@code await} does in Python: it runs on the
   * interpreter's event loop, in a copy of this thread's context ({@code contextvars}). A thread
   * that is attached lets go of the GIL meanwhile, and a virtual thread of its carrier (guide:
   * {@code docs/guide/async.md}).
   *
   * <p>{@link Thread#interrupt} of this thread meanwhile cancels it, and this waits until it has
   * ended so.
   *
   * @throws PythonException what it raises; a Java exception that came through Python is thrown as
   *     the object that it was
   * @throws InterruptedException if the thread was interrupted before, or the awaitable was
   *     cancelled for an interrupt. One that ends in another way leaves the thread interrupted
   * @throws java.util.concurrent.CancellationException if it was cancelled in Python, or by the
   *     interpreter's closing
   * @throws ConversionException if it is no awaitable
   * @throws IllegalStateException on the event loop's own thread, where Java code is that an
   *     awaited coroutine has called
   */
  public PyObject await() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted before awaiting in " + home.state());
    }
    EventLoop.Waiting waiting =
        within(p -> {
          Target.requireAwaitable(home, p);
          return EventLoop.of(home).waiting(p);
        });
    boolean attached =
        !Thread.currentThread().isVirtual()
            && home.state().equals(ThreadStates.attachedInterpreter());
    return attached ? home.<PyObject, InterruptedException>detached(waiting::get) : waiting.get();
  }

  private Object view(Class<?> type, Class<?> first, Class<?> second) {
    return within(p -> Target.view(home, p, type, first, second));
  }

  /** A Python bool. For the truth value of any object, {@link #isTrue}. */
  public boolean asBoolean() {
    return within(p -> ToJava.toBoolean(home, p));
  }

  /** An int that fits. */
  public int asInt() {
    return within(p -> ToJava.toInt(home, p));
  }

  /** An int that fits. */
  public long asLong() {
    return within(p -> ToJava.toLong(home, p));
  }

  /** An int of any size. */
  public BigInteger asBigInteger() {
    return within(p -> ToJava.toBigInteger(home, p));
  }

  /** A float, or an int that a double holds exactly. */
  public double asDouble() {
    return within(p -> ToJava.toDouble(home, p));
  }

  /** A str. For the text of any object, {@link #str}. */
  public String asString() {
    return within(p -> ToJava.toText(home, p));
  }

  /** Whether it is {@code None}. */
  public boolean isNone() {
    return within(p -> p == Types.NONE);
  }

  /** {@code bool(object)}. */
  public boolean isTrue() {
    return within(p -> {
      int truth = C.PyObject_IsTrue(p);
      home.checked(truth);
      return truth != 0;
    });
  }

  /** {@code len(object)}. */
  public long len() {
    return within(p -> {
      long length = C.PyObject_Size(p);
      if (length < 0) {
        throw home.raised();
      }
      return length;
    });
  }

  /** {@code value in object}. */
  public boolean contains(@Nullable Object value) {
    return within(p ->
        passing(
            value,
            v -> {
              int found = C.PySequence_Contains(p, v);
              home.checked(found);
              return found != 0;
            }));
  }

  /** {@code type(object)}. */
  public PyObject type() {
    return within(p -> result(C.PyObject_Type(p)));
  }

  /** {@code isinstance(object, type)}. */
  public boolean isInstance(PyObject type) {
    return within(p ->
        passing(
            type,
            t -> {
              int is = C.PyObject_IsInstance(p, t);
              home.checked(is);
              return is != 0;
            }));
  }

  /** {@code repr(object)}. */
  public String repr() {
    return within(p -> text(C.PyObject_Repr(p)));
  }

  private String text(long newReference) {
    home.checked(newReference);
    try {
      return ToJava.toText(home, newReference);
    } finally {
      C.Py_DecRef(newReference);
    }
  }

  /** {@code iter(object)}, one element at a time. */
  @Override
  public Iterator<PyObject> iterator() {
    return elements(ToJava::wrapped);
  }

  /**
   * {@code iter(object)} as a stream, read as far as it is asked. Closing the stream closes a
   * generator, so that its {@code finally} runs: use {@code try}.
   */
  public Stream<PyObject> stream() {
    return this.<PyObject>elements(ToJava::wrapped).stream();
  }

  <T extends @Nullable Object> Elements<T> elements(Conversion conversion) {
    return new Elements<>(within(p -> result(C.PyObject_GetIter(p))), conversion);
  }

  /** For a view: calls a method that changes the object, where Python has it. */
  void change(String method, @Nullable Object... arguments) {
    requireForChange(method);
    callMethod(method, arguments).close();
  }

  /** For a view: refuses what Python has no method for. */
  void requireForChange(String method) {
    if (!hasAttr(method)) {
      throw new UnsupportedOperationException(
          "a Python " + type().attr("__name__") + " has no " + method + ", so this is refused");
    }
  }

  /**
   * Gives the reference back: at once where this thread is attached to the interpreter or free to
   * attach, and soon on another thread otherwise. A second time, and after the interpreter's end,
   * it does nothing.
   */
  @Override
  public void close() {
    try {
      if (reference.pointer() != 0) {
        home.references().giveBack(reference);
      }
    } finally {
      // Else it might be collected meanwhile, and another thread come to give it back
      java.lang.ref.Reference.reachabilityFence(this);
    }
  }

  /** {@code object is other}; no Python code runs. A closed one is the same as itself alone. */
  @SuppressWarnings("ReferenceEquality") // a closed one
  public boolean isSame(@Nullable PyObject other) {
    return other == this
        || (other != null
            && other.home == home
            && other.identity == identity
            && reference.pointer() != 0
            && other.reference.pointer() != 0);
  }

  /**
   * Whether both would be one key of a {@code dict}: the same object, or of equal {@code hash()}
   * and {@code ==}. So what Python cannot hash, a list, or an object of a class with {@code __eq__}
   * and no {@code __hash__}, is equal to itself alone: ask {@link #test} for {@code ==}.
   *
   * <p>An object of another interpreter is never equal, nor anything that is no PyObject. A closed
   * one, or one whose interpreter has been closed, is equal to itself alone, and nothing is thrown.
   *
   * @throws PythonException what {@code __eq__} or {@code __hash__} raises, but for the TypeError
   *     of what has no hash
   */
  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof PyObject object) || object.home != home) {
      return false;
    }
    return isSame(object)
        || withinIfOpen(
            p -> object.withinIfOpen(o -> isSameKey(p, object, o), Boolean.FALSE), Boolean.FALSE);
  }

  private boolean isSameKey(long pointer, PyObject other, long otherPointer) {
    int hash = hash(pointer);
    if (hash == UNHASHABLE || hash != other.hash(otherPointer)) {
      return false;
    }
    int equal = C.PyObject_RichCompareBool(pointer, otherPointer, EQUAL);
    home.checked(equal);
    return equal != 0;
  }

  /**
   * Python's {@code hash()}, folded to an int and asked once; of what Python cannot hash, and of
   * what was closed before anybody asked, one of which object it is.
   *
   * @throws PythonException what {@code __hash__} raises, but for the TypeError of what has no hash
   */
  @Override
  public int hashCode() {
    int hash = keptHash != UNHASHABLE ? keptHash : withinIfOpen(this::hash, UNHASHABLE);
    return hash == UNHASHABLE ? Long.hashCode(identity >>> 4) : hash;
  }

  // As for a dict, a TypeError says that there is none: of a tuple only its items tell
  private int hash(long pointer) {
    if (keptHash != UNHASHABLE) {
      return keptHash;
    }
    long hash = C.PyObject_Hash(pointer);
    if (hash == -1) {
      long raised = C.PyErr_GetRaisedException();
      if (Types.typeOf(raised) != TYPE_ERROR) {
        throw home.surface().raised(home, raised);
      }
      C.Py_DecRef(raised);
      return UNHASHABLE;
    }
    int folded = Long.hashCode(hash);
    keptHash = folded == UNHASHABLE ? 1 : folded;
    return keptHash;
  }

  /**
   * The order that Python's {@code <} gives, by which {@code list.sort} goes too: negative if this
   * is less, positive if the other one is, and else 0. A class with {@code __lt__} is enough.
   *
   * @throws ClassCastException if Python has no order of the two: its TypeError is the cause
   * @throws PythonException what {@code __lt__} raises otherwise
   * @throws WrongInterpreterException if the other one is another interpreter's
   */
  @Override
  public int compareTo(PyObject other) {
    Objects.requireNonNull(other, "other");
    return within(p -> passing(other, o -> isLess(p, o) ? -1 : isLess(o, p) ? 1 : 0));
  }

  private boolean isLess(long one, long other) {
    int less = C.PyObject_RichCompareBool(one, other, LESS);
    if (less < 0) {
      throw unordered();
    }
    return less != 0;
  }

  private RuntimeException unordered() {
    try {
      return home.raised();
    } catch (PythonException e) {
      if (e.isInstance("TypeError")) {
        return (RuntimeException) new ClassCastException(e.getMessage()).initCause(e);
      }
      throw e;
    }
  }

  /** {@code str(object)}. */
  public String str() {
    return within(p -> text(C.PyObject_Str(p)));
  }

  /**
   * As {@link #str}, for logs and debuggers: where Python cannot be entered, or the object's {@code
   * __str__} fails, what can be said without it.
   */
  @Override
  public String toString() {
    try {
      return str();
    } catch (RuntimeException e) {
      return "<Python object of " + home.state() + ": " + e.getMessage() + ">";
    }
  }
}
