package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.ToPython;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * How to call any implementation of one functional interface from Python: its method between the
 * conversions that its types ask for, and the {@code PyMethodDef} that names it.
 */
final class Shape {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private static final MethodType CALL =
      methodType(long.class, Object.class, Home.class, long.class);
  private static final MethodHandle FIRST_CALL;

  static {
    try {
      FIRST_CALL = LOOKUP.findVirtual(FirstCall.class, "call", CALL);
      // Not at a first call, which may come at the end of a stack: what fails then is never made
      LOOKUP.ensureInitialized(Detachment.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return new Shape(type);
        }
      };

  /** {@code PyMethodDef}. */
  final Definition definition;

  final int parameters;

  final Method method;

  private final String name;

  private Shape(Class<?> type) {
    Method found = FunctionType.methodOf(type);
    if (found == null) {
      throw new IllegalArgumentException(type.getName() + " is not a functional interface");
    }
    method = found;
    method.setAccessible(true);
    name = type.getSimpleName();
    parameters = method.getParameterCount();
    MethodHandle body =
        JavaFunctions.body(this, parameters, whenCalled(method, false), whenCalled(method, true));
    definition =
        new Definition(
            type, arena -> FastCall.define(arena, name, "A Java function (" + name + ").", body));
  }

  static Shape of(Class<?> functionalInterface) {
    return SHAPES.get(functionalInterface);
  }

  /** For a call with another number of arguments than the method takes. */
  String explain(long given) {
    return name + " takes " + parameters + " positional arguments but " + given + " were given";
  }

  // Composed at the first call that is attached, or detached: it takes milliseconds, and many
  // functions are never called. Several threads may all compose: either is right
  private static MethodHandle whenCalled(Method method, boolean detached) {
    MutableCallSite site = new MutableCallSite(CALL);
    site.setTarget(FIRST_CALL.bindTo(new FirstCall(site, method, detached)));
    return site.dynamicInvoker();
  }

  /** What a call does as long as none has come back from here. */
  private record FirstCall(MutableCallSite site, Method method, boolean detached) {

    @SuppressWarnings("unused") // through a method handle
    long call(Object target, Home home, long arguments) throws Throwable {
      MethodHandle composed = compose(method, detached);
      site.setTarget(composed);
      return (long) composed.invokeExact(target, home, arguments);
    }
  }

  // (target, home, arguments) to a new reference
  private static MethodHandle compose(Method method, boolean detached) {
    try {
      MethodHandle call = LOOKUP.unreflect(method);
      MethodType type = call.type();
      call = call.asType(type.changeParameterType(0, Object.class));
      call =
          detached ? Detachment.detached(call) : MethodHandles.dropArguments(call, 0, Home.class);
      // Each parameter from (home, arguments), before it detaches
      for (int i = type.parameterCount() - 1; i >= 1; i--) {
        call = MethodHandles.collectArguments(call, i + 1, argument(type.parameterType(i), i - 1));
      }
      int[] order = new int[2 * type.parameterCount()];
      order[0] = 1;
      for (int i = 2; i < order.length; i++) {
        order[i] = i % 2 == 0 ? 1 : 2;
      }
      MethodType joined = methodType(type.returnType(), Object.class, Home.class, long.class);
      call = MethodHandles.permuteArguments(call, joined, order);
      return result(type.returnType(), call);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot call " + method, e);
    }
  }

  private static MethodHandle argument(Class<?> type, int index)
      throws ReflectiveOperationException {
    Class<?> read =
        switch (type.getName()) {
          case "int", "long", "double", "boolean" -> type;
          default -> Object.class;
        };
    if (read != Object.class) {
      return MethodHandles.insertArguments(
          LOOKUP.findStatic(
              Shape.class,
              read.getName() + "Argument",
              methodType(read, Home.class, long.class, int.class)),
          2,
          index);
    }
    MethodHandle argument =
        LOOKUP.findStatic(
            Shape.class,
            "argument",
            methodType(Object.class, Home.class, long.class, int.class, Class.class));
    return MethodHandles.insertArguments(argument, 2, index, type)
        .asType(methodType(type, Home.class, long.class));
  }

  private static MethodHandle result(Class<?> type, MethodHandle call)
      throws ReflectiveOperationException {
    if (type == void.class) {
      return MethodHandles.filterReturnValue(
          call, LOOKUP.findStatic(Shape.class, "noResult", methodType(long.class)));
    }
    Class<?> passed =
        switch (type.getName()) {
          case "int", "short", "byte", "long" -> long.class;
          case "double", "float" -> double.class;
          case "boolean" -> boolean.class;
          default -> Object.class;
        };
    if (passed != Object.class) {
      return MethodHandles.filterReturnValue(
          call.asType(call.type().changeReturnType(passed)),
          LOOKUP.findStatic(Shape.class, "result", methodType(long.class, passed)));
    }
    MethodHandle convert =
        LOOKUP.findStatic(
            ToPython.class, "convert", methodType(long.class, Home.class, Object.class));
    MethodHandle joined =
        MethodHandles.collectArguments(
            convert, 1, call.asType(call.type().changeReturnType(Object.class)));
    return MethodHandles.permuteArguments(joined, CALL, 1, 0, 1, 2);
  }

  private static long at(long arguments, int index) {
    return Memory.getLong(arguments + 8L * index);
  }

  @SuppressWarnings("unused") // through method handles, as those below
  private static int intArgument(Home home, long arguments, int index) {
    return ToJava.toInt(home, at(arguments, index));
  }

  @SuppressWarnings("unused")
  private static long longArgument(Home home, long arguments, int index) {
    return ToJava.toLong(home, at(arguments, index));
  }

  @SuppressWarnings("unused")
  private static double doubleArgument(Home home, long arguments, int index) {
    return ToJava.toDouble(home, at(arguments, index));
  }

  @SuppressWarnings("unused")
  private static boolean booleanArgument(Home home, long arguments, int index) {
    return ToJava.toBoolean(home, at(arguments, index));
  }

  @SuppressWarnings("unused")
  private static @Nullable Object argument(Home home, long arguments, int index, Class<?> type) {
    return ToJava.convert(home, at(arguments, index), type);
  }

  @SuppressWarnings("unused")
  private static long result(long value) {
    return ToPython.integer(value);
  }

  @SuppressWarnings("unused")
  private static long result(double value) {
    return C.PyFloat_FromDouble(value);
  }

  @SuppressWarnings("unused")
  private static long result(boolean value) {
    long object = value ? Types.TRUE : Types.FALSE;
    C.Py_IncRef(object);
    return object;
  }

  @SuppressWarnings("unused")
  private static long noResult() {
    C.Py_IncRef(Types.NONE);
    return Types.NONE;
  }
}
