package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.FunctionProxy;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Reference;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.ToPython;
import dev.vivarium.internal.thread.Attachment;
import java.lang.reflect.Modifier;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A Python object held by Java: a strong reference, given back by {@link #close} or, if nobody
 * calls that, after the garbage collector has found the wrapper unused.
 *
 * <p>Any thread may use it: one that is attached to the object's interpreter goes straight on, one
 * with nothing attached enters and leaves for the operation (a virtual thread has it done on a
 * platform thread), and one that is attached to another interpreter gets a {@link
 * WrongInterpreterException}. After the interpreter's end every use throws {@link
 * InterpreterClosedException}, but for {@link #close}, {@link #equals}, {@link #hashCode} and
 * {@link #toString} (BEHAVIOUR F8, O1, O2).
 *
 * <p>Arguments are converted as by {@link Interpreter#toPython}. What Python code raises is thrown
 * as a {@link PythonException}; a Java exception that came through Python is thrown as the object
 * that it was.
 */
public final class PyObject implements AutoCloseable, Iterable<PyObject> {

  /** An operation on the C object, attached. */
  @FunctionalInterface
  interface Operation<T extends @Nullable Object> {
    T on(long pointer);
  }

  private final Home home;
  private final Reference reference;
  private final long identity;

  private PyObject(Home home, long pointer) {
    this.home = home;
    this.identity = pointer;
    this.reference = home.references().keep(this, pointer);
  }

  /** Takes over a new reference. */
  static PyObject take(Home home, long newReference) {
    return new PyObject(home, newReference);
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
          : Interpreter.closed(home.state());
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

  private PyObject result(long newReference) {
    return take(home, home.checked(newReference));
  }

  /** Converts a value, gives the object to an operation, and lets go of it. */
  private <T extends @Nullable Object> T with(@Nullable Object value, Operation<T> operation) {
    long converted = ToPython.convert(home, value);
    try {
      return operation.on(converted);
    } finally {
      C.Py_DecRef(converted);
    }
  }

  private Interpreter owner() {
    return Interpreter.of(home.state());
  }

  /** The interpreter that the object belongs to. */
  public InterpreterView interpreter() {
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
        with(
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
    return within(p -> with(key, k -> result(C.PyObject_GetItem(p, k))));
  }

  /** {@code object[key] = value}. */
  public void setItem(@Nullable Object key, @Nullable Object value) {
    within(p ->
        with(
            key,
            k ->
                with(
                    value,
                    v -> {
                      home.checked(C.PyObject_SetItem(p, k, v));
                      return null;
                    })));
  }

  /** {@code del object[key]}. */
  public void delItem(@Nullable Object key) {
    within(p ->
        with(
            key,
            k -> {
              home.checked(C.PyObject_DelItem(p, k));
              return null;
            }));
  }

  /** {@code object(*args)}. */
  public PyObject call(@Nullable Object... args) {
    return within(p -> {
      try (Call call = Call.of(home, args.length)) {
        for (Object arg : args) {
          call.add(arg);
        }
        return result(call.callFunction(p));
      }
    });
  }

  /** {@code object(*args, **keywords)}. */
  public PyObject callKw(
      Map<String, ? extends @Nullable Object> keywords, @Nullable Object... args) {
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
   * The value as a Java type: a primitive or its box, {@code String}, {@code BigInteger}, {@code
   * byte[]}, {@code List} (of a list or tuple), {@code Map}, {@code Set}, {@code PyObject}, or
   * {@code Object} for the type nearest to the Python one. Containers are copied, with what they
   * hold as by {@code as(Object.class)}: {@code Long} for an int that fits and {@code BigInteger}
   * beyond, {@code Double}, {@code String}, {@code Boolean}, {@code null} for {@code None}, and
   * {@code PyObject} for what has no counterpart. A functional interface gives an implementation
   * that calls the object, by the conversions of its method's types, boxing nothing.
   *
   * @return null for {@code None}
   * @throws ConversionException if the object is none, or would lose something
   */
  public <T> @Nullable T as(Class<T> type) {
    if (type == PyObject.class) {
      return type.cast(this);
    }
    if (FunctionType.methodOf(type) != null && type.isInterface()) {
      return within(p -> function(type, p));
    }
    Object value = within(p -> ToJava.convert(home, p, type));
    @SuppressWarnings("unchecked") // cast() refuses the boxes that stand for primitives
    T converted = type.isPrimitive() ? (T) value : type.cast(value);
    return converted;
  }

  private <T> @Nullable T function(Class<T> type, long pointer) {
    if (pointer == Types.NONE) {
      return null;
    }
    if (type.isAssignableFrom(PyObject.class) && C.PyCallable_Check(pointer) == 0) {
      return type.cast(this); // Iterable, say, which a PyObject is
    }
    Object java = ToJava.isBuiltin(pointer) ? home.surface().function(pointer) : null;
    if (type.isInstance(java)) {
      return type.cast(java);
    }
    if (C.PyCallable_Check(pointer) == 0) {
      Object value = ToJava.natural(home, pointer);
      if (type.isInstance(value)) {
        return type.cast(value);
      }
      throw new ConversionException(
          "a Python "
              + ToJava.typeName(home, pointer)
              + " is not callable, so it cannot be a "
              + type.getName());
    }
    if (!Modifier.isPublic(type.getModifiers())) {
      throw new ConversionException(
          type.getName()
              + " is not public, so it cannot be implemented: make the interface public");
    }
    return FunctionProxy.of(type, home, pointer);
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

  /** A str. For the text of any object, {@link #toString}. */
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
        with(
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
        with(
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
    PyObject python = within(p -> result(C.PyObject_GetIter(p)));
    return new Elements(python);
  }

  /** Asks Python's iterator one element ahead. */
  private static final class Elements implements Iterator<PyObject> {

    private final PyObject python;
    private @Nullable PyObject next;
    private boolean ended;

    Elements(PyObject python) {
      this.python = python;
    }

    @Override
    public boolean hasNext() {
      if (next == null && !ended) {
        next = python.within(this::advance);
        if (next == null) {
          ended = true;
          python.close();
        }
      }
      return next != null;
    }

    private @Nullable PyObject advance(long iterator) {
      long element = C.PyIter_Next(iterator);
      if (element == 0 && C.PyErr_Occurred() != 0) {
        ended = true;
        throw python.home.raised();
      }
      return element == 0 ? null : take(python.home, element);
    }

    @Override
    public PyObject next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the Python iterator has no more elements");
      }
      PyObject element = Objects.requireNonNull(next);
      next = null;
      return element;
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

  /** Whether both are the same Python object ({@code is}); no Python code runs. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PyObject object
        && object.home == home
        && object.identity == identity
        && (other == this || (reference.pointer() != 0 && object.reference.pointer() != 0));
  }

  @Override
  public int hashCode() {
    return Long.hashCode(identity >>> 4);
  }

  /** {@code str(object)}, or what can be said without it where Python cannot be entered. */
  @Override
  public String toString() {
    try {
      return within(p -> text(C.PyObject_Str(p)));
    } catch (IllegalStateException e) {
      return "<Python object of " + home.state() + ": " + e.getMessage() + ">";
    }
  }
}
