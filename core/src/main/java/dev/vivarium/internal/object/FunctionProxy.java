package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.JavaThread;
import dev.vivarium.internal.thread.PlatformThreads;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Python callables as Java functional interfaces: a method handle for each interface, composed of
 * the conversions that its types ask for, so that a call boxes nothing.
 */
public final class FunctionProxy {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private static final ClassValue<MethodHandle> HANDLES =
      new ClassValue<>() {
        @Override
        protected MethodHandle computeValue(Class<?> type) {
          Method method = FunctionType.methodOf(type);
          if (method == null) {
            throw new IllegalArgumentException(type.getName() + " is not a functional interface");
          }
          return compose(methodType(method.getReturnType(), method.getParameterTypes()));
        }
      };

  /** The callable that a proxy stands for: a reference that only the proxy's end gives back. */
  private static final class Target {

    final Home home;
    final Reference reference;

    Target(Home home, long newReference) {
      this.home = home;
      this.reference = home.references().keep(this, newReference);
    }
  }

  private FunctionProxy() {}

  /** An implementation of the interface that calls the object, which is borrowed; attached. */
  public static <T> T of(Class<T> type, Home home, long callable) {
    C.Py_IncRef(callable);
    return MethodHandleProxies.asInterfaceInstance(
        type, HANDLES.get(type).bindTo(new Target(home, callable)));
  }

  /** One call under way. */
  @SuppressWarnings("unused") // through method handles
  private static final class Frame {

    final Home home;
    final Target target;
    final long callable;
    final @Nullable Attachment entered;
    final Call call;

    private Frame(Target target, long callable, JavaThread thread, @Nullable Attachment entered) {
      this.home = target.home;
      this.target = target;
      this.callable = callable;
      this.entered = entered;
      this.call = Call.of(home, thread);
    }

    static Frame open(Target target) {
      JavaThread thread = JavaThread.current();
      Attachment entered = Entry.enter(target.home, thread);
      long callable = target.reference.pointer();
      if (callable == 0) {
        Entry.leave(entered);
        throw target.home.surface().closed(target.home);
      }
      return new Frame(target, callable, thread, entered);
    }

    void add(int value) {
      call.add(value);
    }

    void add(long value) {
      call.add(value);
    }

    void add(double value) {
      call.add(value);
    }

    void add(boolean value) {
      call.add(value);
    }

    void add(@Nullable Object value) {
      call.add(value);
    }

    private long invoke() {
      return home.checked(call.callFunction(callable));
    }

    int finishInt() {
      long result = invoke();
      try {
        return ToJava.toInt(home, result);
      } finally {
        drop(result);
      }
    }

    long finishLong() {
      long result = invoke();
      try {
        return ToJava.toLong(home, result);
      } finally {
        drop(result);
      }
    }

    double finishDouble() {
      long result = invoke();
      try {
        return ToJava.toDouble(home, result);
      } finally {
        drop(result);
      }
    }

    boolean finishBoolean() {
      long result = invoke();
      try {
        return ToJava.toBoolean(home, result);
      } finally {
        drop(result);
      }
    }

    void finishVoid() {
      C.Py_DecRef(invoke());
    }

    @Nullable Object finish(Class<?> type) {
      long result = invoke();
      try {
        return ToJava.convert(home, result, type);
      } finally {
        drop(result);
      }
    }

    private static void drop(long result) {
      if (!Types.isPlainNumber(result)) {
        C.Py_DecRef(result);
      } else if (!Types.isSmallInt(result)) {
        C.Py_DecRef_quick(result);
      }
    }

    void close() {
      try {
        call.close();
        Entry.leave(entered);
      } finally {
        java.lang.ref.Reference.reachabilityFence(target); // its end gives the callable back
      }
    }

    static void closeAfter(@Nullable Throwable thrown, Frame frame) {
      frame.close();
    }

    static <R> R closeAfterResult(@Nullable Throwable thrown, R result, Frame frame) {
      frame.close();
      return result;
    }
  }

