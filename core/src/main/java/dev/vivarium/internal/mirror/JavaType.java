package dev.vivarium.internal.mirror;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Java class as a Python type of one interpreter, which lives as long as the interpreter. */
final class JavaType {

  final int number;

  /** What it stands for; for a class that is not visible, that class. */
  final Class<?> type;

  final boolean visible;

  /** Those above it, nearest first. */
  final List<JavaType> above;

  /** Its own members: names whose meaning differs from what is above. */
  final Map<String, Object> own = new LinkedHashMap<>();

  /** {@code PyTypeObject*}, borrowed from the interpreter's dict. */
  long pointer;

  /** What it is the type of, if it is that of the Python classes that extend a Java class. */
  @Nullable Subclass subclass;

  /** What makes an empty instance, if it is an exception: a function in C. */
  long raw;

  JavaType(int number, Class<?> type, boolean visible, List<JavaType> bases) {
    this.number = number;
    this.type = type;
    this.visible = visible;
    this.above = above(bases);
  }

  // Each after all that extend it: its last place in a list of such lists
  private static List<JavaType> above(List<JavaType> bases) {
    List<JavaType> all = new ArrayList<>();
    for (JavaType base : bases) {
      all.add(base);
      all.addAll(base.above);
    }
    Map<JavaType, Boolean> last = new LinkedHashMap<>();
    for (JavaType one : all.reversed()) {
      last.putIfAbsent(one, true);
    }
    return List.copyOf(last.keySet()).reversed();
  }

  /** The member that a name means just above, or null. */
  @Nullable Object inherited(String name) {
    for (JavaType one : above) {
      Object member = one.own.get(name);
      if (member != null) {
        return member;
      }
    }
    return null;
  }

  boolean isThrowable() {
    return Throwable.class.isAssignableFrom(type);
  }
}
