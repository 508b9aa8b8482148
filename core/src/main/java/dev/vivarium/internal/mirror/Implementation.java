package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnContext;
import dev.vivarium.internal.object.Reference;
import dev.vivarium.internal.object.Text;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.PlatformThreads;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An object of a Python class that implements Java interfaces, in Java. */
public final class Implementation implements InvocationHandler {

  private static final long METHOD = LibPython.address("PyMethodDescr_Type");
  private static final int EQUAL = 2; // Py_EQ

  // By the class of the proxies
  private static final ClassValue<Map<Method, Declared>> RESULTS =
      new ClassValue<>() {
        @Override
        protected Map<Method, Declared> computeValue(Class<?> type) {
          return new ConcurrentHashMap<>();
        }
      };

  private final Home home;
  private final Reference object;
  private final @Nullable ParameterizedType asked;
  private final Map<Method, Declared> results = new ConcurrentHashMap<>(); // of what was asked for

  private Implementation(Home home, long object, @Nullable ParameterizedType asked) {
    this.home = home;
    this.asked = asked;
    C.Py_IncRef(object);
    this.object = home.references().keep(this, object);
  }

  /** A new proxy: one for each time that the object crosses, equal if the Python objects are. */
  static Object of(Home home, long object) {
    return of(home, object, null);
  }

  /**
   * … for a parameter or the like.
   *
   * @param asked as which it is declared, if that says more than the interfaces themselves
   */
  static Object of(Home home, long object, @Nullable ParameterizedType asked) {
    Set<Class<?>> interfaces = new LinkedHashSet<>();
    for (JavaType type : Mirror.of(home).python().ancestors(Types.typeOf(object))) {
      if (type.type.isInterface()
          && interfaces.stream().noneMatch(known -> type.type.isAssignableFrom(known))) {
        interfaces.add(type.type);
      }
    }
    if (interfaces.isEmpty() || Mirror.isUnconstructed(home, object)) {
      throw Mismatch.whole(
          "a "
              + ToJava.typeName(home, object)
              + " that was not constructed has no Java object: its __init__ is to call"
              + " super().__init__(...) before anything of Java's is used");
    }
    return Proxy.newProxyInstance(
        loader(home, List.copyOf(interfaces)),
        interfaces.toArray(Class<?>[]::new),
        new Implementation(home, object, asked));
  }

  /** One that sees all of these classes. */
  static ClassLoader loader(Home home, List<Class<?>> types) {
    List<ClassLoader> candidates = new ArrayList<>();
    candidates.add(Mirror.of(home).classLoader());
    types.stream().map(Class::getClassLoader).filter(Objects::nonNull).forEach(candidates::add);
    for (ClassLoader candidate : candidates) {
      if (types.stream().allMatch(one -> sees(candidate, one))) {
        return candidate;
      }
    }
    throw new Mismatch("no class loader sees all of " + types);
  }