  private static MethodHandle compose(MethodType type) {
    try {
      MethodHandle body = finisher(type.returnType());
      body = MethodHandles.dropArguments(body, 1, type.parameterList());
      for (int i = type.parameterCount() - 1; i >= 0; i--) {
        MethodHandle add =
            MethodHandles.dropArguments(
                adder(type.parameterType(i)), 1, type.parameterList().subList(0, i));
        body = MethodHandles.foldArguments(body, add);
      }
      body = MethodHandles.tryFinally(body, closer(type.returnType()));
      MethodHandle open =
          LOOKUP.findStatic(Frame.class, "open", methodType(Frame.class, Target.class));
      MethodHandle direct =
          MethodHandles.foldArguments(MethodHandles.dropArguments(body, 1, Target.class), open);
      return MethodHandles.guardWithTest(isVirtual(direct), elsewhere(direct), direct);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot compose a call of type " + type, e);
    }
  }

  private static MethodHandle adder(Class<?> type) throws ReflectiveOperationException {
    Class<?> passed =
        switch (type.getName()) {
          case "int", "short", "byte" -> int.class;
          case "long", "double", "boolean" -> type;
          case "float" -> double.class;
          default -> Object.class;
        };
    return LOOKUP
        .findVirtual(Frame.class, "add", methodType(void.class, passed))
        .asType(methodType(void.class, Frame.class, type));
  }

  private static MethodHandle finisher(Class<?> type) throws ReflectiveOperationException {
    String name =
        switch (type.getName()) {
          case "int" -> "finishInt";
          case "long" -> "finishLong";
          case "double" -> "finishDouble";
          case "boolean" -> "finishBoolean";
          case "void" -> "finishVoid";
          default -> null;
        };
    if (name != null) {
      return LOOKUP.findVirtual(Frame.class, name, methodType(type));
    }
    MethodHandle finish =
        LOOKUP.findVirtual(Frame.class, "finish", methodType(Object.class, Class.class));
    return MethodHandles.insertArguments(finish, 1, type).asType(methodType(type, Frame.class));
  }

  private static MethodHandle closer(Class<?> type) throws ReflectiveOperationException {
    if (type == void.class) {
      return LOOKUP.findStatic(
          Frame.class, "closeAfter", methodType(void.class, Throwable.class, Frame.class));
    }
    if (!type.isPrimitive()) {
      return LOOKUP
          .findStatic(
              Frame.class,
              "closeAfterResult",
              methodType(Object.class, Throwable.class, Object.class, Frame.class))
          .asType(methodType(type, Throwable.class, type, Frame.class));
    }
    // The result passes by unboxed: identity of its type, with the closing folded before it
    MethodHandle pass = MethodHandles.dropArguments(MethodHandles.identity(type), 1, Frame.class);
    MethodHandle close = LOOKUP.findVirtual(Frame.class, "close", methodType(void.class));
    MethodHandle closed =
        MethodHandles.foldArguments(
            MethodHandles.permuteArguments(pass, methodType(type, Frame.class, type), 1, 0), close);
    return MethodHandles.permuteArguments(
        closed, methodType(type, Throwable.class, type, Frame.class), 2, 1);
  }

  private static MethodHandle isVirtual(MethodHandle direct) throws ReflectiveOperationException {
    MethodHandle test =
        LOOKUP.findStatic(FunctionProxy.class, "isOnVirtualThread", methodType(boolean.class));
    return MethodHandles.dropArguments(test, 0, direct.type().parameterList());
  }

  @SuppressWarnings("unused") // through a method handle
  private static boolean isOnVirtualThread() {
    return Thread.currentThread().isVirtual();
  }

  private static MethodHandle elsewhere(MethodHandle direct) throws ReflectiveOperationException {
    MethodHandle run =
        LOOKUP.findStatic(
            FunctionProxy.class,
            "onPlatformThread",
            methodType(Object.class, MethodHandle.class, Object[].class));
    return run.bindTo(direct)
        .asCollector(Object[].class, direct.type().parameterCount())
        .asType(direct.type());
  }

  @SuppressWarnings("unused") // through a method handle
  private static @Nullable Object onPlatformThread(MethodHandle direct, Object[] arguments)
      throws Throwable {
    return PlatformThreads.call(() -> invoke(direct, arguments));
  }

  private static @Nullable Object invoke(MethodHandle direct, Object[] arguments) throws Exception {
    try {
      return direct.invokeWithArguments(arguments);
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new java.lang.reflect.UndeclaredThrowableException(t);
    }
  }
}
