package dev.vivarium.internal.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A Java object's monitor, entered in one call and left in another, which Java has no words for:
 * JNI's {@code MonitorEnter} and {@code MonitorExit}, out of the table of functions that the JVM
 * has for each of its threads. Code in Java, {@code wait()} and {@code notify()} among it, finds
 * such a monitor held as by {@code synchronized}.
 *
 * <p>JNI names objects by references, which only JNI gives. Here it reads them from a static field
 * of {@link Handed}, and has that class itself from a thread of that class: by name, it would look
 * with the wrong class loader.
 */
public final class JniMonitors {

  private static final MethodHandle CLEAR = Jni.handle(Jni.EXCEPTION_CLEAR, 1);
  private static final MethodHandle DELETE = Jni.handle(Jni.DELETE_GLOBAL_REF, 2);
  private static final MethodHandle READ = Jni.kept(Jni.GET_STATIC_OBJECT_FIELD, 3);
  private static final MethodHandle ENTER = Jni.handle(Jni.MONITOR_ENTER, 2);
  private static final MethodHandle EXIT = Jni.handle(Jni.MONITOR_EXIT, 2);
  private static final Handed HANDED = Handed.prepared();

  // What this thread holds of it. JNI would as well leave what a Java frame has entered, which then
  // fails where it leaves
  private static final ThreadLocal<Holds> HOLDS = ThreadLocal.withInitial(Holds::new);

  static { // so that no call is linked where a monitor is to be left and the heap is full
    Object rehearsed = new Object();
    enter(rehearsed);
    exit(rehearsed);
  }

  private static final class Holds {

    private @Nullable Hold last;
  }

  private static final class Hold {

    private final Object monitor;
    private final long env;
    private final long reference;
    private @Nullable Hold before;

    private Hold(Object monitor, long env, long reference) {
      this.monitor = monitor;
      this.env = env;
      this.reference = reference;
    }
  }

  private JniMonitors() {}

  /** Waits for the monitor as long as it takes. The calling thread has no GIL. */
  public static void enter(Object monitor) {
    Holds holds = HOLDS.get();
    long env = Jni.env();
    Hold hold = new Hold(monitor, env, HANDED.reference(env, monitor));
    boolean entered = false;
    try {
      entered = (int) Jni.call(ENTER, env, hold.reference) == 0;
    } finally {
      if (!entered) {
        Jni.call(DELETE, env, hold.reference);
      }
    }
    if (!entered) {
      Jni.call(CLEAR, env);
      throw new OutOfMemoryError("no memory for a monitor");
    }
    hold.before = holds.last;
    holds.last = hold;
  }

  /** How often this thread has entered it here and not left it. */
  @SuppressWarnings("ReferenceEquality")
  public static int holds(Object monitor) {
    int holds = 0;
    for (Hold hold = HOLDS.get().last; hold != null; hold = hold.before) {
      if (hold.monitor == monitor) {
        holds++;
      }
    }
    return holds;
  }

  /**
   * Lets go of it once, in any order, and needs no memory for that itself.
   *
   * @throws IllegalMonitorStateException if this thread has not entered it here
   */
  @SuppressWarnings("ReferenceEquality")
  public static void exit(Object monitor) {
    Holds holds = HOLDS.get();
    Hold after = null;
    Hold hold = holds.last;
    while (hold != null && hold.monitor != monitor) {
      after = hold;
      hold = hold.before;
    }
    if (hold == null) {
      throw new IllegalMonitorStateException(
          "this thread has not entered the monitor: a with begins and ends on one thread");
    }
    if (after == null) {
      holds.last = hold.before;
    } else {
      after.before = hold.before;
    }
    Jni.call(EXIT, hold.env, hold.reference);
    Jni.call(DELETE, hold.env, hold.reference);
  }

  /** Where JNI finds the object that a reference is wanted of. */
  private static final class Handed extends Thread {

    @SuppressWarnings("UnusedVariable") // JNI reads it
    private static @Nullable Object object;

    private long owner; // jclass
    private long field; // jfieldID
    private @Nullable Throwable failed;