  private static boolean sees(ClassLoader loader, Class<?> type) {
    try {
      return Class.forName(type.getName(), false, loader) == type;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * The Python object behind a proxy.
   *
   * @return a new reference, or 0 if the value is no such proxy of that interpreter
   */
  public static long behind(Home home, Object value) {
    Class<?> type = value.getClass();
    if (type.isHidden()) {
      return Extension.behind(home, value);
    }
    return Proxy.isProxyClass(type)
            && Proxy.getInvocationHandler(value) instanceof Implementation implementation
            && implementation.home == home
        ? implementation.object.borrow()
        : 0;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] given)
      throws Throwable {
    if (Thread.currentThread().isVirtual()) {
      return PlatformThreads.call(() -> invokeUnwrapped(proxy, method, given));
    }
    return invokeHere(proxy, method, given == null ? new Object[0] : given, false);
  }

  private @Nullable Object invokeUnwrapped(
      Object proxy, Method method, @Nullable Object @Nullable [] given) throws Exception {
    try {
      return invokeHere(proxy, method, given == null ? new Object[0] : given, true);
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new java.lang.reflect.UndeclaredThrowableException(t);
    }
  }

  private @Nullable Object invokeHere(
      Object proxy, Method method, @Nullable Object[] given, boolean virtual) throws Throwable {
    Attachment entered = Entry.enter(home);
    boolean isDefault;
    try {
      long self = object.borrow();
      if (self == 0) {
        throw home.closed();
      }
      try {
        if (method.getDeclaringClass() == Object.class) {
          return ofObject(self, method, given);
        }
        long function = override(self, Members.named(method.getName()));
        if (function != 0) {
          return virtual
              ? OwnContext.run(home, () -> call(function, proxy.getClass(), method, given))
              : call(function, proxy.getClass(), method, given);
        }
        isDefault = method.isDefault();
        if (!isDefault) {
          throw new AbstractMethodError(
              "the Python class "
                  + ToJava.typeName(home, self)
                  + " does not define "
                  + Members.named(method.getName()));
        }
      } finally {
        object.endBorrow(self);
      }
    } finally {
      Entry.leave(entered);
    }
    return InvocationHandler.invokeDefault(proxy, method, given);
  }

  /** A new reference to what the Python class defines, or 0. */
  private long override(long self, String name) {
    long inClass = C.PyObject_GetAttr(Types.typeOf(self), home.name(name));
    if (inClass == 0) {
      C.PyErr_Clear();
      return 0;
    }
    boolean ofJava = Types.typeOf(inClass) == METHOD || Types.typeOf(inClass) == Types.FUNCTION;
    C.Py_DecRef(inClass);
    return ofJava ? 0 : home.attribute(self, name);
  }

  private @Nullable Object call(
      long function, Class<?> type, Method method, @Nullable Object[] given) {
    try (Call call = Call.of(home, given.length)) {
      for (Object argument : given) {
        call.addHanded(argument);
      }
      long result = home.checked(call.callFunction(function));
      try {
        return result(result, type, method);
      } finally {
        C.Py_DecRef(result);
      }
    } finally {
      C.Py_DecRef(function);
    }
  }

  private @Nullable Object result(long result, Class<?> type, Method method) {
    if (method.getReturnType() == void.class) {
      return null;
    }
    try {
      return declared(type, method).convert(home, result);
    } catch (Mismatch e) {
      throw new ConversionException(
          method.getName() + " returned what does not fit: " + e.getMessage());
    }
  }

  /** What a method is to return: what its interface, or what was asked for, makes of it. */
  private Declared declared(Class<?> type, Method method) {
    Map<Method, Declared> known = asked == null ? RESULTS.get(type) : results;
    Declared found = known.get(method);
    if (found == null) {
      found = home.<Declared, RuntimeException>detached(() -> resolve(type, method));
      known.put(method, found);
    }
    return found;
  }

  private Declared resolve(Class<?> type, Method method) {
    Bindings bindings = asked == null ? Bindings.of(type) : Bindings.of(asked, type);
    Declared result = Declared.of(Written.result(method), bindings);
    return method.getReturnType().isAssignableFrom(result.type)
        ? result
        : Declared.of(method.getReturnType());
  }

  private Object ofObject(long self, Method method, @Nullable Object[] given) {
    return switch (method.getName()) {
      case "equals" -> {
        Object value = given[0];
        long other = value == null ? 0 : behind(home, value);
        if (other == 0) {
          yield false;
        }
        int equal = C.PyObject_RichCompareBool(self, other, EQUAL);
        C.Py_DecRef(other);
        home.checked(equal);
        yield equal == 1;
      }
      case "hashCode" -> {
        long hash = C.PyObject_Hash(self);
        if (hash == -1) {
          throw home.raised();
        }
        yield Long.hashCode(hash);
      }
      default -> {
        long text = home.checked(C.PyObject_Str(self));
        try {
          yield Text.toJava(home, text);
        } finally {
          C.Py_DecRef(text);
        }
      }
    };
  }

  @Override
  public String toString() {
    return "an implementation in " + home.state();
  }
}
