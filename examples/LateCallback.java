import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.vivarium.Interpreter;
import dev.vivarium.NativeCallback;
import dev.vivarium.Python;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The scenario that PEP 788 came from. A sub-interpreter registers a callback with a C library; the
 * library calls it later, on threads of its own, while the interpreter is being closed. Each call
 * is either served, in the interpreter that registered it, or refused with the error value.
 *
 * <p>The C library is the threads library itself: {@code pthread_create} calls what it is given on
 * a thread that neither Python nor the JVM has met.
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED -cp "$(./vivarium classpath)" examples/LateCallback.java
 * </pre>
 *
 * Arguments: how many interpreters (100), and how many calls for each (100).
 */
public class LateCallback {

  /** {@code void *(*)(void *)}, of which both pointers carry a number. */
  private static final FunctionDescriptor START = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG);

  private static final long REFUSED = -1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle CREATE =
      c("pthread_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle JOIN =
      c("pthread_join", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));

  public static void main(String[] arguments) throws Throwable {
    int interpreters = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    int calls = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
    long served = 0;
    long refused = 0;
    try (Python python = Python.start()) {
      for (int i = 0; i < interpreters; i++) {
        for (long result : race(python, calls)) {
          if (result == REFUSED) {
            refused++;
          } else {
            served++;
          }
        }
      }
    }
    System.out.printf(
        "%d calls into %d interpreters that were being closed: %d served, %d refused%n",
        (long) interpreters * calls, interpreters, served, refused);
  }

  /** One interpreter, closed while C calls into it. */
  private static long[] race(Python python, int calls) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      Interpreter sub = python.newInterpreter();
      long id = sub.id();
      sub.exec("mine = " + id + "\ndef handle(number):\n    return mine * 1_000_000 + number");
      NativeCallback callback =
          sub.nativeCallback(START, sub.eval("handle"), REFUSED, refusal -> {});
      MemorySegment threads = arena.allocate(JAVA_LONG, calls);
      for (int i = 0; i < calls; i++) {
        if (i == calls / 2) {
          Thread.ofPlatform().start(sub::close); // the other half comes while this is at work
        }
        MemorySegment thread = threads.asSlice(8L * i, 8);
        int error =
            (int) CREATE.invokeExact(thread, MemorySegment.NULL, callback.pointer(), (long) i);
        if (error != 0) {
          throw new IllegalStateException("pthread_create: error " + error);
        }
      }
      long[] results = new long[calls];
      MemorySegment result = arena.allocate(JAVA_LONG);
      for (int i = 0; i < calls; i++) {
        int error = (int) JOIN.invokeExact(threads.getAtIndex(JAVA_LONG, i), result);
        results[i] = result.get(JAVA_LONG, 0);
        if (error != 0 || (results[i] != REFUSED && results[i] != id * 1_000_000 + i)) {
          throw new IllegalStateException("call " + i + " of interpreter " + id + ": " + results[i]);
        }
      }
      sub.close(); // waits for the one that is at work
      return results;
    }
  }

  private static MethodHandle c(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
  }
}
