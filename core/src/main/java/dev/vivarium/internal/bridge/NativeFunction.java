package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Reference;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.ThreadStates;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A C function pointer that leads to a Python callable of one interpreter, on whatever thread C
 * calls it. It lives as long as the process, since nobody can tell when C has forgotten it.
 */
public final class NativeFunction {

  /** A borrowed {@code PyObject *} as an argument, a new reference as a result. */
  public static final AddressLayout PY_OBJECT = ValueLayout.ADDRESS.withName("PyObject *");

  /** Text in UTF-8 that ends with a NUL, as an argument. */
  public static final AddressLayout C_STRING = ValueLayout.ADDRESS.withName("const char *");

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final MethodHandle CALLED;

  static {
    try {
      CALLED =
          MethodHandles.lookup()
              .findVirtual(
                  NativeFunction.class, "called", methodType(Object.class, Object[].class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Home home;
  private final Reference callable;
  private final List<MemoryLayout> parameters;
  private final @Nullable MemoryLayout result; // null for void
  private final @Nullable Object errorValue;
  private final Consumer<RuntimeException> refused;
  private final MemorySegment pointer;

  /**
   * Attached.
   *
   * @param newReference to the callable; given back if this throws
   * @param errorValue what C gets where the callable cannot be called or fails
   * @param refused told on the calling thread why the callable was not called
   * @throws IllegalArgumentException for a type or an error value that has no counterpart
   */
  public NativeFunction(
      Home home,
      long newReference,
      FunctionDescriptor type,
      @Nullable Object errorValue,
      Consumer<RuntimeException> refused) {
    this.home = home;
    this.refused = refused;
    this.callable = home.references().keep(this, newReference);
    try {
      this.parameters = type.argumentLayouts();
      this.result = type.returnLayout().orElse(null);
      parameters.forEach(NativeFunction::requireValue);
      this.errorValue = result == null ? null : ErrorValue.of(requireValue(result), errorValue);
      MethodHandle target =
          CALLED
              .bindTo(this)
              .asCollector(Object[].class, parameters.size())
              .asType(type.toMethodType());
      this.pointer = Linker.nativeLinker().upcallStub(caught(target), type, Arena.global());
    } catch (RuntimeException | Error e) {
      home.references().giveBack(callable);
      throw e;
    }
  }

  // Where there is no memory to box the arguments
  private MethodHandle caught(MethodHandle target) {
    Class<?> returned = target.type().returnType();
    MethodHandle error =
        returned == void.class
            ? MethodHandles.zero(void.class)
            : MethodHandles.constant(returned, errorValue);
    return MethodHandles.catchException(
        target, Throwable.class, MethodHandles.dropArguments(error, 0, Throwable.class));
  }

  public MemorySegment pointer() {
    return pointer;
  }

  /** From now on C gets the error value. */
  public void close() {
    if (callable.pointer() != 0) {
      home.references().giveBack(callable);
    }
  }

  private static ValueLayout requireValue(MemoryLayout layout) {
    if (layout instanceof ValueLayout value) {
      return value;
    }
    throw new IllegalArgumentException(
        "a native callback takes and returns numbers and pointers; for "
            + layout
            + " use a pointer to it");
  }

  /** C calls. Nothing may be thrown from here: it would end the JVM. */
  @SuppressWarnings("unused") // through a method handle
  private @Nullable Object called(Object[] arguments) {
    try {
      boolean fromPython = ThreadStates.isAttachedTo(home.state());
      Attachment entered = ThreadStates.ensure(home.state(), null);
      if (entered == null) {
        refused.accept(home.closed());
        return errorValue;
      }
      int depth = entered.depth();
      try {
        return call(arguments, fromPython);
      } finally {
        ThreadStates.endBody(entered, depth);
      }
    } catch (Throwable t) {
      return lost(t);
    }
  }

  private @Nullable Object lost(Throwable thrown) {
    try {
      LOG.log(
          System.Logger.Level.WARNING,
          "a native callback into "
              + home.state()
              + ", on the thread "
              + Thread.currentThread().getName(),
          thrown);
    } catch (Throwable t) {
      // Nobody is left to tell
    }
    return errorValue;
  }

  private @Nullable Object call(Object[] arguments, boolean fromPython) {
    long function = callable.borrow();
    if (function == 0) {
      refused.accept(new IllegalStateException("this native callback has been closed"));
      return errorValue;
    }
    try (Call call = Call.of(home, arguments.length)) {
      for (int i = 0; i < arguments.length; i++) {
        add(call, parameters.get(i), arguments[i]);
      }
      long returned = call.callFunction(function);
      return returned == 0 ? failed(function, fromPython) : toC(returned);
    } catch (RuntimeException e) {
      Raising.raise(home, e);
      return failed(function, fromPython);
    } finally {
      callable.endBorrow(function);
    }
  }

  // By the C API's own convention a PyObject * of NULL says that an exception is raised; a caller
  // that has nothing attached, or returns something else, cannot take it
  private @Nullable Object failed(long function, boolean fromPython) {
    if (!fromPython || result == null || !result.equals(PY_OBJECT)) {
      C.PyErr_WriteUnraisable(function);
    }
    return errorValue;
  }

  private static void add(Call call, MemoryLayout layout, Object argument) {
    switch (argument) {
      case MemorySegment pointer -> addPointer(call, layout, pointer.address());
      case Boolean b -> call.add(b.booleanValue());
      case Character c -> call.add((long) c);
      case Double d -> call.add(d.doubleValue());
      case Float f -> call.add(f.doubleValue());
      default -> call.add(((Number) argument).longValue());
    }
  }

  private static void addPointer(Call call, MemoryLayout layout, long address) {
    if (layout.equals(PY_OBJECT)) {
      call.addBorrowed(address == 0 ? Types.NONE : address);
    } else if (layout.equals(C_STRING)) {
      call.add((Object) (address == 0 ? null : Memory.getString(address)));
    } else {
      call.add(address);
    }
  }

  private @Nullable Object toC(long returned) {
    MemoryLayout layout = result;
    if (layout != null && layout.equals(PY_OBJECT)) {
      return MemorySegment.ofAddress(returned);
    }
    try {
      if (layout == null) {
        return null;
      }
      Class<?> carrier = ((ValueLayout) layout).carrier();
      if (carrier == MemorySegment.class) {
        return MemorySegment.ofAddress(returned == Types.NONE ? 0 : ToJava.toLong(home, returned));
      }
      return ToJava.convert(home, returned, carrier);
    } finally {
      C.Py_DecRef(returned);
    }
  }
}
