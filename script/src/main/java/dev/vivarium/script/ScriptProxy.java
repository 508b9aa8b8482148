package dev.vivarium.script;

import dev.vivarium.PyObject;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import javax.script.ScriptException;
import org.jspecify.annotations.Nullable;

/**
 * A Java interface by functions of a script, or by methods of an object; looked up at each call.
 */
final class ScriptProxy implements InvocationHandler {

  private final PythonScriptEngine engine;
  private final @Nullable PyObject owner;

  private ScriptProxy(PythonScriptEngine engine, @Nullable PyObject owner) {
    this.engine = engine;
    this.owner = owner;
  }

  /** Null if a method that the interface leaves open is missing. Attached. */
  static <T> @Nullable T of(
      PythonScriptEngine engine, Namespace namespace, @Nullable PyObject owner, Class<T> type) {
    for (Method method : type.getMethods()) {
      if (Modifier.isAbstract(method.getModifiers()) && !isObjects(method)) {
        try (PyObject found = member(namespace, owner, method.getName())) {
          if (found == null) {
            return null;
          }
        }
      }
    }
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, new ScriptProxy(engine, owner));
    return type.cast(proxy);
  }

  /** A function of the script, or a method of an object; null if there is none. Attached. */
  static @Nullable PyObject member(Namespace namespace, @Nullable PyObject owner, String name) {
    PyObject found =
        owner == null ? namespace.function(name) : owner.hasAttr(name) ? owner.attr(name) : null;
    if (found == null || found.hasAttr("__call__")) {
      return found;
    }
    found.close();
    return null;
  }

  // Comparator declares equals, say
  private static boolean isObjects(Method method) {
    try {
      Method same = Object.class.getMethod(method.getName(), method.getParameterTypes());
      return same.getReturnType() == method.getReturnType();
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  @Override
  public @Nullable Object invoke(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    if (isObjects(method)) {
      return ofObject(proxy, method, arguments);
    }
    @Nullable Object[] passed = arguments == null ? new Object[0] : arguments;
    PyObject result;
    try {
      result = engine.invoke(owner, method.getName(), passed);
    } catch (NoSuchMethodException e) {
      if (method.isDefault()) {
        return InvocationHandler.invokeDefault(proxy, method, passed);
      }
      throw new UnsupportedOperationException(e.getMessage(), e);
    } catch (ScriptException e) {
      throw original(e);
    }
    return converted(result, method);
  }

  // Whoever calls the interface knows nothing of scripts
  private static Throwable original(ScriptException e) {
    Throwable cause = e.getCause();
    return cause == null ? e : cause;
  }

  @SuppressWarnings("ReferenceEquality") // a proxy equals itself
  private @Nullable Object ofObject(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "equals" -> arguments != null && proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> "a Python implementation of " + proxy.getClass().getInterfaces()[0].getName();
    };
  }

  private static @Nullable Object converted(PyObject result, Method method) {
    Class<?> type = method.getReturnType();
    if (type == void.class) {
      result.close();
      return null;
    }
    if (type == Object.class) {
      return Support.toJava(result);
    }
    Object value = result.asNullable(type);
    if (!(value instanceof PyObject)) { // else it is the result itself
      result.close();
    }
    return value;
  }
}
