package dev.vivarium.internal.mirror;

import dev.vivarium.internal.object.FunctionType;
import java.lang.reflect.Method;

/** Which of two parameter types says more of an argument that fits both alike. */
final class Specificity {

  private Specificity() {}

  /** Below 0 if the first says more. */
  static int compare(Class<?> one, Class<?> other) {
    if (one == other) {
      return 0;
    } else if (other.isAssignableFrom(one)) {
      return -1;
    } else if (one.isAssignableFrom(other)) {
      return 1;
    }
    // As for a lambda with an expression: rather a function whose result is used; and rather one
    // that may throw, since Python code may
    int order = Boolean.compare(isVoid(one), isVoid(other));
    return order != 0 ? order : Boolean.compare(isQuiet(one), isQuiet(other));
  }

  private static boolean isQuiet(Class<?> type) {
    Method method = FunctionType.methodOf(type);
    return method != null && method.getExceptionTypes().length == 0;
  }

  private static boolean isVoid(Class<?> type) {
    Method method = FunctionType.methodOf(type);
    return method != null && method.getReturnType() == void.class;
  }
}
