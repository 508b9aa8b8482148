package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.ThreadStates;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/** Java functions as Python callables: made, called, found again, and let go. */
public final class JavaFunctions {

  private record JavaFunction(Object target, Shape shape) {}

  private static final Handles<JavaFunction> FUNCTIONS = new Handles<>();
  private static final long CAPSULE_NAME =
      Arena.global().allocateFrom("dev.vivarium.function").address();
  private static final long DROPPED =
      LibPython.functionPointer(
          MethodHandles.lookup(),
          JavaFunctions.class,
          "dropped",
          methodType(void.class, long.class));

  private JavaFunctions() {}

  /** A new reference to a callable; 0 if the value implements no functional interface. */
  public static long create(Home home, Object function) {
    Class<?> type = FunctionType.of(function);
    if (type == null) {
      return 0;
    }
    Shape shape = Shape.of(type);
    long handle = FUNCTIONS.add(new JavaFunction(function, shape));
    long capsule = C.PyCapsule_New(handle, CAPSULE_NAME, DROPPED);
    if (capsule == 0) {
      FUNCTIONS.remove(handle);
      throw home.raised();
    }
    long callable = C.PyCMethod_New(shape.definition, capsule, 0, 0);
    C.Py_DecRef(capsule); // the callable holds it now
    return home.checked(callable);
  }

  /** The function behind a callable that {@link #create} has made, or null. */
  public static @Nullable Object find(long builtinFunction) {
    long self = C.PyCFunction_GetSelf(builtinFunction);
    if (self == 0 || C.PyCapsule_IsValid(self, CAPSULE_NAME) == 0) {
      return null;
    }
    JavaFunction function = FUNCTIONS.get(C.PyCapsule_GetPointer(self, CAPSULE_NAME));
    return function == null ? null : function.target;
  }

  /** Python calls. Nothing may be thrown from here: it would end the JVM. */
  @SuppressWarnings("unused") // from C
  static long called(long self, long arguments, long count, long keywords) {
    try {
      Attachment attachment = ThreadStates.beginCallback();
      if (attachment == null) {
        return Raising.refused("its interpreter is ending, and takes no calls into Java now");
      }
      int floor = ThreadStates.raiseFloor(attachment);
      try {
        return call(Home.of(attachment.interpreter()), self, arguments, count, keywords);
      } finally {
        ThreadStates.endCallback(attachment, floor);
      }
    } catch (StackOverflowError e) {
      return Raising.noRoom(e);
    } catch (Throwable t) {
      return Raising.refused(t.toString());
    }
  }

  private static long call(Home home, long self, long arguments, long count, long keywords) {
    try {
      JavaFunction function = FUNCTIONS.get(Types.capsulePointer(self, CAPSULE_NAME));
      if (function == null) {
        return Raising.refused("this Java function has been dropped");
      }
      if (keywords != 0 && C.PyTuple_Size(keywords) > 0) {
        return Raising.typeError("a Java function takes no keyword arguments");
      }
      if (count != function.shape.parameters) {
        return Raising.typeError(function.shape.explain(count));
      }
      return (long) function.shape.invoker.invokeExact(function.target, home, arguments);
    } catch (Throwable t) {
      return Raising.raise(home, t);
    }
  }

  @SuppressWarnings("unused") // from C, when the capsule's last reference goes
  static void dropped(long capsule) {
    try {
      FUNCTIONS.remove(C.PyCapsule_GetPointer(capsule, CAPSULE_NAME));
    } catch (Throwable t) {
      // A destructor has nobody to tell; what is lost is one entry of a table
    }
  }
}
