package dev.vivarium.internal.mirror;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which methods of a Java class lead to what a Python class defines: those whose names it has when
 * it is made.
 */
final class Routes {

  final Subclass subclass;
  final String className;
  private final @Nullable String[] names; // by number of the method

  Routes(Subclass subclass, String className, Collection<String> defined) {
    this.subclass = subclass;
    this.className = className;
    List<Subclass.Overridable> methods = subclass.overridable;
    this.names = new String[methods.size()];
    for (int i = 0; i < names.length; i++) {
      String name = methods.get(i).name();
      String pythons = defined.contains(name) ? name : pythons(methods.get(i));
      names[i] = pythons != null && defined.contains(pythons) ? pythons : null;
    }
  }

  // Python's own names for what every object has
  private static @Nullable String pythons(Subclass.Overridable overridable) {
    Class<?>[] parameters = overridable.method().getParameterTypes();
    return switch (overridable.name()) {
      case "toString" -> parameters.length == 0 ? "__str__" : null;
      case "hashCode" -> parameters.length == 0 ? "__hash__" : null;
      case "equals" -> parameters.length == 1 && parameters[0] == Object.class ? "__eq__" : null;
      default -> null;
    };
  }

  boolean has(int index) {
    return names[index] != null;
  }

  String name(int index) {
    String name = names[index];
    if (name == null) {
      throw new IllegalArgumentException("no route of that number");
    }
    return name;
  }
}
