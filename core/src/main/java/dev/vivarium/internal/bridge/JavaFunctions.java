package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PerInterpreter;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/** Java functions as Python callables: made, called, found again, and let go. */
public final class JavaFunctions {

  private record JavaFunction(Object target, FunctionClass type) {}

  private static final PerInterpreter<Functions> FUNCTIONS = new PerInterpreter<>(Functions::new);

  /** Those that one interpreter's Python code holds. */
  private static final class Functions implements PerInterpreter.Kept {

    private final HeldObjects held = HeldObjects.create();

    Functions(@SuppressWarnings("unused") Home home) {}

    @Override
    public void ended() {
      held.end();
    }
  }

  private static final long CAPSULE_NAME =
      Arena.global().allocateFrom("dev.vivarium.function").address();
  private static final MethodHandle CALL;
  private static final long DROPPED = LibPython.destructor(JavaFunctions::dropped);

  static {
    try {
      CALL = MethodHandles.lookup().findVirtual(Entry.class, "call", FastCall.BODY);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private JavaFunctions() {}

  /** A new reference to a callable; 0 if the value implements no functional interface. */
  public static long create(Home home, Object function) {
    Class<?> type = FunctionType.of(function);
    if (type == null) {
      return 0;
    }
    Shape shape = Shape.of(type);
    FunctionClass of = FunctionClass.of(function.getClass());
    long definition = shape.definition.in(home); // first: there is nothing to undo yet
    long handle = FUNCTIONS.in(home).held.add(new JavaFunction(function, of));
    long capsule = C.PyCapsule_New(handle, CAPSULE_NAME, DROPPED);
    if (capsule == 0) {
      HeldObjects.drop(handle);
      throw home.raised();
    }
    long callable = C.PyCMethod_New(definition, capsule, 0, 0);
    C.Py_DecRef(capsule); // the callable holds it now
    return home.checked(callable);
  }

  /** The function behind a callable that {@link #create} has made, or null. */
  public static @Nullable Object find(long builtinFunction) {
    long self = C.PyCFunction_GetSelf(builtinFunction);
    if (self == 0 || C.PyCapsule_IsValid(self, CAPSULE_NAME) == 0) {
      return null;
    }
    JavaFunction function = function(C.PyCapsule_GetPointer(self, CAPSULE_NAME));
    return function == null ? null : function.target;
  }

  private static @Nullable JavaFunction function(long handle) {
    return (JavaFunction) HeldObjects.get(handle);
  }

  /** What the C function of one functional interface leads to. */
  static MethodHandle body(
      Shape shape, int parameters, MethodHandle attached, MethodHandle detached) {
    return CALL.bindTo(new Entry(shape, parameters, attached, detached));
  }

  /**
   * A record, whose fields the JIT takes for constants.
   *
   * @param attached target, home and arguments to a new reference
   * @param detached the same, while others run Python
   */
  private record Entry(Shape shape, int parameters, MethodHandle attached, MethodHandle detached) {

    @SuppressWarnings("unused") // through a method handle
    long call(Home home, long self, long arguments, int count, long keywords) {
      try {
        JavaFunction function = function(Types.capsulePointer(self, CAPSULE_NAME));
        if (function == null || count != parameters || isNamed(keywords)) {
          return refuse(function, count, keywords);
        }
        return function.type.keeps(home, shape.method)
            ? (long) attached.invokeExact(function.target, home, arguments)
            : (long) detached.invokeExact(function.target, home, arguments);
      } catch (Throwable t) {
        return Raising.raise(home, t);
      }
    }

    private long refuse(@Nullable JavaFunction function, int count, long keywords) {
      if (function == null) {
        return Raising.refused("this Java function has been dropped");
      }
      return Raising.typeError(
          isNamed(keywords) ? "a Java function takes no keyword arguments" : shape.explain(count));
    }

    private static boolean isNamed(long keywords) {
      return keywords != 0 && C.PyTuple_Size(keywords) > 0;
    }
  }

  /** From C, when the capsule's last reference goes. */
  private static void dropped(long capsule) {
    try {
      HeldObjects.drop(C.PyCapsule_GetPointer(capsule, CAPSULE_NAME));
    } catch (Throwable t) {
      // A destructor has nobody to tell; what is lost is one entry of a table
    }
  }
}
