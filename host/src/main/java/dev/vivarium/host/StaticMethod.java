package dev.vivarium.host;

import dev.vivarium.ConversionException;
import dev.vivarium.PyObject;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which static method a call from Python means, and its arguments as that method takes them. */
final class StaticMethod {

  /** A method with its arguments. */
  record Bound(Method method, List<@Nullable Object> arguments) {

    @Nullable Object invoke() throws Throwable {
      try {
        return method.invoke(null, arguments.toArray());
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  /** What a Python value can be to a parameter; the better the smaller. */
  private static final int EXACT = 0;

  private static final int WIDER = 1;
  private static final int ANYTHING = 5;
  private static final int NEVER = 1000;

  private StaticMethod() {}

  /**
   * The best of the public static methods of that name that take these arguments; attached.
   *
   * @param target class and method, with a dot between
   */
  static Bound find(String target, List<PyObject> arguments)
      throws ClassNotFoundException, NoSuchMethodException {
    int dot = target.lastIndexOf('.');
    Class<?> type =
        Class.forName(target.substring(0, dot), true, ClassLoader.getSystemClassLoader());
    String name = target.substring(dot + 1);
    List<Method> named =
        Arrays.stream(type.getDeclaredMethods())
            .filter(m -> Modifier.isStatic(m.getModifiers()) && m.getName().equals(name))
            .filter(m -> Modifier.isPublic(m.getModifiers()) || isMain(m))
            .filter(m -> m.getParameterCount() == arguments.size())
            .toList();
    List<String> kinds = arguments.stream().map(StaticMethod::kind).toList();
    List<Method> candidates =
        named.stream()
            .filter(m -> cost(m, kinds) < NEVER)
            .sorted(Comparator.comparingInt(m -> cost(m, kinds)))
            .toList();
    ConversionException why = null;
    for (Method method : candidates) {
      try {
        Bound bound = new Bound(method, convert(method, arguments));
        method.setAccessible(true);
        return bound;
      } catch (ConversionException e) {
        why = e;
      }
    }
    NoSuchMethodException none =
        new NoSuchMethodException(
            type.getName()
                + " has no public static method "
                + name
                + " that takes ("
                + String.join(", ", kinds)
                + ")"
                + (named.isEmpty() ? "" : "; there is " + named));
    if (why != null) {
      none.addSuppressed(why);
    }
    throw none;
  }

  // As the launcher, which asks no main to be public
  private static boolean isMain(Method method) {
    return method.getName().equals("main") && !Modifier.isPrivate(method.getModifiers());
  }

  private static String kind(PyObject value) {
    if (value.isNone()) {
      return "None";
    }
    try (PyObject type = value.type();
        PyObject name = type.attr("__name__")) {
      return name.asString();
    }
  }

  private static int cost(Method method, List<String> kinds) {
    int cost = 0;
    Class<?>[] types = method.getParameterTypes();
    for (int i = 0; i < types.length; i++) {
      cost += cost(types[i], kinds.get(i));
    }
    return cost;
  }

  private static int cost(Class<?> type, String kind) {
    if (type == PyObject.class) {
      return WIDER;
    }
    if (type == Object.class) {
      return ANYTHING;
    }
    return switch (kind) {
      case "None" -> type.isPrimitive() ? NEVER : EXACT;
      case "bool" -> type == boolean.class || type == Boolean.class ? EXACT : NEVER;
      case "int" -> ofInt(type);
      case "float" ->
          type == double.class || type == Double.class
              ? EXACT
              : type == float.class || type == Float.class ? WIDER : NEVER;
      case "str" -> type.isAssignableFrom(String.class) ? EXACT : WIDER + 1;
      default -> type.isPrimitive() ? NEVER : WIDER;
    };
  }

  private static int ofInt(Class<?> type) {
    return switch (type.getName()) {
      case "int", "java.lang.Integer" -> EXACT;
      case "long", "java.lang.Long" -> WIDER; // tried when it does not fit an int
      case "java.math.BigInteger" -> WIDER + 1;
      case "short", "java.lang.Short", "byte", "java.lang.Byte" -> WIDER + 2;
      case "double", "java.lang.Double", "float", "java.lang.Float" -> WIDER + 3;
      default -> NEVER;
    };
  }

  private static List<@Nullable Object> convert(Method method, List<PyObject> arguments) {
    Class<?>[] types = method.getParameterTypes();
    List<@Nullable Object> converted = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      PyObject argument = arguments.get(i);
      converted.add(convert(argument, types[i]));
    }
    return converted;
  }

  private static @Nullable Object convert(PyObject argument, Class<?> type) {
    if (type == PyObject.class) {
      return argument;
    }
    if (!type.isArray() || type == byte[].class || argument.isNone()) {
      return argument.as(boxed(type));
    }
    List<@Nullable Object> items = new ArrayList<>();
    for (PyObject item : argument) {
      items.add(convert(item, type.getComponentType()));
    }
    Object array = Array.newInstance(type.getComponentType(), items.size());
    for (int i = 0; i < items.size(); i++) {
      Array.set(array, i, items.get(i));
    }
    return array;
  }

  private static Class<?> boxed(Class<?> type) {
    return java.lang.invoke.MethodType.methodType(type).wrap().returnType();
  }
}
