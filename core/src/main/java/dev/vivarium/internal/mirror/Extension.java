package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Finalizers;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnContext;
import dev.vivarium.internal.object.Reference;
import dev.vivarium.internal.object.Text;
import dev.vivarium.internal.object.ToPython;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.PlatformThreads;
import java.lang.ref.WeakReference;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What joins a Java object and the Python object whose class extends its class. They are one, so
 * that each must live as long as either is held, and neither collector sees the other's references.
 *
 * <p>While Python holds its object, the Java object is held here, and Java counts nothing on the
 * Python one. When Python lets go of it, its finalizer comes here: Java then takes one reference to
 * the Python object, and holds its own object weakly here. So what Java holds has a Python half,
 * and when Java lets go too, that reference is given back like any other. Each time that Python
 * gets the object again, it is turned back.
 */
final class Extension {

  private static final int EQUAL = 2; // Py_EQ
  private static final long PAUSE_NANOS = 200_000;
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private final Home home;
  private final Mirror mirror;
  private final Routes routes;

  // All under this, which nobody has while calling what may wait
  private long python; // its Python object, borrowed; 0 when that has gone
  private @Nullable Object half; // the Java one, while Python holds its object
  private @Nullable WeakReference<Object> weakly; // once the Java object is there
  private @Nullable Reference reference; // Java's to the Python object, while Python has none
  private long weak; // without a GIL: a weak reference to the Python object
  private boolean handed; // with a GIL: to Python since the finalizer was called last

  /** Of a Python object that is under construction; attached. */
  Extension(Mirror mirror, Home home, Routes routes, long python) {
    this.mirror = mirror;
    this.home = home;
    this.routes = routes;
    this.python = python;
    if (!Types.hasGil()) {
      weak = home.checked(C.PyWeakref_NewRef(python, 0));
    }
  }

  /** The class that its Java object counts as, or null while Python does not hold it. */
  synchronized @Nullable Class<?> shown() {
    return half == null ? null : routes.subclass.superclass;
  }

  /**
   * The superclass's methods of a name, or null where these are no others than all see: so it is in
   * another interpreter, which has a Java object like any other.
   */
  @Nullable Group own(Home where, String name) {
    Subclass subclass = routes.subclass;
    return where == home && subclass.members.get(name) instanceof List<?>
        ? where.<Group, RuntimeException>detached(() -> subclass.group(name))
        : null;
  }

  // The Java half

  /** Whether that is its Java object, which it is from when it is first met: others are clones. */
  synchronized boolean joins(Object object) {
    WeakReference<Object> known = weakly;
    if (known == null) {
      weakly = new WeakReference<>(object);
      half = object;
      return true;
    }
    return known.refersTo(object);
  }

  /**
   * The Java object, for Python code that holds its other half; attached.
   *
   * @throws Mismatch if it is not there
   */
  Object java() {
    Object object;
    synchronized (this) {
      object = half != null ? half : weakly == null ? null : weakly.get();
      if (object != null && half == null) {
        half = object; // from a weak reference of Python's, perhaps
      }
    }
    if (object == null) {
      throw Mismatch.whole(
          weakly == null
              ? "the Java part of this "
                  + routes.className
                  + " is not constructed yet: only when"
                  + " super().__init__(...) has been called can its Java methods be"
              : "Java has let go of the Java part of this " + routes.className);
    }
    if (reference != null) {
      settle();
    }
    return object;
  }

  /** The constructor has failed. */
  void forget() {
    gone();
    synchronized (this) {
      weakly = null;
    }
  }

  // The Python half

  /** A new reference to the Python object of a Java object; 0 if it has gone. Attached. */
  long hand(Object object) {
    long given = acquire(object);
    if (given == 0) {
      return 0;
    }
    try {
      settle();
      return given;
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(given);
      throw e;
    }
  }

  /** The same, of that interpreter; 0 also for what is none of such a class, or a clone. */
  static long behind(Home home, Object value) {
    Extension extension = Subclass.extensionOf(value);
    return extension != null && extension.home == home && extension.joins(value)
        ? extension.hand(value)
        : 0;
  }

  private long acquire(Object object) {
    if (Types.hasGil()) {
      synchronized (this) {
        if (python == 0 || Finalizers.references(python) == 0) { // 0: in its destructor
          return 0;
        }
        half = object;
        handed = true;
        C.Py_IncRef(python);
        return python;
      }
    }
    return acquireFree(object);
  }

