package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.JavaThread;
import dev.vivarium.internal.thread.PlatformThreads;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Calls of Python from a Java method: a method handle for each method, composed of the conversions
 * that its types ask for, so that a call boxes nothing.
 */
final class ProxyCall {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private ProxyCall() {}

  /** (ProxyTarget, parameters) to the result of calling the object itself. */
  static MethodHandle ofObject(Method method) {
    return ofObject(method, Target.of(method.getGenericReturnType(), false));
  }

  /** The same, with a result as a conversion makes it. */
  static MethodHandle ofObject(Method method, Conversion result) {
    try {
      MethodHandle open =
          LOOKUP.findStatic(Frame.class, "open", methodType(Frame.class, ProxyTarget.class));
      return compose(method, open, result);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot compose a call of " + method, e);
    }
  }

  /** (ProxyTarget, parameters) to the result of calling the attribute of that number. */
  static MethodHandle ofAttribute(Method method, int index) {
    try {
      MethodHandle open =
          LOOKUP.findStatic(
              Frame.class,
              "openAttribute",
              methodType(Frame.class, ProxyTarget.class, int.class, int.class));
      return compose(
          method,
          MethodHandles.insertArguments(open, 1, index, method.getParameterCount()),
          Target.of(method.getGenericReturnType(), false));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot compose a call of " + method, e);
    }
  }

  /** One call under way: one object, for the JIT to do without. */
  @SuppressWarnings("unused") // through method handles
  static final class Frame extends Call {

    private final ProxyTarget target;
    private final long callable;
    private final @Nullable Attachment entered;
    private final long name; // of the attribute to call, or 0 for the object itself
    private final boolean mayGet;

    private Frame(
        ProxyTarget target,
        JavaThread thread,
        int room,
        long callable,
        @Nullable Attachment entered,
        long name,
        boolean mayGet) {
      super(target.home, thread, room);
      this.target = target;
      this.callable = callable;
      this.entered = entered;
      this.name = name;
      this.mayGet = mayGet;
    }

    @Override
    public Call add(@Nullable Object value) {
      return target.given ? addHanded(value) : super.add(value);
    }

    static Frame open(ProxyTarget target) {
      JavaThread thread = JavaThread.current();
      Attachment entered = Entry.enter(target.home, thread);
      return new Frame(target, thread, ROOM, pointer(target, entered), entered, 0, false);
    }

    static Frame openAttribute(ProxyTarget target, int index, int parameters) {
      JavaThread thread = JavaThread.current();
      Attachment entered = Entry.enter(target.home, thread);
      long object = pointer(target, entered);
      try {
        long name = target.name(index, object);
        int room = Math.max(parameters + 1, ROOM);
        Frame frame = new Frame(target, thread, room, object, entered, name, parameters == 0);
        frame.addSelf(object);
        return frame;
      } catch (RuntimeException | Error e) {
        Entry.leave(entered);
        throw e;
      }
    }

    private static long pointer(ProxyTarget target, @Nullable Attachment entered) {
      long pointer = target.reference.pointer();
      if (pointer == 0) {
        Entry.leave(entered);
        throw target.home.closed();
      }
      return pointer;
    }

    private long invoke() {
      if (name == 0) {
        return target.home.checked(callFunction(callable));
      }
      return target.home.checked(mayGet ? callOrGet() : callMethod(name));
    }

    // What is not callable is what a method without parameters asks for
    private long callOrGet() {
      long attribute = target.home.checked(C.PyObject_GetAttr(callable, name));
      if (C.PyCallable_Check(attribute) == 0) {
        return attribute;
      }
      try {
        return C.PyObject_Vectorcall(attribute, 0, 0, 0);
      } finally {
        C.Py_DecRef(attribute);
      }
    }

    int finishInt() {
      long result = invoke();
      try {
        return ToJava.toInt(target.home, result);
      } finally {
        drop(result);
      }
    }

    long finishLong() {
      long result = invoke();
      try {
        return ToJava.toLong(target.home, result);
      } finally {
        drop(result);
      }
    }

    double finishDouble() {
      long result = invoke();
      try {
        return ToJava.toDouble(target.home, result);
      } finally {
        drop(result);
      }
    }

    boolean finishBoolean() {
      long result = invoke();
      try {
        return ToJava.toBoolean(target.home, result);
      } finally {
        drop(result);
      }
    }

    void finishVoid() {
      C.Py_DecRef(invoke());
    }

    @Nullable Object finish(Conversion conversion) {
      long result = invoke();
      try {
        return conversion.convert(target.home, result);
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

    @Override
    public void close() {
      try {
        super.close();
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

  private static MethodHandle compose(Method method, MethodHandle open, Conversion result)
      throws ReflectiveOperationException {
    MethodType type = methodType(method.getReturnType(), method.getParameterTypes());
    MethodHandle body = finisher(method.getReturnType(), result);
    body = MethodHandles.dropArguments(body, 1, type.parameterList());
    for (int i = type.parameterCount() - 1; i >= 0; i--) {
      MethodHandle add =
          MethodHandles.dropArguments(
              adder(type.parameterType(i)), 1, type.parameterList().subList(0, i));
      body = MethodHandles.foldArguments(body, add);
    }
    body = MethodHandles.tryFinally(body, closer(type.returnType()));
    MethodHandle direct =
        MethodHandles.foldArguments(MethodHandles.dropArguments(body, 1, ProxyTarget.class), open);
    return MethodHandles.guardWithTest(isVirtual(direct), elsewhere(direct), direct);
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
        .findVirtual(Frame.class, "add", methodType(Call.class, passed))
        .asType(methodType(void.class, Frame.class, type));
  }

  private static MethodHandle finisher(Class<?> type, Conversion result)
      throws ReflectiveOperationException {
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
        LOOKUP.findVirtual(Frame.class, "finish", methodType(Object.class, Conversion.class));
    return MethodHandles.insertArguments(finish, 1, result).asType(methodType(type, Frame.class));
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
        LOOKUP.findStatic(ProxyCall.class, "isOnVirtualThread", methodType(boolean.class));
    return MethodHandles.dropArguments(test, 0, direct.type().parameterList());
  }

  @SuppressWarnings("unused") // through a method handle
  private static boolean isOnVirtualThread() {
    return Thread.currentThread().isVirtual();
  }

  private static MethodHandle elsewhere(MethodHandle direct) throws ReflectiveOperationException {
    MethodHandle run =
        LOOKUP.findStatic(
            ProxyCall.class,
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
    Home home = ((ProxyTarget) arguments[0]).home;
    Attachment entered = Entry.enter(home);
    try {
      return OwnContext.<@Nullable Object, Throwable>run(
          home, () -> direct.invokeWithArguments(arguments));
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new java.lang.reflect.UndeclaredThrowableException(t);
    } finally {
      Entry.leave(entered);
    }
  }
}
