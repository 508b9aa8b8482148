package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import org.jspecify.annotations.Nullable;

/** One strong reference to a Python object, given back when its wrapper is closed or collected. */
public final class Reference extends PhantomReference<Object> {

  private static final VarHandle POINTER;

  static {
    try {
      POINTER = MethodHandles.lookup().findVarHandle(Reference.class, "pointer", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Home home;

  @SuppressWarnings("unused") // through POINTER
  private volatile long pointer;

  // Links of the list that keeps this reachable; under that list's lock
  @Nullable Reference next;
  @Nullable Reference previous;

  /** The next one that is to be given back. */
  @Nullable Reference nextPending;

  /** The next one that was found to be given back; the collecting thread's. */
  @Nullable Reference nextLost;

  boolean finalized; // before it is known to others

  private boolean left; // under this

  Reference(Object wrapper, Home home, long pointer) {
    super(wrapper, References.COLLECTED);
    this.home = home;
    POINTER.set(this, pointer);
  }

  /** Whose object it is. */
  public Home home() {
    return home;
  }

  /** The object, or 0 once given back. */
  public long pointer() {
    return (long) POINTER.getOpaque(this);
  }

  /**
   * Borrows the object for one operation, attached: other threads may close the wrapper meanwhile.
   *
   * @return 0 if it has been given back
   */
  public long borrow() {
    if (Types.hasGil()) {
      return borrowNow();
    }
    synchronized (this) { // nothing else keeps a closer out between the look and the count
      return borrowNow();
    }
  }

  private long borrowNow() {
    long object = pointer();
    if (object != 0) {
      C.Py_IncRef(object);
    }
    return object;
  }

  /** Ends a {@link #borrow}. */
  public void endBorrow(long object) {
    if (Types.hasGil() && pointer() == object) {
      C.Py_DecRef_quick(object); // not the last: the wrapper has one, and nobody takes it now
    } else {
      C.Py_DecRef(object);
    }
  }

  /**
   * Claims it for being left to be given back later; false if it has been left before, by a close
   * or by the collector: it is in that list once.
   */
  synchronized boolean leave() {
    boolean first = !left;
    left = true;
    return first;
  }

  /** Takes the reference to give it back; 0 if another was first. */
  long take() {
    if (Types.hasGil()) {
      return (long) POINTER.getAndSet(this, 0L);
    }
    synchronized (this) {
      return (long) POINTER.getAndSet(this, 0L);
    }
  }
}