    static Handed prepared() {
      Handed handed = new Handed();
      handed.setDaemon(true);
      handed.start();
      boolean interrupted = false;
      while (true) {
        try {
          handed.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (handed.failed != null) {
        throw new LinkageError("no JNI for monitors", handed.failed);
      }
      return handed;
    }

    @Override
    public void run() {
      try (Arena arena = Arena.ofConfined()) {
        long env = Jni.env();
        MethodHandle delete = Jni.handle(Jni.DELETE_GLOBAL_REF, 2);
        long threads = Jni.call(Jni.kept(Jni.FIND_CLASS, 2), env, text(arena, "java/lang/Thread"));
        long current =
            Jni.call(
                Jni.handle(Jni.GET_STATIC_METHOD_ID, 4),
                env,
                threads,
                text(arena, "currentThread"),
                text(arena, "()Ljava/lang/Thread;"));
        long self =
            Jni.call(Jni.kept(Jni.CALL_STATIC_OBJECT_METHOD_A, 4), env, threads, current, 0);
        owner = Jni.call(Jni.kept(Jni.GET_OBJECT_CLASS, 2), env, self);
        field =
            Jni.call(
                Jni.handle(Jni.GET_STATIC_FIELD_ID, 4),
                env,
                owner,
                text(arena, "object"),
                text(arena, "Ljava/lang/Object;"));
        Jni.call(delete, env, threads);
        Jni.call(delete, env, self);
      } catch (Throwable t) {
        failed = t;
      }
    }

    /** A global reference, to be deleted. */
    synchronized long reference(long env, Object monitor) {
      object = monitor;
      try {
        long reference = Jni.call(READ, env, owner, field);
        if (reference == 0) {
          throw new OutOfMemoryError("no memory for a reference");
        }
        return reference;
      } finally {
        object = null;
      }
    }

    private static long text(Arena arena, String text) {
      return arena.allocateFrom(text).address();
    }
  }

  /** The table, apart from the monitors: another thread needs it while they are prepared. */
  private static final class Jni {

    private static final int VERSION = 0x000a0000; // JNI_VERSION_10
    private static final int GET_ENV = 6; // in the table of the JVM, the others in a thread's
    private static final int FIND_CLASS = 6;
    private static final int EXCEPTION_CLEAR = 17;
    private static final int NEW_GLOBAL_REF = 21;
    private static final int DELETE_GLOBAL_REF = 22;
    private static final int GET_OBJECT_CLASS = 31;
    private static final int GET_STATIC_METHOD_ID = 113;
    private static final int CALL_STATIC_OBJECT_METHOD_A = 116;
    private static final int GET_STATIC_FIELD_ID = 144;
    private static final int GET_STATIC_OBJECT_FIELD = 145;
    private static final int MONITOR_ENTER = 217;
    private static final int MONITOR_EXIT = 218;

    private static final long JVM = jvm();
    private static final MethodHandle ENV = Linkage.downcall(function(JVM, GET_ENV), 3);
    private static final long TABLE = env();

    static long jvm() {
      boolean windows = System.getProperty("os.name", "").startsWith("Windows");
      Path library =
          Path.of(
              System.getProperty("java.home"),
              windows ? "bin" : "lib",
              "server",
              System.mapLibraryName("jvm"));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment found = arena.allocate(ValueLayout.JAVA_LONG);
        MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
        MethodHandle created =
            Linkage.downcall(
                SymbolLookup.libraryLookup(library, Arena.global())
                    .findOrThrow("JNI_GetCreatedJavaVMs")
                    .address(),
                3);
        call(created, found.address(), 1, count.address());
        if (count.get(ValueLayout.JAVA_INT, 0) != 1) {
          throw new LinkageError(library + " is not the JVM that runs");
        }
        return found.get(ValueLayout.JAVA_LONG, 0);
      }
    }

    /** {@code JNIEnv*} of the calling thread. */
    static long env() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment env = arena.allocate(ValueLayout.JAVA_LONG);
        call(ENV, JVM, env.address(), VERSION);
        return env.get(ValueLayout.JAVA_LONG, 0);
      }
    }

    static MethodHandle handle(int place, int parameters) {
      return Linkage.downcall(function(TABLE, place), parameters);
    }

    /**
     * One that returns an object, as a global reference. A local one is lost with the next native
     * method that Java code calls, so that nothing at all may come in between.
     */
    static MethodHandle kept(int place, int parameters) {
      MethodHandle function = handle(place, parameters);
      MethodHandle both = MethodHandles.collectArguments(handle(NEW_GLOBAL_REF, 2), 1, function);
      int[] order = new int[parameters + 1];
      for (int i = 0; i < parameters; i++) {
        order[i + 1] = i; // the environment goes to both
      }
      return MethodHandles.permuteArguments(both, function.type(), order);
    }

    static long function(long table, int place) {
      return Memory.getLong(Memory.getLong(table) + 8L * place);
    }

    static long call(MethodHandle function, long env) {
      try {
        return (long) function.invokeExact(env);
      } catch (Throwable t) {
        throw Linkage.failed("JNI", t);
      }
    }

    static long call(MethodHandle function, long env, long one) {
      try {
        return (long) function.invokeExact(env, one);
      } catch (Throwable t) {
        throw Linkage.failed("JNI", t);
      }
    }

    static long call(MethodHandle function, long env, long one, long two) {
      try {
        return (long) function.invokeExact(env, one, two);
      } catch (Throwable t) {
        throw Linkage.failed("JNI", t);
      }
    }

    static long call(MethodHandle function, long env, long one, long two, long three) {
      try {
        return (long) function.invokeExact(env, one, two, three);
      } catch (Throwable t) {
        throw Linkage.failed("JNI", t);
      }
    }
  }
}
