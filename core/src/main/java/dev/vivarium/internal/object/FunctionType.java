package dev.vivarium.internal.object;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Functional interfaces, and the method that makes them so. */
public final class FunctionType {

  private static final ClassValue<Found> METHOD =
      new ClassValue<>() {
        @Override
        protected Found computeValue(Class<?> type) {
          return new Found(findMethod(type));
        }
      };

  private static final ClassValue<Meant> MEANT =
      new ClassValue<>() {
        @Override
        protected Meant computeValue(Class<?> type) {
          return new Meant(findMeant(type));
        }
      };

  private record Found(@Nullable Method method) {}

  private record Meant(@Nullable Class<?> type) {}

  private FunctionType() {}

  /** The one abstract method of a functional interface, or null if the type is none. */
  public static @Nullable Method methodOf(Class<?> type) {
    return METHOD.get(type).method();
  }

  /**
   * The functional interface that an object is meant as: the one that a lambda was made for, or one
   * annotated so, of a class that has nothing else public. Null if there is none, or more than one;
   * and for a {@code Flow.Publisher}, which Python code goes through.
   */
  public static @Nullable Class<?> of(Object value) {
    return MEANT.get(value.getClass()).type();
  }

  private static @Nullable Class<?> findMeant(Class<?> type) {
    if (Flow.Publisher.class.isAssignableFrom(type)) {
      return null;
    }
    boolean lambda = type.isHidden() || type.isSynthetic();
    List<Class<?>> candidates = new ArrayList<>();
    for (Class<?> candidate : interfaces(type)) {
      if (methodOf(candidate) != null
          && (lambda || candidate.isAnnotationPresent(FunctionalInterface.class))) {
        candidates.add(candidate);
      }
    }
    // An interface that another candidate extends says nothing new
    candidates.removeIf(c -> candidates.stream().anyMatch(o -> o != c && c.isAssignableFrom(o)));
    Class<?> found = candidates.size() == 1 ? candidates.getFirst() : null;
    return found != null && (lambda || !hasMore(type, found)) ? found : null;
  }

  private static boolean hasMore(Class<?> type, Class<?> function) {
    return type.getFields().length > 0
        || Arrays.stream(type.getMethods()).anyMatch(m -> !isOf(function, m) && !isOfObject(m));
  }

  private static boolean isOf(Class<?> function, Method method) {
    return Arrays.stream(function.getMethods())
        .anyMatch(m ->
            m.getName().equals(method.getName())
                && m.getParameterCount() == method.getParameterCount());
  }

  private static Set<Class<?>> interfaces(@Nullable Class<?> type) {
    Set<Class<?>> all = new LinkedHashSet<>();
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Class<?> i : c.getInterfaces()) {
        all.add(i);
        all.addAll(interfaces(i));
      }
    }
    return all;
  }

  private static @Nullable Method findMethod(Class<?> type) {
    if (!type.isInterface() || type.isAnnotation()) {
      return null;
    }
    Method found = null;
    for (Method method : type.getMethods()) {
      if (!Modifier.isAbstract(method.getModifiers()) || isOfObject(method)) {
        continue;
      }
      if (found != null && !overrides(found, method)) {
        return null;
      }
      if (found == null || found.getReturnType().isAssignableFrom(method.getReturnType())) {
        found = method;
      }
    }
    return found;
  }

  private static boolean overrides(Method one, Method other) {
    return one.getName().equals(other.getName())
        && one.getParameterCount() == other.getParameterCount();
  }

  static boolean isOfObject(Method method) {
    try {
      return Modifier.isPublic(
          Object.class.getMethod(method.getName(), method.getParameterTypes()).getModifiers());
    } catch (NoSuchMethodException e) {
      return false;
    }
  }
}
