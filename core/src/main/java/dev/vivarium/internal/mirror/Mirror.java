package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.HeldObjects;
import dev.vivarium.internal.bridge.JavaFunctions;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Converters;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.JavaObjects;
import dev.vivarium.internal.object.PerInterpreter;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.Callbacks;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The Java classes and objects that one interpreter's Python code has met. */
public final class Mirror implements JavaObjects, PerInterpreter.Kept {

  private static final PerInterpreter<Mirror> ALL =
      new PerInterpreter<>(home -> {
        throw new IllegalStateException(home.state() + " has not begun yet");
      });
  private static final String THROWABLE = "__throwable__";
  private static final int LONGEST_CHAIN = 16;
  private static final long HAS_GC = 1L << 14;

  // Whether getCause() is other code than Throwable's
  private static final ClassValue<Boolean> HAS_OWN_CAUSE =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          try {
            return type.getMethod("getCause").getDeclaringClass() != Throwable.class;
          } catch (NoSuchMethodException e) {
            return true;
          }
        }
      };

  private final Home home;
  private final ClassLoader starters;
  private final HeldObjects held = HeldObjects.create();
  private final AtomicReference<@Nullable PythonSide> python = new AtomicReference<>();
  private final Queue<Extension> unsettled = new ConcurrentLinkedQueue<>();
  private volatile Access access;
  private volatile boolean ending;

  private Mirror(Home home, Access access, ClassLoader starters) {
    this.home = home;
    this.starters = starters;
    this.access = access;
  }

  /**
   * Makes that of an interpreter, before any of its code runs.
   *
   * @param starters the class loader where the access names none
   */
  public static Mirror begin(Home home, Access access, ClassLoader starters) {
    Mirror before = ALL.known(home);
    if (before != null) { // beginning has failed, and begins again
      before.setAccess(access);
      return before;
    }
    Mirror made = new Mirror(home, access, starters);
    ALL.set(home, made);
    home.setJavaObjects(made);
    return made;
  }

  /** That of an interpreter that has begun. */
  public static Mirror of(Home home) {
    return ALL.in(home);
  }

  @Override
  public void ending() {
    ending = true;
  }

  boolean isEnding() {
    return ending;
  }

  @Override
  public void ended() {
    held.end();
    unsettled.clear();
    python.set(null); // the classes that it has met
    access = Access.NONE; // whose class loader may be meant to go
  }

  public Access access() {
    return access;
  }

  /** Where its Python code's imports of Java's classes look. */
  ClassLoader classLoader() {
    ClassLoader named = access.loader();
    return named == null ? starters : named;
  }

  /** Whether Python code may see that class; attached. */
  boolean sees(Class<?> type) {
    return access.allowed() == null
        ? access.sees(type)
        : home.<Boolean, RuntimeException>detached(() -> access.sees(type));
  }

  /** Whether a Python type is a Java class's, or one above those; attached. */
  public boolean isJava(long type) {
    PythonSide side = python.get();
    return side != null && side.isJava(type);
  }

  /** Decides what the interpreter's code may see; before any of it runs. */
  public void setAccess(Access access) {
    this.access = access;
  }

  /** How many Java objects of each class its Python code holds. */
  public Map<String, Long> counts() {
    return held.counts(object ->
        switch (object) {
          case Extension extension -> extension.shown();
          case Routes _ -> null;
          default -> object.getClass();
        });
  }

  /** Attached. Two threads may both make it; all see that which was first. */
  PythonSide python() {
    PythonSide known = python.get();
    if (known != null) {
      return known;
    }
    PythonSide made = PythonSide.load(home, this);
    PythonSide first = python.compareAndExchange(null, made);
    if (first != null) {
      made.discard();
      return first;
    }
    made.keep();
    return made;
  }

  // Objects

  @Override
  public long newFunction(Object function) {
    return JavaFunctions.create(home, function);
  }

  @Override
  public @Nullable Object function(long callable) {
    return JavaFunctions.find(callable);
  }

  @Override
  public long reference(Object value) {
    if (value instanceof Throwable thrown) {
      return home.toPythonException(thrown);
    }
    if (home.surface().isSeenElsewhere(home, value)) {
      return wrap(value);
    }
    long own = home.surface().unwrap(home, value);
    return own != 0 ? own : wrap(value);
  }

  /** What a Java member gives, no plain value: by reference, or as somebody has registered it. */
  long given(Object value) {
    Converters.Own own = home.converters().result(value);
    if (own == null) {
      return reference(value);
    }
    long back = home.surface().unwrap(home, value);
    return back != 0 ? back : own.toPython(home, value);
  }

  /** A value as a Java member's result: a new reference. */
  public long result(@Nullable Object value) {
    return home.checked(Results.of(home, value));
  }

  long wrap(Object value) {
    return hold(python().typeOf(value.getClass()).pointer, value);
  }

  private long hold(long type, Object value) {
    long object = home.checked(C.PyType_GenericAlloc_plain(type, 0));
    try {
      Memory.putLong(object + PythonSide.NUMBER, held.add(value));
      return object;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(object);
      throw e;
    }
  }

  /** The Java object that a descriptor is asked of, or null for none: a static method. */
  static @Nullable Object receiver(Home home, long self) {
    if (self == 0) {
      return null;
    }
    long number = Memory.getLong(self + PythonSide.NUMBER);
    if (number != 0) {
      Object object = HeldObjects.get(number);
      if (object != null) {
        return object instanceof Extension extension ? extension.java() : object;
      }
      throw new Mismatch("this Java object has gone with its interpreter");
    }
    return Implementation.of(home, self);
  }

  /** The Java object that any argument is, or an error. */
  static @Nullable Object object(Argument argument) {
    Home home = argument.home();
    if (!Types.isInstance(argument.object(), of(home).python().reference)) {
      throw new Mismatch("a " + ToJava.typeName(home, argument.object()) + " is no Java object");
    }
    return receiver(home, argument.object());
  }

  /** Whether it is an object of a Python class that implements interfaces. */
  boolean isImplementation(long object) {
    PythonSide side = python.get();
    return side != null
        && Types.isInstance(object, side.reference)
        && Memory.getLong(object + PythonSide.NUMBER) == 0;
  }

  /** The Java object behind any Python object, or null: no object of a Python class. */
  static @Nullable Object behind(Home home, long object) {
    PythonSide side = of(home).python.get();
    if (side == null || !Types.isInstance(object, side.reference)) {
      return null;
    }
    long number = Memory.getLong(object + PythonSide.NUMBER);
    Object behind = number == 0 ? null : HeldObjects.get(number);
    return behind instanceof Extension extension ? extension.java() : behind;
  }

  /** Whether any object is of a Python class that extends a Java class, with no Java half yet. */
  static boolean isUnconstructed(Home home, long object) {
    return Memory.getLong(object + PythonSide.NUMBER) == 0
        && of(home).python().ancestors(Types.typeOf(object)).stream()
            .anyMatch(type -> type.subclass != null);
  }

  // An object, an exception, a class, an implementation of interfaces
  @Override
  public @Nullable Object java(long object, long type, Class<?> to) {
    PythonSide side = python.get();
    if (side == null) {
      return null;
    }
    if (Types.isInstance(object, side.reference)) {
      return receiver(home, object);
    }
    if (C.PyType_IsSubtype(type, side.exception) != 0) {
      return carried(object);
    }
    if (to.isAssignableFrom(Class.class)) {
      JavaType known = side.known(object);
      return known == null || !known.visible ? null : known.type;
    }
    return null;
  }

  @Override
  public boolean isText(long type) {
    PythonSide side = python.get();
    return side != null && type == side.text;
  }

  // Exceptions

  @Override
  public long exception(Throwable thrown) {
    return exception(thrown, LONGEST_CHAIN);
  }

  private long exception(Throwable thrown, int chain) {
    JavaType type = python().typeOf(thrown.getClass());
    return exception(type.pointer, type.raw, thrown, chain);
  }

  // A Python exception that passed through Java is itself again
  private long causeOf(Throwable cause, int chain) {
    long own = home.surface().pythonException(home, cause);
    return own != 0 ? own : exception(cause, chain - 1);
  }

  private long exception(long type, long raw, Throwable thrown, int chain) {
    PythonSide side = python();
    long made = side.newException(type, raw);
    try {
      long number = hold(side.reference, thrown);
      int failed = C.PyObject_SetAttr(made, home.name(THROWABLE), number);
      C.Py_DecRef(number);
      home.checked(failed);
      Throwable cause =
          HAS_OWN_CAUSE.get(thrown.getClass())
              ? home.<@Nullable Throwable, RuntimeException>detached(thrown::getCause)
              : thrown.getCause(); // under a monitor, but one under which Java calls nobody
      if (cause != null && chain > 0) {
        C.PyException_SetCause(made, causeOf(cause, chain));
      }
      return made;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(made);
      throw e;
    }
  }

  /** The Java exception that a Python one carries, or null. */
  public @Nullable Throwable carried(long exception) {
    PythonSide side = python.get();
    if (side == null || !Types.isInstance(exception, side.exception)) {
      return null;
    }
    long number = C.PyObject_GetAttr(exception, home.name(THROWABLE));
    if (number == 0) {
      C.PyErr_Clear();
      return null;
    }
    try {
      return behind(home, number) instanceof Throwable thrown ? thrown : null;
    } finally {
      C.Py_DecRef(number);
    }
  }

  /** The Java exception that a descriptor is asked of. */
  @Nullable Object thrown(long self) {
    if (self == 0) {
      return null;
    }
    Throwable thrown = carried(self);
    if (thrown == null) {
      throw new Mismatch("this exception has no Java exception behind it");
    }
    return thrown;
  }

  // Construction

  /** {@code __new__}: the first argument is the Python type, of which an instance is made. */
  long construct(Group constructors, long arguments, int count, long keywords) throws Throwable {
    long type = count == 0 ? 0 : Memory.getLong(arguments);
    JavaType java = type != 0 && Types.isInstance(type, Types.TYPE) ? python().nearest(type) : null;
    if (java == null
        || C.PyType_IsSubtype(type, java.pointer) == 0) { // its __mro__ may be anything
      throw new Mismatch("__new__ wants a Java class");
    }
    boolean exact = java.pointer == type;
    if (java.subclass != null) {
      if (exact) {
        throw Mismatch.whole("the class of those that extend a Java class has no objects itself");
      }
      return python().newEmpty(type); // __init__ constructs
    }
    long[] given = Group.given(arguments + 8, count - 1, keywords);
    Builder.Offer builder =
        exact && given.length >= count ? Builder.Offer.of(java.type, this) : null;
    if (builder != null && !constructors.takes(home, null, given, count - 1, keywords)) {
      return result(builder.build(home, given, count - 1, keywords));
    }
    if (java.type.isInterface()) {
      return exact ? adapt(java, arguments, count) : python().newEmpty(type);
    }
    if (java.type.isArray()) {
      throw new Mismatch("vivarium.array(component, length or items) makes arrays");
    }
    if (!exact && java.isThrowable()) {
      given = takenBy(constructors, given, count - 1, keywords);
    }
    int positional = Math.min(count - 1, given.length);
    Overload only = exact && keywords == 0 ? constructors.onlyConstructor(positional) : null;
    Object made;
    try {
      made =
          only != null
              ? only.construct(home, arguments + 8)
              : constructors.choose(home, null, given, positional, keywords, false);
    } catch (Mismatch none) {
      Object value = exact && positional == 1 && given.length == 1 ? as(java, given[0]) : null;
      if (value == null) {
        throw none;
      }
      return reference(value);
    }
    if (!java.type.isInstance(made)) {
      throw new Mismatch("__new__ of another class than " + java.type.getName());
    }
    if (made instanceof Throwable thrown) {
      return exception(type, exact ? java.raw : python().rawOf(type), thrown, LONGEST_CHAIN);
    }
    if (!exact || made == null) {
      throw new Mismatch("only interfaces and exceptions can be derived from");
    }
    return hold(type, made);
  }

  // What no constructor takes, as a parameter of the class would be given it; or null
  private @Nullable Object as(JavaType java, long object) {
    if (java.isThrowable()) {
      return null;
    }
    try {
      return Arguments.convert(home, object, java.type);
    } catch (Mismatch e) {
      return null;
    }
  }

  /** {@code __init__} of a Python class that extends a Java class: Java's constructor. */
  long initialize(Group constructors, long self, long arguments, int count, long keywords)
      throws Throwable {
    Routes routes = python().routesOf(Types.typeOf(self));
    settleWaiting();
    Extension extension = new Extension(this, home, routes, self);
    boolean first;
    synchronized (held) {
      first = Memory.getLong(self + PythonSide.NUMBER) == 0;
      if (first) {
        Memory.putLong(self + PythonSide.NUMBER, held.add(extension));
      }
    }
    if (!first) {
      extension.gone();
      throw Mismatch.whole("the Java part of this " + routes.className + " is constructed already");
    }
    boolean made = false;
    try {
      long[] given = Group.given(arguments, count, keywords);
      Object object = constructors.choose(home, extension, given, count, keywords, true);
      made = object != null && extension.joins(object);
      return Results.nothing();
    } finally {
      if (!made) {
        HeldObjects.drop(Memory.getLong(self + PythonSide.NUMBER));
        Memory.putLong(self + PythonSide.NUMBER, 0);
        extension.forget();
      }
    }
  }

  /** The finalizer of an object whose Java half another thread was busy with has been called. */
  void settleLater(Extension extension) {
    unsettled.add(extension);
  }

  void settleWaiting() {
    for (int i = unsettled.size(); i > 0; i--) {
      Extension extension = unsettled.poll();
      if (extension != null) {
        extension.settleAgain();
      }
    }
  }

  /** Of any interpreter: from C, as {@code tp_finalize} of a Python class that extends Java's. */
  static void finalized(long object) {
    long number = Memory.getLong(object + PythonSide.NUMBER);
    Extension extension =
        number != 0 && HeldObjects.get(number) instanceof Extension one ? one : null;
    if (extension != null && extension.survives()) {
      return;
    }
    Attachment attachment = Callbacks.begin();
    if (attachment == null) {
      return; // too late in its interpreter's end for Python code that may call Java
    }
    int floor = Callbacks.raiseFloor(attachment);
    try {
      callOwn(Home.of(attachment.interpreter()), object);
    } finally {
      Callbacks.end(attachment, floor);
    }
  }

  // __del__, as CPython's own slot calls it
  private static void callOwn(Home home, long object) {
    long raised = C.PyErr_GetRaisedException();
    long own = C.PyObject_GetAttr(Types.typeOf(object), home.name("__del__"));
    if (own != 0) {
      try (Call call = Call.of(home)) {
        long result = call.addBorrowed(object).callFunction(own);
        if (result == 0) {
          C.PyErr_WriteUnraisable(own);
        } else {
          C.Py_DecRef(result);
        }
      }
      C.Py_DecRef(own);
    }
    if (C.PyErr_Occurred() != 0) {
      C.PyErr_Clear();
    }
    if (raised != 0) {
      C.PyErr_SetRaisedException(raised);
    }
  }

  // A Python class of exceptions may have an __init__ with parameters of its own: as many of its
  // arguments go to Java as a constructor takes, from the first on
  private long[] takenBy(Group constructors, long[] given, int positional, long keywords) {
    if (!constructors.takes(home, null, given, positional, keywords)) {
      for (int few = positional; few >= 0; few--) {
        long[] first = Arrays.copyOf(given, few);
        if (constructors.takes(home, null, first, few, 0)) {
          return first;
        }
      }
    }
    return given;
  }

  // Runnable(function): the same as passing the function where one is wanted
  private long adapt(JavaType java, long arguments, int count) {
    if (count != 2) {
      throw new Mismatch(
          "an interface: derive a Python class from it, or give it one callable to adapt");
    }
    Object adapted = Arguments.convert(home, Memory.getLong(arguments + 8), java.type);
    if (adapted == null) {
      throw new Mismatch("None is not callable");
    }
    return wrap(adapted);
  }

  /** Of any interpreter: from C, when an object's last reference goes. */
  static void died(long object) {
    long number = Memory.getLong(object + PythonSide.NUMBER);
    if (number != 0) {
      if (HeldObjects.get(number) instanceof Extension extension) {
        extension.gone();
      }
      HeldObjects.drop(number);
    }
    long type = Types.typeOf(object);
    if ((C.PyType_GetFlags(type) & HAS_GC) != 0) { // a Python class, with a dict
      C.PyObject_GC_Del(object);
    } else {
      C.PyObject_Free(object);
    }
    C.Py_DecRef(type);
  }

  // Imports

  /**
   * What an import of that name finds among Java's packages, asked after Python's own finders.
   *
   * @return null for nothing, or a new reference to a module spec
   */
  public Passed.@Nullable Made find(String name) {
    boolean known = name.equals("vivarium") || isPackage(name);
    if (!known && name.indexOf('.') < 0) {
      return null;
    }
    try (Call call = Call.of(home)) {
      long function = known ? python().find : python().missing;
      return new Passed.Made(home.checked(call.add((Object) name).callFunction(function)));
    }
  }

  boolean isPackage(String name) {
    return access.seesPackage(name)
        && home.<Boolean, RuntimeException>detached(
            () -> Packages.exists(classLoader(), name)); // class loaders may do anything
  }
}
