package dev.vivarium.internal.mirror;

import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which classes the Python code of an interpreter may see, and where they come from.
 *
 * @param allowed null for all
 * @param packages whether a package may be named in an import; null for all
 * @param loader null for that of who has started Python
 */
public record Access(
    @Nullable Predicate<Class<?>> allowed,
    @Nullable Predicate<String> packages,
    @Nullable ClassLoader loader) {

  public static final Access ALL = new Access(null, null, null);
  public static final Access NONE = new Access(type -> false, name -> false, null);

  // From a class, or its name, to any other: no use of a filter beside them
  private static final Set<Class<?>> REFLECTION =
      Set.of(
          Class.class,
          ClassLoader.class,
          Module.class,
          ModuleLayer.class,
          Package.class,
          java.util.ServiceLoader.class,
          StackWalker.class,
          StackWalker.StackFrame.class);
  private static final Set<String> REFLECTIVE =
      Set.of(
          "java.lang.reflect",
          "java.lang.invoke",
          "java.lang.foreign",
          "java.lang.module",
          "java.lang.runtime",
          "java.lang.constant",
          "java.beans",
          "sun.misc",
          "sun.reflect");

  /** Whether Python code may see that class: by the filter, and since it is public. */
  boolean sees(Class<?> type) {
    if (!Caller.sees(type)) {
      return false;
    }
    Predicate<Class<?>> filter = allowed;
    if (filter == null) {
      return true;
    }
    Class<?> component = type;
    while (component.isArray()) {
      component = component.getComponentType();
    }
    return component.isPrimitive() || (!isReflective(component) && filter.test(component));
  }

  boolean seesPackage(String name) {
    return packages == null || packages.test(name);
  }

  private static boolean isReflective(Class<?> type) {
    return REFLECTIVE.contains(type.getPackageName())
        || REFLECTION.stream().anyMatch(one -> one.isAssignableFrom(type));
  }
}
