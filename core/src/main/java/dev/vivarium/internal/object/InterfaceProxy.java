package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Python objects as Java interfaces: a callable as a functional one, and any object as one whose
 * methods are its attributes.
 */
public final class InterfaceProxy {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private record Implementation(MethodHandle constructor, List<String> names) {

    Object make(Class<?> type, Home home, long object, boolean given) {
      C.Py_IncRef(object);
      ProxyTarget target = new ProxyTarget(type, home, object, names, given);
      try {
        return (Object) constructor.invokeExact((Object) target);
      } catch (Throwable t) {
        throw new LinkageError("cannot make a " + type.getName(), t);
      }
    }
  }

  private static final ClassValue<Implementation> FUNCTIONS =
      new ClassValue<>() {
        @Override
        protected Implementation computeValue(Class<?> type) {
          Method method = Objects.requireNonNull(FunctionType.methodOf(type));
          ProxyClass.Body body = body(method, ProxyCall.ofObject(method));
          return new Implementation(ProxyClass.define(type, List.of(body)), List.of());
        }
      };

  private static final ClassValue<Implementation> OBJECTS =
      new ClassValue<>() {
        @Override
        protected Implementation computeValue(Class<?> type) {
          return implementation(type);
        }
      };

  private InterfaceProxy() {}

  /**
   * How an object becomes an interface.
   *
   * @param given whether Python code gives it to Java code
   */
  static Conversion of(Class<?> type, boolean given) {
    Method function = FunctionType.methodOf(type);
    return (home, object) -> {
      boolean callable = function != null && C.PyCallable_Check(object) != 0;
      if (!callable) {
        Object value = known(home, object, type);
        if (value != null) {
          return value;
        }
        check(home, object, type, function);
      }
      String refusal = ProxyClass.refusal(type);
      if (refusal != null) {
        throw new ConversionException(type.getName() + " " + refusal);
      }
      return (callable ? FUNCTIONS : OBJECTS).get(type).make(type, home, object, given);
    };
  }

  /**
   * How a callable that is given to Java code becomes a functional interface whose results are
   * converted so, as a declared type says it of one whose own method returns just anything.
   */
  public static Conversion returning(Class<?> type, Conversion result) {
    AtomicReference<@Nullable Implementation> made = new AtomicReference<>();
    return (home, object) -> {
      Implementation known = made.get();
      if (known == null) {
        String refusal = ProxyClass.refusal(type);
        if (refusal != null) {
          throw new ConversionException(type.getName() + " " + refusal);
        }
        Method method = Objects.requireNonNull(FunctionType.methodOf(type));
        ProxyClass.Body body = body(method, ProxyCall.ofObject(method, result));
        known = new Implementation(ProxyClass.define(type, List.of(body)), List.of());
        made.compareAndSet(null, known);
      }
      return known.make(type, home, object, true);
    };
  }

  // What it is already, where that implements the interface
  private static @Nullable Object known(Home home, long object, Class<?> type) {
    Object value = ToJava.natural(home, object);
    if (type.isInstance(value)) {
      return value;
    }
    Object wrapper = ToJava.wrapped(home, object);
    return type.isInstance(wrapper) ? wrapper : null;
  }

  private static void check(Home home, long object, Class<?> type, @Nullable Method function) {
    if (function != null
        && C.PyObject_HasAttr(object, home.name(function.getName())) == 0
        && C.PyObject_HasAttr(object, home.name(Names.toPython(function.getName()))) == 0) {
      throw new ConversionException(
          "a Python "
              + ToJava.typeName(home, object)
              + " is not callable and has no "
              + function.getName()
              + ", so it cannot be a "
              + type.getName());
    }
  }

  private static Implementation implementation(Class<?> type) {
    List<ProxyClass.Body> bodies = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Method method : abstractFirst(type)) {
      if (!seen.add(method.getName() + signature(method))) {
        continue;
      }
      int index = names.size();
      MethodHandle call = ProxyCall.ofAttribute(method, index);
      bodies.add(
          method.isDefault()
              ? new ProxyClass.Body(method, ofTarget(call), has(index))
              : body(method, call));
      names.add(method.getName());
    }
    return new Implementation(ProxyClass.define(type, bodies), names);
  }

  private static List<Method> abstractFirst(Class<?> type) {
    List<Method> methods = new ArrayList<>();
    for (Method method : type.getMethods()) {
      boolean asked = !Modifier.isStatic(method.getModifiers()) && !method.isBridge();
      if (asked && !FunctionType.isOfObject(method)) {
        methods.add(method.isDefault() ? methods.size() : 0, method);
      }
    }
    return methods;
  }

  private static String signature(Method method) {
    return MethodType.methodType(method.getReturnType(), method.getParameterTypes())
        .toMethodDescriptorString();
  }

  private static ProxyClass.Body body(Method method, MethodHandle call) {
    return new ProxyClass.Body(method, ofTarget(call), null);
  }

  // The classes that are made know of no ProxyTarget
  private static MethodHandle ofTarget(MethodHandle call) {
    return call.asType(call.type().changeParameterType(0, Object.class));
  }

  private static MethodHandle has(int index) {
    try {
      MethodHandle has =
          LOOKUP.findVirtual(
              ProxyTarget.class, "has", MethodType.methodType(boolean.class, int.class));
      return ofTarget(MethodHandles.insertArguments(has, 1, index));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("ProxyTarget.has", e);
    }
  }
}
