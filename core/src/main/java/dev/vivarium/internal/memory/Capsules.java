package dev.vivarium.internal.memory;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PerInterpreter;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Capsules of Java's: each has a number as its context, by which its destructor is found. Those
 * that an interpreter's end leaves over are destroyed then, so that each is destroyed once.
 */
public final class Capsules {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final long DROPPED = LibPython.destructor(Capsules::dropped);

  private record Owned(Home home, Runnable destructor) {}

  private static final ConcurrentHashMap<Long, Owned> OWNED = new ConcurrentHashMap<>();
  private static final PerInterpreter<PerInterpreter.Kept> LEFT = new PerInterpreter<>(Left::new);
  private static final AtomicLong NUMBERS = new AtomicLong();

  // CPython keeps the pointer to a name, not the name
  private static final ConcurrentHashMap<String, Long> NAMES = new ConcurrentHashMap<>();

  private Capsules() {}

  /** A new reference to a capsule; attached. Where it fails, the destructor has not been run. */
  public static long create(Home home, String name, long pointer, Runnable destructor) {
    LEFT.in(home);
    long capsule = home.checked(C.PyCapsule_New(pointer, name(name), 0));
    long number = NUMBERS.incrementAndGet();
    OWNED.put(number, new Owned(home, destructor));
    int failed =
        C.PyCapsule_SetContext(capsule, number) | C.PyCapsule_SetDestructor(capsule, DROPPED);
    if (failed != 0) {
      OWNED.remove(number);
      C.Py_DecRef(capsule);
      throw home.raised();
    }
    return capsule;
  }

  /** The pointer in a capsule of that name, anyone's, or 0 if it is none; attached. */
  public static long pointer(long capsule, String name) {
    return C.PyCapsule_IsValid(capsule, name(name)) == 0
        ? 0
        : C.PyCapsule_GetPointer(capsule, name(name));
  }

  private static long name(String name) {
    return NAMES.computeIfAbsent(name, n -> Arena.global().allocateFrom(n).address());
  }

  /** What an interpreter's end leaves over. */
  private record Left(Home home) implements PerInterpreter.Kept {

    @Override
    public void ended() {
      for (Map.Entry<Long, Owned> one : OWNED.entrySet()) {
        if (one.getValue().home == home) {
          destroy(one.getKey());
        }
      }
    }
  }

  private static void destroy(long number) {
    Owned owned = OWNED.remove(number);
    if (owned == null) {
      return;
    }
    try {
      owned.destructor.run();
    } catch (Throwable t) {
      LOG.log(
          System.Logger.Level.WARNING,
          "a capsule's destructor failed, in "
              + owned.home.state()
              + ", on the thread "
              + Thread.currentThread().getName(),
          t);
    }
  }

  /** From C, when the capsule's last reference goes. */
  private static void dropped(long capsule) {
    try {
      long raised = C.PyErr_GetRaisedException(); // what goes on around this is no business of ours
      destroy(C.PyCapsule_GetContext(capsule));
      if (raised != 0) {
        C.PyErr_SetRaisedException(raised);
      }
    } catch (Throwable t) {
      // Nobody is there to be told, and nothing may be thrown from here: it would end the JVM
    }
  }
}
