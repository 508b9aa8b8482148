package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.PlatformThreads;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** The object that a proxy stands for: a reference that only the proxy's end gives back. */
final class ProxyTarget {

  final Home home;
  final Reference reference;

  /** Whether Python code has given the object to Java code, which calls it now. */
  final boolean given;

  private final Class<?> type;
  private final long identity;
  private final List<String> javaNames;
  private final long[] names; // borrowed, as Home keeps them; 0 until the attribute is asked for

  ProxyTarget(Class<?> type, Home home, long newReference, List<String> javaNames, boolean given) {
    this.type = type;
    this.home = home;
    this.given = given;
    this.identity = newReference;
    this.javaNames = javaNames;
    this.names = new long[javaNames.size()];
    this.reference = home.references().keep(this, newReference);
  }

  /**
   * A borrowed reference to the name of the attribute for a method: as in Java, or as in Python.
   */
  long name(int index, long object) {
    long known = names[index];
    return known != 0 ? known : findName(index, object);
  }

  private long findName(int index, long object) {
    long asInJava = home.name(javaNames.get(index));
    String snake = Names.toPython(javaNames.get(index));
    if (C.PyObject_HasAttr(object, asInJava) != 0) {
      names[index] = asInJava;
    } else if (C.PyObject_HasAttr(object, home.name(snake)) != 0) {
      names[index] = home.name(snake);
    } else {
      return asInJava; // the error is to name it, and it may come to be
    }
    return names[index];
  }

  /** Whether the object has the attribute for a method. */
  boolean has(int index) {
    return within(object -> C.PyObject_HasAttr(object, name(index, object)) != 0);
  }

  private <T> T within(LongFunction<T> body) {
    if (Thread.currentThread().isVirtual()) {
      return PlatformThreads.callUnchecked(() -> within(body));
    }
    Attachment entered = Entry.enter(home);
    try {
      long object = reference.pointer();
      if (object == 0) {
        throw home.closed();
      }
      return body.apply(object);
    } finally {
      Entry.leave(entered);
      java.lang.ref.Reference.reachabilityFence(this);
    }
  }

  /** A new reference for use in an interpreter. */
  long referenceIn(Home where) {
    if (where != home) {
      throw home.wrongInterpreter();
    }
    C.Py_IncRef(identity); // of which this holds another one
    return identity;
  }

  /** Whether both are the same interface to the same object; no Python code runs. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other == this
        || (other instanceof ProxyTarget target
            && target.type == type
            && target.home == home
            && target.identity == identity
            && reference.pointer() != 0
            && target.reference.pointer() != 0);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(identity >>> 4);
  }

  /** {@code str(object)}, or what can be said without it where Python cannot be entered. */
  @Override
  public String toString() {
    try {
      return within(object -> {
        long text = home.checked(C.PyObject_Str(object));
        try {
          return ToJava.toText(home, text);
        } finally {
          C.Py_DecRef(text);
        }
      });
    } catch (IllegalStateException e) {
      return "<" + type.getSimpleName() + " of " + home.state() + ": " + e.getMessage() + ">";
    }
  }
}