  // A weak reference says whether the object has come to its end, and it is said to have as long as
  // the collector has not called the finalizer
  private long acquireFree(Object object) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    do {
      long asked;
      synchronized (this) {
        if (python == 0) {
          return 0;
        }
        if (reference != null) {
          half = object;
          C.Py_IncRef(python);
          return python;
        }
        asked = weak;
        C.Py_IncRef(asked);
      }
      long found = Finalizers.strong(asked);
      C.Py_DecRef(asked);
      if (found != 0) {
        synchronized (this) {
          half = object; // the finalizer may have been called meanwhile
        }
        return found;
      }
      home.detached(() -> pause());
    } while (System.nanoTime() < end); // it may be this thread that is in the collector
    return 0;
  }

  private static @Nullable Object pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
    return null;
  }

  // After a call of Python from Java: what Python has not kept is Java's again, without a finalizer
  private void release(long given) {
    boolean back = false;
    if (Types.hasGil()) {
      synchronized (this) {
        back = reference != null && Finalizers.references(python) == 2;
        if (back) {
          half = null;
        }
      }
    }
    try {
      if (!back) {
        settle();
      }
    } finally {
      C.Py_DecRef(given);
    }
  }

  // Gives Java's reference back, when Python has one
  private void settle() {
    if (reference == null) {
      return;
    }
    long renewed = Types.hasGil() || python == 0 ? 0 : home.checked(C.PyWeakref_NewRef(python, 0));
    Reference given = null;
    long old = renewed;
    synchronized (this) {
      if (reference != null && python != 0 && Finalizers.renew(python)) {
        given = reference;
        reference = null;
        handed = true;
        old = weak;
        weak = renewed;
      }
    }
    if (old != 0) {
      C.Py_DecRef(old);
    }
    if (given != null) {
      home.references().release(given);
    } else if (!Types.hasGil()) {
      mirror.settleLater(this);
    }
  }

  /** What could not be settled, while another thread was in the finalizer or the collector. */
  void settleAgain() {
    long held;
    synchronized (this) {
      if (python == 0 || reference == null || half == null) {
        return;
      }
      if (Finalizers.references(python) == 1) { // Java's own
        half = null;
        return;
      }
      C.Py_IncRef(python);
      held = python;
    }
    settle();
    C.Py_DecRef(held);
  }

  /**
   * From the Python object's finalizer.
   *
   * @return whether it lives on; else this has gone
   */
  boolean survives() {
    Object object;
    long now;
    synchronized (this) {
      now = python;
      object = half == null && weakly != null ? weakly.get() : half;
    }
    if (now == 0) {
      return false;
    }
    if (object == null || mirror.isEnding()) {
      gone();
      return false;
    }
    boolean collected = Finalizers.isCalled(now);
    if (Types.hasGil() && collected) {
      Finalizers.rescue(now);
      synchronized (this) {
        if (handed) { // since the collector has looked, perhaps: it is to look again
          handed = false;
          Finalizers.renew(now);
          return true;
        }
      }
    }
    if (reference == null) {
      C.Py_IncRef(now);
      Reference kept = home.references().keepFinalized(object, now);
      synchronized (this) {
        reference = kept;
        handed = false;
        if (Types.hasGil() || collected || Finalizers.references(now) == 2) {
          half = null;
          return true;
        }
      }
      mirror.settleLater(this);
    }
    return true;
  }

  /** The Python object is at its end, or the Java object was never made. */
  void gone() {
    long old;
    synchronized (this) {
      python = 0;
      half = null;
      old = weak;
      weak = 0;
    }
    if (old != 0) {
      C.Py_DecRef(old);
    }
  }

  // Calls from Java

  @SuppressWarnings("unused") // through a method handle: may be on any thread, attached or not
  static boolean routed(Object extension, Object self, int index) {
    return extension instanceof Extension one && one.routes.has(index) && one.joins(self);
  }

  @SuppressWarnings("unused") // through a method handle
  static @Nullable Object called(Object extension, Object self, int index, @Nullable Object[] given)
      throws Throwable {
    if (!routed(extension, self, index)) {
      throw ((Extension) extension).undefined(index);
    }
    Extension one = (Extension) extension;
    try {
      return Thread.currentThread().isVirtual()
          ? PlatformThreads.call(() -> one.callUnwrapped(self, index, given))
          : one.call(self, index, given);
    } finally {
      java.lang.ref.Reference.reachabilityFence(self);
    }
  }

  private AbstractMethodError undefined(int index) {
    return new AbstractMethodError(
        "the Python class "
            + routes.className
            + " does not define "
            + routes.subclass.overridable.get(index).name());
  }

  private @Nullable Object callUnwrapped(Object self, int index, @Nullable Object[] given)
      throws Exception {
    Attachment entered = Entry.enter(home);
    try {
      return OwnContext.run(home, () -> call(self, index, given));
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new UndeclaredThrowableException(t);
    } finally {
      Entry.leave(entered);
    }
  }

  private @Nullable Object call(Object self, int index, @Nullable Object[] given) {
    Attachment entered = Entry.enter(home);
    try {
      mirror.settleWaiting();
      long object = acquire(self);
      if (object == 0) {
        throw mirror.isEnding()
            ? home.closed()
            : new IllegalStateException(
                "the Python part of this " + routes.className + " has gone");
      }
      try {
        Subclass.Overridable method = routes.subclass.overridable.get(index);
        return switch (routes.name(index)) {
          case "__str__" -> text(object);
          case "__hash__" -> hash(object);
          case "__eq__" -> equal(object, given[0]);
          case String name -> call(home.attribute(object, name), method, given);
        };
      } finally {
        release(object);
      }
    } finally {
      Entry.leave(entered);
    }
  }

  private @Nullable Object call(
      long function, Subclass.Overridable method, @Nullable Object[] given) {
    try (Call call = Call.of(home, Math.max(1, given.length))) {
      for (Object argument : given) {
        // As a member's result, so that it can be passed on to super()
        call.add((Object) new Passed.ByReference(argument));
      }
      long result = home.checked(call.callFunction(function));
      try {
        return method.method().getReturnType() == void.class
            ? null
            : method.result().convert(home, result);
      } catch (Mismatch e) {
        throw new ConversionException(
            method.name() + " returned what does not fit: " + e.getMessage());
      } finally {
        C.Py_DecRef(result);
      }
    } finally {
      C.Py_DecRef(function);
    }
  }

  private String text(long object) {
    long text = home.checked(C.PyObject_Str(object));
    try {
      return Text.toJava(home, text);
    } finally {
      C.Py_DecRef(text);
    }
  }

  private Integer hash(long object) {
    long hash = C.PyObject_Hash(object);
    if (hash == -1) {
      throw home.raised();
    }
    return Long.hashCode(hash);
  }

  private Boolean equal(long object, @Nullable Object other) {
    long value = ToPython.convert(home, new Passed.ByReference(other));
    int equal = C.PyObject_RichCompareBool(object, value, EQUAL);
    C.Py_DecRef(value);
    home.checked(equal);
    return equal == 1;
  }
}
