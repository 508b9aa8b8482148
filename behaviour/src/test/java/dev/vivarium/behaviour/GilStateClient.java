package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;

/**
 * The C library that knows only {@code PyGILState_*}, from {@code src/test/c/gilstate_client.c}. To
 * be used once Python is started, whose symbols it needs.
 */
final class GilStateClient {

  /**
   * What C sees of the calling thread.
   *
   * @param attached address of the attached thread state, or 0
   * @param slot what {@code PyGILState_GetThisThreadState()} says, or 0
   * @param interpreter address of the attached one's interpreter, or 0
   * @param id of that interpreter, or -1
   */
  record Seen(long attached, long slot, long interpreter, long id) {

    boolean isAttached() {
      return attached != 0;
    }

    private static Seen at(MemorySegment seen, int index) {
      long offset = index * BYTES;
      return new Seen(
          seen.get(JAVA_LONG, offset),
          seen.get(JAVA_LONG, offset + 8),
          seen.get(JAVA_LONG, offset + 16),
          seen.get(JAVA_LONG, offset + 24));
    }
  }

  /** Before, inside, when the body was done, and after. */
  record Course(Seen before, Seen entered, Seen done, Seen after) {

    private static Course of(MemorySegment seen) {
      return new Course(Seen.at(seen, 0), Seen.at(seen, 1), Seen.at(seen, 2), Seen.at(seen, 3));
    }
  }

  /** What C calls back. */
  @FunctionalInterface
  interface Body {
    void run() throws Throwable;
  }

  private static final long BYTES = 32;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Path FILE =
      Path.of(PythonUnderTest.property("vivarium.test.natives"), "libgilstate_client.so");
  private static final SymbolLookup LIBRARY = SymbolLookup.libraryLookup(FILE, Arena.global());
  private static final MethodHandle LOOK = bind("client_look", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle IN_GILSTATE =
      bind("client_in_gilstate", FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
  private static final MethodHandle ALLOWING_THREADS =
      bind("client_allowing_threads", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
  private static final MethodHandle ON_PTHREAD =
      bind("client_on_pthread", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle ROUNDS =
      bind("client_gilstate_rounds", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
  private static final MethodHandle COUNT =
      bind("client_count_thread_states", FunctionDescriptor.of(JAVA_LONG));
  private static final MethodHandle SLEEP =
      bind("client_sleep_released", FunctionDescriptor.ofVoid(JAVA_LONG));

  private GilStateClient() {}

  private static MethodHandle bind(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type);
  }

  /** The library's file, for {@code ctypes}. */
  static Path file() {
    return FILE;
  }

  /** What C sees now. */
  static Seen look() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment seen = arena.allocate(BYTES, 8);
      LOOK.invokeExact(seen);
      return Seen.at(seen, 0);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** What C sees in an interpreter, where Python code of its has called Java, which is detached. */
  static Seen lookIn(InterpreterView calling) {
    try (ThreadState entered = ThreadState.ensure(calling)) {
      return look();
    }
  }

  /** The body inside so many {@code PyGILState_Ensure}. Its own exception comes through. */
  static Course inGilState(int depth, Body body) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment seen = arena.allocate(4 * BYTES, 8);
      Caught caught = new Caught(body);
      IN_GILSTATE.invokeExact(depth, caught.stub(arena), MemorySegment.NULL, seen);
      caught.rethrow();
      return Course.of(seen);
    } catch (Throwable t) {
      throw asException(t);
    }
  }

  /** The body between {@code Py_BEGIN_ALLOW_THREADS} and {@code Py_END_ALLOW_THREADS}. */
  static Course allowingThreads(Body body) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment seen = arena.allocate(4 * BYTES, 8);
      Caught caught = new Caught(body);
      ALLOWING_THREADS.invokeExact(caught.stub(arena), MemorySegment.NULL, seen);
      caught.rethrow();
      return Course.of(seen);
    } catch (Throwable t) {
      throw asException(t);
    }
  }

  /** The body on a native thread that neither Python nor Java has met; waits for its end. */
  static void onPthread(Body body) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      Caught caught = new Caught(body);
      int error = (int) ON_PTHREAD.invokeExact(caught.stub(arena), MemorySegment.NULL);
      if (error != 0) {
        throw new IllegalStateException("pthread_create failed with " + error);
      }
      caught.rethrow();
    } catch (Throwable t) {
      throw asException(t);
    }
  }

  /** Enters and leaves by {@code PyGILState_*}; the id of an interpreter that is not main, or 0. */
  static long rounds(int rounds) {
    try {
      return (long) ROUNDS.invokeExact(rounds);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** How many thread states the attached interpreter has. */
  static long countThreadStates() {
    try {
      return (long) COUNT.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Sleeps in C with the attached interpreter's GIL released. */
  static void sleepReleased(long milliseconds) {
    try {
      SLEEP.invokeExact(milliseconds);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static Exception asException(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    return t instanceof Exception exception ? exception : new IllegalStateException(t);
  }

  /** A body as a C function, which must not throw into C. */
  private static final class Caught {

    private static final MethodHandle RUN;

    static {
      try {
        RUN =
            MethodHandles.lookup()
                .findVirtual(
                    Caught.class, "run", MethodType.methodType(void.class, MemorySegment.class));
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final Body body;
    private volatile Throwable thrown;

    Caught(Body body) {
      this.body = body;
    }

    MemorySegment stub(Arena arena) {
      return LINKER.upcallStub(RUN.bindTo(this), FunctionDescriptor.ofVoid(ADDRESS), arena);
    }

    @SuppressWarnings("unused") // from C
    void run(MemorySegment argument) {
      try {
        body.run();
      } catch (Throwable t) {
        thrown = t;
      }
    }

    void rethrow() throws Throwable {
      if (thrown != null) {
        throw thrown;
      }
    }
  }
}
