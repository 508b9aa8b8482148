package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.Definition;
import dev.vivarium.internal.bridge.Detachment;
import dev.vivarium.internal.bridge.Raising;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Upcall;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.Callbacks;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;

/** A public instance field as a getset descriptor. Made once a class. */
final class FieldAccess {

  private static final MethodHandle READ;
  private static final MethodHandle WRITTEN;

  private static final ClassValue<java.util.concurrent.ConcurrentHashMap<String, FieldAccess>> ALL =
      new ClassValue<>() {
        @Override
        protected java.util.concurrent.ConcurrentHashMap<String, FieldAccess> computeValue(
            Class<?> type) {
          return new java.util.concurrent.ConcurrentHashMap<>();
        }
      };

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      READ = lookup.findVirtual(FieldAccess.class, "read", Upcall.TYPE);
      WRITTEN = lookup.findVirtual(FieldAccess.class, "written", Upcall.TYPE);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** {@code PyGetSetDef}. */
  private final Definition definition;

  private final boolean ofThrowable;
  private final Class<?> type;
  private final MethodHandle reader;
  private final @Nullable Overload setter;

  private FieldAccess(
      Class<?> owner, String name, Field field, MethodHandles.Lookup lookup, Bindings bindings) {
    ofThrowable = Throwable.class.isAssignableFrom(field.getDeclaringClass());
    type = field.getType();
    try {
      Detachment never = Detachment.never();
      reader =
          Overload.of(name, lookup.unreflectGetter(field), true, never, field, bindings).invoker();
      setter =
          Modifier.isFinal(field.getModifiers())
              ? null
              : Overload.of(name, lookup.unreflectSetter(field), true, never, field, bindings);
    } catch (IllegalAccessException e) {
      throw new IllegalArgumentException(field + " is not accessible", e);
    }
    definition = new Definition(owner, arena -> define(arena, name));
  }

  private long define(Arena arena, String name) {
    long made = arena.allocate(40, 8).address();
    Memory.putLong(made, arena.allocateFrom(name).address());
    Memory.putLong(made + 8, LibPython.functionPointer(READ.bindTo(this), arena));
    if (setter != null) {
      Memory.putLong(made + 16, LibPython.functionPointer(WRITTEN.bindTo(this), arena));
    }
    Memory.putLong(made + 24, arena.allocateFrom(type.getSimpleName() + " " + name).address());
    return made;
  }

  /** In a class that has the field, or one that says what its type's variables are. */
  static FieldAccess of(Class<?> owner, String name, Field field, Bindings bindings) {
    return ALL.get(owner)
        .computeIfAbsent(name, n -> new FieldAccess(owner, n, field, Caller.LOOKUP, bindings));
  }

  /** A field that a class inherits, and which that alone may see. */
  static FieldAccess of(Class<?> owner, String name, Field field, MethodHandles.Lookup lookup) {
    return new FieldAccess(owner, name, field, lookup, Bindings.NONE);
  }

  @SuppressWarnings("unused") // from C, as a getter
  private long read(long self, long closure, long nothing, long either) {
    try {
      Attachment attachment = Callbacks.begin();
      if (attachment == null) {
        return Raising.refused("its interpreter is ending, and takes no calls into Java now");
      }
      int floor = Callbacks.raiseFloor(attachment);
      try {
        return read(Home.of(attachment.interpreter()), self);
      } finally {
        Callbacks.end(attachment, floor);
      }
    } catch (Throwable t) {
      return Raising.lastResort(t);
    }
  }

  private long read(Home home, long self) {
    try {
      return (long) reader.invokeExact(receiver(home, self), home, 0L);
    } catch (Mismatch e) {
      return Raising.typeError(String.valueOf(e.getMessage()));
    } catch (Throwable t) {
      return Raising.raise(home, t);
    }
  }

  @SuppressWarnings("unused") // from C, as a setter; 0 for the value deletes
  private long written(long self, long value, long closure, long nothing) {
    try {
      Attachment attachment = Callbacks.begin();
      if (attachment == null) {
        Raising.refused("its interpreter is ending, and takes no calls into Java now");
        return -1;
      }
      int floor = Callbacks.raiseFloor(attachment);
      try {
        return write(Home.of(attachment.interpreter()), self, value);
      } finally {
        Callbacks.end(attachment, floor);
      }
    } catch (Throwable t) {
      Raising.lastResort(t);
      return -1;
    }
  }

  private int write(Home home, long self, long value) {
    Overload overload = setter;
    try {
      if (value == 0 || overload == null) {
        throw new Mismatch("a Java field cannot be deleted");
      }
      Object converted = overload.parameters.getFirst().convert(home, value);
      @Nullable Object[] given = {converted};
      Object ignored = overload.call(home, receiver(home, self), given, false);
      return 0;
    } catch (Mismatch e) {
      Raising.typeError(String.valueOf(e.getMessage()));
    } catch (Throwable t) {
      Raising.raise(home, t);
    }
    return -1;
  }

  private @Nullable Object receiver(Home home, long self) {
    return ofThrowable ? Mirror.of(home).thrown(self) : Mirror.receiver(home, self);
  }

  /** A new reference to a descriptor of a Python type. */
  long descriptor(Home home, long type) {
    return home.checked(C.PyDescr_NewGetSet(type, definition.in(home)));
  }
}
