package dev.vivarium.behaviour;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
import java.util.concurrent.atomic.AtomicReference;

/**
 * Threads of a C library, from {@code src/test/c/native_threads.c}, which do what a script says:
 * <b>a</b>ttach to the JVM, <b>d</b>etach from it, <b>c</b>all Java, use <b>P</b>ython by {@code
 * PyGILState_*}, <b>s</b>pawn a process, <b>w</b>ait at the gate, sleep for longer than the reaper
 * (<b>z</b>), e<b>x</b>it.
 *
 * <p>To be used once Python is started, whose symbols it needs.
 */
final class NativeThreads {

  /** What a thread with that index calls in Java; -1 for one that C has not started. */
  @FunctionalInterface
  interface Body {
    void run(int index) throws Throwable;
  }

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARY =
      SymbolLookup.libraryLookup(
          Path.of(PythonUnderTest.property("vivarium.test.natives"), "libnative_threads.so"),
          Arena.global());
  private static final MethodHandle START =
      bind("natives_start", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
  private static final MethodHandle JOIN =
      bind("natives_join", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
  private static final MethodHandle AT_END =
      bind("natives_at_end", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));

  private static final AtomicReference<Throwable> THROWN = new AtomicReference<>();

  private final MemorySegment threads;
  private final int count;

  private NativeThreads(MemorySegment threads, int count) {
    this.threads = threads;
    this.count = count;
  }

  private static MethodHandle bind(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type);
  }

  /**
   * Starts threads.
   *
   * @param atEnd what their thread-specific destructors do, or null
   */
  static NativeThreads start(int count, String script, String atEnd, Body body) {
    try {
      return new NativeThreads(
          (MemorySegment) START.invokeExact(count, text(script), text(atEnd), stub(body)), count);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Waits for their end, and throws what a body has thrown or C has found wrong. */
  void join() {
    try {
      JOIN.invokeExact(threads, count);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
    check();
  }

  /** As {@link #start} and {@link #join}. */
  static void run(int count, String script, String atEnd, Body body) {
    start(count, script, atEnd, body).join();
  }

  /** Throws what a body has thrown or C has found wrong so far. */
  static void check() {
    if (THROWN.get() != null) {
      throw new AssertionError(THROWN.get());
    }
    int failures = callInt("natives_failures");
    if (failures != 0) {
      throw new AssertionError(failures + " steps of native threads have failed");
    }
  }

  /** What the calling thread's thread-specific destructors are to do. */
  static void atEnd(String script, Body body) {
    try {
      AT_END.invokeExact(text(script), stub(body));
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Opens the gate for good. */
  static void openGate() {
    callVoid("natives_open_gate");
  }

  /** Makes ten keys, whose destructors do what is done at a thread's end. */
  static void makeKeys() {
    callVoid("natives_make_keys");
  }

  private static void callVoid(String name) {
    try {
      bind(name, FunctionDescriptor.ofVoid()).invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static int callInt(String name) {
    try {
      return (int) bind(name, FunctionDescriptor.of(JAVA_INT)).invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static MemorySegment text(String script) {
    return script == null ? MemorySegment.NULL : Arena.global().allocateFrom(script);
  }

  private static MemorySegment stub(Body body) {
    try {
      MethodHandle run =
          MethodHandles.lookup()
              .findStatic(
                  NativeThreads.class,
                  "call",
                  MethodType.methodType(void.class, Body.class, long.class));
      return LINKER.upcallStub(
          run.bindTo(body), FunctionDescriptor.ofVoid(JAVA_LONG), Arena.global());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("unused") // from C
  private static void call(Body body, long index) {
    try {
      body.run((int) index);
    } catch (Throwable t) {
      THROWN.compareAndSet(null, t);
    }
  }
}
